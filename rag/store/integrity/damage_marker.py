"""A marker file beside a damaged database, so that the next process does not write to it either."""

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rag.core.errors import StoreDamaged

logger = logging.getLogger(__name__)
NAME = "damaged.json"


def write_marker(database: Path, detail: str) -> None:
    """Record that the database is damaged. If the file cannot be written, only this process knows."""
    logger.warning("%s is damaged (%s); it is only read from now on", database, detail)
    content = {"found": datetime.now(UTC).isoformat(timespec="seconds"), "detail": detail}
    with suppress(OSError):
        (database.parent / NAME).write_text(json.dumps(content), encoding="utf-8")


def read_marker(database: Path) -> StoreDamaged | None:
    """The damage that `write_marker` recorded, or None."""
    try:
        content = json.loads((database.parent / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        content = None
    detail = content.get("detail") if isinstance(content, dict) else None
    return StoreDamaged(detail=str(detail or "noted"))


def remove_marker(database: Path) -> None:
    """Call when the damage is repaired, or was a false alarm."""
    with suppress(OSError):
        (database.parent / NAME).unlink(missing_ok=True)
