"""What the user said of answers, kept as saved questions: each with the passages that should, or should not, be found.

A saved question outlives its turn, its conversation and the documents: its text and those of its passages are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apsw

from rag.conversations.history import History
from rag.core.types import Place, Turn
from rag.store.connection import Database

MAX_NOTE = 4000  # characters
MAX_SCENARIO = 60  # characters
_COLUMNS = "id, turn_id, question, saved, vote, note, scenario"


@dataclass(frozen=True, slots=True)
class Expected:
    """A passage that a question should find (right) or should not. text: as it was; document: its name then.

    implied: nobody marked it; the answer that quotes it was voted up.
    """

    document: str
    place: Place
    text: str
    right: bool
    implied: bool = False


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """question: as it stands alone. turn_id: None where the turn has gone, or the question was added by hand.

    saved: UTC, ISO 8601. vote: 1, -1 or 0. scenario: the name of the set that it belongs to, "" for none.
    """

    id: int
    turn_id: int | None
    question: str
    saved: str
    vote: int = 0
    note: str = ""
    scenario: str = ""
    passages: tuple[Expected, ...] = ()

    @property
    def right(self) -> tuple[Expected, ...]:
        return tuple(passage for passage in self.passages if passage.right)

    @property
    def wrong(self) -> tuple[Expected, ...]:
        return tuple(passage for passage in self.passages if not passage.right)


class SavedQuestions:
    """The saved questions of a library. Raises NotFound for a turn that is not there, and the errors of the store.

    What is said of a turn is durable on return. When all that was said of it is taken back, its question goes.
    """

    def __init__(self, database: Database, history: History) -> None:
        self._database = database
        self._history = history

    def vote(self, turn_id: int, vote: int) -> None:
        """1, -1 or 0. What an answer voted up cites is expected from then on, unless the user marked what is right.

        Raises ValueError for another vote.
        """
        if vote not in (1, -1, 0):
            raise ValueError(f"vote {vote} is none of 1, -1 and 0")
        self._say(
            turn_id,
            lambda db, question_id: db.execute("UPDATE saved_question SET vote = ? WHERE id = ?", (vote, question_id)),
        )

    def note(self, turn_id: int, text: str) -> None:
        """An empty text takes the note back."""
        text = text.strip()[:MAX_NOTE]
        self._say(
            turn_id,
            lambda db, question_id: db.execute("UPDATE saved_question SET note = ? WHERE id = ?", (text, question_id)),
        )

    def mark(self, turn_id: int, place: Place, document: str, text: str, right: bool | None) -> None:
        """Say of a passage that it was right or wrong; None takes that back. text: what stands there."""

        def change(db: apsw.Connection, question_id: int) -> None:
            _remove_at(db, question_id, place)
            if right is not None:
                _insert(db, question_id, Expected(document, place, text, right))

        self._say(turn_id, change)

    def of_turn(self, turn_id: int) -> SavedQuestion | None:
        """What was said of a turn; None where nothing was."""
        return next(iter(self._read("turn_id = ?", turn_id)), None)

    def all(self, search: str = "") -> list[SavedQuestion]:
        """Newest first. search: parts of words, all of which stand in question, note, scenario or passages."""
        wanted = search.casefold().split()
        return [
            question
            for question in self._read("TRUE ORDER BY saved DESC, id DESC")
            if not wanted or all(word in _said(question) for word in wanted)
        ]

    def add(self, question: str, passages: Iterable[Expected] = (), scenario: str = "") -> SavedQuestion:
        """Save a question by hand; it stays until it is removed. Raises ValueError for an empty one."""
        kept = SavedQuestion(0, None, question.strip(), _now(), scenario=scenario, passages=tuple(passages))
        with self._database.write() as db:
            question_id = _restore(db, kept)
        return self._read("id = ?", question_id)[0]

    def restore(self, questions: Sequence[SavedQuestion]) -> int:
        """Add questions that were exported, all or none; returns how many. Those that are here already are passed over.

        Their ids and turns are not kept. Two are the same when question, scenario and places of passages are.
        """
        with self._database.write() as db:
            known = {_identity(question) for question in _load(db, "TRUE")}
            fresh = []
            for question in questions:
                if (identity := _identity(question)) not in known:
                    known.add(identity)
                    fresh.append(question)
            for question in reversed(fresh):  # they come newest first, and of one moment the later id is the newer
                _restore(db, question)
        return len(fresh)

    def set_scenario(self, ids: Collection[int], name: str) -> None:
        """Put questions into the scenario of this name; an empty name takes them out of theirs."""
        name = _scenario(name)
        with self._database.write() as db:
            db.executemany("UPDATE saved_question SET scenario = ? WHERE id = ?", ((name, i) for i in ids))

    def remove(self, ids: Collection[int]) -> None:
        """With all that was said of them. Those that are not there are passed over."""
        with self._database.write() as db:
            db.executemany("DELETE FROM saved_question WHERE id = ?", ((i,) for i in ids))

    def _say(self, turn_id: int, change: Callable[[apsw.Connection, int], Any]) -> None:
        """Change the question of a turn, which is made where there is none and goes where nothing is left of it."""
        turn = self._history.turn(turn_id)
        with self._database.write() as db:
            db.execute(
                "INSERT INTO saved_question(turn_id, question, saved) VALUES (?, ?, ?)"
                " ON CONFLICT (turn_id) DO NOTHING",
                (turn_id, turn.searched or turn.question, _now()),
            )
            question_id = db.execute("SELECT id FROM saved_question WHERE turn_id = ?", (turn_id,)).get
            assert isinstance(question_id, int)
            db.execute(
                "DELETE FROM expected_passage WHERE question_id = ? AND id IN (SELECT passage_id FROM implied_passage)",
                (question_id,),
            )
            change(db, question_id)
            question = _load(db, "id = ?", question_id)[0]
            implied = _implied(question, turn)
            for passage in implied:
                _insert(db, question_id, passage)
            if not (question.vote or question.note or question.passages or implied):
                db.execute("DELETE FROM saved_question WHERE id = ?", (question_id,))

    def _read(self, condition: str, *values: Any) -> list[SavedQuestion]:
        with self._database.read() as db:
            return _load(db, condition, *values)


def _implied(question: SavedQuestion, turn: Turn) -> list[Expected]:
    """What a vote up says of the passages: those cited are right, where the user did not say which ones are."""
    if question.vote != 1 or question.right or turn.answer is None:
        return []
    found: dict[Place, Expected] = {}
    for sentence in turn.answer.sentences:
        for cited in sentence.citations:
            place = Place(cited.sha256, cited.page, cited.start, cited.end)
            if not any(place.overlaps(wrong.place) for wrong in question.wrong):
                found[place] = Expected(cited.document, place, cited.quote, right=True, implied=True)
    return list(found.values())


def _load(db: apsw.Connection, condition: str, *values: Any) -> list[SavedQuestion]:
    found: list[Any] = db.execute(f"SELECT {_COLUMNS} FROM saved_question WHERE {condition}", values).fetchall()
    passages: dict[int, list[Expected]] = {row[0]: [] for row in found}
    chosen = "question_id = ?" if len(found) == 1 else "TRUE"
    stored: Iterable[Any] = db.execute(
        'SELECT question_id, document, sha256, page, start, "end", text, right,'
        " EXISTS (SELECT 1 FROM implied_passage i WHERE i.passage_id = p.id)"
        f" FROM expected_passage p WHERE {chosen} ORDER BY id",
        tuple(passages) if len(found) == 1 else (),
    )
    for question_id, document, sha256, page, start, end, text, right, implied in stored:
        if question_id in passages:
            place = Place(sha256, page, start, end)
            passages[question_id].append(Expected(document, place, text, bool(right), bool(implied)))
    return [
        SavedQuestion(question_id, turn_id, question, saved, vote, note, scenario, tuple(passages[question_id]))
        for question_id, turn_id, question, saved, vote, note, scenario in found
    ]


def _restore(db: apsw.Connection, question: SavedQuestion) -> int:
    if not question.question.strip():
        raise ValueError("the question is empty")
    db.execute(
        "INSERT INTO saved_question(question, saved, vote, note, scenario) VALUES (?, ?, ?, ?, ?)",
        (question.question, question.saved, question.vote, question.note, _scenario(question.scenario)),
    )
    question_id = db.last_insert_rowid()
    for passage in question.passages:
        _insert(db, question_id, passage)
    return question_id


def _insert(db: apsw.Connection, question_id: int, passage: Expected) -> None:
    db.execute(
        'INSERT INTO expected_passage(question_id, document, sha256, page, start, "end", text, right)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (question_id, passage.document, *passage.place, passage.text, passage.right),
    )
    if passage.implied:
        db.execute("INSERT INTO implied_passage VALUES (?)", (db.last_insert_rowid(),))


def _remove_at(db: apsw.Connection, question_id: int, place: Place) -> None:
    db.execute(
        'DELETE FROM expected_passage WHERE question_id = ? AND sha256 = ? AND page = ? AND start = ? AND "end" = ?',
        (question_id, *place),
    )


def _identity(question: SavedQuestion) -> tuple[str, str, frozenset[tuple[Place, str, bool]]]:
    places = frozenset((passage.place, passage.text, passage.right) for passage in question.passages)
    return question.question, _scenario(question.scenario), places


def _said(question: SavedQuestion) -> str:
    parts = [question.question, question.note, question.scenario]
    for passage in question.passages:
        parts += [passage.document, passage.text]
    return "\n".join(parts).casefold()


def _scenario(name: str) -> str:
    return " ".join(name.split())[:MAX_SCENARIO].rstrip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
