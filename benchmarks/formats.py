"""How long reading a file takes, and how much memory: a 50-page DOCX, a 5,000-row XLSX and CSV, a 100-slide PPTX ...

    python -m benchmarks.formats

Time: `rag.documents.loaders.load` as the app calls it, in the sandbox, with everything loaded; the median and the
longest of
RUNS. Memory: what the loader adds at its peak to an interpreter that has imported it, in a process of its own.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.enum.text import WD_BREAK

from rag.documents.loaders import _TASKS, kind_of, load

RUNS = 5
WARM = 5.0
"""Seconds until what is forked has loaded all formats."""
SENTENCE = "Batterier er dækket i {} måneder fra købsdatoen, hvis cyklen er brugt, som vejledningen beskriver det. "
_PEAK = """
import importlib, sys
task, path = sys.argv[1:]
def peak():  # not of `resource`: that one is inherited from the process that began this one
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
module, function = task.split(":")
read = getattr(importlib.import_module(module), function)
before = peak()
read(lambda **data: None, path, 5_000, 20_000_000)
print(peak() - before)
"""


def document(pages: int = 50) -> bytes:
    made = docx.Document()
    for page in range(pages):
        made.add_heading(f"{page + 1} Garanti", 1)
        for n in range(6):
            made.add_paragraph(SENTENCE.format(n + page) * 5)
        table = made.add_table(rows=5, cols=3)
        for row in table.rows:
            for column, cell in enumerate(row.cells):
                cell.text = f"Felt {column} på side {page}"
        made.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    return _saved(made)


def workbook(rows: int = 5_000, columns: int = 10) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append([f"Felt {column}" for column in range(columns)])
    for n in range(2, rows + 1):
        sheet.append([f"Vare {n}", *(n * column / 4 for column in range(1, columns))])
        sheet.cell(n, 2).number_format = '#,##0.00 "kr."'
    return _saved(made)


def slides(count: int = 100) -> bytes:
    made = pptx.Presentation()
    for n in range(count):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"Garanti {n}"
        slide.placeholders[1].text = "\n".join(SENTENCE.format(n + line) for line in range(5))
        slide.notes_slide.notes_text_frame.text = SENTENCE.format(n) * 3
    return _saved(made)


def delimited(rows: int = 5_000, columns: int = 10) -> bytes:
    lines = [";".join(f"Felt {column}" for column in range(columns))]
    lines += [";".join([f"Vare {n}", *(f"{n * column},5" for column in range(1, columns))]) for n in range(2, rows + 1)]
    return "\n".join(lines).encode()


def page(paragraphs: int = 500) -> bytes:
    body = "".join(f"<h2>{n}</h2><p>{SENTENCE.format(n) * 5}</p>" for n in range(paragraphs))
    return f"<!DOCTYPE html><html><head><meta charset=utf-8></head><body>{body}</body></html>".encode()


def book(chapters: int = 30) -> bytes:
    items = "".join(f'<item id="c{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(chapters))
    order = "".join(f'<itemref idref="c{n}"/>' for n in range(chapters))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="a.opf"/></container>')
        archive.writestr("a.opf", f"<package><manifest>{items}</manifest><spine>{order}</spine></package>")
        for n in range(chapters):
            archive.writestr(f"{n}.xhtml", page(50))
    return out.getvalue()


def mail() -> bytes:
    return (
        b"From: a@example.dk\r\nSubject: Garanti\r\n\r\n"
        + "\r\n\r\n".join(SENTENCE.format(n) for n in range(20)).encode()
    )


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "50 pages": ("a.docx", document),
    "100 slides": ("a.pptx", slides),
    "5,000 rows, 10 columns": ("a.xlsx", workbook),
    "the same rows": ("a.csv", delimited),
    "500 paragraphs": ("a.html", page),
    "30 chapters": ("a.epub", book),
    "20 paragraphs": ("a.eml", mail),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(mail())
        load(path, kind_of("a.eml", mail()), "a.eml")
        time.sleep(WARM)
        print(f"{'file':<32}{'kB':>8}{'characters':>12}{'median ms':>11}{'longest ms':>12}{'MB':>7}")
        for what, (name, make) in FILES.items():
            data = make()
            path.write_bytes(data)
            media_type = kind_of(name, data)
            times = []
            for _ in range(RUNS):
                began = time.perf_counter()
                parsed = load(path, media_type, name)
                times.append(1000 * (time.perf_counter() - began))
            asked = [sys.executable, "-c", _PEAK, _TASKS[media_type], str(path)]
            peak = int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) / 1024
            length = sum(len(one.text) for one in parsed.pages)
            print(
                f"{f'{name[2:].upper()}, {what}':<32}{len(data) // 1000:>8}{length:>12}"
                f"{statistics.median(times):>11.0f}{max(times):>12.0f}{peak:>7.0f}"
            )


def _saved(made: object) -> bytes:
    out = io.BytesIO()
    made.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


if __name__ == "__main__":
    main()
