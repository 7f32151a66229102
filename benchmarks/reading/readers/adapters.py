"""How each of the others is asked for the text of a file: by its own quick start, with its defaults, offline.

Imported in every reader's environment, so it needs Python's own library alone until a reader is chosen.
"""

from __future__ import annotations

import html.parser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Read = Callable[[Path], str]
"""A file's text. Raises whatever the library raises."""


def markitdown() -> Read:
    from markitdown import MarkItDown

    converter = MarkItDown(enable_plugins=False)
    return lambda path: str(converter.convert(str(path)).markdown)


def docling() -> Read:
    """Where it would need a model to read a format (PDF and pictures) it is not asked."""
    from docling.document_converter import DocumentConverter

    converter = DocumentConverter()

    def read(path: Path) -> str:
        if path.suffix.lower() in (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".heic"):
            raise NotImplementedError("needs models that are fetched at run time")
        if path.suffix.lower() == ".zip":
            found = converter.convert_all([str(path)], raises_on_error=False)
            return "\n\n".join(str(one.document.export_to_markdown()) for one in found)
        return str(converter.convert(str(path)).document.export_to_markdown())

    return read


def unstructured() -> Read:
    """Tables as the HTML that it keeps beside their text, for that tells which column a value is in.

    spaCy's model, which it fetches at run time, tells titles from prose and makes no difference to the text: an empty
    pipeline takes its place.
    """
    import spacy
    import unstructured.nlp.tokenize as tokenizing
    from unstructured.partition.auto import partition

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    tokenizing._get_nlp = lambda: pipeline

    def read(path: Path) -> str:
        parts = []
        for element in partition(str(path), strategy="fast"):
            table = getattr(element.metadata, "text_as_html", None)
            parts.append(piped(table) if table else str(element.text))
        return "\n\n".join(parts)

    return read


def plain() -> Read:
    """The least that could be done: the usual library of each format, a few lines each. In Kilde's environment."""
    import email
    import email.policy

    def read(path: Path) -> str:
        suffix = path.suffix.lower()
        if suffix == ".pdf":
            from pypdf import PdfReader

            return "\n".join(page.extract_text() for page in PdfReader(path).pages)
        if suffix in (".xlsx", ".csv", ".tsv"):
            return _sheets(path, suffix)
        if suffix == ".docx":
            import docx

            document = docx.Document(str(path))
            lines = [paragraph.text for paragraph in document.paragraphs]
            for table in document.tables:
                lines += [_row([cell.text for cell in row.cells]) for row in table.rows]
            return "\n".join(lines)
        if suffix == ".pptx":
            import pptx

            shapes = [shape for slide in pptx.Presentation(str(path)).slides for shape in slide.shapes]
            return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
        if suffix in (".html", ".htm"):
            from lxml import html as lxml_html

            return str(lxml_html.fromstring(path.read_bytes()).text_content())
        if suffix == ".eml":
            found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body()
            return "" if found is None else str(found.get_content())
        if suffix in (".txt", ".md"):
            return path.read_text(encoding="utf-8")
        raise NotImplementedError(suffix)

    return read


def _sheets(path: Path, suffix: str) -> str:
    import pandas as pd

    if suffix == ".xlsx":
        frames = list(pd.read_excel(path, sheet_name=None, header=None, dtype=str).values())
    else:
        frames = [pd.read_csv(path, sep=None, engine="python", header=None, dtype=str)]
    rows = (row for frame in frames for row in frame.fillna("").itertuples(index=False))
    return "\n".join(_row([str(cell) for cell in row]) for row in rows)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()) for cell in cells)} |"


class _Rows(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            span = dict(attrs).get("colspan") or "1"
            self.rows[-1] += [""] * int(span)
            self._open = len(self.rows[-1]) - int(span)

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][self._open] += data


def piped(table: str) -> str:
    """A table in HTML as the rows of one in Markdown."""
    parser = _Rows()
    parser.feed(table)
    return "\n".join(_row(row) for row in parser.rows)


READERS: Mapping[str, Callable[[], Read]] = {
    "markitdown": markitdown,
    "docling": docling,
    "unstructured": unstructured,
    "plain": plain,
}


def loaded(name: str) -> Any:
    """The reader, ready to read. Raises ImportError where it is not installed."""
    return READERS[name]()
