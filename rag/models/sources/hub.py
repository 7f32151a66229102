"""Models by id on the Hugging Face hub, in the cache that huggingface_hub shares between programs."""

import io
from pathlib import Path
from typing import Any

from rag.core.durable_io import disk_errors
from rag.core.errors import ModelUnavailable, ModelUnsafe
from rag.models import ModelSource, Progress
from rag.models.download import repository
from rag.models.download.repository import ALLOWED, IGNORED, hub_errors, is_allowed
from rag.models.errors import HubGated, HubOffline, HubSilent, HubUnknown, NoModelId
from rag.models.sources.atomic_files import size
from rag.models.sources.folder import check, licence

TOKENIZER = ("tokenizer.json", "*/tokenizer.json", "modules.json")
# details of the message to the user; `rag.core.i18n` has the sentence
_DETAILS: dict[type[ModelUnavailable], str] = {
    NoModelId: "neither a folder nor a model id",
    HubGated: "the hub asks for permission",
    HubUnknown: "the hub does not know it",
    HubOffline: "offline: HF_HUB_OFFLINE is set",
}


def resolve(model: str, progress: Progress, tokenizer_only: bool = False, endpoint: str | None = None) -> ModelSource:
    """The model from the hub's cache, if complete, else from the hub.

    A cached model is used without looking for a newer revision, whose vectors would not be comparable.
    endpoint: the hub's address, if not the default.
    Raises ModelUnavailable (no network, no such model, not allowed), ModelUnsafe (no safetensors).
    """
    options: dict[str, Any] = {
        "allow_patterns": list(TOKENIZER if tokenizer_only else ALLOWED),
        "ignore_patterns": list(IGNORED),
        "endpoint": endpoint,
    }
    try:
        with hub_errors(model):
            path = _snapshot(model, progress, options)
    except HubSilent as error:
        raise ModelUnavailable(model=model, detail=f"no connection to the hub: {error.values['detail']}") from error
    except (NoModelId, HubGated, HubUnknown, HubOffline) as error:
        raise ModelUnavailable(model=model, detail=_DETAILS[type(error)]) from error
    if not tokenizer_only:
        check(model, path)
    progress("download", 1.0)
    # snapshot folders are named after the commit
    return ModelSource(model, path, "hub", path.name, licence(path), size(path), endpoint or "huggingface.co")


def _snapshot(model: str, progress: Progress, options: dict[str, Any]) -> Path:
    """The folder in the hub's cache, with missing files downloaded."""
    from huggingface_hub import constants, errors, snapshot_download

    try:
        return Path(snapshot_download(model, local_files_only=True, **options))
    except errors.LocalEntryNotFoundError:
        progress("download", 0.0)
    bar = _bar(progress, _bytes_to_fetch(model, options["endpoint"]))
    with disk_errors(Path(constants.HF_HUB_CACHE)):
        return Path(snapshot_download(model, etag_timeout=repository.TIMEOUT_S, tqdm_class=bar, **options))


def _bytes_to_fetch(model: str, endpoint: str | None) -> int:
    """The size of the missing files as stated by the hub; fails within seconds without a network or usable files."""
    listing = repository.look_up(model, endpoint)
    if not listing.has_safetensors:
        if listing.has_pickles:
            raise ModelUnsafe(model=model)
        raise ModelUnavailable(model=model, detail="no *.safetensors")
    return sum(size for name, size in listing.sizes.items() if is_allowed(name))


def _bar(progress: Progress, total: int) -> type[Any]:
    """A progress bar class for huggingface_hub that draws nothing and reports to `progress`. total: bytes."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> Any:
            result = super().update(n)
            # one of the bars counts files, the others bytes; the last percent is reported after all checks
            if self.unit == "B" and total:
                progress("download", min(self.n / total, 0.99))
            return result

    return Bar
