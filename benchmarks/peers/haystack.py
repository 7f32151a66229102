"""Haystack as its tutorials have it: cleaner, splitter by words, embedder, in-memory store, embedding retriever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage

STORE = "documents.json"


class Haystack:
    """TextFileToDocument, PyPDFToDocument, DocumentCleaner, DocumentSplitter of 150 words with 50 of overlap, exact."""

    def load(self, model: Model) -> None:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        self._documents = SentenceTransformersDocumentEmbedder(
            model=model.folder, prefix=model.passage_prefix, progress_bar=False
        )
        self._texts = SentenceTransformersTextEmbedder(
            model=model.folder, prefix=model.query_prefix, progress_bar=False
        )
        self._documents.warm_up()
        self._texts.warm_up()
        self._texts.run("warm")
        self._store: Any = None
        self._pipeline: Any = None

    def index(self, files: Path, state: Path) -> int:
        from haystack import Pipeline
        from haystack.components.converters import PyPDFToDocument, TextFileToDocument
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._store = InMemoryDocumentStore()
        indexing = Pipeline()
        indexing.add_component("text", TextFileToDocument())
        indexing.add_component("pdf", PyPDFToDocument())
        indexing.add_component("joiner", DocumentJoiner())
        indexing.add_component("cleaner", DocumentCleaner())
        indexing.add_component("splitter", DocumentSplitter(split_by="word", split_length=150, split_overlap=50))
        indexing.add_component("embedder", self._documents)
        indexing.add_component("writer", DocumentWriter(self._store))
        indexing.connect("text", "joiner")
        indexing.connect("pdf", "joiner")
        indexing.connect("joiner", "cleaner")
        indexing.connect("cleaner", "splitter")
        indexing.connect("splitter", "embedder")
        indexing.connect("embedder", "writer")
        texts, pdfs = sorted(files.glob("*.txt")), sorted(files.glob("*.pdf"))
        indexing.run({"text": {"sources": texts}, "pdf": {"sources": pdfs}})
        return int(self._store.count_documents())

    def save(self, state: Path) -> None:
        self._store.save_to_disk(str(state / STORE))

    def open(self, state: Path) -> None:
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._store = InMemoryDocumentStore.load_from_disk(str(state / STORE))

    def search(self, question: str, k: int) -> list[Passage]:
        if self._pipeline is None:
            self._pipeline = self._querying(k)
        return [_passage(found) for found in self._found(question)]

    def _querying(self, k: int) -> Any:
        from haystack import Pipeline
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever

        querying = Pipeline()
        querying.add_component("embedder", self._texts)
        querying.add_component("retriever", InMemoryEmbeddingRetriever(self._store, top_k=k))
        querying.connect("embedder.embedding", "retriever.query_embedding")
        return querying

    def _found(self, question: str) -> list[Any]:
        found: list[Any] = self._pipeline.run({"embedder": {"text": question}})["retriever"]["documents"]
        return found

    def close(self) -> None:
        self._pipeline = self._store = None


def _passage(found: Any) -> Passage:
    text: str = found.content
    name = Path(found.meta["file_path"]).name
    if not name.endswith(".pdf"):
        return Passage(name, text)
    # pages are joined by form feeds before they are split, so that a passage may go over several
    before = len(text) - len(text.lstrip())
    first = found.meta["page_number"] + text[:before].count("\f")
    return Passage(name, text, None, (first, first + text.strip().count("\f")))


ADAPTER = Haystack()
