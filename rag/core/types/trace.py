"""How an answer came about: one record for each stage of a question's way, kept with the turn.

A record holds what the page of a turn shows, not all that its stage knew. None means "not recorded": turns of earlier
versions lack some of what is recorded now, and a turn that failed early has nothing. `rag.conversations.turn_format`
is the one place that knows how a trace is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.core.types.analysis import Influence, PerspectiveEffect
from rag.core.types.documents import Place
from rag.core.types.writing import NOT_WRITTEN, WritingTrace


@dataclass(frozen=True, slots=True)
class Mix:
    """How the passages for a question of a conversation are found.

    alone: share of the question on its own, 0..1; the rest is the question with those before it. near: what a passage
    gains by standing near those used last, against fused scores of 0..1.
    """

    alone: float
    near: float


@dataclass(frozen=True, slots=True)
class QueryTrace:
    """words: of the question, those that were searched for. stems: of each of these words its alternatives.

    earlier: id of the turn before. mix: None where the question stands on its own; together: it and the question that
    it goes on from, as one text, where there is a mix. corrections: words that are in no document, each with what it
    was taken for.
    """

    words: tuple[str, ...] | None = None
    stems: tuple[tuple[str, ...], ...] = ()
    earlier: int | None = None
    mix: Mix | None = None
    together: str = ""
    corrections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WeighedAssistant:
    """How well an assistant fitted the question, as in `rag.conversations.assistants.matching.AssistantMatch`."""

    id: int = 0
    version: int = 0
    name: str = ""
    score: float = 0.0
    nearest: str = ""
    example: float | None = None
    scope: float | None = None
    perspective: float = 0.0


@dataclass(frozen=True, slots=True)
class AssistantTrace:
    """The assistant that answered, as it was then; false for NOBODY. weighed: where a router chose, the best first."""

    id: int = 0
    version: int = 0
    name: str = ""
    icon: str = ""
    picture: str = ""
    scenario: str = ""
    perspective: str = ""
    tone: str = ""
    weighed: tuple[WeighedAssistant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.name)


NOBODY = AssistantTrace()
"""It is recorded that no assistant was asked."""


@dataclass(frozen=True, slots=True)
class PlanTrace:
    """Who answered, with what. model: the answer model, "" where it is not known. language: of the answer, or ""."""

    assistant: AssistantTrace | None = None
    model: str = ""
    language: str = ""
    k: int | None = None


@dataclass(frozen=True, slots=True)
class SpaceTrace:
    """The space that was searched by meaning; empty where there was none."""

    model: str = ""
    revision: str = ""
    chunk_size: int | None = None
    overlap: int | None = None


@dataclass(frozen=True, slots=True)
class SearchedIn:
    """How many documents were searched and, where not all of them, the first names. excluded: documents left out."""

    count: int = 0
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    page: int | None = None
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateTrace:
    """A candidate of the search. rank: among all candidates; number: among the passages used, None where it was not.

    rows: first and last of a sheet. score: after the assistant's preference, found_score: before it.
    why: "used", "pinned", "beyond_k", "excluded" or "avoided". carried: the turn before used it, too. lacks: words of
    the question that it does not hold. text: of the nearest of those not used, so that they can be shown when their
    document has gone.
    """

    rank: int = 0
    number: int | None = None
    document: str = ""
    sha256: str = ""
    page: int = 0
    start: int = 0
    end: int = 0
    heading_path: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None
    score: float = 0.0
    found_score: float | None = None
    dense_score: float | None = None
    dense_rank: int | None = None
    lexical_score: float | None = None
    lexical_rank: int | None = None
    coverage: float | None = None
    spelling: float | None = None
    named: float | None = None
    reranked: float | None = None
    relevance: float | None = None
    why: str = ""
    carried: bool = False
    lacks: tuple[str, ...] | None = None
    text: str | None = None

    @property
    def place(self) -> Place | None:
        """None in a turn of an earlier version, which did not record the content."""
        return Place(self.sha256, self.page, self.start, self.end) if self.sha256 else None


@dataclass(frozen=True, slots=True)
class RetrievalTrace:
    """dense_weight: share of the dense score in the fused one, 0..1. candidates: the first ones, best first.

    favoured, avoided: by rank of a candidate, for what an assistant moved it up or left it out. reranker: the model
    that ordered the first candidates, "" for none.
    """

    dense_weight: float | None = None
    space: SpaceTrace = SpaceTrace()
    candidates: tuple[CandidateTrace, ...] | None = None
    favoured: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    avoided: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    searched_in: SearchedIn | None = None
    reranker: str = ""


@dataclass(frozen=True, slots=True)
class AnswerabilityTrace:
    """probability: that the documents answer, 0..1. chance: that the first quote does; None in earlier versions.

    signals: by name; other versions weigh others.
    """

    probability: float | None = None
    chance: float | None = None
    signals: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about, stage by stage. Empty until the passages are there.

    influence, perspective_effect: measured in the background, when the user asks for it. partial: what a model has
    written so far, while the turn runs.
    """

    query: QueryTrace = QueryTrace()
    plan: PlanTrace = PlanTrace()
    retrieval: RetrievalTrace = RetrievalTrace()
    answerability: AnswerabilityTrace = AnswerabilityTrace()
    writing: WritingTrace = NOT_WRITTEN
    influence: Influence | None = None
    perspective_effect: PerspectiveEffect | None = None
    partial: str = ""


NO_TRACE = Trace()
