"""One content as a file of many formats: `WRITERS[format](blocks)` -> bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.reading.blocks import Block
from benchmarks.reading.forms import office, opendocument, outlook, paper, plain, web

WRITERS: Mapping[str, Callable[[Sequence[Block]], bytes]] = {
    "pdf": paper.pdf,
    "docx": office.docx,
    "pptx": office.pptx,
    "xlsx": office.xlsx,
    "csv": plain.csv,
    "tsv": plain.tsv,
    "html": web.html,
    "epub": web.epub,
    "eml": web.eml,
    "msg": outlook.msg,
    "txt": plain.txt,
    "md": plain.markdown,
    "odt": opendocument.odt,
    "ods": opendocument.ods,
    "odp": opendocument.odp,
    "rtf": plain.rtf,
}
