"""LangChain as its tutorial has it: recursive splitter of 1,000 characters with 200 of overlap, FAISS, similarity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage


class LangChain:
    """TextLoader, PyPDFLoader, RecursiveCharacterTextSplitter(1000, 200), HuggingFaceEmbeddings, FAISS (flat, L2)."""

    def load(self, model: Model) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._embeddings = HuggingFaceEmbeddings(
            model_name=model.folder,
            encode_kwargs={"prompt": model.passage_prefix} if model.passage_prefix else {},
            query_encode_kwargs={"prompt": model.query_prefix} if model.query_prefix else {},
        )
        self._embeddings.embed_query("warm")
        self._store: Any = None

    def index(self, files: Path, state: Path) -> int:
        from langchain_community.document_loaders import DirectoryLoader, PyPDFLoader, TextLoader
        from langchain_community.vectorstores import FAISS
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        utf8 = {"encoding": "utf-8"}
        documents = DirectoryLoader(str(files), "*.txt", loader_cls=TextLoader, loader_kwargs=utf8).load()
        for path in sorted(files.glob("*.pdf")):
            documents += PyPDFLoader(str(path)).load()
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        chunks = splitter.split_documents(documents)
        self._store = FAISS.from_documents(chunks, self._embeddings)
        return len(chunks)

    def save(self, state: Path) -> None:
        self._store.save_local(str(state))

    def open(self, state: Path) -> None:
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.load_local(str(state), self._embeddings, allow_dangerous_deserialization=True)

    def search(self, question: str, k: int) -> list[Passage]:
        return [_passage(found) for found in self._store.similarity_search(question, k=k)]

    def close(self) -> None:
        self._store = None


def _passage(found: Any) -> Passage:
    page = found.metadata.get("page")  # from 0
    pages = None if page is None else (page + 1, page + 1)
    return Passage(Path(found.metadata["source"]).name, found.page_content, found.metadata["start_index"], pages)


ADAPTER = LangChain()
