"""Values for tests: each with what a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from rag.core.text.sentences import sentences
from rag.core.types import Chunk, Hit, Place, Span


def hit(
    rank: int,
    text: str,
    *,
    document: str = "",
    sha256: str = "",
    page: int = 1,
    start: int = 0,
    headings: tuple[str, ...] = (),
    language: str = "",
    row: int = 0,
    ordinal: int = 0,
    document_id: int = 0,
    score: float = 1.0,
    **fields: Any,
) -> Hit:
    """A passage used under the number `rank`, of its own document; sentences are found where it has a language.

    start: of the passage on its page. fields: further ones of the hit.
    """
    spans = tuple(Span(s.start + start, s.end + start) for s in sentences(text, language)) if language else ()
    chunk = Chunk(
        ordinal,
        page,
        start,
        start + len(text),
        text,
        headings,
        sentences=spans,
        tokens=20,
        language=language,
        id=rank,
        document_id=document_id,
        row=row,
    )
    return Hit(rank, chunk, document or f"{rank}.pdf", sha256 or f"{rank:064}", score, **{"number": rank, **fields})


def hit_at(rank: int, place: Place, text: str = "", *, document: str = "a.pdf", **fields: Any) -> Hit:
    """A passage at a place, of any text where none is given."""
    text = text or "x" * (place.end - place.start)
    return hit(rank, text, document=document, sha256=place.sha256, page=place.page, start=place.start, **fields)
