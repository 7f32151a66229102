"""Which passages an assistant wants first, and which not at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.core.text.sentences import stems
from rag.core.types import Hit, Preference

FAVOUR = 0.15
"""Added to the fused score, 0..1, of a passage that is favoured: enough to pass its neighbours, not to pass one that
answers far better."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """hits: all candidates, ranked anew. favoured, avoided: by rank what a passage was favoured or left out for.

    scores_before: by rank the score before, of those that were favoured.
    """

    hits: list[Hit]
    favoured: Mapping[int, tuple[str, ...]]
    avoided: Mapping[int, tuple[str, ...]]
    scores_before: Mapping[int, float] = field(default_factory=dict)


def prefer(hits: Sequence[Hit], preference: Preference) -> Preferred:
    """Candidates as the preference has them. A term matches by its stems, all of them, in text or headings.

    A passage that is both favoured and avoided is left out. Documents of the preference are SHA-256; what stands for
    one in `favoured` and `avoided` is its name.
    """
    if not preference:
        return Preferred(list(hits), {}, {})
    matchers = [(hit, _Matcher(hit)) for hit in hits]
    liked = {
        hit.retrieved_rank: matcher.matches(preference.favoured_terms, preference.favoured_documents)
        for hit, matcher in matchers
    }
    disliked = {
        hit.retrieved_rank: matcher.matches(preference.avoided_terms, preference.avoided_documents)
        for hit, matcher in matchers
    }

    def score(hit: Hit) -> float:
        moved_up = liked[hit.retrieved_rank] and not disliked[hit.retrieved_rank]
        return min(1.0, hit.score + FAVOUR) if moved_up else hit.score

    ranked: list[Hit] = []
    favoured: dict[int, tuple[str, ...]] = {}
    avoided: dict[int, tuple[str, ...]] = {}
    scores_before: dict[int, float] = {}
    for rank, hit in enumerate(sorted(hits, key=lambda hit: (-score(hit), hit.retrieved_rank)), 1):
        ranked.append(replace(hit, retrieved_rank=rank, score=score(hit)))
        if disliked[hit.retrieved_rank]:
            avoided[rank] = disliked[hit.retrieved_rank]
        elif liked[hit.retrieved_rank]:
            favoured[rank], scores_before[rank] = liked[hit.retrieved_rank], hit.score
    return Preferred(ranked, favoured, avoided, scores_before)


class _Matcher:
    """Looks for terms in one passage. Its stems are made when a term is first looked for."""

    def __init__(self, hit: Hit) -> None:
        self._hit = hit
        self._stems: frozenset[str] | None = None

    def matches(self, terms: Sequence[str], documents: Sequence[str]) -> tuple[str, ...]:
        matching = tuple(term for term in terms if self._holds(term))
        return (*matching, self._hit.document) if self._hit.sha256 in documents else matching

    def _holds(self, term: str) -> bool:
        chunk = self._hit.chunk
        if self._stems is None:
            self._stems = frozenset(stems("\n".join((*chunk.heading_path, chunk.text)), chunk.language))
        term_stems = set(stems(term, chunk.language))
        return bool(term_stems) and term_stems <= self._stems
