"""One question to several at once, side by side, and the votes for the best of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.conversations.history import History, as_plain, begin, show
from rag.core.errors import InvalidPanel
from rag.core.types import Conditions, Turn
from rag.store.connection import Database

FEWEST, MOST = 2, 4


@dataclass(frozen=True, slots=True)
class Contender:
    """One who took part in a panel. assistant: its id, 0 where a model answered without one. name: "" without one."""

    assistant: int
    version: int
    name: str
    model: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of one assistant, or of one model without an assistant, for one scenario ("" for none).

    won of asked: in how many of the panels that were voted on it was the best.
    """

    assistant: int
    name: str
    model: str
    scenario: str
    won: int
    asked: int


@dataclass(frozen=True, slots=True)
class Panel:
    """turns: in the order in which they were asked. voted: the id of the best one, None while nobody has said."""

    id: int
    scenario: str
    turns: tuple[Turn, ...]
    voted: int | None


class Panels:
    """Raises InvalidPanel, and NotFound for a turn that is not there.

    check_room: raises TooManyQuestions where no more turns are to be begun.
    """

    def __init__(
        self, database: Database, history: History, run: Callable[[Turn], None], check_room: Callable[[], None]
    ) -> None:
        self._database = database
        self._history = history
        self._run = run
        self._check_room = check_room

    def ask(
        self, question: str, conversation_id: int | None, asked: Sequence[Conditions], scenario: str = ""
    ) -> list[Turn]:
        """Ask all of `asked` at once, in a conversation or a new one; durable on return, all or none of them.

        Each is a turn of its own. They are variants of each other: the conversation goes on from the first until
        another one is voted for.
        """
        if not FEWEST <= len(asked) <= MOST:
            raise InvalidPanel(fewest=FEWEST, most=MOST)
        self._check_room()
        with self._database.write() as db:
            db.execute("INSERT INTO panel(asked, scenario) VALUES (?, ?)", (_now(), scenario.strip()))
            panel_id = db.last_insert_rowid()
            turns: list[Turn] = []
            for conditions in asked:
                beside = turns[0].id if turns else None
                turn = begin(db, question, conversation_id, conditions, beside, panel_id)
                conversation_id = turn.conversation_id
                turns.append(turn)
            show(db, turns[0].id)
        for turn in turns:
            self._run(turn)
        return turns

    def of_turn(self, turn: Turn) -> Panel | None:
        """The panel that a turn is part of."""
        if turn.panel_id is None:
            return None
        with self._database.read() as db:
            row: Any = db.execute(
                "SELECT p.scenario, v.turn_id FROM panel p LEFT JOIN vote v ON v.panel_id = p.id WHERE p.id = ?",
                (turn.panel_id,),
            ).fetchone()
        if row is None:
            return None
        return Panel(turn.panel_id, row[0], tuple(self._history.of_panel(turn.panel_id)), row[1])

    def vote(self, turn_id: int, scenario: str | None = None) -> None:
        """This turn is the best of its panel; the conversation goes on from it. A second vote takes the place of the
        first, and one for the same turn takes it back. scenario: None leaves that of the panel.
        """
        turn = self._history.turn(turn_id)
        panel = self.of_turn(turn)
        if panel is None:
            raise InvalidPanel(fewest=FEWEST, most=MOST)
        named = panel.scenario if scenario is None else scenario.strip()
        contenders = [{**as_plain(contender(one)), "turn_id": one.id} for one in panel.turns]
        with self._database.write() as db:
            db.execute("UPDATE panel SET scenario = ? WHERE id = ?", (named, panel.id))
            db.execute("DELETE FROM vote WHERE panel_id = ?", (panel.id,))
            if panel.voted != turn_id or named != panel.scenario:
                db.execute(
                    "INSERT INTO vote(panel_id, voted, scenario, turn_id, contenders) VALUES (?, ?, ?, ?, ?)",
                    (panel.id, _now(), named, turn_id, json.dumps(contenders, ensure_ascii=False)),
                )
            show(db, turn_id)

    def tally(self) -> list[Tally]:
        """By assistant (or model, without one) and scenario; those with the most votes first.

        Counts of an assistant are those of all its versions, under the name that it had last.
        """
        with self._database.read() as db:
            rows: list[Any] = db.execute("SELECT scenario, turn_id, contenders FROM vote ORDER BY voted").fetchall()
        names: dict[tuple[int, str], str] = {}
        counts: dict[tuple[int, str, str], tuple[int, int]] = {}
        for scenario, best, contenders in rows:
            for one in json.loads(contenders):
                # of an assistant the model is one of its traits; without one it is all there is
                model = "" if one["assistant"] else one["model"]
                names[one["assistant"], model] = one["name"]
                won, asked = counts.get((one["assistant"], model, scenario), (0, 0))
                counts[one["assistant"], model, scenario] = (won + (one["turn_id"] == best), asked + 1)
        found = [
            Tally(assistant, names[assistant, model], model, scenario, won, asked)
            for (assistant, model, scenario), (won, asked) in counts.items()
        ]
        return sorted(found, key=lambda one: (one.scenario.casefold(), -one.won, one.asked, one.name.casefold()))

    def scenarios(self) -> list[str]:
        """Those that panels have been asked under."""
        with self._database.read() as db:
            rows = db.execute("SELECT DISTINCT scenario FROM panel WHERE scenario <> '' ORDER BY scenario")
            return [str(row[0]) for row in rows]


def contender(turn: Turn) -> Contender:
    """Who answered a turn, as its ledger says; before it has been answered, who was asked."""
    kept = turn.ledger.get("assistant") or {}
    model = str(turn.ledger.get("answer_model", turn.conditions.answer_model))
    return Contender(
        kept.get("id", max(0, turn.conditions.assistant)),
        kept.get("version", turn.conditions.assistant_version),
        kept.get("name", ""),
        model,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
