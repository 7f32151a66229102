"""Reads the servers configured in the environment and in a file that only an administrator can write."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rag.core.errors import ServerNotAllowed
from rag.core.types import Notice
from rag.models.servers.server import Origin, Server

FILE_NAME = "servers.toml"
MAX_FILE_BYTES = 65_536
_ALLOWED: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "url": str,
    "key": str,
    "key_env": str,
    "key_file": str,
    "models": list,
    "context": int,
    "price_in": (int, float),
    "price_out": (int, float),
    "currency": str,
    "insecure": bool,
}


class Configured(NamedTuple):
    """Servers in configured order, and notices for the administrator about ignored entries."""

    servers: tuple[Server, ...]
    notices: tuple[Notice, ...]


def configured(environment: Mapping[str, str] | None = None, data_folder: Path | None = None) -> Configured:
    """Read servers from `KILDE_SERVER_URL` (with `_KEY`, `_NAME`, `_CONTEXT`), then from the file `KILDE_SERVERS_FILE`.

    The default file is "servers.toml" in `data_folder`, if it exists. Invalid entries are ignored with a notice and do
    not affect the others.
    """
    environment = os.environ if environment is None else environment
    servers: list[Server] = []
    notices: list[Notice] = []
    entries, problem = _entries(environment, data_folder)
    notices += problem
    candidates: list[tuple[Any, Origin]] = [(entry, "file") for entry in entries]
    if url := environment.get("KILDE_SERVER_URL", "").strip():
        candidates.insert(0, (_from_environment(environment, url), "environment"))
    for entry, origin in candidates:
        try:
            server = _server(entry, origin, environment)
        except (ServerNotAllowed, _Wrong) as error:
            notices.append(Notice("server_entry_refused", dict(error.values)))
            continue
        if any(server.name.lower() == earlier.name.lower() for earlier in servers):
            notices.append(Notice("server_entry_refused", {"server": server.name, "detail": "name_twice"}))
        else:
            servers.append(server)
    return Configured(tuple(servers), tuple(notices))


class _Wrong(Exception):
    def __init__(self, server: str, detail: str) -> None:
        super().__init__(server, detail)
        self.values = {"server": server, "detail": detail}


def _from_environment(environment: Mapping[str, str], url: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": environment.get("KILDE_SERVER_NAME", "").strip() or "server",
        "url": url,
        "key": environment.get("KILDE_SERVER_KEY", "").strip(),
    }
    if context := environment.get("KILDE_SERVER_CONTEXT", "").strip():
        entry["context"] = int(context) if context.isascii() and context.isdecimal() else context
    return entry


def _entries(environment: Mapping[str, str], data_folder: Path | None) -> tuple[list[Any], list[Notice]]:
    path_text = environment.get("KILDE_SERVERS_FILE", "").strip()
    if path_text:
        path = Path(path_text).expanduser()
    elif data_folder is not None and (data_folder / FILE_NAME).exists():
        path = data_folder / FILE_NAME
    else:
        return [], []

    def refused(detail: str) -> tuple[list[Any], list[Notice]]:
        return [], [Notice("servers_file_refused", {"file": path.name, "detail": detail})]

    try:
        with path.open("rb") as file:
            # fstat of the open file, as the path may point elsewhere a moment later
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return refused("others_can_write")
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            return refused("too_much")
        parsed = tomllib.loads(content.decode())
    except OSError as error:
        return refused(error.strerror or type(error).__name__)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # the library's message can quote the file, and so part of a key
        return refused("no_toml")
    entries = parsed.get("server", [])
    if not isinstance(entries, list) or set(parsed) - {"server"}:
        return refused("no_servers")
    return entries, []


def _server(entry: Any, origin: Origin, environment: Mapping[str, str]) -> Server:
    if not isinstance(entry, dict):
        raise _Wrong("?", "no_servers")
    name = entry.get("name")
    if not isinstance(name, str):
        raise _Wrong("?", "name")
    for part, value in entry.items():
        kinds = _ALLOWED.get(part)
        if kinds is None or not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise _Wrong(name, part)
    if "url" not in entry:
        raise _Wrong(name, "url")
    models = entry.get("models", [])
    if not all(isinstance(model, str) and model for model in models):
        raise _Wrong(name, "models")
    context = entry.get("context")
    if context is not None and not 256 <= context <= 100_000_000:
        raise _Wrong(name, "context")
    for price in ("price_in", "price_out"):
        if not 0 <= entry.get(price, 0) < 1e6:
            raise _Wrong(name, price)
    return Server(
        name=name,
        url=entry["url"],
        key=_key(name, entry, environment),
        models=tuple(models),
        context=context,
        price_in=entry.get("price_in"),
        price_out=entry.get("price_out"),
        currency=entry.get("currency", "")[:8],
        origin=origin,
        insecure=entry.get("insecure", False),
    )


def _key(name: str, entry: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """The key from the entry, `key_env` or `key_file`. A configured but missing key is an error."""
    sources = [part for part in ("key", "key_env", "key_file") if part in entry]
    if len(sources) > 1:
        raise _Wrong(name, sources[1])
    if "key_env" in entry:
        key = environment.get(entry["key_env"], "").strip()
        if not key:
            raise _Wrong(name, "key_env")
        return key
    if "key_file" in entry:
        try:
            with Path(entry["key_file"]).expanduser().open(encoding="utf-8") as file:
                key = file.read(8192).strip()
        except (OSError, UnicodeDecodeError):
            raise _Wrong(name, "key_file") from None
        if not key:
            raise _Wrong(name, "key_file")
        return key
    return str(entry.get("key", ""))
