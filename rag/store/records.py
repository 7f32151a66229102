"""All records of a library in SQLite; smaller tables are here, larger ones in modules of their own."""

import json
from collections.abc import Mapping
from typing import Any

from rag.store.assistants import SqliteAssistantStore
from rag.store.connection import Database, DatabaseStore
from rag.store.conversations import SqliteConversationStore
from rag.store.panels import SqlitePanelStore
from rag.store.questions import SqliteQuestionRunStore, SqliteQuestionStore
from rag.store.records_protocol import Records
from rag.store.rows import select_dict


class SqliteModelTrialStore(DatabaseStore):
    """Implements `ModelTrialStore`."""

    def reports(self) -> dict[str, str]:
        with self._database.read() as db:
            return select_dict(db, str, str, "SELECT model, report FROM model_trial")

    def save(self, model: str, tried: str, report: str) -> None:
        with self._database.write() as db:
            db.execute("INSERT OR REPLACE INTO model_trial VALUES (?, ?, ?)", (model, tried, report))

    def delete(self, model: str) -> None:
        with self._database.write() as db:
            db.execute("DELETE FROM model_trial WHERE model = ?", (model,))


class SqliteSettingStore(DatabaseStore):
    """Implements `SettingStore`. Each value is a row of its own, as JSON."""

    def values(self) -> dict[str, Any]:
        with self._database.read() as db:
            return select_dict(db, str, json.loads, "SELECT key, value FROM setting")

    def save(self, values: Mapping[str, Any]) -> None:
        with self._database.write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                ((key, json.dumps(value)) for key, value in values.items()),
            )


def sqlite_records(database: Database) -> Records:
    """The records in the tables of one database."""
    return Records(
        SqliteConversationStore(database),
        SqlitePanelStore(database),
        SqliteAssistantStore(database),
        SqliteQuestionStore(database),
        SqliteQuestionRunStore(database),
        SqliteModelTrialStore(database),
        SqliteSettingStore(database),
    )
