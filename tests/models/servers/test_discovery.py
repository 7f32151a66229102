"""Which servers there are, where Kilde may speak to, and what is never told."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import ServerCutOff, ServerFault, ServerNotAllowed, ServerRefused, ServerSilent, ServerUnknown
from rag.core.i18n import say
from rag.models.servers import Server, ServerModel, available, configured, discover, models
from rag.models.servers.discovery import OLLAMA_CONTEXT, fetch_json, listed_model
from rag.models.servers.network_backend import PinnedNetworkBackend
from tests.faulty_server import Connection, FaultyServer, running
from tests.llama_server import llama as _llama  # noqa: F401 - a fixture

KEY = "sk-hemmelig-9f31c7"
LISTED = {"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b", "max_model_len": 8192}]}


@pytest.fixture
def start() -> Iterator[Callable[..., FaultyServer]]:
    with ExitStack() as stack:

        def started(**more: object) -> FaultyServer:
            return stack.enter_context(running(FaultyServer(**more)))  # type: ignore[arg-type]

        yield started


def written(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "servers.toml"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "complete"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        ("HTTPS://API.Example.COM", "https://api.example.com:443/v1"),
        ("https://api.example.com/openai/v1/", "https://api.example.com:443/openai/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("http://192.168.1.20:8000", "http://192.168.1.20:8000/v1"),
        ("http://gpu:65535", "http://gpu:65535/v1"),
    ],
)
def test_addresses_that_are_allowed(url: str, complete: str) -> None:
    server = Server("x", url)
    assert server.url == complete
    assert replace(server, context=1).url == complete


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://user:pass@127.0.0.1:1", "user_in_url"),
        ("https://good.example@169.254.169.254/", "user_in_url"),
        ("http://169.254.169.254/v1", "refused_address"),
        ("http://[fe80::1]/v1", "refused_address"),
        ("http://[::ffff:169.254.169.254]/", "refused_address"),
        ("http://[64:ff9b::a9fe:a9fe]/", "refused_address"),
        ("http://[2002:a9fe:a9fe::]/", "refused_address"),
        ("http://[fd00:ec2::254]/", "refused_address"),
        ("http://100.100.100.200/", "refused_address"),
        ("https://168.63.129.16/", "refused_address"),
        ("http://0.0.0.0:8000", "refused_address"),
        ("http://0.0.0.1:8000", "refused_address"),
        ("http://[::]:8000", "refused_address"),
        ("http://224.0.0.1/", "refused_address"),
        ("http://255.255.255.255/", "refused_address"),
        ("http://[ff02::1]/", "refused_address"),
        ("http://8.8.8.8/v1", "not_https"),
        ("http://127.0.0.1:0", "bad_port"),
        ("http://127.0.0.1:65536", "bad_port"),
        ("http://127.0.0.1:99999999999999999999", "bad_port"),
        ("http://127.0.0.1:", "bad_port"),
        ("http://127.0.0.1:-1", "bad_url"),
        ("ftp://127.0.0.1", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("127.0.0.1:8080", "bad_url"),
        ("http://", "bad_url"),
        ("", "bad_url"),
        ("http://a b/", "bad_url"),
        ("http://a\n.example/", "bad_url"),
        ("http://a\\b/", "bad_url"),
        ("http://a.example/v1?key=abc", "bad_url"),
        ("http://a.example/v1#x", "bad_url"),
        ("http://a.example/%2e%2e", "bad_url"),
        ("http://ø.example/", "bad_url"),
        ("http://0xa9fea9fe/", "bad_url"),
        ("http://2852039166/", "bad_url"),
        ("http://0251.0376.0251.0376/", "bad_url"),
        ("http://169.254.43518/", "bad_url"),
        ("http://999.1.1.1/", "bad_url"),
        ("http://[fe80::1%25eth0]/", "bad_url"),
    ],
)
def test_addresses_that_are_not(url: str, why: str) -> None:
    with pytest.raises(ServerNotAllowed) as refused:
        Server("x", url)
    assert refused.value.values == {"server": "x", "detail": why}
    assert "_" not in str(refused.value) and "_" not in refused.value.in_language("da")


def test_plain_http_to_a_public_address_must_be_asked_for() -> None:
    assert Server("x", "http://8.8.8.8/v1", insecure=True).url == "http://8.8.8.8:80/v1"
    assert Server("x", "https://8.8.8.8/v1").url == "https://8.8.8.8:443/v1"
    with pytest.raises(ServerNotAllowed):
        Server("x", "http://169.254.169.254/v1", insecure=True)


def test_a_server_that_was_found_is_on_this_machine() -> None:
    with pytest.raises(ServerNotAllowed):
        models(Server("x", "http://gpu.test:80", origin="found"), 5, lambda host, port: ["192.168.1.20"])


def test_a_line_leads_to_one_server_alone(start: Callable[..., FaultyServer]) -> None:
    here, there = start(models=LISTED), start(models=LISTED)
    with pytest.raises(ServerNotAllowed, match="another address"):
        fetch_json(Server("x", here.url), f"{there.url}/v1/models", None, 5)
    assert there.requests == []


def test_where_one_address_is_refused_another_of_the_same_name_is_used(start: Callable[..., FaultyServer]) -> None:
    server = start(models=LISTED)
    named = Server("x", f"http://gpu.test:{server.port}")
    assert models(named, 5, lambda host, port: ["fe80::1%eth0", "169.254.1.1", "127.0.0.1"])
    assert server.requests[0].headers["host"] == f"gpu.test:{server.port}"


@pytest.mark.parametrize("name", ["", "a:b", "a/b", " a", "a" * 41, "a\nb", "<b>"])
def test_names_that_cannot_be_used(name: str) -> None:
    with pytest.raises(ServerNotAllowed):
        Server(name, "http://127.0.0.1:1")


@pytest.mark.parametrize("key", ["k7 b", "k7\nb", "k7ø", "k7\x00"])
def test_keys_that_cannot_be_sent_are_refused_without_telling_them(key: str) -> None:
    with pytest.raises(ServerNotAllowed) as refused:
        Server("x", "http://127.0.0.1:1", key)
    assert key not in repr(refused.value) + str(refused.value) + refused.value.in_language("da")


def test_the_key_is_not_told() -> None:
    server = Server("x", "https://api.example.com/secret-path/v1", KEY, ("m",), 4096, 1.0, 2.0, "USD")
    assert KEY not in repr(server) + str(server) + json.dumps(server.describe())
    assert server.describe() == {"server": "x", "address": "https://api.example.com:443", "found": "file"}
    assert server.root == "https://api.example.com:443/secret-path"


def test_costs() -> None:
    assert Server("x", "http://127.0.0.1:1", price_in=2, price_out=8).cost(1_000_000, 500_000) == 6
    assert Server("x", "http://127.0.0.1:1", price_out=8).cost(1_000_000, 500_000) == 4
    assert Server("x", "http://127.0.0.1:1").cost(1, 1) is None


# --- configuration -------------------------------------------------------------------------------------------------


def test_nothing_is_configured_by_itself(tmp_path: Path) -> None:
    assert configured({}, tmp_path) == ((), ())
    assert configured({}, None) == ((), ())


def test_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "KILDE_SERVER_URL": "https://api.example.com/v1",
        "KILDE_SERVER_KEY": KEY,
        "KILDE_SERVER_NAME": "sky",
        "KILDE_SERVER_CONTEXT": "32768",
    }
    [server], notices = configured(environment, tmp_path)
    assert (server.name, server.key, server.context, server.origin) == ("sky", KEY, 32768, "environment")
    assert notices == ()
    [plain], _ = configured({"KILDE_SERVER_URL": "http://127.0.0.1:8000"}, tmp_path)
    assert (plain.name, plain.key, plain.context) == ("server", "", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"KILDE_SERVER_URL": "http://169.254.169.254"},
        {"KILDE_SERVER_URL": f"https://user:{KEY}@a.example"},
        {"KILDE_SERVER_CONTEXT": "many"},
        {"KILDE_SERVER_CONTEXT": "-1"},
        {"KILDE_SERVER_NAME": "a:b"},
        {"KILDE_SERVER_KEY": f"{KEY}\nX: y"},
    ],
)
def test_a_wrong_environment_is_a_notice(wrong: dict[str, str]) -> None:
    servers, [notice] = configured({"KILDE_SERVER_URL": "http://127.0.0.1:1", **wrong}, None)
    assert servers == ()
    for language in ("da", "en"):
        assert KEY not in say(notice.code, language, **notice.values)


def test_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    path = written(
        tmp_path,
        f"""
        [[server]]
        name = "gpu"
        url = "http://10.0.0.5:8000"
        models = ["qwen", "llama"]
        context = 16384

        [[server]]
        name = "sky"
        url = "https://api.example.com/v1"
        key_env = "SKY_KEY"
        price_in = 0.5
        price_out = 2
        currency = "USD"

        [[server]]
        name = "by file"
        url = "http://8.8.8.8/v1"
        key_file = "{tmp_path / "key"}"
        insecure = true

        [[server]]
        name = "written"
        url = "https://b.example"
        key = "abc"
        """,
    )
    for environment, folder in (({}, tmp_path), ({"KILDE_SERVERS_FILE": str(path)}, None)):
        servers, notices = configured({**environment, "SKY_KEY": "from the environment".replace(" ", "-")}, folder)
        assert notices == ()
        assert [server.name for server in servers] == ["gpu", "sky", "by file", "written"]
        assert [server.key for server in servers] == ["", "from-the-environment", KEY, "abc"]
        assert servers[0].models == ("qwen", "llama") and servers[0].context == 16384
        assert (servers[1].price_in, servers[1].price_out, servers[1].currency) == (0.5, 2, "USD")
        assert servers[2].insecure and not servers[1].insecure
        assert {server.origin for server in servers} == {"file"}
    assert available(servers, "SKY") is servers[1]
    assert available(servers, "none") is None


def test_the_environment_comes_before_the_file_and_no_name_counts_twice(tmp_path: Path) -> None:
    written(tmp_path, '[[server]]\nname = "Server"\nurl = "http://127.0.0.1:1"')
    servers, [notice] = configured({"KILDE_SERVER_URL": "http://127.0.0.1:2"}, tmp_path)
    assert [server.address.port for server in servers] == [2]
    assert notice.values == {"server": "Server", "detail": "name_twice"}


@pytest.mark.skipif(os.name != "posix", reason="who may write a file is told by its mode")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o660])
def test_a_file_that_others_can_write_is_not_read(tmp_path: Path, mode: int) -> None:
    written(tmp_path, '[[server]]\nname = "x"\nurl = "http://127.0.0.1:1"', mode)
    servers, [notice] = configured({}, tmp_path)
    assert servers == () and notice.code == "servers_file_refused"
    assert "others can write to it" in say(notice.code, "en", **notice.values)
    assert "andre kan skrive i den" in say(notice.code, "da", **notice.values)


GOOD = 'name = "x"\nurl = "http://127.0.0.1:1"\n'


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ('url = "http://127.0.0.1:1"', "name"),
        ('name = "x"', "url"),
        (GOOD + "context = 0", "context"),
        (GOOD + "context = true", "context"),
        (GOOD + 'context = "many"', "context"),
        (GOOD + "price_in = -1", "price_in"),
        (GOOD + "price_out = inf", "price_out"),
        (GOOD + "price_out = nan", "price_out"),
        (GOOD + "models = [1]", "models"),
        (GOOD + 'insecure = "yes"', "insecure"),
        (GOOD + 'origin = "found"', "origin"),
        (GOOD + "keys = []", "keys"),
        (GOOD + 'key_env = "NOT_THERE"', "key_env"),
        (GOOD + 'key_file = "/not/there"', "key_file"),
        (GOOD + 'key = "a"\nkey_env = "B"', "key_env"),
    ],
)
def test_a_wrong_entry_is_passed_over_and_the_rest_stays(tmp_path: Path, content: str, part: str) -> None:
    written(tmp_path, f'[[server]]\n{content}\n[[server]]\nname = "fine"\nurl = "http://127.0.0.1:2"')
    servers, [notice] = configured({}, tmp_path)
    assert [server.name for server in servers] == ["fine"]
    assert notice.code == "server_entry_refused" and notice.values["detail"] == part


@pytest.mark.parametrize(
    "content", [f'[[server]\nkey = "{KEY}"', f'key = "{KEY}"', f'server = "{KEY}"', "x" * 70_000, "\udcff"]
)
def test_a_file_that_is_none_is_a_notice_that_tells_nothing_of_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "servers.toml"
    path.write_bytes(content.encode(errors="surrogateescape"))
    path.chmod(0o600)
    servers, notices = configured({}, tmp_path)
    assert servers == () and [notice.code for notice in notices] == ["servers_file_refused"]
    assert KEY not in repr(notices)


def test_a_file_that_was_named_and_is_not_there_is_a_notice(tmp_path: Path) -> None:
    servers, [notice] = configured({"KILDE_SERVERS_FILE": str(tmp_path / "none.toml")}, tmp_path)
    assert servers == () and notice.values["file"] == "none.toml"


# --- what is there -------------------------------------------------------------------------------------------------


def no_list(body: bytes, kind: str = "application/json") -> dict[str, object]:
    return {"other": {"/v1/models": lambda connection: connection.answer(200, body, kind=kind)}}


def test_servers_of_this_machine_are_found_and_others_are_not(start: Callable[..., FaultyServer]) -> None:
    def hangs(connection: Connection) -> None:
        connection.wait_for_hang_up()

    def drips(connection: Connection) -> None:
        connection.until_hang_up(lambda: (connection.send(b"H"), time.sleep(0.02))[0])

    servers = {
        "good": start(models=LISTED),
        "empty": start(models={"object": "list", "data": None}),
        "page": start(**no_list(b"<html>", "text/html")),
        "other list": start(models={"data": [1, 2]}),
        "other json": start(models=["a"]),
        "nameless": start(models={"object": "list", "data": [{"name": "a"}]}),
        "gone": start(),
        "hangs": start(other={"/v1/models": hangs}),
        "drips": start(other={"/v1/models": drips}),
        "huge": start(**no_list(b'{"object": "list", "data": [' + b" " * 8_000_000 + b"]}")),
        "redirect": start(other={"/v1/models": lambda c: c.answer(302, b"", "Location: http://127.0.0.1:1/")}),
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = listener.getsockname()[1]
    ports = {name: server.port for name, server in servers.items()} | {"nobody": nobody}
    there = discover({}, ports, seconds=2.0)
    assert [server.name for server in there] == ["good", "empty"]
    assert {server.origin for server in there} == {"found"}
    assert all(server.address.host == "127.0.0.1" and not server.key for server in there)
    assert servers["hangs"].hung_up.wait(20) and servers["drips"].hung_up.wait(20)
    for server in servers.values():
        assert [request.path for request in server.requests] == ["/v1/models"]


def test_looking_for_servers_can_be_switched_off(start: Callable[..., FaultyServer]) -> None:
    server = start(models=LISTED)
    for off in ("0", "false", "No"):
        assert discover({"KILDE_FIND_SERVERS": off}, {"x": server.port}, 2.0) == []
    assert server.requests == []
    assert len(discover({"KILDE_FIND_SERVERS": "1"}, {"x": server.port}, 2.0)) == 1


def test_a_server_that_is_configured_is_not_found_again(start: Callable[..., FaultyServer]) -> None:
    server = start(models=LISTED)
    known = Server("mine", f"http://localhost:{server.port}")
    assert discover({}, {"vLLM": server.port}, 2.0, [known]) == []
    [other] = discover({}, {"mine": server.port}, 2.0, [replace(known, url="http://localhost:1")])
    assert other.name == f"mine {server.port}"


def test_the_usual_ports_are_looked_at_within_their_time() -> None:
    started = time.monotonic()
    for server in discover({}):
        assert server.address.host == "127.0.0.1"
    assert time.monotonic() - started < 20


def test_the_models_of_a_server_and_those_that_may_be_used(start: Callable[..., FaultyServer]) -> None:
    server = Server("x", start(models=LISTED).url)
    assert models(server, 5) == [ServerModel("a", None), ServerModel("b", 8192)]
    assert models(replace(server, models=("b", "c")), 5) == [ServerModel("b", 8192)]
    assert models(replace(server, context=999), 5) == [ServerModel("a", 999), ServerModel("b", 999)]
    silent = Server("x", start().url)
    with pytest.raises(ServerUnknown, match="404"):
        models(silent, 5)
    assert models(replace(silent, models=("m",), context=10_000), 5) == [ServerModel("m", 10_000)]


def test_what_a_server_without_an_answer_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ServerSilent):  # it takes the connection and says nothing
            models(Server("x", f"http://127.0.0.1:{port}"), 0.5)
    with pytest.raises(ServerRefused):
        models(Server("x", f"http://127.0.0.1:{port}"), 0.5)


def test_ollama_has_the_context_that_is_in_force_and_not_the_one_it_could_have(
    start: Callable[..., FaultyServer],
) -> None:
    shown = {
        "long": {"model_info": {"qwen2.context_length": 32768}},
        "short": {"model_info": {"bert.context_length": 512, "general.parameter_count": 1}},
        "asked": {"model_info": {"qwen2.context_length": 32768}, "parameters": "stop x\nnum_ctx    16384\n"},
        "odd": {"model_info": [], "parameters": None},
    }
    running_now = {"models": [{"name": "runs", "model": "runs", "context_length": 8192}]}
    server = start(
        models={"object": "list", "data": [{"id": name, "owned_by": "library"} for name in ["runs", *shown]]},
        other={
            "/api/ps": lambda connection: connection.answer(200, json.dumps(running_now).encode()),
            "/api/show": lambda connection: connection.answer(
                200, json.dumps(shown[connection.request.json["model"]]).encode()
            ),
        },
    )
    told = dict(models(Server("x", server.url), 5))
    assert told == {"runs": 8192, "long": OLLAMA_CONTEXT, "short": 512, "asked": 16384, "odd": OLLAMA_CONTEXT}


def test_llama_cpp_says_what_one_answer_gets(start: Callable[..., FaultyServer]) -> None:
    listed = {"object": "list", "data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 8192}}]}
    props = b'{"default_generation_settings": {"n_ctx": 2048}}'
    other = {"/props": lambda connection: connection.answer(200, props)}
    assert models(Server("x", start(models=listed, other=other).url), 5) == [ServerModel("m", 2048)]
    assert models(Server("x", start(models=listed).url), 5) == [ServerModel("m", 8192)]


def test_a_real_server_is_found_and_says_what_it_has(llama: Server) -> None:
    [server] = discover({}, {"llama.cpp": llama.address.port}, seconds=5.0)
    [model] = models(server)
    assert model.id.endswith(".gguf") and model.context == 512


def test_a_line_that_is_cut_wakes_who_waits_and_takes_no_more(start: Callable[..., FaultyServer]) -> None:
    server = start(other={"/v1/models": lambda connection: connection.wait_for_hang_up()})
    from rag.models.servers.http_client import client

    known = Server("x", server.url)
    line, raised = PinnedNetworkBackend(known, 60), list[Exception]()

    def wait() -> None:
        try:
            with client(known, line, 60) as http:
                http.get(f"{known.url}/models")
        except Exception as error:  # noqa: BLE001 - looked at below
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    ends = time.monotonic() + 20
    while not server.requests and time.monotonic() < ends:
        time.sleep(0.01)
    line.cut()
    thread.join(20)
    assert not thread.is_alive() and server.hung_up.wait(20)
    assert len(raised) == 1
    wait()
    assert len(raised) == 2 and len(server.requests) == 1


def test_every_fault_is_one_that_the_page_can_say(start: Callable[..., FaultyServer]) -> None:
    def drops(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")

    with pytest.raises(ServerCutOff):
        models(Server("x", start(other={"/v1/models": drops}).url), 5)
    for body in (b"{", b"\xff\xfe\x00", b"[]", b"null", b'"a"', b"7"):
        with pytest.raises(ServerFault):
            models(Server("x", start(**no_list(body)).url), 5)


def test_a_model_by_a_name_that_is_not_in_the_list(start: Callable[..., FaultyServer]) -> None:
    def known(name: str, *entries: dict[str, str]) -> str | None:
        server = start(models={"object": "list", "data": list(entries)})
        found = listed_model(Server("x", server.url), name, 5)
        return found and found.id

    assert known("any", {"id": "m.gguf", "owned_by": "llamacpp"}) == "m.gguf"
    assert known("any", {"id": "m", "owned_by": "vllm"}) is None
    assert known("any", {"id": "a", "owned_by": "llamacpp"}, {"id": "b", "owned_by": "llamacpp"}) is None
    assert known("llama3.2", {"id": "x"}, {"id": "llama3.2:latest", "owned_by": "library"}) == "llama3.2:latest"
