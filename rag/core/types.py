"""The values that travel through Kilde. Frozen: what one module hands out, no other can change.

Positions are offsets in characters (Python code points) into the text of one page, `start` included, `end` not,
so that `page.text[start:end]` is exactly what was meant. Pages count from 1; a file without pages is one page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of one page's text."""

    start: int
    end: int


class Place(NamedTuple):
    """Where a passage stands, in the content with this hash: it outlives chunks, spaces and names of documents."""

    sha256: str
    page: int
    start: int
    end: int

    def overlaps(self, other: Place) -> bool:
        """Whether two places are one passage: they share more than half of the shorter one."""
        if (self.sha256, self.page) != (other.sha256, other.page):
            return False
        shared = min(self.end, other.end) - max(self.start, other.start)
        return 2 * shared > min(self.end - self.start, other.end - other.start)


class Box(NamedTuple):
    """A rectangle on a page, as shares of its width and height (0..1), origin at the top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where on its page it begins. level: 1 is the outermost."""

    level: int
    title: str
    offset: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as text: of a presentation a slide, of a workbook a sheet, of an e-book a chapter.

    label: the page number as printed, where it differs from `number`; the name of a sheet.
    ocr: its text was recognised in a picture, and may be wrong in places.
    """

    number: int
    text: str
    label: str | None = None
    headings: tuple[Heading, ...] = ()
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a user should know, to be put into words by `rag.core.i18n`. code: key there; values fill it in."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether the user is still to say what becomes of a document of which only the first pages were read."""
        return self.code in ("limit_met", "damage_met") and not self.values.get("kept")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a loader makes of a file. notices: what went wrong without stopping it, such as pages without text."""

    pages: tuple[Page, ...]
    title: str | None = None
    notices: tuple[Notice, ...] = ()


class State(StrEnum):
    """How far a document has come."""

    WAITING = "waiting"  # accepted and durable, not read yet
    READING = "reading"  # its text is being read
    FINDABLE = "findable"  # found by keyword; vectors are being made
    READY = "ready"  # found by keyword and by meaning
    STOPPED = "stopped"  # the user cancelled; what was made so far stays findable
    FAILED = "failed"  # could not be read; `Document.notices` says why


@dataclass(frozen=True, slots=True)
class Document:
    """A file in the store. The counts are those of the active space.

    pages_done/pages: read and in all; chunks_done/chunks: with a vector and in all; 0 while not known.
    added: UTC, ISO 8601. language: ISO 639-1 of most of its text, "" while unknown. tags: the user's own, sorted.
    """

    id: int
    name: str
    media_type: str
    sha256: str
    size: int
    added: str
    state: State
    pages: int = 0
    pages_done: int = 0
    chunks: int = 0
    chunks_done: int = 0
    language: str = ""
    title: str | None = None
    notices: tuple[Notice, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The indexed unit: a run of whole sentences on one page; `text` is exactly the page's `start:end`.

    sentences: their spans, in offsets of the page. heading_path: outermost first. tokens: in the encoder's count.
    id and document_id are 0 until the chunk is stored. row: of the sheet that it begins in, from 1, where each line is
    one; 0 elsewhere.
    """

    ordinal: int
    page: int
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...] = ()
    sentences: tuple[Span, ...] = ()
    tokens: int = 0
    language: str = ""
    id: int = 0
    document_id: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage and why it was retrieved.

    rank: 1-based place among the passages used, after fusion and after what the user pinned and excluded; also its
    number in the answer and on its card. score: fused, 0..1.
    dense_score: cosine in -1..1, None while the chunk has no vector. lexical_score: BM25, higher is better, None
    where no word matched. The ranks are those in each list of candidates, None where it was not in it.
    coverage: share (0..1) of the question's words, by rarity, in the passage or right before or after it; spelling:
    of its runs of letters, in the passage; both None where it was not looked at. relevance: how likely (0..1) it is the
    passage looked for, see `rag.retrieval.relevance`; None in turns of earlier versions.
    used: False where a model's context had no room for it; reason: "", "pinned" or "no_room".
    The document's name and hash are kept as they were when it was found: they outlive the document.
    """

    rank: int
    chunk: Chunk
    document: str
    sha256: str
    score: float
    dense_score: float | None = None
    dense_rank: int | None = None
    lexical_score: float | None = None
    lexical_rank: int | None = None
    used: bool = True
    reason: str = ""
    coverage: float | None = None
    spelling: float | None = None
    relevance: float | None = None

    @property
    def place(self) -> Place:
        return Place(self.sha256, self.chunk.page, self.chunk.start, self.chunk.end)


@dataclass(frozen=True, slots=True)
class Citation:
    """The span of a passage that a sentence rests on. number: `Hit.rank`; `quote` is exactly the page's slice."""

    number: int
    document: str
    sha256: str
    page: int
    start: int
    end: int
    quote: str


class Verdict(StrEnum):
    """What the sources say of a sentence."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    PERSPECTIVE = "perspective"  # of the angle that the answer was asked for; says nothing about the documents


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with what it rests on."""

    text: str
    citations: tuple[Citation, ...] = ()
    verdict: Verdict = Verdict.SUPPORTED


@dataclass(frozen=True, slots=True)
class Answer:
    """answered: False means a refusal: `text` says what was looked for and `sentences` is empty.

    doubted: the documents were judged not to answer, and the user wanted what comes nearest all the same.
    quotes: the sentences by quoting. sentences: what `text` consists of: the same quotes, or a written answer, with an
    assistant's fixed texts before and after. cut_off: a written answer did not come to its end.
    """

    answered: bool
    text: str
    sentences: tuple[Sentence, ...] = ()
    quotes: tuple[Sentence, ...] = ()
    doubted: bool = False
    cut_off: bool = False

    @property
    def is_written(self) -> bool:
        """Whether there is more than quotes and the fixed texts around them."""
        own = tuple(one for one in self.sentences if one.verdict is not Verdict.PERSPECTIVE)
        return bool(self.sentences) and own != self.quotes


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is asked of; empty: every document.

    documents: ids; tags: documents with any of them are in it, too. page: of the one document; None for all pages.
    """

    documents: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    page: int | None = None

    def __bool__(self) -> bool:
        return bool(self.documents or self.tags)


NO_ASSISTANT, ROUTER = 0, -1
"""In place of an assistant's id: none, and the one that a router chooses for the question."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the user added to a question. pinned passages are used whatever their score, excluded ones never.

    excluded_documents: SHA-256. regardless: answer from the nearest passages even where they do not answer.
    answer_model: "" for that of the assistant or the settings. assistant: id, NO_ASSISTANT or ROUTER;
    assistant_version: 0 for its newest.
    """

    scope: Scope = Scope()
    pinned: tuple[Place, ...] = ()
    excluded: tuple[Place, ...] = ()
    excluded_documents: tuple[str, ...] = ()
    regardless: bool = False
    answer_model: str = ""
    assistant: int = NO_ASSISTANT
    assistant_version: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages it was answered from, and the answer wanted: shows a model how to answer."""

    question: str
    answer: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preference:
    """Which passages come first and which do not come. Terms stand in the text or its headings; documents: SHA-256."""

    favoured_terms: tuple[str, ...] = ()
    favoured_documents: tuple[str, ...] = ()
    avoided_terms: tuple[str, ...] = ()
    avoided_documents: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.favoured_terms or self.favoured_documents or self.avoided_terms or self.avoided_documents)


class Length(StrEnum):
    """How long an answer should be."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class WithoutEvidence(StrEnum):
    """What to do where the documents do not answer."""

    REFUSE = "refuse"
    NEAREST = "nearest"  # answer from what comes nearest, marked as doubtful


@dataclass(frozen=True, slots=True)
class Assistant:
    """A named perspective, with examples, scope and a model of its own. Each change makes a version.

    version: counts from 1; id and version are 0 until it is kept. icon: name of a Material symbol. picture: a small
    PNG, base64, shown in its place; "" for none. perspective: who answers, for whom, what to weigh, what never to say.
    tone: in the user's words. language: "question" (that of the question), "da" or "en". k: None for the settings'.
    answer_model: "" for the settings'. before, after: fixed texts around each answer. steps: ids of the assistants that
    it hands its answer on to, in order, MAX_STEPS - 1 at most. scenario: the kind of questions it is for.
    """

    name: str
    perspective: str = ""
    icon: str = "person"
    picture: str = ""
    tone: str = ""
    length: Length = Length.MEDIUM
    language: str = "question"
    examples: tuple[Example, ...] = ()
    scope: Scope = Scope()
    preference: Preference = Preference()
    k: int | None = None
    answer_model: str = ""
    temperature: float = 0.0
    without_evidence: WithoutEvidence = WithoutEvidence.REFUSE
    before: str = ""
    after: str = ""
    steps: tuple[int, ...] = ()
    scenario: str = ""
    id: int = 0
    version: int = 0


MAX_STEPS = 4
"""The longest chain: the assistant that answers and those that its answer is handed on to."""


class TurnState(StrEnum):
    """How a turn ended, or that it has not."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer, and all that is needed to show it again later.

    parent_id: the turn that it follows, None for the first. Turns with the same parent are variants of each other:
    the question edited, or asked again. ordinal: counts all turns of the conversation.
    searched: the question as it was searched, after a follow-up was put together with what it refers to.
    ledger: how the answer came about: candidates, prompt, model, settings. timings_ms: by step. panel_id: of the panel
    where several were asked at once.
    """

    id: int
    conversation_id: int
    ordinal: int
    question: str
    asked: str
    state: TurnState = TurnState.RUNNING
    searched: str = ""
    answer: Answer | None = None
    hits: tuple[Hit, ...] = ()
    notice: Notice | None = None
    ledger: dict[str, Any] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    parent_id: int | None = None
    conditions: Conditions = Conditions()
    panel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A named series of turns. Times are UTC, ISO 8601. scope, assistant: those of its next question."""

    id: int
    title: str
    created: str
    updated: str
    scope: Scope = Scope()
    archived: bool = False
    assistant: int = NO_ASSISTANT


@dataclass(frozen=True, slots=True)
class Space:
    """What makes vectors comparable: model, revision, dimension, prefixes and chunking. Two spaces never mix.

    id is 0 until the space is stored. chunk_size and overlap: in tokens of the model.
    """

    model: str
    revision: str
    dimension: int
    query_prefix: str
    passage_prefix: str
    chunk_size: int
    overlap: int
    id: int = 0
