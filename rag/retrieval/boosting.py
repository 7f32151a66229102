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

    found_scores: by rank the score before, of those that were favoured.
    """

    hits: list[Hit]
    favoured: Mapping[int, list[str]]
    avoided: Mapping[int, list[str]]
    found_scores: Mapping[int, float] = field(default_factory=dict)


def prefer(found: Sequence[Hit], preference: Preference) -> Preferred:
    """Candidates as the preference has them. A term matches by its stems, all of them, in text or headings.

    A passage that is both favoured and avoided is left out. Documents of the preference are SHA-256; what is said of
    them is their name.
    """
    if not preference:
        return Preferred(list(found), {}, {})
    said = {hit.rank: _Said(hit) for hit in found}
    liked = {hit.rank: said[hit.rank].of(preference.favoured_terms, preference.favoured_documents) for hit in found}
    disliked = {hit.rank: said[hit.rank].of(preference.avoided_terms, preference.avoided_documents) for hit in found}

    def score(hit: Hit) -> float:
        return min(1.0, hit.score + FAVOUR) if liked[hit.rank] and not disliked[hit.rank] else hit.score

    ranked = sorted(found, key=lambda hit: (-score(hit), hit.rank))
    hits, favoured, avoided, before = [], {}, {}, {}
    for rank, hit in enumerate(ranked, 1):
        hits.append(replace(hit, rank=rank, score=score(hit)))
        if disliked[hit.rank]:
            avoided[rank] = disliked[hit.rank]
        elif liked[hit.rank]:
            favoured[rank], before[rank] = liked[hit.rank], hit.score
    return Preferred(hits, favoured, avoided, before)


class _Said:
    """What a passage says, by its stems; they are made when a term is first asked for."""

    def __init__(self, hit: Hit) -> None:
        self._hit = hit
        self._stems: frozenset[str] | None = None

    def of(self, terms: Sequence[str], documents: Sequence[str]) -> list[str]:
        found = [term for term in terms if self._has(term)]
        return [*found, self._hit.document] if self._hit.sha256 in documents else found

    def _has(self, term: str) -> bool:
        chunk = self._hit.chunk
        if self._stems is None:
            self._stems = frozenset(stems("\n".join((*chunk.heading_path, chunk.text)), chunk.language))
        wanted = set(stems(term, chunk.language))
        return bool(wanted) and wanted <= self._stems
