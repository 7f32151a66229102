"""The interface of a store for records other than documents: conversations, panels, assistants, questions and more.

Each method is one atomic transaction, durable on return. All raise the errors of `rag.core.errors` under `StoreError`.
Times are UTC, ISO 8601. Columns described as JSON are opaque to the store, which keeps them unchanged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from rag.core.types import Place
from rag.core.types.questions import Expected, SavedQuestion


class ConversationRow(NamedTuple):
    """scope: JSON. text: all questions and answers, one per line, "" unless requested."""

    id: int
    title: str
    created: str
    updated: str
    scope: str
    archived: bool
    assistant: int
    text: str = ""


class TurnRow(NamedTuple):
    """content: JSON. parent_id: the turn before it, None for the first. panel_id: None outside panels."""

    id: int
    conversation_id: int
    ordinal: int
    question: str
    asked: str
    state: str
    content: str
    parent_id: int | None
    panel_id: int | None


class NewTurn(NamedTuple):
    """content, scope: JSON. title, scope, assistant: of the conversation, if this turn begins one."""

    question: str
    asked: str
    content: str
    title: str
    scope: str
    assistant: int


class PanelRow(NamedTuple):
    """voted: the id of the turn that was voted for, None without a vote."""

    id: int
    scenario: str
    voted: int | None


class VoteRow(NamedTuple):
    """turn_id: the turn that was voted for, which may have been deleted since. contenders: JSON."""

    scenario: str
    turn_id: int
    contenders: str


class VersionRow(NamedTuple):
    """One version of an assistant. content: JSON. made: when the version was saved."""

    assistant_id: int
    number: int
    content: str
    made: str


class ConversationStore(Protocol):
    """Conversations and their turns. The turns of a conversation are a tree, of which one branch is shown."""

    def conversations(self, archived: bool | None = None, *, with_text: bool = False) -> list[ConversationRow]:
        """Conversations, most recently used first. archived: filters by this flag; None gives both."""

    def conversation(self, conversation_id: int) -> ConversationRow | None: ...

    def update_conversation(
        self,
        conversation_id: int,
        *,
        title: str | None = None,
        scope: str | None = None,
        archived: bool | None = None,
        assistant: int | None = None,
    ) -> None:
        """Change what is not None. Raises ConversationGone."""

    def delete_conversation(self, conversation_id: int) -> None:
        """Delete a conversation with its turns; unknown ids are ignored."""

    def begin_turn(self, turn: NewTurn, conversation_id: int | None, variant_of: int | None = None) -> TurnRow:
        """Add a running turn at the end of the shown branch, and show it.

        conversation_id: None begins a conversation. variant_of: the turn whose parent the new one shares.
        Raises ConversationGone for an unknown conversation or turn.
        """

    def save_turn(self, turn_id: int, state: str, content: str) -> None: ...

    def turn(self, turn_id: int) -> TurnRow | None: ...

    def shown_turns(self, conversation_id: int) -> list[TurnRow]:
        """The turns of the shown branch, in order."""

    def all_turns(self, conversation_id: int) -> list[TurnRow]:
        """The turns of every branch, in the order in which they were asked."""

    def path_to(self, turn_id: int | None) -> list[TurnRow]:
        """The turns from the first one to this one, in order; none for None."""

    def panel_turns(self, panel_id: int) -> list[TurnRow]: ...

    def turns_in_state(self, state: str) -> list[TurnRow]: ...

    def variants(self, conversation_id: int, parent_id: int | None) -> list[int]:
        """The ids of the turns with this parent, in order."""

    def show(self, turn_id: int) -> None:
        """Show the branch of a turn, down to its latest descendant. Raises ConversationGone."""


class PanelStore(Protocol):
    """Panels and their votes. A vote outlives its turns."""

    def begin(
        self, turns: Sequence[NewTurn], conversation_id: int | None, asked_at: str, scenario: str
    ) -> list[TurnRow]:
        """Begin a panel whose turns are variants of each other, and show the first. Raises ConversationGone."""

    def panel(self, panel_id: int) -> PanelRow | None: ...

    def vote(self, panel_id: int, turn_id: int, scenario: str, contenders: str | None, voted_at: str) -> None:
        """Set the vote and the scenario of a panel, and show the turn. contenders: JSON; None withdraws the vote."""

    def votes(self) -> list[VoteRow]:
        """The oldest first."""

    def scenarios(self) -> list[str]:
        """The scenarios of panels, sorted, without ""."""


class AssistantStore(Protocol):
    """Assistants in versions, which are never changed, as turns refer to the version that answered."""

    def newest(self) -> list[VersionRow]:
        """The newest version of each assistant that was not removed."""

    def version(self, assistant_id: int, number: int = 0) -> VersionRow | None:
        """A version, also of an assistant that was removed. number: 0 for the newest."""

    def versions(self, assistant_id: int) -> list[VersionRow]:
        """The newest first."""

    def exists(self, assistant_id: int) -> bool:
        """Whether the assistant exists and was not removed."""

    def create(self, count: int, made: str, contents: Callable[[Sequence[int]], Iterable[str]]) -> list[int]:
        """Add `count` assistants in their first version. contents: from their ids, one JSON each. Returns the ids."""

    def add_version(self, assistant_id: int, content: str, made: str) -> int:
        """Add a version unless `content` equals the newest one. Returns the newest number. Raises AssistantGone."""

    def remove(self, assistant_id: int) -> None: ...


class QuestionTransaction(Protocol):
    """Changes of saved questions in one atomic transaction."""

    def questions(self) -> list[SavedQuestion]: ...
    def question(self, question_id: int) -> SavedQuestion: ...
    def add(self, question: SavedQuestion) -> int:
        """Add a question with its passages, ignoring its id and turn. Returns the new id."""

    def ensure_of_turn(self, turn_id: int, question: str, saved: str) -> int:
        """The id of the question of a turn, which is added if missing."""

    def update(
        self, question_id: int, *, vote: int | None = None, note: str | None = None, scenario: str | None = None
    ) -> None:
        """Change what is not None."""

    def delete(self, question_id: int) -> None: ...
    def add_passage(self, question_id: int, passage: Expected) -> None: ...
    def delete_passage(self, question_id: int, place: Place) -> None: ...
    def delete_implied(self, question_id: int) -> None:
        """Delete the passages implied by a vote."""


class QuestionStore(Protocol):
    """Saved questions, each with the passages expected for it. They outlive their turns."""

    def questions(self) -> list[SavedQuestion]:
        """The newest first."""

    def question_of(self, turn_id: int) -> SavedQuestion | None: ...
    def transaction(self) -> AbstractContextManager[QuestionTransaction]:
        """Changes in the block are durable after it, and rolled back if it raises."""


class QuestionRunStore(Protocol):
    """The reports of the last runs of the saved questions, each as JSON."""

    def reports(self, count: int) -> list[str]:
        """The newest first."""

    def add(self, ran: str, report: str, keep: int) -> None:
        """Add a report and delete all but the `keep` newest."""


class ModelTrialStore(Protocol):
    """The report of the last trial of each answer model, as JSON."""

    def reports(self) -> dict[str, str]:
        """By the model's name."""

    def save(self, model: str, tried: str, report: str) -> None: ...
    def delete(self, model: str) -> None: ...


class SettingStore(Protocol):
    """The settings that the user has saved."""

    def values(self) -> dict[str, Any]: ...
    def save(self, values: Mapping[str, Any]) -> None:
        """Save these settings; others stay unchanged."""


@dataclass(frozen=True, slots=True)
class Records:
    """All records of one library."""

    conversations: ConversationStore
    panels: PanelStore
    assistants: AssistantStore
    questions: QuestionStore
    question_runs: QuestionRunStore
    model_trials: ModelTrialStore
    settings: SettingStore
