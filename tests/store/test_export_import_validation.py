from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.core.errors import InvalidImport
from rag.core.types import Chunk, Heading, Notice, Page, Parsed, Space, Span
from rag.store.export_import.validation import check_document, check_space

SPACE = Space("model", "r1", 4, "q: ", "p: ", 100, 10)
PARSED = Parsed((Page(1, "Batterier. Nej.", "i", (Heading(1, "Top", 0),)),), "T", (Notice("no_text", {"pages": "2"}),))
CHUNK = Chunk(0, 1, 0, 15, "Batterier. Nej.", ("Top",), (Span(0, 10), Span(11, 15)), 3, "da")
GIVEN: dict[str, Any] = {
    "name": "a.txt",
    "media_type": "text/plain",
    "language": "da",
    "tags": ("t",),
    "parsed": PARSED,
    "chunks": [CHUNK],
}


def test_what_an_export_says_is_taken() -> None:
    check_space(SPACE)
    check_space(Space("", "", 0, "", "", 0, 0))
    check_document(**GIVEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": 7},
        {"revision": None},
        {"dimension": "4"},
        {"dimension": -1},
        {"dimension": 10**9},
        {"chunk_size": 3},
        {"overlap": 50},
        {"overlap": -1},
        {"query_prefix": "\ud800"},
        {"id": True},
        {"chunk_size": 2**40},
    ],
)
def test_spaces_that_nothing_could_be_made_in(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidImport):
        check_space(replace(SPACE, **wrong))


def page(**wrong: Any) -> dict[str, Any]:
    return {"parsed": replace(PARSED, pages=(replace(PARSED.pages[0], **wrong),))}


def chunk(**wrong: Any) -> dict[str, Any]:
    return {"chunks": [replace(CHUNK, **wrong)]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 5},
        {"name": "\udc00"},
        {"media_type": "application/x-sh"},
        {"language": None},
        {"tags": (1,)},
        {"tags": ("\ud800",)},
        {"parsed": replace(PARSED, title=5)},
        {"parsed": replace(PARSED, notices=(Notice("x", {}),))},
        {"parsed": replace(PARSED, notices=(Notice("no_text", {"pages": [1]}),))},
        {"parsed": replace(PARSED, pages=PARSED.pages * 2)},
        page(text=7),
        page(text="\ud800"),
        page(number=0),
        page(number="1"),
        page(number=2**40),
        page(label=3),
        page(headings=(Heading(0, "t", 0),)),
        page(headings=(Heading(1, "t", 99),)),
        page(headings=(Heading(1, None, 0),)),
        {"chunks": [CHUNK, CHUNK]},
        chunk(ordinal=-1),
        chunk(text=None),
        chunk(language=3),
        chunk(heading_path=(1,)),
        chunk(tokens=-1),
        chunk(page=2**40),
        chunk(sentences=(Span(0, 99),)),
        chunk(sentences=(Span(5, 2),)),
        chunk(sentences=(Span("a", 2),)),
    ],
)
def test_documents_that_no_page_could_show(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidImport) as refused:
        check_document(**{**GIVEN, **wrong})
    assert str(refused.value).encode()
