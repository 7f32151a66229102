"""Haystack's hybrid retrieval: BM25 beside the embeddings, joined by reciprocal ranks; without its neural ranker."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.haystack import Haystack


class HaystackHybrid(Haystack):
    """Indexed as `Haystack`. The model that its tutorial ranks the joined passages with cannot be had offline."""

    def _querying(self, k: int) -> Any:
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever

        querying = super()._querying(k)
        querying.add_component("words", InMemoryBM25Retriever(self._store, top_k=k))
        querying.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=k))
        querying.connect("words", "joiner")
        querying.connect("retriever", "joiner")
        return querying

    def _found(self, question: str) -> list[Any]:
        asked = {"embedder": {"text": question}, "words": {"query": question}}
        found: list[Any] = self._pipeline.run(asked)["joiner"]["documents"]
        return found


ADAPTER = HaystackHybrid()
