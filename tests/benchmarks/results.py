"""Results of measurements, as they are kept."""

from __future__ import annotations

from typing import Any

from benchmarks.metrics import figures


def estimates(ranks: list[int]) -> dict[str, Any]:
    return {"questions": len(ranks), "figures": {name: one.rounded() for name, one in figures(ranks).items()}}


def retrieval_result() -> dict[str, Any]:
    ranks = [1, 2, 1, 0, 5]
    rankers = {ranker: {"all": estimates(ranks), "ranks": "1 2 1 0 5"} for ranker in ("fused", "dense", "words")}
    rankers["fused"] |= {"dev": estimates([1, 2]), "test": estimates([1, 0, 5]), "why": estimates([5])}
    one = {
        "questions": 5,
        "documents": 2,
        "chunks": 7,
        "built": {"add_s": 1.4, "index_s": 12.6},
        "settings": {"chunk_size": 180, "overlap": 40, "embedding_model": "m"},
        "rankers": rankers,
    }
    return {"sets": {"xquad_en": one, "danish": one}}
