"""The rows and cells of a Word table, and what says that it has a header."""

import re
from collections.abc import Iterator
from typing import Any

from rag.documents.loaders.docx.numbering import W
from rag.documents.loaders.docx.styles import is_on

# elements that only wrap other elements
INLINE = frozenset(
    f"{W}{name}"
    for name in [
        "hyperlink",
        "ins",
        "moveTo",
        "smartTag",
        "sdt",
        "sdtContent",
        "fldSimple",
        "customXml",
        "dir",
        "bdo",
        "ruby",
        "rubyBase",
    ]
)


def rows_of(table: Any) -> Iterator[Any]:
    """The rows of a table, deleted ones left out."""
    for element in table:
        if element.tag == f"{W}tr":
            if element.find(f"{W}trPr/{W}del") is None:
                yield element
        elif element.tag in INLINE:
            yield from rows_of(element)


def cells_of(row: Any) -> Iterator[Any]:
    """The cells of a row, also those in controls."""
    for element in row:
        if element.tag == f"{W}tc":
            yield element
        elif element.tag in INLINE:
            yield from cells_of(element)


def is_bold(cell: Any) -> bool:
    """Whether all text of a cell is bold."""
    runs = [run for run in cell.iter(f"{W}r") if run.find(f"{W}t") is not None]
    return bool(runs) and all(is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def looks_headed(look: Any) -> bool:
    """Whether tblLook marks the first row: by an attribute or, in older files, in `val` (ECMA-376-1, 17.4.56)."""
    first_row = look.get(f"{W}firstRow")
    if first_row is not None:
        return first_row in ("1", "true", "on")
    bits = look.get(f"{W}val", "")
    return bool(re.fullmatch(r"[0-9A-Fa-f]{1,4}", bits)) and bool(int(bits, 16) & 0x20)
