"""The settings of a library, and a change of them: planned, shown, and then carried out as it was planned."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rag.core import settings
from rag.core.settings import Origin, Settings
from rag.core.types import Space
from rag.documents.indexer import Worker
from rag.documents.reindexing import Change, Plan, Reindexer
from rag.store.protocol import Spaces
from rag.store.records_protocol import SettingStore


class LibrarySettings:
    """What is saved in one store, and what is in force. Safe to use from many threads."""

    def __init__(self, spaces: Spaces, saved: SettingStore, reindexer: Reindexer, indexer: Worker) -> None:
        self._spaces = spaces
        self._saved = saved
        self._reindexer = reindexer
        self._indexer = indexer

    def current(self) -> Settings:
        """The values in force."""
        return self._resolved()[0]

    def origins(self) -> dict[str, Origin]:
        """Where each value in force came from."""
        return self._resolved()[1]

    def plan(self, wanted: Settings) -> Plan:
        """What it takes to change to these settings; `apply` carries out just that."""
        return self._reindexer.plan(self.current(), wanted, self._indexer.chunks_per_second)

    def apply(self, plan: Plan) -> None:
        """Save the settings of a plan. Where they need re-indexing it begins in the background; see `change`."""
        values = asdict(plan.wanted)
        if plan.reindexes:
            # apart from the others, which may be changed again before the model is ready
            values_of_space = {name: values.pop(name) for name in settings.REINDEXING}
            self._save(values)
            self._reindexer.begin(space_of(plan.wanted), lambda: self._save(values_of_space))
            return
        before = self.current()
        if any(getattr(before, name) != values[name] for name in settings.REINDEXING):
            self._reindexer.cancel()  # back to the space that there is
        self._save(values)

    def save(self, wanted: Settings) -> None:
        """Plan a change and carry it out, where nobody needs to see the plan."""
        self.apply(self.plan(wanted))

    def change(self) -> Change | None:
        """The change of space under way, or why the last one failed; None where there is neither."""
        return self._reindexer.current(self._indexer.chunks_per_second)

    def cancel_change(self) -> None:
        """Stay with the space that there is."""
        self._reindexer.cancel()
        active = self._spaces.active()
        if active is not None:
            self._save({"embedding_model": active.model, "chunk_size": active.chunk_size, "overlap": active.overlap})

    def embedding_model(self) -> str:
        """The embedding model in use: that of the active space, before there is one that of the settings."""
        active = self._spaces.active()
        return active.model if active else self.current().embedding_model

    def wanted_space(self) -> Space:
        """The space that the settings in force ask for."""
        return space_of(self.current())

    def _resolved(self) -> tuple[Settings, dict[str, Origin]]:
        return settings.resolve(self._saved.values())

    def _save(self, values: Mapping[str, Any]) -> None:
        self._saved.save(values)


def space_of(wanted: Settings) -> Space:
    """The space that settings ask for; its model fills in revision, dimension and prefixes when it is there."""
    return Space(wanted.embedding_model, "", 0, "", "", wanted.chunk_size, wanted.overlap)
