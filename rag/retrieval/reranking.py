"""Orders the first candidates by a reranker that the user has chosen, where one is in use."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from rag.core.timing import Stopwatch
from rag.core.types import Hit, Notice
from rag.models.chosen.registry import RERANKED, Scores
from rag.retrieval.query import Retrieval
from rag.retrieval.relevance import with_relevance


class Reranking(Protocol):
    """Scores passages; implemented by `rag.models.chosen.registry.ChosenModels`."""

    def scores(self, question: str, passages: Sequence[str]) -> tuple[Scores | None, Notice | None]: ...


def reranked(retrieval: Retrieval, reranker: Reranking) -> Retrieval:
    """The same with the first candidates in the reranker's order; where it is not in use, only with a notice."""
    clock = Stopwatch()
    first = retrieval.hits[:RERANKED]
    texts = ["\n".join((" › ".join(hit.chunk.heading_path), hit.chunk.text)).strip() for hit in first]
    scores, notice = reranker.scores(retrieval.query.searched, texts)
    if scores is None:
        return replace(retrieval, notice=retrieval.notice or notice)
    timings = {**retrieval.timings_ms, "rerank": clock.lap("rerank")}
    hits = reordered(retrieval.hits, scores.values)
    return replace(retrieval, hits=hits, reranker=scores.model, timings_ms=timings)


def reordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """The candidates with the first ones, for which there are scores, in the order of these; ties stay as they were.

    They take over the fused scores of the places that they come to: all that follows compares scores with those of the
    other candidates, on whose scale a reranker's are not.
    """
    first = hits[: len(scores)]
    fused = sorted((hit.score for hit in first), reverse=True)
    order = sorted(range(len(first)), key=lambda at: (-scores[at], at))
    moved = [
        replace(first[at], retrieved_rank=rank, score=score, reranked=scores[at])
        for rank, (at, score) in enumerate(zip(order, fused, strict=True), 1)
    ]
    return with_relevance([*moved, *hits[len(first) :]])
