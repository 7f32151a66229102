"""Records the origin of downloaded models in the models folder, until they are deleted."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".origins"


@dataclass(frozen=True, slots=True)
class Provenance:
    """model: id on the hub; fetched: UTC, ISO 8601. licence: as stated by the hub, or ""."""

    model: str
    commit: str
    licence: str
    fetched: str


def note(models_folder: Path, name: str, origin: Provenance) -> None:
    """Record the origin of the file or folder `name`. Raises OSError."""
    path = _path(models_folder, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(asdict(origin), indent=2), encoding="utf-8")


def of(models_folder: Path, name: str) -> Provenance | None:
    """The recorded origin of the file or folder `name`, or None."""
    try:
        return Provenance(**json.loads(_path(models_folder, name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget(models_folder: Path, name: str) -> None:
    """Remove the record of the file or folder `name`. Raises OSError."""
    _path(models_folder, name).unlink(missing_ok=True)


def _path(models_folder: Path, name: str) -> Path:
    return models_folder / FOLDER / f"{name}.json"
