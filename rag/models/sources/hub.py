"""Models from the Hugging Face hub or its cache on this machine, through huggingface_hub's own code."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

from rag.core.durable_io import disk_errors
from rag.core.errors import ModelUnavailable, ModelUnsafe
from rag.models import ModelSource, Progress
from rag.models.sources.atomic_files import size
from rag.models.sources.folder import PICKLES, check, licence

# safetensors and what describes them: no pickles, no Python, no weights of other frameworks
WEIGHTS = "*.safetensors"
TOKENIZER = ["tokenizer.json", "*/tokenizer.json", "modules.json"]
ALLOWED = [WEIGHTS, "*.json", "*.txt", "*.model", "*.jinja", "README.md"]
# "openvino/" and "onnx/" hold the same weights again
IGNORED = ["onnx/*", "openvino/*"]
# an answer that takes longer will not come: an app without a network must say so in seconds
TIMEOUT_S = 5.0


def resolve(model: str, progress: Progress, tokenizer_only: bool = False, endpoint: str | None = None) -> ModelSource:
    """The model from the hub's cache, where it is there in full, else from the hub.

    A cached model is used as it is, without asking for a newer one: vectors of two revisions would not mix.
    endpoint: the hub's address where it is not the ordinary one.
    Raises ModelUnavailable (no network, no such model, not allowed), ModelUnsafe (no safetensors).
    """
    import httpx2
    from huggingface_hub import constants, errors, snapshot_download

    patterns = TOKENIZER if tokenizer_only else ALLOWED
    wanted: dict[str, Any] = {"allow_patterns": patterns, "ignore_patterns": IGNORED, "endpoint": endpoint}
    try:
        try:
            path = Path(snapshot_download(model, local_files_only=True, **wanted))
        except errors.LocalEntryNotFoundError:
            progress("download", 0.0)
            bar = _bar(progress, _ask(model, endpoint))
            with disk_errors(Path(constants.HF_HUB_CACHE)):
                path = Path(snapshot_download(model, etag_timeout=TIMEOUT_S, tqdm_class=bar, **wanted))
    except errors.HFValidationError as error:
        raise ModelUnavailable(model=model, detail="neither a folder nor a model id") from error
    except errors.GatedRepoError as error:
        raise ModelUnavailable(model=model, detail="the hub asks for permission") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelUnavailable(model=model, detail="the hub does not know it") from error
    except errors.OfflineModeIsEnabled as error:
        raise ModelUnavailable(model=model, detail="offline: HF_HUB_OFFLINE is set") from error
    except (httpx2.HTTPError, OSError) as error:
        raise ModelUnavailable(model=model, detail=f"no connection to the hub: {_first_line(error)}") from error
    if not tokenizer_only:
        check(model, path)
    progress("download", 1.0)
    # the folder of a snapshot is named after its commit
    return ModelSource(model, path, "hub", path.name, licence(path), size(path), endpoint or "huggingface.co")


def _ask(model: str, endpoint: str | None) -> int:
    """The bytes to fetch, by what the hub says.

    Fails within `TIMEOUT_S` where there is no network, and before a download where there are pickles only.
    """
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(model, timeout=TIMEOUT_S, files_metadata=True)
    sizes = {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or []}
    if not any(name.endswith(".safetensors") for name in sizes):
        if any(Path(name).suffix in PICKLES for name in sizes):
            raise ModelUnsafe(model=model)
        raise ModelUnavailable(model=model, detail="no *.safetensors")
    return sum(size for name, size in sizes.items() if _matches(name, ALLOWED) and not _matches(name, IGNORED))


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _bar(progress: Progress, total: int) -> type[Any]:
    """A progress bar class for huggingface_hub that draws nothing and reports to `progress`."""
    import io

    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> Any:
            drawn = super().update(n)
            # one of the bars counts files, the others bytes; the last percent is said when everything is checked
            if self.unit == "B" and total:
                progress("download", min(self.n / total, 0.99))
            return drawn

    return Bar


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
