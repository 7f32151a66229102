"""Stores conversations and their turns so that they can be shown unchanged, even without their documents."""

import dataclasses
import json
from collections.abc import Sequence

from rag.conversations.turn_format import content_of, scope_from, turn_from
from rag.core.errors import ConversationGone
from rag.core.serialization import to_json
from rag.core.timing import utc_now
from rag.core.types import Conditions, Conversation, Scope, Turn, TurnState
from rag.core.types.assistants import NO_CONDITIONS
from rag.store.records_protocol import ConversationRow, ConversationStore, NewTurn

TITLE_LENGTH = 60
SNIPPET = 110  # characters


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """A conversation that matches a search. turn_id: None if only its title does. snippet: text around the match."""

    conversation: Conversation
    turn_id: int | None
    snippet: str


class History:
    """Conversations and their turns. Raises ConversationGone for unknown ids, and the errors of the store."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def conversations(self, search: str = "", *, archived: bool | None = None) -> list[Conversation]:
        """The most recently used first.

        search: parts of words; all must be in its title, questions or answers. archived: filters by this flag; None
        gives both.
        """
        words = search.casefold().split()
        # filtered here instead of in the database: SQLite's LIKE does not fold Æ, Ø and Å
        return [
            _conversation(row)
            for row in self._store.conversations(archived, with_text=bool(words))
            if all(word in f"{row.title}\n{row.text}".casefold() for word in words)
        ]

    def mentions(self, search: str) -> list[Mention]:
        """The conversations that `conversations` finds, archived ones too, each with the place that mentions `search`.

        The place is the newest turn, in any branch, whose question or answer holds all the words, else most of them.
        """
        words = list(dict.fromkeys(search.casefold().split()))
        if not words:
            return []
        return [
            _mention(conversation, self.every_turn(conversation.id), words)
            for conversation in self.conversations(search)
        ]

    def conversation(self, conversation_id: int) -> Conversation:
        row = self._store.conversation(conversation_id)
        if row is None:
            raise ConversationGone
        return _conversation(row)

    def archive(self, conversation_id: int, archived: bool = True) -> None:
        """Archive a conversation, or restore it."""
        self._store.update_conversation(conversation_id, archived=archived)

    def set_scope(self, conversation_id: int, scope: Scope) -> None:
        """Set the documents that the next questions of a conversation are asked of."""
        self._store.update_conversation(conversation_id, scope=to_json(scope))

    def set_assistant(self, conversation_id: int, assistant: int) -> None:
        """Set who answers the next questions of a conversation. assistant: its id, NO_ASSISTANT or ROUTER."""
        self._store.update_conversation(conversation_id, assistant=assistant)

    def rename(self, conversation_id: int, title: str) -> None:
        """Rename a conversation; an empty title changes nothing."""
        if title := " ".join(title.split())[:200]:
            self._store.update_conversation(conversation_id, title=title)

    def delete(self, conversation_id: int) -> None:
        """Delete a conversation with its turns; unknown ids are ignored."""
        self._store.delete_conversation(conversation_id)

    def begin(
        self,
        question: str,
        conversation_id: int | None,
        conditions: Conditions = NO_CONDITIONS,
        beside: int | None = None,
    ) -> Turn:
        """Add an empty turn after the last one shown; without a conversation, in a new one named after the question.

        beside: the turn that the new one is a variant of. From then on the branch of the new turn is shown.
        """
        return turn_from(self._store.begin_turn(new_turn(question, conditions), conversation_id, beside))

    def save(self, turn: Turn) -> None:
        """Save the current state of a turn; durable on return."""
        self._store.save_turn(turn.id, turn.state, content_of(turn))

    def turns(self, conversation_id: int) -> list[Turn]:
        """The turns of the shown branch, in order."""
        return [turn_from(row) for row in self._store.shown_turns(conversation_id)]

    def every_turn(self, conversation_id: int) -> list[Turn]:
        """The turns of all branches, in the order in which they were asked."""
        return [turn_from(row) for row in self._store.all_turns(conversation_id)]

    def before(self, turn: Turn) -> list[Turn]:
        """The turns before a turn in its branch, in order."""
        return [turn_from(row) for row in self._store.path_to(turn.parent_id)]

    def variants(self, turn: Turn) -> list[int]:
        """The ids of a turn and of those asked in its place, in order."""
        return self._store.variants(turn.conversation_id, turn.parent_id)

    def show(self, turn_id: int) -> None:
        """Show the branch of this turn from now on, down to its latest end."""
        self._store.show(turn_id)

    def turn(self, turn_id: int) -> Turn:
        row = self._store.turn(turn_id)
        if row is None:
            raise ConversationGone
        return turn_from(row)

    def of_panel(self, panel_id: int) -> list[Turn]:
        """The turns of a panel, in the order in which they were asked."""
        return [turn_from(row) for row in self._store.panel_turns(panel_id)]

    def running(self) -> list[Turn]:
        """Turns stored as running, including those cut off by the end of an earlier process."""
        return [turn_from(row) for row in self._store.turns_in_state(TurnState.RUNNING)]


def new_turn(question: str, conditions: Conditions) -> NewTurn:
    """A turn as the store creates it; a new conversation is named after the question."""
    content = to_json({"conditions": conditions})
    return NewTurn(question, utc_now(), content, _title(question), to_json(conditions.scope), conditions.assistant)


def _mention(conversation: Conversation, turns: Sequence[Turn], words: Sequence[str]) -> Mention:
    best, highest_count, snippet = None, 0, ""
    for turn in turns:
        text = " ".join(f"{turn.question} – {turn.answer.text if turn.answer else ''}".split())
        count = sum(word in text.casefold() for word in words)
        if count >= max(highest_count, 1):
            best, highest_count, snippet = turn.id, count, text
    return Mention(conversation, best, _snippet(snippet, words))


def _snippet(text: str, words: Sequence[str]) -> str:
    """About SNIPPET characters around the first of the words, cut between words."""
    folded = text.casefold()
    at = min((place for word in words if (place := folded.find(word)) >= 0), default=0)
    begin = text.rfind(" ", 0, max(0, at - SNIPPET // 3)) + 1 if at > SNIPPET // 3 else 0
    end = text.rfind(" ", begin, begin + SNIPPET) if len(text) - begin > SNIPPET else len(text)
    end = end if end > begin else begin + SNIPPET
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _conversation(row: ConversationRow) -> Conversation:
    scope = scope_from(json.loads(row.scope))
    return Conversation(row.id, row.title, row.created, row.updated, scope, row.archived, row.assistant)
