"""What a user asks with: the scope and conditions of a question, and the assistants that answer it."""

from dataclasses import dataclass
from enum import StrEnum

from rag.core.types.documents import Place


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


EVERY_DOCUMENT = Scope()
NO_ASSISTANT, ROUTER = 0, -1
"""In place of an assistant's id: none, and the one that a router chooses for the question."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the user added to a question. pinned passages are used whatever their score, excluded ones never.

    excluded_documents: SHA-256. regardless: answer from the nearest passages even where they do not answer.
    answer_model: "" for that of the assistant or the settings. assistant: id, NO_ASSISTANT or ROUTER;
    assistant_version: 0 for its newest.
    """

    scope: Scope = EVERY_DOCUMENT
    pinned: tuple[Place, ...] = ()
    excluded: tuple[Place, ...] = ()
    excluded_documents: tuple[str, ...] = ()
    regardless: bool = False
    answer_model: str = ""
    assistant: int = NO_ASSISTANT
    assistant_version: int = 0


NO_CONDITIONS = Conditions()


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


NO_PREFERENCE = Preference()


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
    scope: Scope = EVERY_DOCUMENT
    preference: Preference = NO_PREFERENCE
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
