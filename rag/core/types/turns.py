"""Conversations and their turns."""

from dataclasses import dataclass, field
from enum import StrEnum

from rag.core.types.answers import Answer, Hit
from rag.core.types.assistants import EVERY_DOCUMENT, NO_ASSISTANT, NO_CONDITIONS, Conditions, Scope
from rag.core.types.documents import Notice
from rag.core.types.trace import NO_TRACE, Trace


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
    hits: the passages used, by number. trace: how the answer came about. timings_ms: by step. panel_id: of the panel
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
    trace: Trace = NO_TRACE
    timings_ms: dict[str, float] = field(default_factory=dict)
    parent_id: int | None = None
    conditions: Conditions = NO_CONDITIONS
    panel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A named series of turns. Times are UTC, ISO 8601. scope, assistant: those of its next question."""

    id: int
    title: str
    created: str
    updated: str
    scope: Scope = EVERY_DOCUMENT
    archived: bool = False
    assistant: int = NO_ASSISTANT
