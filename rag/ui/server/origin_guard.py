"""Who may speak to the server, and what a page may reach for: stands before all that Streamlit serves.

Streamlit itself asks for the Host of a WebSocket only, lets a page on any port of this machine open one, and for a
foreign page asks a server on the internet what its own address is. Here a request has to name a host of
`server.allowedHosts`, and one that comes from a page has to come from Kilde's own, or from one that
`server.corsAllowedOrigins` lists. Each answer carries a Content-Security-Policy: were a document's or a model's text
ever drawn as Markdown or HTML, the browser would still fetch nothing from elsewhere and run no script of it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit
from starlette.responses import PlainTextResponse
from streamlit import config

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Visitors:
    """Refuses who has no business here, before Streamlit sees the request; adds the headers to every answer.

    hosts, origins: in place of those that the configuration names.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str] | None = None, origins: Sequence[str] | None = None) -> None:
        self._app = app
        self._hosts = [str(host) for host in (config.get_option("server.allowedHosts") if hosts is None else hosts)]
        listed = config.get_option("server.corsAllowedOrigins") if origins is None else origins
        self._origins = {origin_of(str(origin)) for origin in listed} - {None}
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # the server's own beginning and end
            await self._app(scope, receive, send)
            return
        given: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        if (why := self.refusal(given)) is not None:
            logger.warning("Refused a visitor: %s", why)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            else:
                await PlainTextResponse(why, 403, headers=HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message.get("headers", ())}
                added = [header for header in self._headers if header[0].lower() not in there]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self._app(scope, receive, with_headers)

    def refusal(self, given: dict[str, list[str]]) -> str | None:
        """Why a request with these headers (names in lower case) is refused; None where it is not."""
        hosts = given.get("host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return "This host is not one that this server answers for (server.allowedHosts)."
        for name in given.get("origin", []):
            origin = origin_of(name)
            if origin is None or (origin not in self._origins and not _is_same(origin, hosts[0])):
                return "A page from elsewhere may not speak to this server (server.corsAllowedOrigins)."
        # a browser says itself where a request comes from; a link that is clicked, or an address that is typed, is fine
        crossed = given.get("sec-fetch-site", [""])[0] in ("cross-site", "same-site")
        if crossed and "origin" not in given and given.get("sec-fetch-mode", [""])[0] != "navigate":
            return "Pages from elsewhere may not load what this server has."
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if name is None or parts.netloc != host or "@" in host:
            return False
        name = name.rstrip(".")
        return not self._hosts or any(_fits(name, pattern.strip().lower().rstrip(".")) for pattern in self._hosts)


def origin_of(written: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an origin; None for what is none, such as "null"."""
    try:
        parts = urlsplit(written.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or parts.hostname is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]


def _is_same(origin: tuple[str, str, int | None], host: str) -> bool:
    """Whether a page of this origin is our own: it stands at the very host and port that it speaks to."""
    # a proxy may end TLS before us: the scheme that the browser knows is that of the origin
    return origin_of(f"{origin[0]}://{host}") == origin


def _fits(name: str, pattern: str) -> bool:
    return pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _script_hashes() -> str:
    """Those of the scripts that stand in Streamlit's own page, as the policy wants them."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    digests = (hashlib.sha256(script).digest() for script in _INLINE.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


POLICY = {
    "default-src": "'self'",
    # components' scripts come from memory as blobs; no inline script but Streamlit's own, no eval
    "script-src": f"'self' blob: {_script_hashes()}".rstrip(),
    "style-src": "'self' 'unsafe-inline'",  # the styles that Streamlit and the components make as they draw
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
