"""Polls the model servers in the background, so that no page waits for them."""

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
"""Seconds after which a state is stale and refreshed at the next look."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server and its models. state: "asked" until it has answered for the first time, "there", or "silent"."""

    server: Server
    state: Literal["asked", "there", "silent"] = "asked"
    models: tuple[ServerModel, ...] = ()
    notice: Notice | None = None


class ServerMonitor:
    """All servers with their last known states. Safe to use from many threads.

    find: returns servers and notices for the administrator; ask: returns the models of a server. notices:
    about ignored entries of the configuration.
    """

    def __init__(
        self, find: Callable[[], Configured], ask: Callable[[Server], Sequence[ServerModel]] = servers.models
    ) -> None:
        self._find, self._ask = find, ask
        self._job = Job[tuple[ServerState, ...]]("kilde-servers")
        self.notices: tuple[Notice, ...] = ()
        self._asked_at: float | None = None  # by the monotonic clock

    def states(self) -> tuple[ServerState, ...]:
        """The known states in configured order; starts a refresh if they are stale."""
        if self._asked_at is None or time.monotonic() - self._asked_at > FRESH_S:
            self.refresh()
        return self._job.status or ()

    @property
    def asking(self) -> bool:
        """Whether a refresh is running."""
        return self._job.running

    def refresh(self) -> None:
        """Start a refresh in the background, unless one is running."""
        if self._job.start(self._ask_all, status=self._job.status or ()):
            self._asked_at = time.monotonic()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until no refresh is running."""
        self._job.wait(timeout)

    def _ask_all(self) -> None:
        earlier_states = {state.server: state for state in self._job.status or ()}
        configured = self._find()
        self.notices = configured.notices
        states = [earlier_states.get(server, ServerState(server)) for server in configured.servers]
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
    """The configured servers and those discovered on this machine."""
    configured = servers.configured(data_folder=data_folder)
    return Configured((*configured.servers, *servers.discover(besides=configured.servers)), configured.notices)
