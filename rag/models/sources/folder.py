"""Checks a sentence-transformers model in a local folder and determines its revision."""

import hashlib
import json
from pathlib import Path
from typing import Any

from rag.core.durable_io import disk_errors
from rag.core.errors import ModelUnavailable, ModelUnsafe
from rag.models import ModelSource, Progress
from rag.models.sources.atomic_files import locked

# formats that can run code when loaded
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
# files that can affect a vector: weights, configuration, vocabulary
PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.model")
REVISIONS = "folder-revisions.json"


def resolve(model: str, path: Path, models_folder: Path, progress: Progress) -> ModelSource:
    """The model in the folder `path`; its revision is the SHA-256 over names and contents of its files.

    The hash is cached in `models_folder` by the files' sizes and times.
    Raises ModelUnsafe and ModelUnavailable as `check` does.
    """
    path = path.resolve()
    check(model, path)
    files = sorted({file for pattern in PATTERNS for file in path.rglob(pattern) if file.is_file()})
    stamp = json.dumps([[str(file.relative_to(path)), file.stat().st_size, file.stat().st_mtime_ns] for file in files])
    notes = models_folder / REVISIONS
    revisions = _read(notes)
    entry = revisions.get(str(path))
    if not (isinstance(entry, list) and len(entry) == 2 and entry[0] == stamp):
        entry = [stamp, _digest(path, files, progress)]
        _note(notes, str(path), entry, model)
    size = sum(file.stat().st_size for file in files)
    return ModelSource(model, path, "folder", entry[1], licence(path), size, str(path))


def check(model: str, path: Path) -> None:
    """Refuse models that could run code, and incomplete ones.

    Raises ModelUnsafe if weights exist only as pickles, or a configuration names classes outside of
    sentence-transformers and transformers; ModelUnavailable if weights, tokenizer or configuration are missing.
    """
    modules = _read(path / "modules.json") or []
    weighted = [path]
    for module in modules if isinstance(modules, list) else []:
        if not isinstance(module, dict) or not str(module.get("type", "")).startswith("sentence_transformers."):
            raise ModelUnsafe(model=model)
        part = (path / str(module.get("path", ""))).resolve()
        if not part.is_relative_to(path.resolve()):
            raise ModelUnsafe(model=model)
        weighted.append(part)
    has_weights = False
    for part in weighted:
        names = {entry.suffix for entry in part.iterdir() if entry.is_file()} if part.is_dir() else set()
        has_weights |= ".safetensors" in names
        if names & PICKLES and ".safetensors" not in names:
            raise ModelUnsafe(model=model)
    if not has_weights:
        raise ModelUnavailable(model=model, detail="no *.safetensors")
    main = transformer(path)
    config = main / "config.json"
    if not config.is_file():
        raise ModelUnavailable(model=model, detail="no config.json")
    settings = _read(config)
    # a model type built into transformers needs no code from the folder, even if it names some
    if settings.get("auto_map") and not _known(settings.get("model_type")):
        raise ModelUnsafe(model=model)
    if not (main / "tokenizer.json").is_file():
        raise ModelUnavailable(model=model, detail="no tokenizer.json")


def transformer(path: Path) -> Path:
    """The folder of the first module, which holds configuration and tokenizer; in most models `path` itself."""
    modules = _read(path / "modules.json")
    module = modules[0] if isinstance(modules, list) and modules else {}
    return path / str(module.get("path", "")) if isinstance(module, dict) else path


def licence(path: Path) -> str:
    """The `license:` line at the head of the model card, or ""."""
    card = path / "README.md"
    if card.is_file():
        with card.open(encoding="utf-8", errors="replace") as lines:
            for _, line in zip(range(40), lines, strict=False):
                if line.startswith("license:"):
                    return line.partition(":")[2].strip()
    return ""


def _known(model_type: object) -> bool:
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def _digest(path: Path, files: list[Path], progress: Progress) -> str:
    total = sum(file.stat().st_size for file in files) or 1
    done = 0
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest_of_file = hashlib.file_digest(content, "sha256").hexdigest()
        digest.update(f"{file.relative_to(path).as_posix()}\0{digest_of_file}\n".encode())
        done += file.stat().st_size
        progress("checksum", done / total)
    return digest.hexdigest()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # RecursionError for extremely deep nesting
        return {}


def _note(path: Path, key: str, entry: list[str], model: str) -> None:
    with disk_errors(path.parent), locked(path.parent, path.name, model):
        revisions = _read(path)
        revisions[key] = entry
        part = path.with_suffix(".part")
        part.write_text(json.dumps(revisions, indent=2), encoding="utf-8")
        part.replace(path)
