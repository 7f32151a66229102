"""Bytes -> pages, one module per row of `rag.core.file_types.FILE_TYPES`.

Whatever parses the bytes runs in a child process with limits (`sandbox`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.core.errors import DamagedFile, NoText, NoTextByOcr, NoTextInPicture, ParsingLimit
from rag.core.file_types import BY_MEDIA_TYPE, FILE_TYPES, MEDIA_TYPES, PICTURES, TIFF, kind_of, unknown_type
from rag.core.types import Attached, Heading, Notice, Page, Parsed
from rag.documents.loaders.omissions import ranges
from rag.documents.loaders.pdf import ocr
from rag.documents.loaders.sandbox.runner import DEFAULT_LIMITS, Limits, run

__all__ = ["MEDIA_TYPES", "Limits", "kind_of", "load", "recognised"]

_TASKS = {file_type.media_type: f"{__name__}.{file_type.loader}:read" for file_type in FILE_TYPES}


def load(
    path: Path,
    media_type: str,
    name: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    recognise_later: bool = False,
) -> Parsed:
    """Read a file that `kind_of` recognised as `media_type`.

    progress: called in this thread as progress(pages read, pages in all). cancelled: asked twenty times a second; where
    it returns True the child is killed at once. name: as the user knows the file, for messages about it.
    Where a limit is met or the child dies after a page with text, the pages read until then are returned with a notice.
    Pages without usable text are read by OCR where it is installed. recognise_later: if there is text without them,
    `Parsed.lacking` says which they are, for `recognised`.
    Raises a FileRefused (DamagedFile, PasswordProtected, NoText, NoTextByOcr, EmptyFile, ParsingLimit, UnsafeFile,
    UnknownType), or Cancelled.
    """
    task = _TASKS.get(media_type)
    if task is None:
        raise unknown_type(name)
    arguments = {"path": str(path.resolve()), "pages": limits.pages, "characters": limits.characters}
    frames: list[Mapping[str, Any]] = []
    attached: list[Attached] = []
    summary: dict[str, Any] = {}
    break_notice: Notice | None = None
    try:
        for data, blob in run(task, arguments, limits=limits, cancelled=cancelled):
            if "file" in data:
                attached.append(Attached(str(data["file"]), blob, str(data["refused"])))
                continue
            if "page" not in data:
                summary |= data
                continue
            frames.append(data)
            if progress is not None:
                progress(int(data["page"]), int(data["of"]))
    except (ParsingLimit, DamagedFile) as error:
        if not any(str(frame["text"]).strip() for frame in frames):
            raise
        break_notice = _break_notice(error, frames[-1])
    headings: dict[int, list[Heading]] = {}
    for row in [*(row for frame in frames for row in frame.get("headings", ())), *summary.get("headings", ())]:
        number, level, title, offset = row
        headings.setdefault(number, []).append(Heading(int(level), str(title), int(offset)))
    pages = [_page(frame, headings.get(frame["page"], ())) for frame in frames]
    notices = [Notice(str(code), dict(values)) for code, values in summary.get("notices", ())]
    if break_notice is not None:
        notices.append(break_notice)
    lacking = {int(frame["page"]): str(frame["lacks"]) for frame in frames if frame.get("lacks")}
    version = BY_MEDIA_TYPE[media_type].loader_version
    parsed = Parsed(tuple(pages), summary.get("title"), tuple(notices), tuple(attached), version, lacking)
    if recognise_later and ocr.command() is not None and any(page.text.strip() for page in pages):
        return parsed
    return recognised(path, media_type, parsed, progress=progress, cancelled=cancelled, limits=limits)


def recognised(
    path: Path,
    media_type: str,
    parsed: Parsed,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Parsed:
    """A file as `load` reads it at once, from what it returned with `recognise_later`.

    Raises NoText, NoTextByOcr, NoTextInPicture, Cancelled.
    """
    if not parsed.lacking:
        return parsed
    read = ocr.read(
        path,
        parsed.lacking,
        limits.characters,
        progress=progress,
        pages=len(parsed.pages),
        is_picture=media_type in PICTURES,
        cancelled=cancelled,
    )
    pages = tuple(_with_recognised(page, read.pages.get(page.number)) for page in parsed.pages)
    if not any(page.text.strip() for page in pages):
        by_ocr = NoTextInPicture if media_type in PICTURES - {TIFF} else NoTextByOcr
        raise (by_ocr if read.tried else NoText)(pages=ranges(parsed.lacking))
    return replace(parsed, pages=pages, notices=(*parsed.notices, *read.notices), lacking={})


def _with_recognised(page: Page, recognised: Page | None) -> Page:
    """A page with what was recognised in its pictures below what was typed on it."""
    if recognised is None:
        return page
    text = f"{page.text}\n\n{recognised.text}" if page.text else recognised.text
    return replace(recognised, text=text, headings=page.headings)


def _break_notice(error: ParsingLimit | DamagedFile, last_frame: Mapping[str, Any]) -> Notice:
    """The notice for a document of which only the first pages could be read."""
    progress = {"read": int(last_frame["page"]), "pages": int(last_frame["of"])}
    if isinstance(error, ParsingLimit):
        return Notice("limit_met", {"limit": error.values["limit"], **progress})
    return Notice("damage_met", progress)


def _page(data: Mapping[str, Any], headings: Sequence[Heading]) -> Page:
    label = data.get("label")
    return Page(int(data["page"]), str(data["text"]), None if label is None else str(label), tuple(headings))
