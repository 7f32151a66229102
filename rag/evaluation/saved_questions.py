"""Stores the user's verdicts on answers as questions with the passages that should, or should not, be found.

A saved question outlives its turn, its conversation and its documents, as it has copies of the texts.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rag.conversations.history import History
from rag.core.timing import utc_now
from rag.core.types import Place, Turn
from rag.core.types.questions import Expected, SavedQuestion
from rag.store.records_protocol import QuestionStore, QuestionTransaction

MAX_NOTE = 4000  # characters
MAX_SCENARIO = 60  # characters


class SavedQuestions:
    """The saved questions of a library. Raises NotFound for unknown turns, and the errors of the store.

    Each verdict on a turn is durable on return. When the last one is withdrawn, the question of the turn is deleted.
    """

    def __init__(self, store: QuestionStore, history: History) -> None:
        self._store = store
        self._history = history

    def vote(self, turn_id: int, vote: int) -> None:
        """Vote 1, -1 or 0. Passages cited by an answer voted up become expected, unless the user marked the right ones.

        Raises ValueError for another vote.
        """
        if vote not in (1, -1, 0):
            raise ValueError(f"vote {vote} is none of 1, -1 and 0")
        with self._changing(turn_id) as (transaction, question_id):
            transaction.update(question_id, vote=vote)

    def note(self, turn_id: int, text: str) -> None:
        """Set the note on a turn; an empty text removes it."""
        with self._changing(turn_id) as (transaction, question_id):
            transaction.update(question_id, note=text.strip()[:MAX_NOTE])

    def mark(self, turn_id: int, place: Place, document: str, text: str, right: bool | None) -> None:
        """Mark a passage as right or wrong; None removes the mark. text: the text at `place`."""
        with self._changing(turn_id) as (transaction, question_id):
            transaction.delete_passage(question_id, place)
            if right is not None:
                transaction.add_passage(question_id, Expected(document, place, text, right))

    def of_turn(self, turn_id: int) -> SavedQuestion | None:
        """The question saved from a turn, or None."""
        return self._store.question_of(turn_id)

    def all(self, search: str = "") -> list[SavedQuestion]:
        """Newest first. search: parts of words; all must be in question, note, scenario or passages."""
        words = search.casefold().split()
        questions = self._store.questions()
        return [question for question in questions if not words or _holds_all(question, words)]

    def add(self, question: str, passages: Iterable[Expected] = (), scenario: str = "") -> SavedQuestion:
        """Save a question by hand; it is kept until removed. Raises ValueError for an empty one."""
        new = SavedQuestion(0, None, question.strip(), utc_now(), scenario=scenario, passages=tuple(passages))
        with self._store.transaction() as transaction:
            return transaction.question(transaction.add(_checked(new)))

    def restore(self, questions: Sequence[SavedQuestion]) -> int:
        """Add exported questions, all or none; returns how many. Questions already in the library are skipped.

        They get new ids and no turn. Two questions are the same if question, scenario and passages are.
        """
        with self._store.transaction() as transaction:
            identities = set(map(_identity, transaction.questions()))
            fresh = []
            for question in questions:
                if (identity := _identity(question)) not in identities:
                    identities.add(identity)
                    fresh.append(question)
            # exports have the newest first, and among questions of one moment the higher id counts as newer
            for question in reversed(fresh):
                transaction.add(_checked(question))
        return len(fresh)

    def set_scenario(self, ids: Collection[int], name: str) -> None:
        """Move questions into the scenario of this name; an empty name removes them from theirs."""
        with self._store.transaction() as transaction:
            for question_id in ids:
                transaction.update(question_id, scenario=_scenario(name))

    def remove(self, ids: Collection[int]) -> None:
        """Delete questions with their votes, notes and passages; unknown ids are ignored."""
        with self._store.transaction() as transaction:
            for question_id in ids:
                transaction.delete(question_id)

    @contextmanager
    def _changing(self, turn_id: int) -> Iterator[tuple[QuestionTransaction, int]]:
        """Change the question of a turn. It is created if missing, and deleted once it is empty.

        The passages implied by the vote are removed first and derived again afterwards.
        """
        turn = self._history.turn(turn_id)
        with self._store.transaction() as transaction:
            question_id = transaction.ensure_of_turn(turn_id, turn.searched or turn.question, utc_now())
            transaction.delete_implied(question_id)
            yield transaction, question_id
            question = transaction.question(question_id)
            implied = _implied(question, turn)
            for passage in implied:
                transaction.add_passage(question_id, passage)
            if not (question.vote or question.note or question.passages or implied):
                transaction.delete(question_id)


def _implied(question: SavedQuestion, turn: Turn) -> list[Expected]:
    """Passages implied by a vote up: the cited ones are right, unless the user marked the right ones."""
    if question.vote != 1 or question.right or turn.answer is None:
        return []
    passages: dict[Place, Expected] = {}
    for sentence in turn.answer.sentences:
        for citation in sentence.citations:
            place = Place(citation.sha256, citation.page, citation.start, citation.end)
            if not any(place.overlaps(wrong.place) for wrong in question.wrong):
                passages[place] = Expected(citation.document, place, citation.quote, right=True, implied=True)
    return list(passages.values())


def _checked(question: SavedQuestion) -> SavedQuestion:
    """The question as it is stored. Raises ValueError for an empty one."""
    if not question.question.strip():
        raise ValueError("the question is empty")
    return replace(question, scenario=_scenario(question.scenario))


def _identity(question: SavedQuestion) -> tuple[str, str, frozenset[tuple[Place, str, bool]]]:
    passages = frozenset((passage.place, passage.text, passage.right) for passage in question.passages)
    return question.question, _scenario(question.scenario), passages


def _holds_all(question: SavedQuestion, words: Iterable[str]) -> bool:
    parts = [question.question, question.note, question.scenario]
    for passage in question.passages:
        parts += [passage.document, passage.text]
    text = "\n".join(parts).casefold()
    return all(word in text for word in words)


def _scenario(name: str) -> str:
    return " ".join(name.split())[:MAX_SCENARIO].rstrip()
