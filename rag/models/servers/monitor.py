"""What the model servers say at this time: asked in the background, so that a page never waits for one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.core.errors import KildeError
from rag.core.types import Notice
from rag.models import servers
from rag.models.servers import Configured, Server, ServerModel

FRESH_S = 60.0
"""After so long a server is asked again when somebody looks."""
_AT_ONCE = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server and its models. state: "asked" until it has answered for the first time, "there", or "silent"."""

    server: Server
    state: Literal["asked", "there", "silent"] = "asked"
    models: tuple[ServerModel, ...] = ()
    notice: Notice | None = None


class ServerWatch:
    """The servers that there are, each with what it said last. Safe to use from many threads.

    look: which there are, and what an administrator should know; ask: the models of one.
    """

    def __init__(
        self,
        look: Callable[[], Configured],
        ask: Callable[[Server], Sequence[ServerModel]] = servers.models,
    ) -> None:
        self._look, self._ask = look, ask
        self._guard = threading.Lock()
        self._states: tuple[ServerState, ...] = ()
        self._notices: tuple[Notice, ...] = ()
        self._asked: float | None = None
        self._thread: threading.Thread | None = None

    def states(self) -> tuple[ServerState, ...]:
        """As known now, in the order in which they were named; begins to ask again what is no longer fresh."""
        if self._asked is None or time.monotonic() - self._asked > FRESH_S:
            self.refresh()
        return self._states

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Entries of the administrator's that were passed over."""
        return self._notices

    @property
    def asking(self) -> bool:
        """Whether answers are awaited."""
        return self._thread is not None and self._thread.is_alive()

    def refresh(self) -> None:
        """Begin to ask all of them again, in the background; while that is under way, nothing more is begun."""
        with self._guard:
            if self.asking:
                return
            self._asked = time.monotonic()
            self._thread = threading.Thread(target=self._work, name="kilde-servers", daemon=True)
            self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Return when no answer is awaited."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _work(self) -> None:
        try:
            found = self._look()
            known = {state.server: state for state in self._states}
            self._notices = found.notices
            self._states = tuple(known.get(server, ServerState(server)) for server in found.servers)
            if self._states:
                with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kilde-server") as pool:
                    for number, state in enumerate(pool.map(self._state, found.servers)):
                        self._states = (*self._states[:number], state, *self._states[number + 1 :])
        except Exception:
            # a thread of the background: the page shows what was known before
            logger.exception("the model servers could not be asked")

    def _state(self, server: Server) -> ServerState:
        try:
            return ServerState(server, "there", tuple(self._ask(server)))
        except KildeError as error:
            return replace(ServerState(server), state="silent", notice=error.notice())


def look(data_folder: Path | None) -> Configured:
    """Those that an administrator named, and those that were found on this machine."""
    named = servers.configured(data_folder=data_folder)
    return Configured((*named.servers, *servers.discover(besides=named.servers)), named.notices)
