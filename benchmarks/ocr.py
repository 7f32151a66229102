"""How well and how fast scanned pages are read: python -m benchmarks.ocr [--pages N]

Pages with known text are drawn at DPI as grey pictures, as a scanner gives them, once clean and once worn (turned by
half a degree, blurred, with noise, saved as JPEG), put into PDFs of pictures alone, and read by Kilde's own OCR. What
was read is compared with the page's own text as pdfium gives it, white space as one space. (Not with what Kilde reads
of the page itself: that writes the names of the columns into each row of a table.)

Accuracy of characters: 1 - edits / characters of the page (Levenshtein). Of words: the share of the page's words that
were read, in whatever order. Danish letters: of the æ, ø and å, how many were read, by their number on each page.
Pages: the first of Kilde's Danish samples, and of Debian's manual in Danish and in English, which apt-get fetches,
pages of text alone: without pictures (whose words are in no text layer) and without the dots of a table of contents.
Seconds: from the picture to the text, one page at a time, all of `rag.documents.loaders.load`.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops, ImageFilter
from rapidfuzz.distance import Levenshtein

from benchmarks.machine import Taken, machine
from benchmarks.manual import fetched
from rag.core.errors import NoTextByOcr
from rag.core.file_types import PDF
from rag.documents import samples
from rag.documents.loaders import load
from rag.documents.loaders.pdf import ocr

RESULT = Path(__file__).parent / "results" / "ocr.json"
DPI = 200
PAGES = 6
OF_A_SAMPLE = 1
FEWEST = 1000
"""Characters of a page that is measured: title pages say little."""
LETTERS = "æøåÆØÅ"
_CUT = "\ufffe"
"""What pdfium writes for the hyphen of a word that goes on in the next line."""


def scanned(picture: Image.Image) -> Image.Image:
    return picture


def worn(picture: Image.Image) -> Image.Image:
    """As from an old machine: askew, out of focus, with specks, and squeezed by JPEG."""
    turned = picture.rotate(0.5, resample=Image.Resampling.BICUBIC, fillcolor=255)
    random.seed(0)
    noise = Image.frombytes("L", picture.size, random.randbytes(picture.width * picture.height))
    grainy = ImageChops.subtract(turned.filter(ImageFilter.GaussianBlur(0.8)), noise.point(lambda v: v // 8))
    kept = io.BytesIO()
    grainy.save(kept, "JPEG", quality=40)
    return Image.open(kept)


def one_line(text: str) -> str:
    return " ".join(text.split())


def known(path: Path) -> list[str]:
    """The text of each page."""
    document = pdfium.PdfDocument(path)
    texts = [one_line(page.get_textpage().get_text_range().replace(_CUT, "")) for page in document]
    document.close()
    return texts


def of_text_alone(path: Path, texts: list[str]) -> list[int]:
    document = pdfium.PdfDocument(path)
    chosen = [
        number
        for number, text in enumerate(texts)
        if len(text) >= FEWEST
        and ". . ." not in text
        and not any(True for _ in document[number].get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]))
    ]
    document.close()
    return chosen


def read_back(page: Any, wear: Callable[[Image.Image], Image.Image], folder: Path) -> tuple[str, float]:
    """The text of a page of which only its picture is left, and the seconds that reading took."""
    picture = wear(page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L"))
    path = folder / "scan.pdf"
    picture.save(path, "PDF", resolution=DPI)
    began = time.perf_counter()
    try:
        (read,) = load(path, PDF, path.name).pages
    except NoTextByOcr:
        return "", time.perf_counter() - began
    return one_line(read.text), time.perf_counter() - began


def measured(path: Path, numbers: list[int], texts: list[str], wear: Callable[[Image.Image], Image.Image]) -> Any:
    """numbers: of pages from 0."""
    edits = characters = words = found = danish = kept = 0
    seconds: list[float] = []
    document = pdfium.PdfDocument(path)
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            read, took = read_back(document[number], wear, Path(folder))
            edits += Levenshtein.distance(texts[number], read)
            characters += len(texts[number])
            said = Counter(texts[number].split())
            words += said.total()
            found += (said & Counter(read.split())).total()
            danish += sum(texts[number].count(letter) for letter in LETTERS)
            kept += sum(min(texts[number].count(letter), read.count(letter)) for letter in LETTERS)
            seconds.append(took)
    document.close()
    return {
        "pages": len(numbers),
        "characters": characters,
        "characters_right": round(1 - edits / characters, 4),
        "words_right": round(found / words, 4),
        "danish_letters": danish,
        "danish_letters_right": kept,
        "seconds_per_page_median": round(statistics.median(seconds), 2),
        "seconds_per_page_longest": round(max(seconds), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=PAGES, help="of the manual")
    arguments = parser.parse_args()
    program = ocr.command()
    if program is None:
        raise SystemExit("tesseract is not installed: apt-get install tesseract-ocr tesseract-ocr-dan")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    taken = Taken()
    result: dict[str, Any] = {"tesseract": said.split()[1], "dpi": DPI, "sets": {}}
    folder = Path(samples.__file__).parent
    files = {
        "samples": sorted(folder.glob("*.pdf")),
        "manual, Danish": [fetched()],
        "manual, English": [fetched("debian-edu-doc-en")],
    }
    for name, paths in files.items():
        for path in paths:
            texts = known(path)
            long = of_text_alone(path, texts)
            every = max(1, len(long) // arguments.pages)
            numbers = long[:OF_A_SAMPLE] if name == "samples" else long[::every][: arguments.pages]
            if not numbers:
                continue
            key = path.stem if name == "samples" else name
            result["sets"][key] = {wear.__name__: measured(path, numbers, texts, wear) for wear in (scanned, worn)}
            print(key, json.dumps(result["sets"][key]), flush=True)
    result |= {"taken_by_others": taken.share(), "machine": machine(())}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
