"""How a file ends: as a document, or as a refusal in words. Anything else is a fault."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import FileRefused
from rag.core.types import Chunk, Parsed
from rag.documents.chunking import chunk
from rag.documents.loaders import Limits, kind_of, load

LIMITS = Limits(cpu=30, wall=60.0)
CHUNK_SIZE, OVERLAP = 180, 40
CHUNKING_SECONDS = 30.0
"""Cutting is done outside the sandbox, so nothing ends it: what takes longer is a fault."""


@dataclass(frozen=True)
class Ending:
    """how: "document" or the refusal's name. detail: pages and chunks, or the sentence that the user reads."""

    how: str
    detail: str
    seconds: float

    @property
    def is_document(self) -> bool:
        return self.how == "document"


def words(texts: Sequence[str]) -> list[int]:
    """One token a word, but of a long one as many as a tokenizer would make."""
    return [sum(1 + len(word) // 8 for word in text.split()) for text in texts]


def ending(name: str, data: bytes, folder: Path, limits: Limits = LIMITS) -> Ending:
    """What becomes of a file when it is dropped. Raises AssertionError, or whatever it is, where it is no ending."""
    path = folder / "file"
    path.write_bytes(data)
    began = time.monotonic()
    try:
        parsed = load(path, kind_of(name, data), name, limits=limits)
        chunks = cut(parsed)
    except FileRefused as error:
        for language in ("da", "en"):
            said = error.in_language(language)
            assert said and "{" not in said and "Traceback" not in said, said
            said.encode()
        return Ending(type(error).__name__, str(error), time.monotonic() - began)
    sound(parsed, limits)
    return Ending("document", f"{len(parsed.pages)} pages, {len(chunks)} chunks", time.monotonic() - began)


def cut(parsed: Parsed) -> list[Chunk]:
    began = time.monotonic()
    chunks = chunk(parsed.pages, CHUNK_SIZE, OVERLAP, words)
    spent = time.monotonic() - began
    assert spent < CHUNKING_SECONDS, f"cutting took {spent:.0f} s"
    pages = {page.number: page.text for page in parsed.pages}
    for one in chunks:
        assert pages[one.page][one.start : one.end] == one.text
        assert all(one.start <= s.start <= s.end <= one.end for s in one.sentences)
    return chunks


def sound(parsed: Parsed, limits: Limits) -> None:
    """A document that the store and the pages can hold."""
    assert 0 < len(parsed.pages) <= limits.pages
    assert sum(len(page.text) for page in parsed.pages) <= limits.characters
    texts = [parsed.title or "", *(page.text for page in parsed.pages), *(page.label or "" for page in parsed.pages)]
    texts += [heading.title for page in parsed.pages for heading in page.headings]
    for text in texts:
        text.encode()  # half a character is kept by no database
        assert "\x00" not in text
    for page in parsed.pages:
        assert all(0 <= heading.offset <= len(page.text) for heading in page.headings)
