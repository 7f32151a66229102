"""Assistants in the database. Each change makes a version; turns name the one that answered them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from rag.conversations.assistants.validation import check
from rag.conversations.history import as_plain, scope_from
from rag.core.errors import AssistantGone
from rag.core.types import Assistant, Example, Length, Preference, WithoutEvidence
from rag.store.connection import Database


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an assistant. made: UTC, ISO 8601."""

    assistant: Assistant
    made: str


class Assistants:
    """Raises AssistantGone for one that is not there, InvalidAssistant for one that is not allowed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Assistant]:
        """The newest version of each that was not removed, by name."""
        with self._database.read() as db:
            rows: list[Any] = db.execute(
                "SELECT assistant_id, max(number), content FROM assistant_version v JOIN assistant a"
                " ON a.id = v.assistant_id WHERE NOT removed GROUP BY assistant_id"
            ).fetchall()
        return sorted((_assistant(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))

    def get(self, assistant_id: int, version: int = 0) -> Assistant:
        """A version of an assistant, also of one that was removed. version: 0 for the newest."""
        with self._database.read() as db:
            row: Any = db.execute(
                "SELECT assistant_id, number, content FROM assistant_version WHERE assistant_id = ?1"
                " AND (number = ?2 OR ?2 = 0) ORDER BY number DESC LIMIT 1",
                (assistant_id, version),
            ).fetchone()
        if row is None:
            raise AssistantGone
        return _assistant(*row)

    def is_there(self, assistant_id: int) -> bool:
        """Whether it can still be asked."""
        with self._database.read() as db:
            return bool(db.execute("SELECT 1 FROM assistant WHERE id = ? AND NOT removed", (assistant_id,)).get)

    def versions(self, assistant_id: int) -> list[Version]:
        """The newest first."""
        with self._database.read() as db:
            rows: list[Any] = db.execute(
                "SELECT assistant_id, number, content, made FROM assistant_version WHERE assistant_id = ?"
                " ORDER BY number DESC",
                (assistant_id,),
            ).fetchall()
        return [Version(_assistant(*row), made) for *row, made in rows]

    def save(self, assistant: Assistant) -> Assistant:
        """Keep a new assistant (id 0), or a new version of one; durable on return. What is as it was makes no version.

        Returns it as it is kept.
        """
        check(assistant)
        content = json.dumps(_content(assistant), ensure_ascii=False, sort_keys=True)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._database.write() as db:
            if not assistant.id:
                db.execute("INSERT INTO assistant(made) VALUES (?)", (now,))
                assistant = replace(assistant, id=db.last_insert_rowid(), version=0)
            elif not db.execute("SELECT 1 FROM assistant WHERE id = ? AND NOT removed", (assistant.id,)).get:
                raise AssistantGone
            last: Any = db.execute(
                "SELECT number, content FROM assistant_version WHERE assistant_id = ? ORDER BY number DESC LIMIT 1",
                (assistant.id,),
            ).fetchone()
            if last is not None and last[1] == content:
                return replace(assistant, version=last[0])
            number = 1 if last is None else last[0] + 1
            db.execute(
                "INSERT INTO assistant_version(assistant_id, number, made, content) VALUES (?, ?, ?, ?)",
                (assistant.id, number, now, content),
            )
        return replace(assistant, version=number)

    def add_all(self, assistants: Sequence[Assistant]) -> list[Assistant]:
        """Keep several new ones, all of them or none. Returns them as they are kept.

        Their ids are their places, from 1, and their steps are such ids: as they come from a file.
        """
        for assistant in assistants:
            check(assistant)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._database.write() as db:
            ids: dict[int, int] = {}
            for assistant in assistants:
                db.execute("INSERT INTO assistant(made) VALUES (?)", (now,))
                ids[assistant.id] = db.last_insert_rowid()
            kept = [
                replace(one, id=ids[one.id], version=1, steps=tuple(ids[step] for step in one.steps))
                for one in assistants
            ]
            db.executemany(
                "INSERT INTO assistant_version(assistant_id, number, made, content) VALUES (?, 1, ?, ?)",
                ((one.id, now, json.dumps(_content(one), ensure_ascii=False, sort_keys=True)) for one in kept),
            )
        return kept

    def remove(self, assistant_id: int) -> None:
        """It is offered no more; the turns that it answered still show what it was. One that is gone is passed over."""
        with self._database.write() as db:
            db.execute("UPDATE assistant SET removed = 1 WHERE id = ?", (assistant_id,))


def _content(assistant: Assistant) -> dict[str, Any]:
    plain = as_plain(assistant)
    return {name: value for name, value in plain.items() if name not in ("id", "version")}


def _assistant(assistant_id: int, version: int, content: str) -> Assistant:
    return replace(from_plain(json.loads(content)), id=assistant_id, version=version)


def from_plain(kept: Mapping[str, Any]) -> Assistant:
    """The assistant that `as_plain` made plain; what is missing has its default. Raises TypeError, ValueError."""
    known = {field.name for field in fields(Assistant)}
    values = {name: value for name, value in kept.items() if name in known}
    of: dict[str, Callable[[Any], Any]] = {
        "examples": lambda given: tuple(
            Example(e["question"], e["answer"], tuple(e.get("passages", ()))) for e in given
        ),
        "preference": lambda given: Preference(**{name: tuple(value) for name, value in given.items()}),
        "scope": scope_from,
        "steps": tuple,
        "length": Length,
        "without_evidence": WithoutEvidence,
    }
    return Assistant(**{name: of[name](value) if name in of else value for name, value in values.items()})
