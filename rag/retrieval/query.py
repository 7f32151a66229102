"""The query made from a question, and the result of its retrieval, as immutable values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.core.text.sentences import query_words
from rag.core.types import Conditions, Hit, Notice, Preference, Space
from rag.core.types.assistants import NO_CONDITIONS, NO_PREFERENCE
from rag.models.reader.reader import Reading
from rag.retrieval.followup import FollowUp
from rag.store.values import Question, Vector


@dataclass(frozen=True, slots=True)
class Query:
    """A question and all that its search depends on, except its vector, which belongs to a space and so to `Retrieval`.

    space: active when the query was made; it may have changed by the time of the search. searched: the text to search,
    judge and quote. languages: ISO 639-1, of the stems searched for. terms: the content words of `searched`, by their
    alternative stems. documents: ids to search in; None means all. conditions: including what an assistant leaves out.
    follow_up: the relation to the previous turn. corrections: words that are in no document, each with what it was
    taken for, whose stems are alternatives of it; known after the search.
    """

    searched: str
    languages: tuple[str, ...]
    terms: Mapping[tuple[str, ...], str]
    space: Space | None = None
    documents: frozenset[int] | None = None
    conditions: Conditions = NO_CONDITIONS
    preference: Preference = NO_PREFERENCE
    follow_up: FollowUp | None = None
    corrections: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.terms.values())

    @property
    def stems(self) -> tuple[tuple[str, ...], ...]:
        """The alternative stems of each word."""
        return tuple(self.terms)

    def terms_of(self, text: str) -> Mapping[tuple[str, ...], str]:
        """The terms of another text, in the same languages."""
        return self.terms if text == self.searched else query_words(text, self.languages)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The result of a search. hits: all candidates, best first, by `Hit.retrieved_rank`.

    space: the one searched. vector: of the question in that space, (d,) float32; None after a search by words alone,
    for which `notice` has the reason unless it was requested. rarity: inverse document frequency by stem.
    readings: by chunk id, of the passages that were read with the question.
    favoured, avoided: by rank, the terms for which an assistant raised or left out a candidate. scores_before: by rank,
    the scores of favoured candidates before that. reranker: the model that ordered the first candidates, "" for none.
    """

    query: Query
    hits: Sequence[Hit]
    space: Space | None
    vector: Vector | None
    notice: Notice | None
    timings_ms: dict[str, float]
    rarity: Mapping[str, float] = field(default_factory=dict)
    readings: Mapping[int, Reading] = field(default_factory=dict)
    favoured: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    avoided: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    scores_before: Mapping[int, float] = field(default_factory=dict)
    reranker: str = ""

    @property
    def question(self) -> Question:
        return Question(self.query.searched, self.query.stems, self.vector)
