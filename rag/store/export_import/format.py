"""The file formats of chunks, documents and pages in an export."""

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from rag.core.types import Chunk, Document, Heading, Page, Span

Format = Literal["parquet", "jsonl"]
SHA256 = re.compile("[0-9a-f]{64}")


def write_chunks(folder: Path, table: list[dict[str, Any]], form: Format) -> None:
    """Write rows of `chunk_row`, replacing those of an earlier export."""
    for name in ("chunks.parquet", "chunks.jsonl"):
        (folder / name).unlink(missing_ok=True)
    if form == "jsonl":
        with (folder / "chunks.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table)
        return
    import pandas as pd

    columns = list(chunk_row(Chunk(0, 0, 0, 0, ""), ""))
    pd.DataFrame(table, columns=columns).to_parquet(folder / "chunks.parquet")


def read_chunks(folder: Path) -> list[dict[str, Any]]:
    """The rows that `write_chunks` wrote. Raises FileNotFoundError, and ValueError and others for invalid files."""
    if (folder / "chunks.jsonl").exists():
        return read_lines(folder / "chunks.jsonl")
    import pandas as pd

    return pd.read_parquet(folder / "chunks.parquet").to_dict("records")  # type: ignore[no-any-return]


def read_lines(path: Path) -> list[Any]:
    """The values of a JSONL file."""
    # splitlines would also split at U+2028 and the like, which JSON does not escape
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def chunk_row(chunk: Chunk, document: str) -> dict[str, Any]:
    """document: the name of its document."""
    return {
        "document": document,
        "ordinal": chunk.ordinal,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "heading_path": json.dumps(chunk.heading_path, ensure_ascii=False),
        "sentences": json.dumps(chunk.sentences),
        "tokens": chunk.tokens,
        "language": chunk.language,
        "row": chunk.row,
    }


def chunk_from(row: dict[str, Any]) -> Chunk:
    """From `chunk_row`; an older Kilde wrote no `row`."""
    return Chunk(
        int(row["ordinal"]),
        int(row["page"]),
        int(row["start"]),
        int(row["end"]),
        row["text"],
        tuple(json.loads(row["heading_path"])),
        tuple(Span(*pair) for pair in json.loads(row["sentences"])),
        int(row["tokens"]),
        row["language"],
        row=int(row.get("row", 0)),
    )


def document_row(document: Document, pages: Sequence[Page], parent: str | None) -> dict[str, Any]:
    """A line of documents.jsonl. parent: the name of the document that this one is inside."""
    row = dataclasses.asdict(document)
    row["parent"] = parent
    row["notices"] = [(notice.code, notice.values) for notice in document.notices]
    row["pages"] = [
        (page.number, page.text, page.label, [(h.level, h.title, h.offset) for h in page.headings], page.ocr)
        for page in pages
    ]
    return row


def page_from(values: Sequence[Any]) -> Page:
    """From a page of `document_row`; an older Kilde did not write whether it was read by OCR."""
    number, text, label, headings, *ocr = values
    return Page(number, text, label, tuple(Heading(*heading) for heading in headings), any(ocr[:1]))
