"""Pages that are pictures of text, recognised by `tesseract` where it is installed.

Each page is read in a child process with limits of its own, which draws the page and starts the program.
"""

import io
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.core.errors import DamagedFile, ParsingLimit
from rag.core.types import Notice, Page
from rag.documents.loaders.omissions import ranges
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.sandbox.runner import Limits, run

WANTED = ("dan", "eng")
"""Pages are read in the first of these languages whose data is installed, else in those that are installed.

Not in both at once: with English beside it, tesseract takes one Danish letter in three for a plain one ("pa" for "på"),
while with Danish alone it reads English just as well (`benchmarks/ocr.py`).
"""
PAGE_LIMITS = Limits(cpu=60, wall=90.0, output=8 << 20)
DOCUMENT_SECONDS = 3600.0

_TASK = "rag.documents.loaders.pdf.ocr:read_page"
_PLACES = (r"C:\Program Files\Tesseract-OCR\tesseract.exe", "/opt/homebrew/bin/tesseract", "/usr/local/bin/tesseract")
_DPI = 300
_MAX_PIXELS = 16_000_000
_NICE = 10  # questions go first
# percent: below the first a word is a speck, below the second a page has no text
_SURE_WORD, _SURE_PAGE = 25.0, 50.0
_MIN_LETTERS = 3


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
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Read:
    """Recognise the pages of a PDF that lack text.

    lacking: "picture" or "font" by page number; pages: of the document. characters: the most that is read. progress:
    pages with text count as read. A page over its limits is skipped, and so are all pages left after an hour.
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
    arguments["upright"] = "osd" not in installed
    recognised: dict[int, Page] = {}
    without_text: list[int] = []
    unfinished: list[int] = []
    for pages_done, number in enumerate(sorted(lacking), start=pages - len(lacking) + 1):
        if time.monotonic() > deadline:
            unfinished.append(number)
            continue
        try:
            (frame,) = run(_TASK, {**arguments, "page": number}, limits=PAGE_LIMITS, cancelled=cancelled)
        except (ParsingLimit, DamagedFile, ValueError):
            unfinished.append(number)
        else:
            text = str(frame.data["text"])
            characters -= len(text)
            if not text:
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
        ("pages_ocr_unfinished", unfinished),
    ]
    notices = [Notice(code, {"pages": ranges(numbers)}) for code, numbers in numbers_by_code if numbers]
    if recognised and WANTED[0] not in used_languages:
        notices.append(Notice("ocr_without_danish"))
    return Read(recognised, tuple(notices))


def _not_recognised(lacking: Mapping[int, str]) -> Read:
    pictures = [number for number, lacks in lacking.items() if lacks == "picture"]
    fonts = [number for number, lacks in lacking.items() if lacks != "picture"]
    numbers_by_code = [("pages_without_text", pictures), ("pages_in_unknown_font", fonts)]
    notices = tuple(Notice(code, {"pages": ranges(sorted(numbers))}) for code, numbers in numbers_by_code if numbers)
    return Read(notices=notices, tried=False)


def read_page(send: Send, path: str, page: int, command: str, languages: str, upright: bool) -> None:
    """The child's part: sends one frame {text, label}; text is "" where nothing was recognised.

    upright: whether pages are taken as upright, since the data to tell how they were turned is not installed.
    Raises ParsingLimit, DamagedFile.
    """
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import open_document

    if hasattr(os, "nice"):
        os.nice(_NICE)
    document = open_document(path)
    try:
        pdf_page = document[page - 1]
        width, height = pdf_page.get_size()
        scale = min(_DPI / 72, (_MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
        picture = io.BytesIO()
        pdf_page.render(scale=scale, grayscale=True).to_pil().convert("L").save(picture, "PPM")
    except pdfium.PdfiumError as error:
        raise DamagedFile() from error
    label = document.get_page_label(page - 1)
    document.close()
    options = ["-l", languages, "--dpi", str(round(72 * scale)), "--psm", "3" if upright else "1"]
    # several files are read at once: more threads would only slow each other down
    process = subprocess.run(
        [command, "stdin", "stdout", *options, "tsv"],
        input=picture.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=False,
    )
    if process.returncode:
        raise ParsingLimit(limit="memory" if process.returncode == -6 else "time")
    text = text_of(process.stdout.decode("utf-8", "replace"))
    send(text=text, label=label if label and label != str(page) else None)


def text_of(table: str) -> str:
    """The text of a table of words that tesseract wrote; "" where its confidence is too low."""
    lines: dict[tuple[str, ...], list[str]] = {}
    confidences: list[float] = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not (word := cells[11].strip()):
            continue
        if float(cells[10]) >= _SURE_WORD:
            confidences += [float(cells[10])] * len(word)
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    text = ""
    last_place: tuple[str, ...] = ()
    for place, words in lines.items():
        line = " ".join(words)
        if not text:
            text = line
        elif place[:3] != last_place[:3]:
            text += "\n\n" + line
        elif len(text) > 1 and text[-1] in "-¬" and text[-2].islower() and line[0].islower():
            text = text[:-1] + line
        else:
            text += "\n" + line
        last_place = place
    if sum(map(str.isalpha, text)) < _MIN_LETTERS or statistics.fmean(confidences) < _SURE_PAGE:
        return ""
    return text
