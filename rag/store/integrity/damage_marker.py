"""What is known of a database's damage, kept beside it, so that the next program to open it writes nothing either."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rag.core.errors import StoreDamaged

logger = logging.getLogger(__name__)
NAME = "damaged.json"


def write_marker(database: Path, detail: str) -> None:
    """Note that the database is damaged. Where that cannot be written, this process alone knows it."""
    logger.warning("%s is damaged (%s); it is only read from now on", database, detail)
    found = datetime.now(UTC).isoformat(timespec="seconds")
    with suppress(OSError):
        (database.parent / NAME).write_text(json.dumps({"found": found, "detail": detail}), encoding="utf-8")


def read_marker(database: Path) -> StoreDamaged | None:
    """What `write_marker` noted; None where nothing is."""
    try:
        noted = json.loads((database.parent / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        noted = None
    detail = noted.get("detail") if isinstance(noted, dict) else None
    return StoreDamaged(detail=str(detail or "noted"))


def forget(database: Path) -> None:
    """The damage has been mended, or is not there."""
    with suppress(OSError):
        (database.parent / NAME).unlink(missing_ok=True)
