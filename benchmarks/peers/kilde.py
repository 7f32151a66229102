"""Kilde itself, through its public API with default settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage


class Kilde:
    """`Library` in a folder; what it keeps there are the files, their text, the words' index and the vectors."""

    def load(self, model: Model) -> None:
        from rag.core.settings import DEFAULTS
        from rag.models.embedding.registry import LocalModels

        self._models = LocalModels(Path(model.folder).parent)
        embedding = self._models.embedding(DEFAULTS.embedding_model)
        embedding.counter()
        embedding.encoder().encode_queries(["warm"])
        self._library: Any = None

    def index(self, files: Path, state: Path) -> int:
        from rag.core.errors import KildeError

        self.open(state)
        wrong = [(name, added) for name, added in self._library.add_path(files) if isinstance(added, KildeError)]
        assert not wrong, wrong
        self._library.work_until_done(lambda progress: None)
        return sum(document.chunks for document in self._library.documents.all())

    def save(self, state: Path) -> None:
        pass  # durable as it was added

    def open(self, state: Path) -> None:
        from rag.library import Library

        self._library = Library.open(state, work=False, models=self._models)

    def search(self, question: str, k: int) -> list[Passage]:
        return [_passage(hit) for hit in self._library.search(question).hits[:k]]

    def close(self) -> None:
        self._library.close()


def _passage(hit: Any) -> Passage:
    chunk = hit.chunk
    return Passage(hit.document, chunk.text, chunk.start, (chunk.page, chunk.page))


ADAPTER = Kilde()
