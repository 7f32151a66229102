"""The conversations of a library: asking, watching, stopping and showing turns, and managing what is stored."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rag.answering.pipeline import Answering
from rag.answering.turn_runner import LiveTurn, TurnRunner, recovered
from rag.conversations import sharing
from rag.conversations.history import History, Mention
from rag.core.settings import Settings
from rag.core.types import Conditions, Conversation, Scope, Turn, TurnState
from rag.core.types.assistants import NO_CONDITIONS
from rag.documents.source_view import PageView, page_view
from rag.store.protocol import SearchStore


class Conversations:
    """The conversations of one store. Safe to use from many threads. settings: the current values."""

    def __init__(
        self, store: SearchStore, history: History, answering: Answering, settings: Callable[[], Settings]
    ) -> None:
        self._store = store
        self.history = history
        self._answering = answering
        self._settings = settings
        self._runner = TurnRunner(history)
        self._source_view = lru_cache(maxsize=24)(self._new_source_view)

    # one turn

    def start(self, question: str, conversation_id: int | None = None, conditions: Conditions | None = None) -> Turn:
        """Start answering in the background, in a new conversation unless one is given. Durable on return.

        conditions: None takes scope and assistant of the conversation.
        Raises TooManyQuestions, NotFound.
        """
        self.check_room()
        turn = self.history.begin(question, conversation_id, conditions or self._conditions_of(conversation_id))
        self.run(turn)
        return turn

    def ask_again(self, turn_id: int, *, question: str | None = None, conditions: Conditions | None = None) -> Turn:
        """Ask again in a turn's place, with another question or other conditions. The old turn stays reachable.

        None means unchanged. The turns that followed the old one stay with it.
        Raises TooManyQuestions, NotFound.
        """
        self.check_room()
        turn = self.history.turn(turn_id)
        variant = self.history.begin(
            turn.question if question is None else question,
            turn.conversation_id,
            turn.conditions if conditions is None else conditions,
            beside=turn_id,
        )
        self.run(variant)
        return variant

    def check_room(self) -> None:
        """Call before a turn is begun. Raises TooManyQuestions."""
        self._runner.check_room()

    def run(self, turn: Turn) -> None:
        """Answer a stored turn in the background."""
        settings = self._settings()
        before = self.history.before(turn)
        self._runner.start(turn, lambda cancelled: self._answering.ask(turn, settings, before, cancelled))

    def live(self, turn_id: int) -> LiveTurn:
        """The current state of a turn, running or not. Raises NotFound."""
        return self._runner.get(turn_id) or LiveTurn(self.history.turn(turn_id))

    def wait(self, turn_id: int, timeout: float | None = None) -> Turn:
        """Wait for the end of a turn, at most `timeout` seconds, and return its state. Raises NotFound."""
        self._runner.wait(turn_id, timeout)
        return self.history.turn(turn_id)

    def stop(self, turn_id: int) -> None:
        """Stop answering; the turn keeps what it has so far."""
        self._runner.cancel(turn_id)

    def stop_all(self) -> None:
        """Stop all running turns and wait until they have ended."""
        self._runner.stop_all()

    def recover(self) -> None:
        """Mark turns as interrupted that are stored as running but were cut off by the end of an earlier process."""
        for turn in self.history.running():
            if self._runner.get(turn.id) is None:
                self.history.save(recovered(turn))

    def variants(self, turn_id: int) -> list[int]:
        """The ids of a turn and of those asked in its place, in the order in which they were asked."""
        return self.history.variants(self.history.turn(turn_id))

    def show_variant(self, turn_id: int) -> None:
        """Show the branch of the conversation that a turn is in."""
        self.history.show(turn_id)

    def source_view(self, turn_id: int, number: int, page: int | None = None) -> PageView:
        """The page with source `number` of a turn, or another page of the same document.

        All passages and quotes of the turn on that page are marked. If the document was deleted or has changed,
        the passage is shown from the copy in the turn. Raises NotFound.
        """
        turn = self.live(turn_id).turn
        return self._source_view(turn_id, number, page, turn.hits, turn.answer, self._store.generation())

    def _new_source_view(self, turn_id: int, number: int, page: int | None, *_: Any) -> PageView:
        return page_view(self._store.documents, self.live(turn_id).turn, number, page)

    # whole conversations

    def all(self, search: str = "", *, archived: bool | None = None) -> list[Conversation]:
        """The most recently used first. search: words in their titles, questions and answers."""
        return self.history.conversations(search, archived=archived)

    def get(self, conversation_id: int) -> Conversation:
        """Raises NotFound."""
        return self.history.conversation(conversation_id)

    def turns(self, conversation_id: int) -> list[LiveTurn]:
        """The turns of the shown branch of a conversation, in order."""
        return [self._runner.get(turn.id) or LiveTurn(turn) for turn in self.history.turns(conversation_id)]

    def mentions(self, search: str) -> list[Mention]:
        """Conversations, archived ones too, that contain the search words, with where; most recently used first."""
        return self.history.mentions(search)

    def rename(self, conversation_id: int, title: str) -> None:
        """Rename a conversation; an empty title changes nothing."""
        self.history.rename(conversation_id, title)

    def archive(self, conversation_id: int, archived: bool = True) -> None:
        """Archive a conversation, or restore it."""
        self.history.archive(conversation_id, archived)

    def share(
        self, conversation_id: int, form: str, language: str, *, sources: bool = True, turn_id: int | None = None
    ) -> bytes:
        """The shown branch of a conversation, or one of its turns, as a file; see `rag.conversations.sharing.write`."""
        conversation = self.get(conversation_id)
        turns = [live.turn for live in self.turns(conversation_id)] if turn_id is None else [self.live(turn_id).turn]
        return sharing.write(form, conversation, turns, language, sources=sources)

    def set_scope(self, conversation_id: int, scope: Scope) -> None:
        """Set the documents that the next questions of a conversation are asked of."""
        self.history.set_scope(conversation_id, scope)

    def set_assistant(self, conversation_id: int, assistant: int) -> None:
        """Set who answers the next questions of a conversation: an id, NO_ASSISTANT or ROUTER."""
        self.history.set_assistant(conversation_id, assistant)

    def delete(self, conversation_id: int) -> None:
        """Stop the running turns of a conversation, then delete it with all its turns."""
        for turn in self.history.every_turn(conversation_id):
            if turn.state is TurnState.RUNNING:
                self._runner.cancel(turn.id)
                self._runner.wait(turn.id)
        self.history.delete(conversation_id)

    def _conditions_of(self, conversation_id: int | None) -> Conditions:
        if conversation_id is None:
            return NO_CONDITIONS
        conversation = self.get(conversation_id)
        return Conditions(conversation.scope, assistant=conversation.assistant)
