"""Chroma: a persistent client, one collection with an embedding function, chunks of 800 characters without overlap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage

CHUNK = 800
"""Characters. Chroma has no splitter; its makers' comparison of splitters recommends the recursive one at 200 tokens
without overlap, which is 800 characters by the usual four to a token."""


class Chroma:
    """pypdf for PDF, RecursiveCharacterTextSplitter(800, 0), SentenceTransformerEmbeddingFunction, HNSW by cosine."""

    def load(self, model: Model) -> None:
        self._function = _function(model)
        self._function.embed_query(["warm"])
        self._collection: Any = None

    def index(self, files: Path, state: Path) -> int:
        client = self._client(state)
        self._collection = client.create_collection("documents", embedding_function=self._function)
        chunks = list(_chunks(files))
        most = client.get_max_batch_size()
        for start in range(0, len(chunks), most):
            batch = chunks[start : start + most]
            self._collection.add(
                ids=[str(start + number) for number in range(len(batch))],
                documents=[text for text, _ in batch],
                metadatas=[metadata for _, metadata in batch],
            )
        return len(chunks)

    def save(self, state: Path) -> None:
        pass  # durable as it was added

    def open(self, state: Path) -> None:
        self._collection = self._client(state).get_collection("documents", embedding_function=self._function)

    def search(self, question: str, k: int) -> list[Passage]:
        found = self._collection.query(query_texts=[question], n_results=k)
        return [_passage(*one) for one in zip(found["documents"][0], found["metadatas"][0], strict=True)]

    def close(self) -> None:
        self._collection = None

    @staticmethod
    def _client(state: Path) -> Any:
        import chromadb

        return chromadb.PersistentClient(str(state), chromadb.Settings(anonymized_telemetry=False))


def _function(model: Model) -> Any:
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    if not model.query_prefix:
        return SentenceTransformerEmbeddingFunction(model_name=model.folder)

    class WithPrefixes(SentenceTransformerEmbeddingFunction):  # type: ignore[misc,unused-ignore]
        """`embed_query` is Chroma's own place for a model that embeds questions otherwise than documents."""

        def embed_query(self, input: Any) -> Any:
            return self._model.encode(list(input), prompt=model.query_prefix, convert_to_numpy=True)

    prompts = {"prompts": {"passage": model.passage_prefix}, "default_prompt_name": "passage"}
    return WithPrefixes(model_name=model.folder, **prompts)


def _chunks(files: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from pypdf import PdfReader

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=0, add_start_index=True)
    for path in sorted(files.glob("*.txt")):
        for chunk in splitter.create_documents([path.read_text(encoding="utf-8")]):
            yield chunk.page_content, {"document": path.name, **chunk.metadata}
    for path in sorted(files.glob("*.pdf")):
        for number, page in enumerate(PdfReader(path).pages, 1):
            for chunk in splitter.create_documents([page.extract_text()]):
                yield chunk.page_content, {"document": path.name, "page": number, **chunk.metadata}


def _passage(text: str, metadata: dict[str, Any]) -> Passage:
    page = metadata.get("page")
    return Passage(metadata["document"], text, metadata["start_index"], None if page is None else (page, page))


ADAPTER = Chroma()
