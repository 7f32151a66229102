"""txtai: Embeddings with content, over the paragraphs of its own Segmentation; PDF through its own Textractor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage


class Txtai:
    """Paragraphs as chunks, an index with content in SQLite, vectors in FAISS as txtai chooses for the number of rows.

    Of its ways to read PDF, two fetch what they need at run time (Tika a program, docling models); the third,
    liteparse, does without where recognition of pictures (OCR) is off. It gives pages; their paragraphs are chunks.
    """

    def load(self, model: Model) -> None:
        from txtai import Embeddings

        instructions = {"query": model.query_prefix, "data": model.passage_prefix}
        chosen = {"instructions": instructions} if model.query_prefix else {}
        self._embeddings: Any = Embeddings(path=model.folder, content=True, gpu=False, **chosen)
        self._embeddings.transform("warm")

    def index(self, files: Path, state: Path) -> int:
        rows = list(_rows(files))
        self._embeddings.index(rows)
        return len(rows)

    def save(self, state: Path) -> None:
        self._embeddings.save(str(state))

    def open(self, state: Path) -> None:
        self._embeddings.load(str(state))

    def search(self, question: str, k: int) -> list[Passage]:
        found = self._embeddings.search(question, k)
        return [_passage(one["id"], one["text"]) for one in found]

    def close(self) -> None:
        self._embeddings.close()


def _rows(files: Path) -> Iterator[tuple[str, str, None]]:
    """Each paragraph under an id that tells where it is from: [document, page or null, number]."""
    from txtai.pipeline import Segmentation

    paragraphs = Segmentation(paragraphs=True)
    for path in sorted(files.glob("*.txt")):
        for number, text in enumerate(paragraphs(path.read_text(encoding="utf-8"))):
            yield json.dumps([path.name, None, number]), text, None
    for path in sorted(files.glob("*.pdf")):
        for page, content in enumerate(_pages(path), 1):
            for number, text in enumerate(paragraphs(content)):
                yield json.dumps([path.name, page, number]), text, None


def _pages(path: Path) -> list[str]:
    import liteparse
    from txtai.pipeline import Textractor

    textractor = Textractor(sections=True, cleantext=False, backend="liteparse")
    textractor.html.backend.liteparse = liteparse.LiteParse(output_format="markdown", ocr_enabled=False)
    pages: list[str] = textractor(str(path))
    return pages


def _passage(key: str, text: str) -> Passage:
    document, page, _ = json.loads(key)
    return Passage(document, text, None, None if page is None else (page, page))


ADAPTER = Txtai()
