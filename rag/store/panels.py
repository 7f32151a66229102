"""Panels and votes in SQLite."""

from collections.abc import Sequence

from rag.store.connection import DatabaseStore
from rag.store.conversations import begin_turn, show_branch
from rag.store.records_protocol import NewTurn, PanelRow, TurnRow, VoteRow
from rag.store.rows import select


class SqlitePanelStore(DatabaseStore):
    """Implements `PanelStore`."""

    def begin(
        self, turns: Sequence[NewTurn], conversation_id: int | None, asked_at: str, scenario: str
    ) -> list[TurnRow]:
        with self._database.write() as db:
            db.execute("INSERT INTO panel(asked, scenario) VALUES (?, ?)", (asked_at, scenario))
            panel_id = db.last_insert_rowid()
            first = begin_turn(db, turns[0], conversation_id, None, panel_id)
            siblings = [begin_turn(db, turn, first.conversation_id, first.id, panel_id) for turn in turns[1:]]
            show_branch(db, first.id)
        return [first, *siblings]

    def panel(self, panel_id: int) -> PanelRow | None:
        with self._database.read() as db:
            query = (
                "SELECT p.id, p.scenario, v.turn_id FROM panel p LEFT JOIN vote v ON v.panel_id = p.id WHERE p.id = ?"
            )
            return next(select(db, PanelRow, query, (panel_id,)), None)

    def vote(self, panel_id: int, turn_id: int, scenario: str, contenders: str | None, voted_at: str) -> None:
        with self._database.write() as db:
            db.execute("UPDATE panel SET scenario = ? WHERE id = ?", (scenario, panel_id))
            db.execute("DELETE FROM vote WHERE panel_id = ?", (panel_id,))
            if contenders is not None:
                db.execute(
                    "INSERT INTO vote(panel_id, voted, scenario, turn_id, contenders) VALUES (?, ?, ?, ?, ?)",
                    (panel_id, voted_at, scenario, turn_id, contenders),
                )
            show_branch(db, turn_id)

    def votes(self) -> list[VoteRow]:
        with self._database.read() as db:
            return list(select(db, VoteRow, "SELECT scenario, turn_id, contenders FROM vote ORDER BY voted"))

    def scenarios(self) -> list[str]:
        with self._database.read() as db:
            return list(select(db, str, "SELECT DISTINCT scenario FROM panel WHERE scenario <> '' ORDER BY scenario"))
