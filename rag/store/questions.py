"""Saved questions and the reports of their runs in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import apsw

from rag.core.types import Place
from rag.core.types.questions import Expected, SavedQuestion
from rag.store.connection import DatabaseStore
from rag.store.rows import select

_QUESTION = "id, turn_id, question, saved, vote, note, scenario"
_PLACE = 'sha256, page, start, "end"'
_EVERY_QUESTION = "TRUE ORDER BY saved DESC, id DESC"


class SqliteQuestionStore(DatabaseStore):
    """Implements `QuestionStore`."""

    def questions(self) -> list[SavedQuestion]:
        with self._database.read() as db:
            return _questions(db, _EVERY_QUESTION)

    def question_of(self, turn_id: int) -> SavedQuestion | None:
        with self._database.read() as db:
            return next(iter(_questions(db, "turn_id = ?", turn_id)), None)

    @contextmanager
    def transaction(self) -> Iterator[SqliteQuestionTransaction]:
        with self._database.write() as db:
            yield SqliteQuestionTransaction(db)


class SqliteQuestionTransaction:
    """Implements `QuestionTransaction` over a connection inside a write transaction."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def questions(self) -> list[SavedQuestion]:
        return _questions(self._db, _EVERY_QUESTION)

    def question(self, question_id: int) -> SavedQuestion:
        (question,) = _questions(self._db, "id = ?", question_id)
        return question

    def add(self, question: SavedQuestion) -> int:
        self._db.execute(
            "INSERT INTO saved_question(question, saved, vote, note, scenario) VALUES (?, ?, ?, ?, ?)",
            (question.question, question.saved, question.vote, question.note, question.scenario),
        )
        question_id = self._db.last_insert_rowid()
        for passage in question.passages:
            self.add_passage(question_id, passage)
        return question_id

    def ensure_of_turn(self, turn_id: int, question: str, saved: str) -> int:
        self._db.execute(
            "INSERT INTO saved_question(turn_id, question, saved) VALUES (?, ?, ?) ON CONFLICT (turn_id) DO NOTHING",
            (turn_id, question, saved),
        )
        question_id: Any = self._db.execute("SELECT id FROM saved_question WHERE turn_id = ?", (turn_id,)).get
        return int(question_id)

    def update(
        self, question_id: int, *, vote: int | None = None, note: str | None = None, scenario: str | None = None
    ) -> None:
        self._db.execute(
            "UPDATE saved_question SET vote = coalesce(?, vote), note = coalesce(?, note),"
            " scenario = coalesce(?, scenario) WHERE id = ?",
            (vote, note, scenario, question_id),
        )

    def delete(self, question_id: int) -> None:
        self._db.execute("DELETE FROM saved_question WHERE id = ?", (question_id,))

    def add_passage(self, question_id: int, passage: Expected) -> None:
        self._db.execute(
            f"INSERT INTO expected_passage(question_id, document, {_PLACE}, text, right)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (question_id, passage.document, *passage.place, passage.text, passage.right),
        )
        if passage.implied:
            self._db.execute("INSERT INTO implied_passage VALUES (?)", (self._db.last_insert_rowid(),))

    def delete_passage(self, question_id: int, place: Place) -> None:
        self._db.execute(
            f"DELETE FROM expected_passage WHERE question_id = ? AND ({_PLACE}) = (?, ?, ?, ?)", (question_id, *place)
        )

    def delete_implied(self, question_id: int) -> None:
        self._db.execute(
            "DELETE FROM expected_passage WHERE question_id = ? AND id IN (SELECT passage_id FROM implied_passage)",
            (question_id,),
        )


class SqliteQuestionRunStore(DatabaseStore):
    """Implements `QuestionRunStore`."""

    def reports(self, count: int) -> list[str]:
        with self._database.read() as db:
            return list(select(db, str, "SELECT report FROM question_run ORDER BY id DESC LIMIT ?", (count,)))

    def add(self, ran: str, report: str, keep: int) -> None:
        with self._database.write() as db:
            db.execute("INSERT INTO question_run(ran, report) VALUES (?, ?)", (ran, report))
            db.execute(
                "DELETE FROM question_run WHERE id NOT IN (SELECT id FROM question_run ORDER BY id DESC LIMIT ?)",
                (keep,),
            )


def _questions(db: apsw.Connection, condition: str, *values: Any) -> list[SavedQuestion]:
    questions = list(select(db, SavedQuestion, f"SELECT {_QUESTION} FROM saved_question WHERE {condition}", values))
    passages: dict[int, list[Expected]] = {question.id: [] for question in questions}
    # passages of one question are looked up by id, those of all questions in one table scan
    is_single = len(questions) == 1
    rows: Any = db.execute(
        f"SELECT question_id, document, {_PLACE}, text, right,"
        " EXISTS (SELECT 1 FROM implied_passage i WHERE i.passage_id = p.id)"
        f" FROM expected_passage p WHERE {'question_id = ?' if is_single else 'TRUE'} ORDER BY id",
        tuple(passages) if is_single else (),
    )
    for question_id, document, sha256, page, start, end, text, right, implied in rows:
        if question_id in passages:
            place = Place(sha256, page, start, end)
            passages[question_id].append(Expected(document, place, text, bool(right), bool(implied)))
    return [replace(question, passages=tuple(passages[question.id])) for question in questions]
