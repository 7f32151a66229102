"""Applies an assistant's preference: raises favoured passages and leaves out avoided ones. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.core.text.sentences import stems
from rag.core.types import Hit, Preference

FAVOUR = 0.15
"""Added to the fused score, 0..1, of a favoured passage: enough to overtake its neighbours in the ranking, but not a
passage that answers far better."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """hits: all candidates, ranked again. favoured, avoided: by rank, the terms a passage was favoured or left out for.

    scores_before: by rank, the scores of favoured passages before the boost.
    """

    hits: list[Hit]
    favoured: Mapping[int, tuple[str, ...]]
    avoided: Mapping[int, tuple[str, ...]]
    scores_before: Mapping[int, float] = field(default_factory=dict)


def prefer(hits: Sequence[Hit], preference: Preference) -> Preferred:
    """The candidates under a preference. A term matches if all its stems are in the text or headings.

    A passage that is both favoured and avoided is left out. The preference has documents by SHA-256; `favoured` and
    `avoided` have their names.
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
    """Looks for terms in one passage. The passage is stemmed at the first look-up."""

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
