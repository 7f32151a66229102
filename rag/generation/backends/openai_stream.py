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


class RequestSent(NamedTuple):
    """A request was sent, or was rejected. may_cost: the server may be writing an answer."""

    may_cost: bool


class Working(NamedTuple):
    """The server is working without output yet, such as a model that reasons first."""


class Finished(NamedTuple):
    """The answer is complete; its token count may follow."""

    finish: Finish


class Ended(NamedTuple):
    """The end, with the server's counts if it gave them. refused: parameters that it rejects."""

    finish: Finish
    prompt_tokens: int | None
    written_tokens: int | None
    cached_tokens: int
    refused: frozenset[str]


Event = str | Sent | RequestSent | Working | Finished | Ended | Exception


def stream_answer(
    server: Server,
    model: str,
    messages: Sequence[Mapping[str, str]],
    sampling: Sampling,
    refused: frozenset[str],
    network: PinnedNetworkBackend,
    seconds: float,
    connect_seconds: float,
    put: Callable[[Event], None],
    abandoned: threading.Event,
) -> Ended:
    """Request an answer, put each event, and return how it ended.

    Repeats the request once, after a pause, where the server refused, was busy, or dropped the connection before its
    first byte; and once more without each parameter that the server rejects. In none of these cases is an answer
    being written unseen. seconds: to wait for a byte. Raises the kinds of ServerFault, and ModelUnavailable.
    """
    from openai import OpenAI

    with client(server, network, seconds, connect_seconds) as http:
        # our HTTP client sends the key; nothing is taken from the library's environment variables
        api = OpenAI(
            api_key="-",
            organization="",
            project="",
            base_url=server.url,
            http_client=http,
            max_retries=0,
            timeout=seconds,
        )
        may_retry = True
        while True:
            put(RequestSent(may_cost=True))
            try:
                response = _request(api, model, messages, sampling, refused)
            except Exception as error:  # noqa: BLE001 - whatever a foreign server makes the libraries raise
                problem, pause = _classify(server, model, error, seconds)
                put(RequestSent(may_cost=isinstance(problem, ServerCutOff | ServerSilent)))
                unwanted = _refused_parameter(error, refused)
                if unwanted:
                    refused |= {unwanted}
                elif may_retry and pause is not None:
                    may_retry = False
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
    if "max_tokens" in refused:  # the newer name, not yet known to most servers
        options["max_completion_tokens"] = sampling.max_tokens
    chat: Any = list(messages)
    return api.chat.completions.create(model=model, messages=chat, stream=True, **options)


def _refused_parameter(error: Exception, refused: frozenset[str]) -> str | None:
    """The parameter of the request that the server rejects, unless it was rejected before."""
    from openai import APIStatusError

    if not isinstance(error, APIStatusError) or error.status_code not in {400, 422}:
        return None
    text = error.response.text
    return next((name for name in _OPTIONAL if name in text and name not in refused), None)


def _classify(server: Server, model: str, error: Exception, seconds: float) -> tuple[KildeError, float | None]:
    """The error as one of Kilde's, and the seconds after which to retry; None for never."""
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
    """The seconds that the server asks to wait; None if that is too long."""
    header = response.headers.get("retry-after", "").strip()
    if not (header.isascii() and header.isdecimal()):
        return RETRY_SECONDS
    seconds = float(header[:6])
    return max(seconds, RETRY_SECONDS) if seconds <= MAX_RETRY_SECONDS else None


class _StreamReader:
    """Reads one stream, and ends it beyond the requested length, which not every server respects."""

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
        if visible := self._thoughts.rest():
            self._put(visible)
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
            finish_reason = choice.finish_reason
            text = getattr(choice.delta, "content", None) or ""
            if not isinstance(text, str) or (choice.delta is None and not finish_reason):
                raise TypeError
        except (AttributeError, TypeError, LookupError):
            raise ServerUnknown(server=self._server.name, detail="no_answer_format") from None
        self._heard = True
        self._left -= 1
        self._letters_left -= len(text)
        if visible := self._thoughts.add(text):
            self._put(visible)
        elif not finish_reason:
            self._put(Working())
        if finish_reason in {"stop", "length"}:
            self._finish = "stop" if finish_reason == "stop" else "length"
            if last_text := self._thoughts.rest():
                self._put(last_text)
            self._put(Finished(self._finish))
        elif finish_reason:
            self._problem = ServerCutOff(server=self._server.name, detail=message_of(self._server, str(finish_reason)))

    def _is_too_long(self) -> bool:
        return self._left <= 0 or self._letters_left <= 0

    def _interrupted(self, error: Exception, seconds: float) -> KildeError:
        from openai import APIError

        if isinstance(error, APIError) and error.__cause__ is None:  # an error message within the stream
            fault_type = ServerCutOff if self._heard else ServerUnknown
            return fault_type(server=self._server.name, detail=message_of(self._server, error.message))
        return fault(self._server, error, seconds)


class Thoughts:
    """Removes the reasoning of a model before its answer ("<think>…</think>"), if the server does not.

    White space before the first word is removed, too.
    """

    _BEGIN, _END = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._thinking = self._answering = False

    def add(self, text: str) -> str:
        """The part that belongs to the answer; text that may still become a tag is held back."""
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
        """The text held back at the end of the answer, which was no tag after all."""
        return "" if self._thinking or self._answering else self._held


def _number(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
