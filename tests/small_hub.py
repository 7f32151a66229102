"""A small server on this machine that answers as the model hub does, also badly when it is told to."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class SmallHub:
    """folders: by model id, the folder with its files. requests: (path, Range) of each request for a file.

    drop_after: bytes of a body after which the connection is dropped, each time. busy: so many requests for files get
    503. pause_s: between the pieces of a body. wrong: names of files that come with one byte changed. ignores_range:
    sends all, whatever is asked for. sends_on: the address that files are sent on to. gated: says 401.
    """

    folders: dict[str, Path] = field(default_factory=dict)
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    drop_after: int | None = None
    busy: int = 0
    pause_s: float = 0.0
    piece: int = 65536
    wrong: set[str] = field(default_factory=set)
    ignores_range: bool = False
    sends_on: str = ""
    gated: bool = False
    licence: str = "apache-2.0"

    def info(self, model: str) -> dict[str, Any]:
        folder = self.folders[model]
        siblings = []
        for path in sorted(entry_path for entry_path in folder.rglob("*") if entry_path.is_file()):
            data, name = path.read_bytes(), path.relative_to(folder).as_posix()
            entry: dict[str, Any] = {"rfilename": name, "size": len(data)}
            if path.suffix in (".gguf", ".safetensors", ".bin"):
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            siblings.append(entry)
        tags = [f"license:{self.licence}"]
        return {"id": model, "sha": COMMIT, "siblings": siblings, "tags": tags}


@contextmanager
def running() -> Iterator[SmallHub]:
    """The hub, listening on a free port of the loopback."""
    hub = SmallHub()

    class Answers(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.tokens.append(self.headers.get("Authorization", ""))
            if path.startswith("/api/models/"):
                model = path.removeprefix("/api/models/")
                if hub.gated:
                    self._error(401, "GatedRepo")
                elif model in hub.folders:
                    self._send(200, json.dumps(hub.info(model)).encode(), {"Content-Type": "application/json"})
                else:
                    self._error(404, "RepoNotFound")
                return
            match = re.fullmatch(rf"/(?P<model>[^/]+/[^/]+)/resolve/{COMMIT}/(?P<name>.+)", path)
            if match is None or match["model"] not in hub.folders:
                self._error(404, "EntryNotFound")
                return
            hub.requests.append((match["name"], self.headers.get("Range", "")))
            if hub.busy:
                hub.busy -= 1
                self._error(503, "")
            elif hub.sends_on:
                self._send(302, b"", {"Location": hub.sends_on})
            else:
                self._file(hub.folders[match["model"]] / match["name"])

        def _file(self, path: Path) -> None:
            data = bytearray(path.read_bytes())
            if path.name in hub.wrong:
                data[-1] ^= 1
            size, at = len(data), 0
            match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            headers = {"ETag": '"x"', "X-Repo-Commit": COMMIT}
            if match and not hub.ignores_range:
                at = int(match[1])
                headers["Content-Range"] = f"bytes {at}-{size - 1}/{size}"
            self._send(206 if at else 200, bytes(data[at:]), headers)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            start = 0
            try:
                while start < len(body):
                    if hub.drop_after is not None and start >= hub.drop_after and "ETag" in headers:
                        self.close_connection = True
                        self.connection.close()
                        return
                    self.wfile.write(body[start : start + hub.piece])
                    start += hub.piece
                    if hub.pause_s:
                        time.sleep(hub.pause_s)
            except OSError:  # the other side has gone
                self.close_connection = True

        def _error(self, status: int, code: str) -> None:
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a connection that was dropped on purpose

    server = Server(("127.0.0.1", 0), Answers)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
