"""Translates faults of servers into Kilde's errors."""

import json
import re
from collections.abc import Iterator

import httpx2

from rag.core.errors import (
    KildeError,
    ModelError,
    ModelUnavailable,
    ServerBusy,
    ServerCutOff,
    ServerRefused,
    ServerSilent,
    ServerUnknown,
)
from rag.core.model_ref import ModelRef
from rag.models.servers.server import Server

MAX_DETAIL = 200
BUSY = frozenset({429, 503})


def status_fault(server: Server, status: int, body: str, model: str = "") -> ModelError:
    """The error for an HTTP error response. body: its text. model: the requested one, or ""."""
    detail = message_of(server, body)
    detail = f"{status}: {detail}" if detail else str(status)
    if status in BUSY:
        return ServerBusy(server=server.name, detail=detail)
    if status in {401, 403}:
        return ServerUnknown(server=server.name, detail="key_refused")
    if status == 404 and model:
        return ModelUnavailable(model=str(ModelRef.at_server(server.name, model)), detail=detail)
    return ServerUnknown(server=server.name, detail=detail)


def fault(server: Server, error: BaseException, seconds: float) -> KildeError:
    """The error for an exception while communicating with a server. seconds: the timeout."""
    for cause in _causes(error):
        if isinstance(cause, KildeError):
            return cause
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            return ServerRefused(server=server.name, detail=message_of(server, str(cause)) or "no_answer")
        if isinstance(cause, httpx2.TimeoutException):
            return ServerSilent(server=server.name, seconds=round(seconds, 1))
        if isinstance(cause, httpx2.TransportError):
            return ServerCutOff(server=server.name, detail=message_of(server, str(cause)) or "dropped")
        if isinstance(cause, json.JSONDecodeError | UnicodeDecodeError | httpx2.DecodingError):
            return ServerUnknown(server=server.name, detail="no_json")
    return ServerUnknown(server=server.name, detail=message_of(server, f"{type(error).__name__}: {error}"))


def message_of(server: Server, text: str) -> str:
    """The message in a server's response, for display: shortened, on one line, without the key."""
    try:
        content = json.loads(text)
    except ValueError:
        content = text
    for name in ("error", "message"):
        if isinstance(content, dict) and content.get(name):
            content = content[name]
    text = server.without_key(content if isinstance(content, str) else text)
    text = re.sub(r"<[^>]*>", " ", text)  # many servers send an HTML page
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 10 * MAX_DETAIL]).split())
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
