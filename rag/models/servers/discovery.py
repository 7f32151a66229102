"""Discovers local servers, lists the models of a server, and counts tokens with it."""

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from rag.core.errors import ModelError, ServerUnknown
from rag.models.servers.errors import fault, status_fault
from rag.models.servers.http_client import CONNECT_SECONDS, client
from rag.models.servers.network_backend import PinnedNetworkBackend, Resolver, resolve_host
from rag.models.servers.server import Server, ServerModel

USUAL_PORTS = {"Ollama": 11434, "LM Studio": 1234, "vLLM": 8000, "llama.cpp": 8080}
WITHIN_SECONDS = 0.3
MAX_LIST_BYTES = 4 * 1024 * 1024
OLLAMA_CONTEXT = 4096
"""Ollama's default context on a machine with less than 24 GiB of graphics memory, for every model."""

_MAKERS = {"llamacpp": "llama.cpp", "vllm": "vLLM", "library": "Ollama"}


class _Listed(NamedTuple):
    """A model in a server's list. maker: of the server software, "" if unknown; context: tokens."""

    id: str
    maker: str
    context: int | None


def discover(
    environment: Mapping[str, str] | None = None,
    ports: Mapping[str, int] = USUAL_PORTS,
    seconds: float = WITHIN_SECONDS,
    besides: Sequence[Server] = (),
) -> list[Server]:
    """The model servers that listen on this machine; `KILDE_FIND_SERVERS=0` looks for none.

    ports: the ports to probe, by the name for a server there. seconds: for all of them together. besides: known
    servers, whose addresses and names are not returned again. As other programs may listen there, only servers that
    answer with a list of models are returned.
    """
    environment = os.environ if environment is None else environment
    if environment.get("KILDE_FIND_SERVERS", "").strip().lower() in {"0", "false", "no"}:
        return []
    loopback = {"127.0.0.1", "localhost", "::1"}
    used_ports = {server.address.port for server in besides if server.address.host in loopback}
    names = {server.name.lower() for server in besides}
    candidates = [
        Server(name if name.lower() not in names else f"{name} {port}", f"http://127.0.0.1:{port}", origin="found")
        for name, port in ports.items()
        if port not in used_ports
    ]
    if not candidates:
        return []
    with ThreadPoolExecutor(len(candidates), thread_name_prefix="kilde-find") as pool:
        answers = list(pool.map(lambda server: _speaks(server, seconds), candidates))
    return [server for server, speaks in zip(candidates, answers, strict=True) if speaks]


def available(servers: Sequence[Server], name: str) -> Server | None:
    """The server of this name, or None."""
    return next((candidate for candidate in servers if candidate.name.lower() == name.lower()), None)


def models(server: Server, seconds: float = CONNECT_SECONDS, resolve: Resolver = resolve_host) -> list[ServerModel]:
    """The usable models of `server`, in its order, each with its effective context.

    Without a list on the server, those configured by its administrator. Raises the kinds of ServerFault.
    """
    try:
        listed = _listed(server, seconds, resolve)
    except ServerUnknown:
        if not server.models:
            raise
        listed = [_Listed(name, "", None) for name in server.models]
    allowed = [model for model in listed if not server.models or model.id in server.models]
    return [ServerModel(model.id, context_of(server, model, seconds, resolve)) for model in allowed]


def listed_model(server: Server, model: str, seconds: float, resolve: Resolver = resolve_host) -> _Listed | None:
    """The entry of `model` in the server's list, or None: some servers accept names that they do not list.

    llama.cpp with a single model accepts any name; Ollama accepts names without ":latest".
    """
    listed = _listed(server, seconds, resolve)
    if match := next((entry for entry in listed if entry.id in (model, f"{model}:latest")), None):
        return match
    return listed[0] if len(listed) == 1 and listed[0].maker == "llama.cpp" else None


def context_of(server: Server, model: _Listed, seconds: float, resolve: Resolver = resolve_host) -> int | None:
    """The context in tokens; None if neither administrator nor server states it, or the server fails."""
    if server.context is not None:
        return server.context
    try:
        if model.maker == "Ollama":
            return _ollama_context(server, model.id, seconds, resolve)
        if model.maker == "llama.cpp":
            settings = fetch_json(server, f"{server.root}/props", None, seconds, resolve)
            return _number(_inside(settings, "default_generation_settings", "n_ctx")) or model.context
    except ModelError:
        return model.context
    return model.context


def token_count(
    server: Server, model: str, maker: str, messages: Sequence[Mapping[str, str]], seconds: float, resolve: Resolver
) -> int | None:
    """The number of tokens of `messages` with the model's chat template; None if the server cannot count.

    Raises the kinds of ServerFault if it fails to.
    """
    if maker == "vLLM":
        answer = fetch_json(
            server, f"{server.root}/tokenize", {"model": model, "messages": list(messages)}, seconds, resolve
        )
        return _number(_inside(answer, "count"))
    if maker == "llama.cpp":
        prompt = fetch_json(server, f"{server.root}/apply-template", {"messages": list(messages)}, seconds, resolve)
        body = {"content": _inside(prompt, "prompt"), "add_special": True, "parse_special": True}
        tokens = _inside(fetch_json(server, f"{server.root}/tokenize", body, seconds, resolve), "tokens")
        return len(tokens) if isinstance(tokens, list) and isinstance(body["content"], str) else None
    return None


def fetch_json(server: Server, url: str, body: Any, seconds: float, resolve: Resolver = resolve_host) -> Any:
    """The JSON that `server` answers with at `url`, within `seconds` in total; `body` is posted unless None.

    Raises ServerFault's kinds.
    """
    line = PinnedNetworkBackend(server, seconds, MAX_LIST_BYTES, resolve)
    try:
        with client(server, line, seconds) as http:
            answer = http.get(url) if body is None else http.post(url, json=body)
            if answer.status_code >= 400:
                raise status_fault(server, answer.status_code, answer.text)
            return answer.json()
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign server makes the libraries raise
        raise fault(server, error, seconds) from None
    finally:
        line.cut()


def _listed(server: Server, seconds: float, resolve: Resolver) -> list[_Listed]:
    answer = fetch_json(server, f"{server.url}/models", None, seconds, resolve)
    entries = _inside(answer, "data")
    if _inside(answer, "object") != "list" or not isinstance(entries, list | None):
        raise ServerUnknown(server=server.name, detail="no_list")
    listed = [
        _Listed(
            entry["id"],
            _MAKERS.get(str(entry.get("owned_by")), ""),
            _number(entry.get("max_model_len")) or _number(_inside(entry, "meta", "n_ctx")),
        )
        for entry in entries or []
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"].isprintable()
    ]
    if entries and not listed:
        raise ServerUnknown(server=server.name, detail="no_list")
    # a model from another maker than Ollama's own library carries that maker's name
    if server.address.port == USUAL_PORTS["Ollama"] or any(entry.maker == "Ollama" for entry in listed):
        return [entry._replace(maker=entry.maker or "Ollama") for entry in listed]
    return listed


def _speaks(server: Server, seconds: float) -> bool:
    try:
        _listed(server, seconds, resolve_host)
    except ModelError:
        return False
    return True


def _ollama_context(server: Server, model: str, seconds: float, resolve: Resolver) -> int:
    """The context of a running model, else the one set in its file, else Ollama's minimum.

    Ollama silently cuts off the beginning of longer prompts, so this must not be too large.
    """
    running = _inside(fetch_json(server, f"{server.root}/api/ps", None, seconds, resolve), "models")
    for entry in running if isinstance(running, list) else []:
        if model in (_inside(entry, "name"), _inside(entry, "model")) and (
            context := _number(_inside(entry, "context_length"))
        ):
            return context
    details = fetch_json(server, f"{server.root}/api/show", {"model": model}, seconds, resolve)
    if setting := re.search(r"^num_ctx\s+(\d{1,8})$", str(_inside(details, "parameters")), re.MULTILINE):
        return int(setting[1])
    information = _inside(details, "model_info")
    lengths = (
        [_number(value) for name, value in information.items() if str(name).endswith(".context_length")]
        if isinstance(information, dict)
        else []
    )
    return min([OLLAMA_CONTEXT, *(length for length in lengths if length)])


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 100_000_000 else None
