"""Who may speak to the server: held against a small app for every kind of request, and against the real one."""

from __future__ import annotations

import asyncio
import base64
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.documents.collection import MAX_BYTES
from rag.ui.server.origin_guard import HEADERS, POLICY, OriginGuard, origin_of
from tests.conftest import FAKE_MODEL
from tests.helpers import ROOT

OURS = "127.0.0.1:8501"


async def _inner(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-content-type-options", b"kept")]})
    await send({"type": "http.response.body", "body": b"the store"})


def answered(kind: str = "http", hosts: tuple[str, ...] = ("localhost", "127.0.0.1"), origins: tuple[str, ...] = (),
             **headers: str) -> list[dict[str, Any]]:  # fmt: skip
    """What the server says to a request with these headers; "_" in a name is "-"."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    asyncio.run(OriginGuard(_inner, hosts, origins)({"type": kind, "headers": given}, receive, send))  # type: ignore[arg-type]
    return sent


def is_let_in(**given: Any) -> bool:
    http, websocket = answered(**given)[0], answered("websocket", **given)[0]
    assert (http["status"] == 200) == (websocket["type"] == "websocket.accept"), given
    if http["status"] != 200:
        assert http["status"] == 403 and websocket["type"] == "websocket.close"
    return bool(http["status"] == 200)


@pytest.mark.parametrize("host", ["127.0.0.1", OURS, "localhost:9", "LOCALHOST", "localhost.", "127.0.0.1:"])
def test_hosts_that_it_answers_for(host: str) -> None:
    assert is_let_in(host=host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil@127.0.0.1",
        "",
        "127.0.0.1/x",
        "127.0.0.1?x",
        "127.0.0.1#x",
        "127.0.0.1:x",
        "127.0.0.1:99999",
        "[::1",
        "[::1]",
        "0.0.0.0",
        "2130706433",
        "127.1",
        "localhost evil",
        "\u00e6.example",
        "xn--localhost",
        "127.0.0.1:8501, evil.example",
    ],
)
def test_hosts_that_it_does_not_answer_for(host: str) -> None:
    """DNS rebinding: a page's own name leads to this machine, and its script is of the same origin as what answers."""
    assert not is_let_in(host=host)
    assert not is_let_in(host=host, origin=f"http://{host}")


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert answered()[0]["status"] == 403
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    twice = [(b"host", OURS.encode()), (b"host", b"evil.example")]
    asyncio.run(OriginGuard(_inner, ["127.0.0.1"], [])({"type": "http", "headers": twice}, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 403


@pytest.mark.parametrize("origin", [f"http://{OURS}", f"https://{OURS}"])
def test_its_own_pages_may_speak_to_it(origin: str) -> None:
    assert is_let_in(host=OURS, origin=origin, sec_fetch_site="same-origin")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:8502",
        "http://localhost:8501",
        "http://127.0.0.1:8501.evil.example",
        "http://127.0.0.1:8501@evil.example",
        "file://",
        "http://127.0.0.1:8501, http://evil.example",
        "chrome-extension://abc",
        "http://[::1]:8501",
        "http://0.0.0.0:8501",
    ],
)
def test_pages_from_elsewhere_may_not(origin: str) -> None:
    """Also those of another program on this machine: another port is another origin."""
    assert not is_let_in(host=OURS, origin=origin)


def test_what_a_page_elsewhere_loads_without_saying_its_origin() -> None:
    assert not is_let_in(host=OURS, sec_fetch_site="cross-site", sec_fetch_mode="no-cors", sec_fetch_dest="image")
    assert not is_let_in(host=OURS, sec_fetch_site="same-site", sec_fetch_mode="no-cors", sec_fetch_dest="script")
    # a link in a mail that is clicked, an address that is typed, a program that is no browser
    assert is_let_in(host=OURS, sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document")
    assert is_let_in(host=OURS, sec_fetch_site="none", sec_fetch_mode="navigate")
    assert is_let_in(host=OURS)


def test_a_proxy_and_other_origins_can_be_named() -> None:
    assert is_let_in(host="kilde.example", hosts=("kilde.example",), origin="https://kilde.example")
    assert is_let_in(host="a.kilde.example:80", hosts=("*.kilde.example",))
    assert not is_let_in(host="kilde.example", hosts=("*.kilde.example",))
    assert is_let_in(host=OURS, origin="https://kilde.example", origins=("https://kilde.example:443/",))
    assert not is_let_in(host=OURS, origin="http://kilde.example", origins=("https://kilde.example",))
    assert is_let_in(host="any.example", hosts=("*",)) and is_let_in(host="any.example", hosts=())
    assert origin_of("https://a.example") == ("https", "a.example", 443) and origin_of("null") is None


def test_every_answer_says_what_a_page_may_reach_for() -> None:
    start = answered(host=OURS)[0]
    told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    assert told["x-content-type-options"] == "kept"  # what is there already is not said twice
    assert len(start["headers"]) == len(HEADERS)
    refused = answered(host="evil.example")[0]
    assert b"content-security-policy" in {name.lower() for name, _ in refused["headers"]}
    assert set(POLICY["connect-src"].split()) == {"'self'"} and "unsafe-eval" not in HEADERS["Content-Security-Policy"]
    assert "unsafe-inline" not in POLICY["script-src"] and "'sha256-" in POLICY["script-src"]
    assert not re.search(r"https?:|\*", HEADERS["Content-Security-Policy"])


# the real server -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Kilde, as `streamlit run app.py` starts it; ended by SIGTERM, upon which the store is closed."""
    folder = tmp_path_factory.mktemp("visitors")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KILDE_")}
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(number)],
            cwd=ROOT,
            env={**environment, "KILDE_DATA": str(folder / "data"), "KILDE_EMBEDDING_MODEL": FAKE_MODEL},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                if ask(number, "/_stcore/health")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield number
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()
    said = log.read_text()
    assert "Traceback" not in said, said
    assert "Refused a visitor" in said


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="host" in given)
        for name, value in {**given, **({"content-length": str(len(body))} if body else {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def upgraded(port: int, host: str, origin: str | None) -> int:
    """The status that a WebSocket to Kilde's stream is answered with."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        lines = ["GET /_stcore/stream HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Protocol: streamlit"]  # fmt: skip
        lines += [f"Origin: {origin}"] if origin else []
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(sock.recv(1024).split()[1])


def test_the_real_server_lets_in_whom_it_should(port: int) -> None:
    ours = f"127.0.0.1:{port}"
    assert ask(port, "/")[0] == ask(port, "/document?id=1")[0] == 200
    assert upgraded(port, ours, f"http://{ours}") == 101
    assert upgraded(port, f"localhost:{port}", f"http://localhost:{port}") == 101
    _, headers, _ = ask(port, "/")
    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_real_server_keeps_others_out(port: int) -> None:
    ours = f"127.0.0.1:{port}"
    rebound = f"evil.example:{port}"
    began = time.monotonic()
    assert upgraded(port, rebound, f"http://{rebound}") == 403
    for origin in ("http://evil.example", "http://127.0.0.1:1", "http://localhost:3000", "null"):
        assert upgraded(port, ours, origin) == 403
    # it asks nobody on the internet what its own address is, as Streamlit would for a page from elsewhere
    assert time.monotonic() - began < 5
    for path in ("/", "/_stcore/host-config", "/_stcore/health", "/media/x", "/static/x", "/upload"):
        assert ask(port, path, host=rebound)[0] == 403, path
        assert ask(port, path, origin="http://evil.example")[0] == 403, path
    for method in ("PUT", "DELETE", "OPTIONS", "POST"):
        assert ask(port, "/_stcore/upload_file/a/b", method, b"x", origin="http://evil.example")[0] == 403


def test_uploads_want_a_token_and_a_session_and_a_size(port: int) -> None:
    """Also of somebody who is let in: a form on another page cannot know the token."""
    assert ask(port, "/_stcore/upload_file/a/b", "PUT", b"x")[0] == 403
    token = ask(port, "/_stcore/health")[1]["Set-Cookie"]
    assert "_streamlit_xsrf=" in token and "samesite=strict" in token.lower()
    value = token.split("=", 1)[1].split(";")[0]
    named = {"cookie": f"_streamlit_xsrf={value}", "X_Xsrftoken": value.strip('"')}
    assert ask(port, "/_stcore/upload_file/a/b", "PUT", b"x", **named)[0] == 400  # no such session
    assert ask(port, "/_stcore/upload_file/a/b", "PUT", b"x", cookie=named["cookie"], X_Xsrftoken="2|a|b|1")[0] == 403


def test_nothing_but_pages_is_served(port: int) -> None:
    for path in ("/app/static/x", "/..%2f..%2fetc/passwd", "/static/..%2f..%2fapp.py", "//evil.example/x", "/%00"):
        status, _, body = ask(port, path)
        assert b"root:" not in body and b"frame.begin" not in body, path
        assert status in (200, 400, 403, 404), path
    # no program can drive the app without a browser, and nothing tells of its use
    status, _, body = ask(port, "/_stcore/agent/interact", "POST", b"{}", content_type="application/json")
    assert status == 403 and b"does not serve the agent API" in body
    asked = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    status, _, body = ask(port, "/_stcore/agent/mcp", "POST", asked, content_type="application/json")
    assert b"does not serve the agent API" in body


def test_it_listens_on_this_machine_alone(port: int) -> None:
    for address in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
        if not str(address).startswith("127."):
            with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
                socket.create_connection((str(address), port), timeout=2).close()
    listening = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else f" 0100007F:{port:04X} "
    assert f" 0100007F:{port:04X} " in listening and f" 00000000:{port:04X} " not in listening


def test_the_configuration_says_so() -> None:
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    assert server["address"] == "127.0.0.1" and server["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert server["enableCORS"] is server["enableXsrfProtection"] is True
    assert server["xsrfCookieSameSite"] == "strict" and server["enableStaticServing"] is False
    assert server["maxUploadSize"] * 1024 * 1024 == MAX_BYTES
    assert not {"enableAgentApi", "trustedUserHeaders", "corsAllowedOrigins"} & set(server)
