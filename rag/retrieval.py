"""From the candidates of two searches to the passages of an answer: fused, ranked, and able to say why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.store.protocol import Candidate
from rag.types import Hit

CANDIDATES = 50
"""Taken from each search before fusion: a passage that is 30th in one list can be first in both together."""
DENSE_WEIGHT = 0.65


def fuse(candidates: Sequence[Candidate], weight: float = DENSE_WEIGHT) -> list[Hit]:
    """Convex combination of min-max normalised scores (Bruch et al., 2023, "An Analysis of Fusion Functions").

    weight: share of the dense score, 0..1. A candidate that no word matched has 0 from the words; one without a
    vector yet is judged by its words alone.
    Returns all candidates as hits, best first, ties by chunk id. Raises ValueError where weight is outside 0..1.
    """
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight {weight} is outside 0..1")
    dense = _scaled({c.chunk.id: c.dense_score for c in candidates if c.dense_score is not None}, floor=None)
    # BM25 has a natural zero, cosine has none that is ever reached
    lexical = _scaled({c.chunk.id: c.lexical_score for c in candidates if c.lexical_score is not None}, floor=0.0)

    def score(candidate: Candidate) -> float:
        words = lexical.get(candidate.chunk.id, 0.0)
        meaning = dense.get(candidate.chunk.id)
        return words if meaning is None else weight * meaning + (1.0 - weight) * words

    ranked = sorted(candidates, key=lambda c: (-score(c), c.chunk.id))
    return [
        Hit(
            rank=rank,
            chunk=c.chunk,
            document=c.document,
            sha256=c.sha256,
            score=score(c),
            dense_score=c.dense_score,
            dense_rank=c.dense_rank,
            lexical_score=c.lexical_score,
            lexical_rank=c.lexical_rank,
        )
        for rank, c in enumerate(ranked, 1)
    ]


def _scaled(scores: Mapping[int, float], floor: float | None) -> dict[int, float]:
    """To 0..1, the best at 1. floor: the score that is 0; the lowest of them where None."""
    if not scores:
        return {}
    low = min(scores.values()) if floor is None else floor
    high = max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {key: (value - low) / (high - low) for key, value in scores.items()}
