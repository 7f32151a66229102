"""Reads an answer from a server under time limits, and measures its time, tokens and cost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from rag.core.errors import ServerSilent
from rag.generation.backends.openai_stream import Ended, Event, Finished, RequestSent, Working
from rag.generation.protocol import Finish, Report, Sent, Used
from rag.models.servers.server import Server

POLL_SECONDS = 0.05
USAGE_SECONDS = 2.0
"""Seconds to wait for the token count after the last piece."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. connect: also for requests before the answer; first_token: long, as reading a long prompt takes time.

    between: two signs of life, after the first one. answer: the whole of it; a longer one is cut off.
    """

    connect: float = 5.0
    first_token: float = 120.0
    between: float = 30.0
    answer: float = 600.0


TIMEOUTS = Timeouts()


def pieces(
    server: Server, events: SimpleQueue[Event], timeouts: Timeouts, cancelled: Callable[[], bool], report: Report
) -> Iterator[str]:
    """The pieces of the answer among `events`. Reports Sent and Used as `Generator.generate` does.

    Raises exceptions among the events, and ServerSilent after a timeout. An answer that exceeds the total limit is cut
    off, without an error if some of it had arrived.
    """
    meter = _AnswerMeter(server)
    limit = timeouts.answer  # until the request is sent; earlier requests have limits of their own
    finish: Finish | None = None
    problem: Exception | None = None
    while True:
        if cancelled():
            finish, problem = "stopped", None
            break
        if finish is None and meter.seconds() > timeouts.answer:
            finish = "length" if meter.pieces else "cut"
            problem = None if meter.pieces else _silent(server, timeouts.answer)
            break
        try:
            event = events.get(timeout=min(POLL_SECONDS, limit))
        except Empty:
            if meter.since_heard() < limit:
                continue
            if finish is None:  # otherwise the answer is complete and only its token count is missing
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
        elif isinstance(event, RequestSent):
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
    """Measures times and counts of one answer."""

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

    def send(self, prompt_sent: Sent) -> None:
        self.sent = prompt_sent
        self._began = self._heard

    def add(self) -> None:
        self.pieces += 1
        if self._first is None:
            self._first = self._heard - self._began

    def used(self, finish: Finish) -> Used:
        """The usage by the server's count, or else by the number of pieces."""
        end, prompt_sent = self.end, self.sent
        tokens_written = self.pieces if end is None or end.written_tokens is None else end.written_tokens
        prompt_tokens = None if end is None else end.prompt_tokens
        if prompt_tokens is None and prompt_sent is not None and not prompt_sent.estimated:
            prompt_tokens = prompt_sent.tokens
        cost = self._server.cost(0, 0)
        if self.may_cost:
            # a cloud also charges for an answer that was cut off, without reporting its tokens
            tokens_read = (prompt_sent.tokens if prompt_sent else 0) if prompt_tokens is None else prompt_tokens
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
