"""Pages that are pictures of text, recognised by `tesseract` where it is installed.

Each page is read in a child process with limits of its own, which draws the page and starts the program.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.core.errors import DamagedFile, ParsingLimit
from rag.core.types import Notice, Page
from rag.documents.loaders.omissions import ranges
from rag.documents.loaders.sandbox.runner import Limits, run

WANTED = ("dan", "eng")
"""Pages are read in the first of these languages whose data is installed, else in those that are installed.

Not in both at once: with English beside it, tesseract takes one Danish letter in three for a plain one ("pa" for "på"),
while with Danish alone it reads English just as well (`benchmarks/ocr.py`).
"""
PAGE_LIMITS = Limits(cpu=60, wall=90.0, output=8 << 20)
DOCUMENT_SECONDS = 3600.0

_TASK = "rag.documents.loaders.pdf.ocr_page:read_page"
_PLACES = (r"C:\Program Files\Tesseract-OCR\tesseract.exe", "/opt/homebrew/bin/tesseract", "/usr/local/bin/tesseract")


@dataclass(frozen=True, slots=True)
class Read:
    """The result for one document. pages: recognised ones by number. notices: on these and on the others.

    tried: whether there was a program to read them with.
    """

    pages: Mapping[int, Page] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    tried: bool = True


def command() -> str | None:
    """The path of tesseract; None where it is not installed. `KILDE_TESSERACT` overrides it."""
    configured = os.environ.get("KILDE_TESSERACT")
    if configured:
        return shutil.which(configured)
    return shutil.which("tesseract") or next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def languages(program: str) -> list[str]:
    """The languages whose data is installed. Empty where the program cannot be run."""
    try:
        listing = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return [line.strip() for line in listing.stdout.splitlines()[1:] if line.strip()]


def read(
    path: Path,
    lacking: Mapping[int, str],
    characters: int,
    *,
    pages: int,
    is_picture: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Read:
    """Recognise the pages of a PDF, or of a file that `is_picture`, that lack text.

    lacking: by page number "picture" for a page without text, "stamped" for a scan on which a few characters were
    typed, "font" where the font does not say its letters, "part" where pictures stand beside the text. What is
    recognised of "stamped" and "part" pages is what their text lacks. pages: of the document. characters: the most that
    is read. progress: pages with text count as read. A page over its limits is skipped, and so are all pages left after
    an hour.
    Raises Cancelled.
    """
    program = command()
    installed = languages(program) if program else []
    used_languages = [language for language in WANTED if language in installed][:1] or [
        language for language in installed if language != "osd"
    ][:2]
    if program is None or not used_languages:
        return _not_recognised(lacking)
    deadline = time.monotonic() + DOCUMENT_SECONDS
    arguments: dict[str, Any] = {"path": str(path.resolve()), "command": program, "languages": "+".join(used_languages)}
    arguments |= {"upright": "osd" not in installed, "is_picture": is_picture}
    recognised: dict[int, Page] = {}
    without_text: list[int] = []
    with_unread_pictures: list[int] = []
    unfinished: list[int] = []
    for pages_done, number in enumerate(sorted(lacking), start=pages - len(lacking) + 1):
        if time.monotonic() > deadline:
            unfinished.append(number)
            continue
        try:
            page_arguments = {**arguments, "page": number, "lacks": lacking[number]}
            (frame,) = run(_TASK, page_arguments, limits=PAGE_LIMITS, cancelled=cancelled)
        except (ParsingLimit, DamagedFile, ValueError):
            unfinished.append(number)
        else:
            text = str(frame.data["text"])
            characters -= len(text)
            if frame.data["unread"]:
                with_unread_pictures.append(number)
            if not text:
                if not frame.data["unread"]:
                    without_text.append(number)
            elif characters < 0:
                unfinished.append(number)
            else:
                recognised[number] = Page(number, text, frame.data["label"], ocr=True)
        if progress is not None:
            progress(pages_done, pages)
    numbers_by_code = [
        ("pages_by_ocr", list(recognised)),
        ("pages_nothing_by_ocr", without_text),
        ("pictures_nothing_by_ocr", with_unread_pictures),
        ("pages_ocr_unfinished", unfinished),
    ]
    notices = [Notice(code, {"pages": ranges(numbers)}) for code, numbers in numbers_by_code if numbers]
    if recognised and WANTED[0] not in used_languages:
        notices.append(Notice("ocr_without_danish"))
    return Read(recognised, tuple(notices))


def _not_recognised(lacking: Mapping[int, str]) -> Read:
    codes = {"font": "pages_in_unknown_font", "part": "pictures_beside_text"}
    pages_by_code: dict[str, list[int]] = {}
    for number, lacks in sorted(lacking.items()):
        pages_by_code.setdefault(codes.get(lacks, "pages_without_text"), []).append(number)
    numbers_by_code = sorted(pages_by_code.items())
    notices = tuple(Notice(code, {"pages": ranges(numbers)}) for code, numbers in numbers_by_code)
    return Read(notices=notices, tried=False)
