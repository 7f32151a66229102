"""One chat request to a server, as a stream of events; runs in the thread of `rag.generation.backends.openai`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

from rag.core.errors import KildeError, ServerCutOff, ServerFault, ServerRefused, ServerSilent, ServerUnknown
from rag.generation.protocol import Finish, Sampling, Sent
from rag.models.servers.errors import BUSY, fault, message_of, status_fault
from rag.models.servers.http_client import client
from rag.models.servers.network_backend import PinnedNetworkBackend
from rag.models.servers.server import Server

if TYPE_CHECKING:
    import openai

RETRY_SECONDS = 0.5
MAX_RETRY_SECONDS = 5.0
LETTERS_A_PIECE = 32
"""Letters of a streamed piece, on average at most: an upper bound."""
_OPTIONAL = ("stream_options", "max_tokens", "temperature")


class Asked(NamedTuple):
    """A request was sent, or was refused. may_cost: the server may be writing an answer."""

    may_cost: bool


class Working(NamedTuple):
    """The server is at work without a word of the answer yet, such as a model that thinks first."""


class Finished(NamedTuple):
    """The answer is all there; the count of its tokens may follow."""

    finish: Finish


class Ended(NamedTuple):
    """The end, with the server's counts where it gave them. refused: parameters that it does not take."""

    finish: Finish
    prompt_tokens: int | None
    written_tokens: int | None
    cached_tokens: int
    refused: frozenset[str]


Event = str | Sent | Asked | Working | Finished | Ended | Exception


def written(
    server: Server,
    model: str,
    messages: Sequence[Mapping[str, str]],
    sampling: Sampling,
    refused: frozenset[str],
    line: PinnedNetworkBackend,
    seconds: float,
    connect_seconds: float,
    put: Callable[[Event], None],
    abandoned: threading.Event,
) -> Ended:
    """Asks for an answer, puts each event, and returns how it ended.

    Asked a second time, after a pause, where the server refused, was busy, or dropped the connection before its first
    byte; and once more without each parameter that it says it does not take: none of that starts an answer that goes
    on unseen. seconds: to wait for a byte. Raises ServerFault's kinds and ModelUnavailable.
    """
    from openai import OpenAI

    with client(server, line, seconds, connect_seconds) as http:
        # our client sends the key, and none of what the library finds in the environment
        api = OpenAI(
            api_key="-",
            organization="",
            project="",
            base_url=server.url,
            http_client=http,
            max_retries=0,
            timeout=seconds,
        )
        again = True
        while True:
            put(Asked(may_cost=True))
            try:
                response = _request(api, model, messages, sampling, refused)
            except Exception as error:  # noqa: BLE001 - whatever a foreign server makes the libraries raise
                problem, pause = _classify(server, model, error, seconds)
                put(Asked(may_cost=isinstance(problem, ServerCutOff | ServerSilent)))
                unwanted = _refused_parameter(error, refused)
                if unwanted:
                    refused |= {unwanted}
                elif again and pause is not None:
                    again = False
                    if abandoned.wait(pause):
                        raise problem from None
                else:
                    raise problem from None
                continue
            return _StreamReader(server, sampling.max_tokens, put).all(response, refused, seconds)


def _request(
    api: openai.OpenAI, model: str, messages: Sequence[Mapping[str, str]], sampling: Sampling, refused: frozenset[str]
) -> Any:
    options: dict[str, Any] = {
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    options = {name: value for name, value in options.items() if name not in refused}
    if "max_tokens" in refused:  # the newer name, which most servers do not know yet
        options["max_completion_tokens"] = sampling.max_tokens
    chat: Any = list(messages)
    return api.chat.completions.create(model=model, messages=chat, stream=True, **options)


def _refused_parameter(error: Exception, refused: frozenset[str]) -> str | None:
    """The parameter of ours that a server says it does not take; each counts once."""
    from openai import APIStatusError

    if not isinstance(error, APIStatusError) or error.status_code not in {400, 422}:
        return None
    text = error.response.text
    return next((name for name in _OPTIONAL if name in text and name not in refused), None)


def _classify(server: Server, model: str, error: Exception, seconds: float) -> tuple[KildeError, float | None]:
    """The error as ours, and after how many seconds to ask again; None for never."""
    from openai import APIStatusError

    if isinstance(error, APIStatusError):
        problem: KildeError = status_fault(server, error.status_code, error.response.text, model)
        return problem, _pause(error.response) if error.status_code in BUSY else None
    problem = fault(server, error, seconds)
    waited = isinstance(error.__cause__, httpx2.TimeoutException)
    if isinstance(problem, ServerRefused | ServerCutOff) and not waited:
        return problem, RETRY_SECONDS
    return problem, None


def _pause(response: httpx2.Response) -> float | None:
    """As long as the server asks for; None where that is too long to wait for."""
    header = response.headers.get("retry-after", "").strip()
    if not (header.isascii() and header.isdecimal()):
        return RETRY_SECONDS
    seconds = float(header[:6])
    return max(seconds, RETRY_SECONDS) if seconds <= MAX_RETRY_SECONDS else None


class _StreamReader:
    """Reads one stream. Ends it where it is longer than was asked for: not every server keeps to that."""

    def __init__(self, server: Server, max_tokens: int, put: Callable[[Event], None]) -> None:
        self._server, self._put = server, put
        self._left = 2 * max_tokens
        self._letters_left = 2 * max_tokens * LETTERS_A_PIECE
        self._thoughts = Thoughts()
        self._finish: Finish | None = None
        self._problem: ServerFault | None = None
        self._heard = False
        self._counts: tuple[int | None, int | None, int] = (None, None, 0)

    def all(self, stream: Any, refused: frozenset[str], seconds: float) -> Ended:
        if stream.response.headers.get("content-type", "").startswith(("text/html", "application/json")):
            raise ServerUnknown(server=self._server.name, detail="no_answer_format")
        try:
            for chunk in stream:
                self._take(chunk)
                if self._problem or self._is_too_long():
                    break
        except Exception as error:  # noqa: BLE001 - whatever a foreign server makes the libraries raise
            if self._finish is None:
                raise self._interrupted(error, seconds) from None
        if rest := self._thoughts.rest():
            self._put(rest)
        if self._finish is None and self._is_too_long():
            self._finish = "length"
        if self._problem is None and self._finish is None:
            self._problem = ServerCutOff(server=self._server.name, detail="no_end")
        if self._problem is not None:
            raise self._problem
        assert self._finish is not None
        return Ended(self._finish, *self._counts, refused)

    def _take(self, chunk: Any) -> None:
        try:
            usage, choices = getattr(chunk, "usage", None), getattr(chunk, "choices", None) or ()
            if usage is not None:
                details = getattr(usage, "prompt_tokens_details", None)
                cached = _number(getattr(details, "cached_tokens", None)) or 0
                self._counts = _number(usage.prompt_tokens), _number(usage.completion_tokens), cached
            if not choices:
                return
            choice = choices[0]
            why = choice.finish_reason
            text = getattr(choice.delta, "content", None) or ""
            if not isinstance(text, str) or (choice.delta is None and not why):
                raise TypeError
        except (AttributeError, TypeError, LookupError):
            raise ServerUnknown(server=self._server.name, detail="no_answer_format") from None
        self._heard = True
        self._left -= 1
        self._letters_left -= len(text)
        if visible := self._thoughts.add(text):
            self._put(visible)
        elif not why:
            self._put(Working())
        if why in {"stop", "length"}:
            self._finish = "stop" if why == "stop" else "length"
            if rest := self._thoughts.rest():
                self._put(rest)
            self._put(Finished(self._finish))
        elif why:
            self._problem = ServerCutOff(server=self._server.name, detail=message_of(self._server, str(why)))

    def _is_too_long(self) -> bool:
        return self._left <= 0 or self._letters_left <= 0

    def _interrupted(self, error: Exception, seconds: float) -> KildeError:
        from openai import APIError

        if isinstance(error, APIError) and error.__cause__ is None:  # the server says in the stream what is wrong
            fault_type = ServerCutOff if self._heard else ServerUnknown
            return fault_type(server=self._server.name, detail=message_of(self._server, error.message))
        return fault(self._server, error, seconds)


class Thoughts:
    """Leaves out what a model thinks before it answers, where the server does not: "<think>…</think>" at the start.

    White space before the first word goes, too.
    """

    _BEGIN, _END = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._thinking = self._answering = False

    def add(self, text: str) -> str:
        """What of it belongs to the answer; what may yet turn out not to is held."""
        if self._answering:
            return text
        self._held += text
        if not self._thinking:
            self._held = self._held.lstrip()
            if self._BEGIN.startswith(self._held):
                return ""
            self._thinking = self._held.startswith(self._BEGIN)
        if self._thinking:
            _, end, answer = self._held.partition(self._END)
            self._thinking = not end
            self._held = answer.lstrip() if end else self._held[-len(self._END) :]
            if not end or not self._held:
                return ""
        self._answering = True
        return self._held

    def rest(self) -> str:
        """What was held when the answer ended, and was the beginning of no thought after all."""
        return "" if self._thinking or self._answering else self._held


def _number(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
