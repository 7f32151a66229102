"""The files of a model that was chosen by a folder or a hub id: found, checked, and opened without running its code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.core.errors import KildeError, ModelUnavailable, ModelUnsafe
from rag.models import Progress
from rag.models.sources import folder, hub


def located(model: str, progress: Progress = lambda stage, share: None) -> Path:
    """The folder of a model with safetensors, fetched from the hub unless it is here.

    Raises ModelUnavailable if it is not there, ModelUnsafe without safetensors or with code of its own, DiskFull and
    StoreReadOnly.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        folder.check(model, path)
        return path
    return hub.resolve(model, progress).path


def config(path: Path) -> dict[str, Any]:
    """The model's `config.json`; empty where it cannot be read."""
    return read_json(folder.transformer(path) / "config.json")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def is_for(path: Path, task: str) -> bool:
    """Whether the model says that it was trained for a task, such as "SequenceClassification".

    transformers loads any model for any task: what its weights lack is made up at random.
    """
    names = config(path).get("architectures")
    return isinstance(names, list) and any(str(name).endswith(f"For{task}") for name in names)


@contextmanager
def opening(model: str) -> Iterator[None]:
    """Around the loading of weights: what the libraries raise becomes ModelUnavailable, or ModelUnsafe."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    except KildeError:
        raise
    except (OSError, ValueError, TypeError, LookupError, RuntimeError, ImportError, SafetensorError) as error:
        if "trust_remote_code" in str(error):
            raise ModelUnsafe(model=model) from error
        detail = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelUnavailable(model=model, detail=detail) from error
