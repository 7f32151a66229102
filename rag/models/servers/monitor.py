"""What the model servers have now: they are asked in the background, so that a page never waits for one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.core.background import Job
from rag.core.errors import KildeError
from rag.core.types import Notice
from rag.models import servers
from rag.models.servers import Configured, Server, ServerModel

FRESH_S = 60.0
"""After so long a server is asked again when somebody looks."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server and its models. state: "asked" until it has answered for the first time, "there", or "silent"."""

    server: Server
    state: Literal["asked", "there", "silent"] = "asked"
    models: tuple[ServerModel, ...] = ()
    notice: Notice | None = None


class ServerMonitor:
    """The servers that there are, each with what it said last. Safe to use from many threads.

    find: which there are, and what an administrator should know; ask: the models of one. notices: entries of the
    administrator's that were passed over.
    """

    def __init__(
        self, find: Callable[[], Configured], ask: Callable[[Server], Sequence[ServerModel]] = servers.models
    ) -> None:
        self._find, self._ask = find, ask
        self._job = Job[tuple[ServerState, ...]]("kilde-servers")
        self.notices: tuple[Notice, ...] = ()
        self._asked_at: float | None = None  # by the monotonic clock

    def states(self) -> tuple[ServerState, ...]:
        """As known now, in the order in which they were named; begins to ask again what is no longer fresh."""
        if self._asked_at is None or time.monotonic() - self._asked_at > FRESH_S:
            self.refresh()
        return self._job.status or ()

    @property
    def asking(self) -> bool:
        """Whether answers are awaited."""
        return self._job.running

    def refresh(self) -> None:
        """Begin to ask all of them again, in the background; while that is under way, nothing more is begun."""
        if self._job.start(self._ask_all, status=self._job.status or ()):
            self._asked_at = time.monotonic()

    def wait(self, timeout: float | None = None) -> None:
        """Return when no answer is awaited."""
        self._job.wait(timeout)

    def _ask_all(self) -> None:
        known = {state.server: state for state in self._job.status or ()}
        configured = self._find()
        self.notices = configured.notices
        states = [known.get(server, ServerState(server)) for server in configured.servers]
        self._job.report(tuple(states))
        if not states:
            return
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kilde-server") as pool:
            for number, state in enumerate(pool.map(self._state, configured.servers)):
                states[number] = state
                self._job.report(tuple(states))

    def _state(self, server: Server) -> ServerState:
        try:
            return ServerState(server, "there", tuple(self._ask(server)))
        except KildeError as error:
            return ServerState(server, "silent", notice=error.notice())


def find_servers(data_folder: Path | None) -> Configured:
    """The servers that an administrator named, and those found on this machine."""
    configured = servers.configured(data_folder=data_folder)
    return Configured((*configured.servers, *servers.discover(besides=configured.servers)), configured.notices)
