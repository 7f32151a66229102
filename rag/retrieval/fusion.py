"""Fuses the candidates of two searches, ranks them, and selects the passages of an answer. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from rag.core.text.blocks import LEADERS
from rag.core.types import Conditions, Hit, Place
from rag.store.values import Candidate

CANDIDATES = 50
"""Candidates per search before fusion: a passage that is 30th in one list can be first in the fused one."""
DENSE_WEIGHT = 0.75
LOOKED_AT = 30
"""Hits that are reranked by coverage, including their neighbours, and by spelling."""
COVERAGE_WEIGHT, SPELLING_WEIGHT = 2 / 15, 1 / 5
"""Shares of `Hit.coverage` and `Hit.spelling` in the score; the rest is the fused score. Coverage includes the
previous passage, as an answer often says "it" for what the previous one names."""
NAMED_WEIGHT = 0.4
"""What the full `Hit.named` adds to a score before all are brought back to 0..1: a question that names a company and a
year is about the report that is named after them. Over 79 everyday documents the right passage is among the first four
for .90 of the questions at 0, .92 at 0.1, .94 at 0.4 and at 0.8."""
REFERENCE_WEIGHT = 0.8
"""What all clauses and codes that a question names add to the score of a passage that has them. Of 177 everyday
questions that name one, the right passage is first for 159 at 0, 165 at 0.2, 168 at 0.4, 172 at 0.8 and at 1.2, and
among the first four for 173, 176, 177, 177 and 177."""
CONTENTS_FACTOR = 0.5
"""Score factor of a table of contents, which has all words of a question but no answer."""
_CONTENTS_LINES = 0.3
NONE_NAMED: Mapping[str, float] = MappingProxyType({})
NO_REFERENCES: Mapping[int, float] = MappingProxyType({})


def fuse(candidates: Sequence[Candidate], weight: float = DENSE_WEIGHT) -> list[Hit]:
    """Convex combination of min-max normalised scores (Bruch et al., 2023, "An Analysis of Fusion Functions").

    weight: share of the dense score, 0..1. A candidate without a matching word has lexical score 0; one without a
    vector yet is ranked by its words alone.
    Returns all candidates as hits, best first, ties by chunk id. Raises ValueError if weight is outside 0..1.
    """
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight {weight} is outside 0..1")
    # a pinned passage that neither search found must not make the others look better than they are
    retrieved = [c for c in candidates if c.dense_rank is not None or c.lexical_rank is not None]
    lowest = min((c.dense_score for c in retrieved if c.dense_score is not None), default=None)
    dense = _scaled({c.chunk.id: c.dense_score for c in candidates if c.dense_score is not None}, floor=lowest)
    # BM25 has a natural zero; cosines never get near theirs
    lexical = _scaled({c.chunk.id: c.lexical_score for c in candidates if c.lexical_score is not None}, floor=0.0)

    def score(candidate: Candidate) -> float:
        words = lexical.get(candidate.chunk.id, 0.0)
        meaning = dense.get(candidate.chunk.id)
        return words if meaning is None else weight * meaning + (1.0 - weight) * words

    ranked = sorted(candidates, key=lambda c: (-score(c), c.chunk.id))
    return [
        Hit(
            retrieved_rank=rank,
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


def rerank(
    hits: Sequence[Hit],
    coverage: Mapping[int, float],
    spelling: Mapping[int, float],
    named: Mapping[str, float] = NONE_NAMED,
    referred: Mapping[int, float] = NO_REFERENCES,
) -> list[Hit]:
    """All hits ranked again, also by the coverage of the question in and around each; tables of contents are demoted.

    coverage, spelling: by chunk id, 0..1, see `rag.retrieval.coverage` and `rag.core.text.letters`; 0 if
    missing. named: by the document's name, the share of the question that is in it. referred: by chunk id, the share of
    the clauses and codes that the question names, see `rag.retrieval.references`.
    """
    scored: list[tuple[float, Hit]] = []
    most = 1.0 + NAMED_WEIGHT * max(named.values(), default=0.0)
    most += REFERENCE_WEIGHT * max(referred.values(), default=0.0)
    for hit in hits:
        words, letters = coverage.get(hit.chunk.id), spelling.get(hit.chunk.id)
        score = (1.0 - COVERAGE_WEIGHT - SPELLING_WEIGHT) * hit.score
        score += COVERAGE_WEIGHT * (words or 0.0) + SPELLING_WEIGHT * (letters or 0.0)
        if lists_contents(hit.chunk.text):
            score *= CONTENTS_FACTOR
        else:
            score += REFERENCE_WEIGHT * referred.get(hit.chunk.id, 0.0)
        score = (score + NAMED_WEIGHT * named.get(hit.document, 0.0)) / most
        scored.append((score, hit))
    scored.sort(key=lambda pair: (-pair[0], pair[1].retrieved_rank))
    return [
        replace(
            hit,
            retrieved_rank=rank,
            score=score,
            coverage=coverage.get(hit.chunk.id),
            spelling=spelling.get(hit.chunk.id),
            named=named.get(hit.document),
        )
        for rank, (score, hit) in enumerate(scored, 1)
    ]


def lists_contents(text: str) -> bool:
    """Whether a text is part of a table of contents, by the dots that lead to its numbers."""
    if not any(sign in text for sign in "…·_") and ".." not in "".join(text.split()):
        return False  # the usual case: no need to read the lines
    lines = [line for line in text.split("\n") if line.strip()]
    return sum(LEADERS.search(line) is not None for line in lines) > _CONTENTS_LINES * len(lines)


@dataclass(frozen=True, slots=True)
class Selection:
    """The passages used, numbered from 1, and why others were not.

    others: allowed candidates that are not used, best first. cut: by `Hit.retrieved_rank` the reason why a candidate
    was not used: "beyond_k", "excluded" by the user, or "avoided" by the assistant.
    """

    hits: tuple[Hit, ...]
    others: tuple[Hit, ...]
    cut: Mapping[int, str]


def select(
    candidates: Sequence[Hit], k: int, conditions: Conditions, avoided: Collection[int] = frozenset()
) -> Selection:
    """Select k candidates, best first: without excluded passages, and with all pinned ones.

    Of passages that overlap only the one that shares most with a pinned place is pinned; all of them are excluded.
    avoided: ranks of candidates that an assistant leaves out; a passage pinned by the user is used nevertheless.
    """

    def hits_at(place: Place) -> list[Hit]:
        return [hit for hit in candidates if hit.place.overlaps(place)]

    excluded = {hit.retrieved_rank for place in conditions.excluded for hit in hits_at(place)}
    pinned = {
        max(hits, key=lambda hit: hit.place.shared(place)).retrieved_rank
        for place in conditions.pinned
        if (hits := hits_at(place))
    }
    left_out = set(avoided) - pinned - excluded
    pinned -= excluded
    allowed = [hit for hit in candidates if hit.retrieved_rank not in excluded | left_out]
    free_ranks = [
        hit.retrieved_rank
        for hit in allowed
        if hit.retrieved_rank not in pinned and (hit.dense_rank or hit.lexical_rank)
    ]
    used_ranks = pinned.union(free_ranks[: max(0, k - len(pinned))])
    used = [hit for hit in allowed if hit.retrieved_rank in used_ranks]
    return Selection(
        tuple(
            replace(hit, number=number, reason="pinned" if hit.retrieved_rank in pinned else "")
            for number, hit in enumerate(used, 1)
        ),
        tuple(hit for hit in allowed if hit.retrieved_rank not in used_ranks),
        {
            rank: "excluded" if rank in excluded else "avoided" if rank in left_out else "beyond_k"
            for rank in (hit.retrieved_rank for hit in candidates)
            if rank not in used_ranks
        },
    )


def _scaled(scores: Mapping[int, float], floor: float | None) -> dict[int, float]:
    """Min-max normalised to 0..1. floor: the score mapped to 0, by default the lowest."""
    if not scores:
        return {}
    low = min(scores.values()) if floor is None else floor
    high = max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {key: max(0.0, (value - low) / (high - low)) for key, value in scores.items()}
