"""The pieces of an answer from a server: how long each may take, and what the answer took in all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from rag.core.errors import ServerSilent
from rag.generation.backends.openai_stream import Asked, Ended, Event, Finished, Working
from rag.generation.protocol import Finish, Report, Sent, Used
from rag.models.servers.server import Server

POLL_SECONDS = 0.05
USAGE_SECONDS = 2.0
"""How long the count of tokens is waited for after the last piece."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. connect: also for what is asked before the answer is; first_token: reading a long prompt takes long.

    between: two signs of life, once there was one. whole: an answer that takes longer is cut.
    """

    connect: float = 5.0
    first_token: float = 120.0
    between: float = 30.0
    whole: float = 600.0


TIMEOUTS = Timeouts()


def pieces(
    server: Server, events: SimpleQueue[Event], timeouts: Timeouts, cancelled: Callable[[], bool], report: Report
) -> Iterator[str]:
    """The pieces of the answer among `events`. Reports Sent and Used as `Generator.generate` does.

    Raises what is among the events; ServerSilent where nothing comes for too long. What takes longer than the whole
    may take is cut, and no error where some of it had come.
    """
    meter = _AnswerMeter(server)
    limit = timeouts.whole  # until it is asked; what comes before has limits of its own
    finish: Finish | None = None
    problem: Exception | None = None
    while True:
        if cancelled():
            finish, problem = "stopped", None
            break
        if finish is None and meter.seconds() > timeouts.whole:
            finish = "length" if meter.pieces else "cut"
            problem = None if meter.pieces else _silent(server, timeouts.whole)
            break
        try:
            event = events.get(timeout=min(POLL_SECONDS, limit))
        except Empty:
            if meter.since_heard() < limit:
                continue
            if finish is None:  # else all of the answer is here, and only the count of its tokens is not
                finish, problem = "cut", _silent(server, limit)
            break
        meter.hear()
        if isinstance(event, str):
            limit = timeouts.between
            meter.add()
            yield event
        elif isinstance(event, Sent):
            meter.send(event)
            report(event)
        elif isinstance(event, Asked):
            meter.may_cost, limit = event.may_cost, timeouts.first_token
        elif isinstance(event, Working):
            limit = timeouts.between
        elif isinstance(event, Finished):
            finish, limit = event.finish, min(USAGE_SECONDS, timeouts.between)
        elif isinstance(event, Ended):
            meter.end, finish = event, event.finish
            break
        else:
            if finish is None:
                finish, problem = "cut", event
            break
    if meter.sent is not None:
        report(meter.used(finish))
    if problem is not None:
        raise problem


def _silent(server: Server, seconds: float) -> ServerSilent:
    return ServerSilent(server=server.name, seconds=round(seconds, 1))


class _AnswerMeter:
    """Times and counts of one answer."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._began = self._heard = time.monotonic()
        self._first: float | None = None
        self.pieces = 0
        self.sent: Sent | None = None
        self.end: Ended | None = None
        self.may_cost = False

    def hear(self) -> None:
        self._heard = time.monotonic()

    def since_heard(self) -> float:
        return time.monotonic() - self._heard

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def send(self, sent: Sent) -> None:
        self.sent = sent
        self._began = self._heard

    def add(self) -> None:
        self.pieces += 1
        if self._first is None:
            self._first = self._heard - self._began

    def used(self, finish: Finish) -> Used:
        """By the server's own count where it gave one, else by the pieces."""
        end, sent = self.end, self.sent
        tokens_written = self.pieces if end is None or end.written_tokens is None else end.written_tokens
        prompt_tokens = None if end is None else end.prompt_tokens
        if prompt_tokens is None and sent is not None and not sent.estimated:
            prompt_tokens = sent.tokens
        cost = self._server.cost(0, 0)
        if self.may_cost:
            # a cloud asks money also for an answer that was cut off, and then does not say for how much
            tokens_read = (sent.tokens if sent else 0) if prompt_tokens is None else prompt_tokens
            cost = self._server.cost(tokens_read, tokens_written)
        return Used(
            finish,
            self.seconds(),
            self._first,
            prompt_tokens,
            tokens_written,
            0 if end is None else end.cached_tokens,
            cost,
            self._server.currency if cost is not None else "",
        )
