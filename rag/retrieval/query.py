"""A question as it is searched, and what its search came to: values that are made once and handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.core.text.sentences import query_words
from rag.core.types import Conditions, Hit, Notice, Preference, Space
from rag.core.types.assistants import NO_CONDITIONS, NO_PREFERENCE
from rag.retrieval.followup import FollowUp
from rag.store.values import Vector


@dataclass(frozen=True, slots=True)
class Query:
    """A question and all that its search depends on. Its vector is part of the retrieval, as it belongs to a space.

    space: the one that was active when the query was made; another one may be by the time of the search.
    searched: the text that is searched, judged and quoted. languages: ISO 639-1, whose words and stems are looked for.
    terms: for the alternatives of each word of `searched` that tells something, the word.
    documents: ids; only in these; None for all. conditions: those of the search, with what an assistant leaves out.
    follow_up: how the passages of the turn before take part in it.
    """

    searched: str
    languages: tuple[str, ...]
    terms: Mapping[tuple[str, ...], str]
    space: Space | None = None
    documents: frozenset[int] | None = None
    conditions: Conditions = NO_CONDITIONS
    preference: Preference = NO_PREFERENCE
    follow_up: FollowUp | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.terms.values())

    @property
    def stems(self) -> tuple[tuple[str, ...], ...]:
        """Of each of `words` its alternatives."""
        return tuple(self.terms)

    def terms_of(self, text: str) -> Mapping[tuple[str, ...], str]:
        """The terms of another text in the same languages."""
        return self.terms if text == self.searched else query_words(text, self.languages)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search came to. hits: all candidates, best first, by `Hit.retrieved_rank`.

    space: the one that was searched. vector: of the question in that space, (d,) float32; None where words alone
    decided, and notice says why, unless it was asked for. rarity: by stem, its inverse document frequency.
    favoured, avoided: by rank, for what an assistant moved a candidate up or leaves it out. scores_before: by rank the
    score before, of those that were favoured.
    """

    query: Query
    hits: Sequence[Hit]
    space: Space | None
    vector: Vector | None
    notice: Notice | None
    timings_ms: dict[str, float]
    rarity: Mapping[str, float] = field(default_factory=dict)
    favoured: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    avoided: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    scores_before: Mapping[int, float] = field(default_factory=dict)
