"""Pages that are pictures of text, read by `tesseract` where it is installed: one page at a time, each in a child
process with limits of its own, in which the page is drawn and the program started."""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.core.errors import DamagedFile, ParsingLimit
from rag.core.types import Notice, Page
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.sandbox.runner import Limits, run

WANTED = ("dan", "eng")
"""The language that pages are read in: the first of these whose data is installed; else those that are.

Not both at once: beside English, tesseract takes one Danish letter in three for a plain one ("pa" for "på"), and with
Danish alone it reads English as well as before (`benchmarks/ocr.py`).
"""
PAGE_LIMITS = Limits(cpu=60, wall=90.0, output=8 << 20)
DOCUMENT_SECONDS = 3600.0

_TASK = "rag.documents.loaders.pdf.ocr:read_page"
_PLACES = (r"C:\Program Files\Tesseract-OCR\tesseract.exe", "/opt/homebrew/bin/tesseract", "/usr/local/bin/tesseract")
_DPI = 300
_MOST_PIXELS = 16_000_000
_NICE = 10  # what is asked comes first
# percent: under the first a word is a speck, under the second a page is no text
_SURE_WORD, _SURE_PAGE = 25.0, 50.0
_FEWEST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Read:
    """pages: those that could be read, by their numbers. notices: what became of them and of the others.

    tried: whether there was a program to read them with.
    """

    pages: Mapping[int, Page] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    tried: bool = True


def command() -> str | None:
    """The program; None where there is none. `KILDE_TESSERACT` names one."""
    named = os.environ.get("KILDE_TESSERACT")
    if named:
        return shutil.which(named)
    return shutil.which("tesseract") or next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def languages(program: str) -> list[str]:
    """The languages whose data is installed. Empty where the program cannot be run."""
    try:
        said = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return [line.strip() for line in said.stdout.splitlines()[1:] if line.strip()]


def read(
    path: Path,
    lacking: Mapping[int, str],
    characters: int,
    *,
    pages: int,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Read:
    """Reads the pages of a PDF that lack text.

    lacking: "picture" or "font" by number; pages: of the document. characters: the most that is read. progress: the
    pages with text count as read. A page over its limits is passed over, and so is what is left after an hour.
    Raises Cancelled.
    """
    program = command()
    installed = languages(program) if program else []
    known = [language for language in WANTED if language in installed][:1] or [
        language for language in installed if language != "osd"
    ][:2]
    if program is None or not known:
        return _without(lacking)
    deadline = time.monotonic() + DOCUMENT_SECONDS
    arguments: dict[str, Any] = {"path": str(path.resolve()), "command": program, "languages": "+".join(known)}
    arguments["upright"] = "osd" not in installed
    found: dict[int, Page] = {}
    nothing: list[int] = []
    unfinished: list[int] = []
    for done, number in enumerate(sorted(lacking), start=pages - len(lacking) + 1):
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
                nothing.append(number)
            elif characters < 0:
                unfinished.append(number)
            else:
                found[number] = Page(number, text, frame.data["label"], ocr=True)
        if progress is not None:
            progress(done, pages)
    notices = [("pages_by_ocr", list(found)), ("pages_nothing_by_ocr", nothing), ("pages_ocr_unfinished", unfinished)]
    said = [Notice(code, {"pages": ranges(numbers)}) for code, numbers in notices if numbers]
    if found and WANTED[0] not in known:
        said.append(Notice("ocr_without_danish"))
    return Read(found, tuple(said))


def _without(lacking: Mapping[int, str]) -> Read:
    pictures = [number for number, lacks in lacking.items() if lacks == "picture"]
    fonts = [number for number, lacks in lacking.items() if lacks != "picture"]
    notices = [("pages_without_text", pictures), ("pages_in_unknown_font", fonts)]
    said = tuple(Notice(code, {"pages": ranges(sorted(numbers))}) for code, numbers in notices if numbers)
    return Read(notices=said, tried=False)


def read_page(send: Send, path: str, page: int, command: str, languages: str, upright: bool) -> None:
    """The child's part: one frame {text, label}; text is "" where there is none.

    upright: there is no data by which to tell how a page was turned.
    Raises ParsingLimit, DamagedFile.
    """
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import open_document

    if hasattr(os, "nice"):
        os.nice(_NICE)
    document = open_document(path)
    try:
        shown = document[page - 1]
        wide, high = shown.get_size()
        scale = min(_DPI / 72, (_MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
        picture = io.BytesIO()
        shown.render(scale=scale, grayscale=True).to_pil().convert("L").save(picture, "PPM")
    except pdfium.PdfiumError as error:
        raise DamagedFile() from error
    label = document.get_page_label(page - 1)
    document.close()
    options = ["-l", languages, "--dpi", str(round(72 * scale)), "--psm", "3" if upright else "1"]
    # more threads would only get into each other's way: several files are read at once
    ended = subprocess.run(
        [command, "stdin", "stdout", *options, "tsv"],
        input=picture.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=False,
    )
    if ended.returncode:
        raise ParsingLimit(limit="memory" if ended.returncode == -6 else "time")
    text = text_of(ended.stdout.decode("utf-8", "replace"))
    send(text=text, label=label if label and label != str(page) else None)


def text_of(table: str) -> str:
    """The text in a table of words as tesseract writes it; "" where it is not sure enough that there is any."""
    lines: dict[tuple[str, ...], list[str]] = {}
    sure: list[float] = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not (word := cells[11].strip()):
            continue
        if float(cells[10]) >= _SURE_WORD:
            sure += [float(cells[10])] * len(word)
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    text = ""
    last: tuple[str, ...] = ()
    for place, words in lines.items():
        line = " ".join(words)
        if not text:
            text = line
        elif place[:3] != last[:3]:
            text += "\n\n" + line
        elif len(text) > 1 and text[-1] in "-¬" and text[-2].islower() and line[0].islower():
            text = text[:-1] + line
        else:
            text += "\n" + line
        last = place
    if sum(map(str.isalpha, text)) < _FEWEST_LETTERS or statistics.fmean(sure) < _SURE_PAGE:
        return ""
    return text


def ranges(numbers: Iterable[int]) -> str:
    """[2, 3, 4, 7] -> "2-4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
