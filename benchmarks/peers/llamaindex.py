"""LlamaIndex as its starter example has it: SimpleDirectoryReader, SentenceSplitter, VectorStoreIndex, retriever."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import Model, Passage

PAGE = "page_number"


class LlamaIndex:
    """Chunks of 1,024 tokens with 200 of overlap (its defaults), SimpleVectorStore (its default, exact cosine)."""

    def load(self, model: Model) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._embedding = HuggingFaceEmbedding(
            model_name=model.folder,
            query_instruction=model.query_prefix or None,
            text_instruction=model.passage_prefix or None,
            device="cpu",
        )
        self._embedding.get_query_embedding("warm")
        self._index: Any = None
        self._retriever: Any = None

    def index(self, files: Path, state: Path) -> int:
        from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        documents = SimpleDirectoryReader(str(files)).load_data()
        pages: Counter[str] = Counter()
        for document in documents:
            # its reader keeps only the printed label of a page; the number is for the measuring and not embedded
            pages[document.metadata["file_name"]] += 1
            document.metadata[PAGE] = pages[document.metadata["file_name"]]
            document.excluded_embed_metadata_keys.append(PAGE)
        self._index = VectorStoreIndex.from_documents(
            documents, embed_model=self._embedding, transformations=[SentenceSplitter()]
        )
        return len(self._index.docstore.docs)

    def save(self, state: Path) -> None:
        self._index.storage_context.persist(str(state))

    def open(self, state: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage

        context = StorageContext.from_defaults(persist_dir=str(state))
        self._index = load_index_from_storage(context, embed_model=self._embedding)

    def search(self, question: str, k: int) -> list[Passage]:
        if self._retriever is None:
            self._retriever = self._index.as_retriever(similarity_top_k=k)
        return [_passage(found.node) for found in self._retriever.retrieve(question)]

    def close(self) -> None:
        self._index = self._retriever = None


def _passage(node: Any) -> Passage:
    page = node.metadata[PAGE] if "page_label" in node.metadata else None
    pages = None if page is None else (page, page)
    return Passage(node.metadata["file_name"], node.text, node.start_char_idx, pages)


ADAPTER = LlamaIndex()
