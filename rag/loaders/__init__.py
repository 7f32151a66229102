"""Bytes -> pages, one file per format. What meets the bytes runs in a child process with limits (`sandbox`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.loaders.kinds import MARKDOWN, MEDIA_TYPES, PDF, TEXT, kind_of, unknown_type
from rag.loaders.sandbox import DEFAULT_LIMITS, Limits, run
from rag.types import Heading, Notice, Page, Parsed

__all__ = ["MEDIA_TYPES", "Limits", "kind_of", "load"]

_TASKS = {
    PDF: "rag.loaders.pdf:read",
    TEXT: "rag.loaders.plain:read",
    MARKDOWN: "rag.loaders.markdown:read",
}


def load(
    path: Path,
    media_type: str,
    name: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Parsed:
    """Reads a file of which `kind_of` said that it is `media_type`.

    progress: called in this thread as progress(pages read, pages in all). cancelled: asked twenty times a second;
    the child is killed at once where it says yes. name: as the user knows the file, for what is said about it.
    Raises a FileRefused (DamagedFile, PasswordProtected, NoText, EmptyFile, TooManyPages, ParsingLimit, UnknownType),
    or Cancelled.
    """
    task = _TASKS.get(media_type)
    if task is None:
        raise unknown_type(name)
    arguments = {"path": str(path.resolve()), "pages": limits.pages, "characters": limits.characters}
    pages: list[Mapping[str, Any]] = []
    summary: Mapping[str, Any] = {}
    for data, _ in run(task, arguments, limits=limits, cancelled=cancelled):
        if "page" not in data:
            summary = data
            continue
        pages.append(data)
        if progress is not None:
            progress(int(data["page"]), int(data["of"]))
    headings: dict[int, list[Heading]] = {}
    for number, level, title, offset in summary.get("headings", ()):
        headings.setdefault(number, []).append(Heading(int(level), str(title), int(offset)))
    return Parsed(
        pages=tuple(_page(data, headings.get(data["page"], ())) for data in pages),
        title=summary.get("title"),
        notices=tuple(Notice(str(code), dict(values)) for code, values in summary.get("notices", ())),
    )


def _page(data: Mapping[str, Any], headings: Sequence[Heading]) -> Page:
    label = data.get("label")
    return Page(int(data["page"]), str(data["text"]), None if label is None else str(label), tuple(headings))
