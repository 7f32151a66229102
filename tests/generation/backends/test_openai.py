"""Answers from model servers: good ones, the real one of xllamacpp, and one that fails in every way it can."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from rag.core.errors import (
    KildeError,
    ModelError,
    ModelUnavailable,
    ServerBusy,
    ServerCutOff,
    ServerNotAllowed,
    ServerRefused,
    ServerSilent,
    ServerUnknown,
)
from rag.generation.backends.openai import OpenAIGenerator
from rag.generation.backends.openai_stream import Thoughts
from rag.generation.backends.openai_timeouts import Timeouts
from rag.generation.prompts.budget import left_out
from rag.generation.protocol import Exchange, Generator, Prompt, Sampling, Sent, Used
from rag.models.servers import Server, models
from tests.faulty_server import PIECES, WAIT_SECONDS, Connection, Fault, FaultyServer, good, running
from tests.llama_server import llama as _llama  # noqa: F401 - a fixture

KEY = "sk-hemmelig-9f31c7"
SECRET = "Batterier er dækket i 6 måneder"
PROMPT = Prompt("Svar kort.", (f"<passage>{SECRET}.</passage>",), "Hvor længe er batterier dækket?")
PATIENT = Timeouts(connect=10.0, first_token=60.0, between=30.0, answer=100.0)
FOR_A_HANG = replace(PATIENT, first_token=2.0)  # long enough for the request to arrive on a busy machine
FOR_A_STALL = replace(PATIENT, between=1.0)
USUAL = Sampling(max_tokens=8)


@dataclass
class Answered:
    """What came of one answer."""

    text: str = ""
    sent: list[Sent] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    error: KildeError | None = None
    order: list[str] = field(default_factory=list)


def ask(
    generator: Generator,
    prompt: Prompt = PROMPT,
    sampling: Sampling = USUAL,
    cancelled: Callable[[], bool] = lambda: False,
    heard: Callable[[str], None] = lambda text: None,
) -> Answered:
    answered = Answered()

    def report(what: Sent | Used) -> None:
        answered.order.append(type(what).__name__)
        (answered.sent if isinstance(what, Sent) else answered.used).append(what)  # type: ignore[attr-defined]

    try:
        for piece in generator.generate(prompt, cancelled, report, sampling):
            answered.text += piece
            answered.order.append("piece")
            heard(answered.text)
    except KildeError as error:
        answered.error = error
    return answered


@pytest.fixture
def start() -> Iterator[Callable[..., FaultyServer]]:
    """Starts a faulty server with the faults given; all are ended with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def started(*chat: Fault, **more: object) -> FaultyServer:
            return stack.enter_context(running(FaultyServer(chat or (good,), **more)))  # type: ignore[arg-type]

        yield started


def generator_for(server: FaultyServer, timeouts: Timeouts = PATIENT, **more: object) -> OpenAIGenerator:
    return OpenAIGenerator(Server("lokal", server.url, KEY, **more), "m", timeouts)  # type: ignore[arg-type]


# --- what can go wrong ---------------------------------------------------------------------------------------------


def hangs(connection: Connection) -> None:
    connection.start()  # it may well be writing
    connection.wait_for_hang_up()


def status(code: int, body: bytes = b'{"error": {"message": "vent"}}', *headers: str) -> Fault:
    return lambda connection: connection.answer(code, body, *headers)


def stalls(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.wait_for_hang_up()


def only_says_it_lives(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.until_hang_up(lambda: (connection.send(b": ping\n\n"), time.sleep(0.05))[0])


def drops_silently(connection: Connection) -> None:
    connection.begin()
    connection.pieces()  # and the end of the connection is that of the body: no library sees a fault


def drops_in_a_chunk(connection: Connection) -> None:
    connection.begin("Transfer-Encoding: chunked")
    data = b'data: {"choices": [{"index": 0, "delta": {"content": "Hvad der st\xc3\xa5r."}}]}\n\n'
    connection.send(b"%x\r\n%s\r\nff\r\n" % (len(data), data))


def resets(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.server.heard.wait(WAIT_SECONDS)  # what has arrived is lost with a reset where it was not read
    connection.reset()


def drops_before_the_first_byte(connection: Connection) -> None:
    connection.start()


def drops_before_the_first_piece(connection: Connection) -> None:
    connection.begin()


def done_without_an_end(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.event(b"[DONE]")


def error_in_the_stream(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.event({"error": {"message": f"out of memory with {KEY}\n at line 3"}})


def error_first_in_the_stream(connection: Connection) -> None:
    connection.begin()
    connection.event({"error": {"message": "out of memory"}})


def garbage(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.event(b"{not json")


def other_json(connection: Connection) -> None:
    connection.begin()
    connection.event({"choices": [{"text": "an older format"}]})


def a_page(connection: Connection) -> None:
    connection.start()
    connection.answer(200, b"<html>Welcome</html>", kind="text/html")


def endless(connection: Connection) -> None:
    connection.begin()
    connection.until_hang_up(lambda: connection.piece("la "))


def endless_slowly(connection: Connection) -> None:
    connection.begin()
    connection.until_hang_up(lambda: (connection.piece("la "), time.sleep(0.05))[0])


def endless_line(connection: Connection) -> None:
    connection.begin()
    connection.send(b"data: ")
    connection.until_hang_up(lambda: connection.send(b"x" * 65536))


def endless_thought(connection: Connection) -> None:
    connection.begin()
    connection.until_hang_up(lambda: connection.piece(None, reasoning_content="hm "))


def one_endless_piece(connection: Connection) -> None:
    connection.begin()
    connection.piece("la " * 100_000)
    connection.wait_for_hang_up()


def compressed(connection: Connection) -> None:
    connection.start()
    connection.answer(200, gzip.compress(b"data: " + b" " * 1_000_000), "Content-Encoding: gzip")


def filtered(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.end("content_filter")


WHOLE = "".join(PIECES)
FAULTS: dict[str, tuple[list[Fault], type[KildeError] | None, str, int, int, str]] = {
    # what it does: (each time it is asked), what is raised, text kept, requests, generations, how it ended
    "hang": ([hangs], ServerSilent, "", 1, 1, "cut"),
    "429": ([status(429)], ServerBusy, "", 2, 0, "cut"),
    "503": ([status(503)], ServerBusy, "", 2, 0, "cut"),
    "503 for long": ([status(503, b"", "Retry-After: 60")], ServerBusy, "", 1, 0, "cut"),
    "503, then good": ([status(503, b"", "Retry-After: 0"), good], None, WHOLE, 2, 1, "stop"),
    "429, then a hang": ([status(429), hangs], ServerSilent, "", 2, 1, "cut"),
    "500": ([status(500)], ServerUnknown, "", 1, 0, "cut"),
    "400": ([status(400)], ServerUnknown, "", 1, 0, "cut"),
    "401": ([status(401)], ServerUnknown, "", 1, 0, "cut"),
    "404": ([status(404)], ModelUnavailable, "", 1, 0, "cut"),
    "redirect": ([status(307, b"", "Location: http://127.0.0.1:9/v1")], ServerNotAllowed, "", 1, 0, "cut"),
    "stall": ([stalls], ServerSilent, WHOLE, 1, 1, "cut"),
    "stall with pings": ([only_says_it_lives], ServerSilent, WHOLE, 1, 1, "cut"),
    "dropped without an error": ([drops_silently], ServerCutOff, WHOLE, 1, 1, "cut"),
    "dropped in a chunk": ([drops_in_a_chunk], ServerCutOff, WHOLE, 1, 1, "cut"),
    "reset": ([resets], ServerCutOff, WHOLE, 1, 1, "cut"),
    "done without an end": ([done_without_an_end], ServerCutOff, WHOLE, 1, 1, "cut"),
    "dropped at once": ([drops_before_the_first_byte], ServerCutOff, "", 2, 2, "cut"),
    "dropped at once, then good": ([drops_before_the_first_byte, good], None, WHOLE, 2, 2, "stop"),
    "dropped at once, then a stall": ([drops_before_the_first_byte, stalls], ServerSilent, WHOLE, 2, 2, "cut"),
    "dropped before a piece": ([drops_before_the_first_piece], ServerCutOff, "", 1, 1, "cut"),
    "error in the stream": ([error_in_the_stream], ServerCutOff, WHOLE, 1, 1, "cut"),
    "error first in the stream": ([error_first_in_the_stream], ServerUnknown, "", 1, 1, "cut"),
    "garbage": ([garbage], ServerUnknown, WHOLE, 1, 1, "cut"),
    "other JSON": ([other_json], ServerUnknown, "", 1, 1, "cut"),
    "a page": ([a_page], ServerUnknown, "", 1, 1, "cut"),
    "compressed": ([compressed], ServerUnknown, "", 1, 1, "cut"),
    "filtered": ([filtered], ServerCutOff, WHOLE, 1, 1, "cut"),
    "endless": ([endless], None, "la " * 16, 1, 1, "length"),
    "endless line": ([endless_line], ServerUnknown, "", 1, 1, "cut"),
    "endless thought": ([endless_thought], None, "", 1, 1, "length"),
    "endless piece": ([one_endless_piece], None, "la " * 100_000, 1, 1, "length"),
}
ENDS_BY_ITSELF = {"hang", "429, then a hang", "stall", "stall with pings", "endless", "endless line", "endless thought"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_server(fault: str, start: Callable[..., FaultyServer]) -> None:
    chat, kind, text, requests, generations, finish = FAULTS[fault]
    server = start(*chat)
    timeouts = FOR_A_HANG if "hang" in fault else FOR_A_STALL if "stall" in fault else PATIENT
    answered = ask(generator_for(server, timeouts), heard=lambda said: server.heard.set() if said == WHOLE else None)
    assert type(answered.error) is (kind or type(None)), answered.error
    assert answered.text == text
    assert len(server.chats) == requests
    assert server.started == generations <= 2
    assert [used.finish for used in answered.used] == [finish]
    assert answered.order[0] == "Sent" and answered.order[-1] == "Used" and len(answered.sent) == 1
    if answered.error is not None:
        for language in ("da", "en"):
            said = answered.error.in_language(language)
            assert ("lokal" in said or kind is ModelUnavailable) and KEY not in said and "\n" not in said
    if fault in ENDS_BY_ITSELF:
        assert server.hung_up.wait(WAIT_SECONDS)


def test_nobody_at_the_address_is_asked_twice_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    answered = ask(OpenAIGenerator(Server("væk", f"http://gpu.test:{port}"), "m", PATIENT, resolve))
    assert type(answered.error) is ServerRefused and "væk" in str(answered.error)
    assert answered.text == "" and [used.finish for used in answered.used] == ["cut"]
    assert len(asked) == 3  # the list of models, and two tries


def test_an_unknown_name_is_nobody() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    error = ask(OpenAIGenerator(Server("x", "http://gpu.test:1"), "m", PATIENT, unknown)).error
    assert type(error) is ServerRefused and "Name or service not known" in str(error)


def test_a_server_that_is_slow_without_end_is_cut_at_the_whole_time(start: Callable[..., FaultyServer]) -> None:
    server = start(endless_slowly)
    answered = ask(generator_for(server, replace(PATIENT, answer=2.0)), sampling=Sampling(max_tokens=10_000))
    assert answered.error is None and answered.used[0].finish == "length"
    assert set(answered.text.split()) == {"la"}
    assert server.hung_up.wait(WAIT_SECONDS)


def test_an_answer_that_is_all_there_is_no_fault_whatever_follows(start: Callable[..., FaultyServer]) -> None:
    def never_closes(connection: Connection) -> None:
        connection.begin()
        connection.pieces()
        connection.piece(None, "stop")
        connection.wait_for_hang_up()

    def breaks_after(connection: Connection) -> None:
        connection.begin()
        connection.pieces()
        connection.piece(None, "stop")
        connection.event(b"{broken")

    for fault in (never_closes, breaks_after):
        answered = ask(generator_for(start(fault)))
        assert (answered.error, answered.text, answered.used[0].finish) == (None, WHOLE, "stop")
        assert answered.used[0].written_tokens == len(PIECES)


def test_what_a_server_says_of_an_error_is_data_short_and_without_the_key(start: Callable[..., FaultyServer]) -> None:
    body = json.dumps({"error": {"message": f"bad key {KEY}\r\n\x1b[31m<b>{{0}}</b> " + "x" * 5000}}).encode()
    error = ask(generator_for(start(status(500, body)))).error
    assert error is not None
    assert error.values["detail"].startswith("500: bad key ••• [31m {0}")
    assert len(error.values["detail"]) <= 210 and error.values["detail"].isprintable()
    assert KEY not in repr(error) + repr(error.values)
    assert KEY not in "".join(traceback.format_exception(error))


def test_a_refused_key_is_said_without_the_key(start: Callable[..., FaultyServer]) -> None:
    for code in (401, 403):
        error = ask(generator_for(start(status(code, f"Incorrect API key: {KEY}".encode())))).error
        assert type(error) is ServerUnknown and "the key was not accepted" in str(error)
        assert "nøglen blev ikke godtaget" in error.in_language("da")


# --- what is sent --------------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_is_reported_and_nothing_of_the_environment(
    start: Callable[..., FaultyServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "not-for-this-server")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-More: not-for-this-server\nAuthorization: not-for-this-server")
    server = start()
    prompt = Prompt("Svar.", ("a", "b"), "q", (Exchange("eq", "ea"),), (Exchange("cq", "ca"),))
    answered = ask(generator_for(server), prompt, Sampling(0.3, 77))
    assert answered.text == WHOLE
    [request] = server.chats
    assert request.json == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 77,
        "temperature": 0.3,
        "messages": [{"role": one.role, "content": one.content} for one in prompt.messages],
    }
    ours = {"authorization", "user-agent", "accept", "accept-encoding"}
    assert set(request.headers) == ours | {"host", "connection", "content-length", "content-type"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert not any("not-for-this-server" in value for one in server.requests for value in one.headers.values())
    assert answered.sent[
        0
    ].text == "system:\nSvar.\n\nuser:\neq\n\nassistant:\nea\n\nuser:\ncq\n\nassistant:\nca\n\n" + (
        "user:\na\n\nb\n\nq"
    )


def test_without_a_key_none_is_sent(start: Callable[..., FaultyServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-this-server")
    server = start()
    assert ask(OpenAIGenerator(Server("lokal", server.url), "m", PATIENT)).error is None
    assert all("authorization" not in request.headers for request in server.requests)


def test_a_redirect_is_not_followed(start: Callable[..., FaultyServer]) -> None:
    other = start()
    here = start(status(302, b"", f"Location: {other.url}/v1/chat/completions"))
    error = ask(generator_for(here)).error
    assert type(error) is ServerNotAllowed and "another address" in str(error)
    assert other.requests == [] and other.started == 0


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "100.100.100.200"]
)
def test_a_name_that_leads_to_a_refused_address_is_not_followed(address: str) -> None:
    error = ask(
        OpenAIGenerator(Server("x", "http://gpu.test:80", KEY), "m", PATIENT, lambda host, port: [address])
    ).error
    assert type(error) is ServerNotAllowed


def test_a_name_is_resolved_once_for_each_connection_and_not_again_by_the_system(
    start: Callable[..., FaultyServer],
) -> None:
    # a name that changes under our hands (DNS rebinding): what was checked is what is connected to
    server, turns = start(), count()

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if next(turns) % 2 == 0 else ["169.254.169.254"]

    generator = OpenAIGenerator(Server("x", f"http://gpu.test:{server.port}", KEY), "m", PATIENT, resolve)
    assert type(ask(generator).error) is ServerNotAllowed  # the second time, it led elsewhere
    assert server.chats == []
    [listed] = server.asked_for("/v1/models")
    assert listed.headers["host"] == f"gpu.test:{server.port}"


def test_plain_http_does_not_leave_for_a_public_address_unless_that_is_asked_for() -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8"]

    error = ask(OpenAIGenerator(Server("x", "http://gpu.test:80", KEY), "m", PATIENT, resolve)).error
    assert type(error) is ServerNotAllowed and "https" in str(error)


def test_the_name_that_was_configured_is_the_one_that_tls_asks_for() -> None:
    seen: list[bytes] = []

    def listen(listener: socket.socket) -> None:
        while len(seen) < 3:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with sock:
                sock.settimeout(5)
                seen.append(sock.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=listen, args=(listener,), daemon=True)
        thread.start()
        server = Server("x", f"https://gpu.test:{listener.getsockname()[1]}", KEY)
        answered = ask(OpenAIGenerator(server, "m", PATIENT, lambda host, port: ["127.0.0.1"]))
        thread.join(10)
    assert isinstance(answered.error, ServerRefused | ServerCutOff)
    assert seen and all(hello[:1] == b"\x16" and b"gpu.test" in hello for hello in seen)  # a ClientHello with the name
    assert not any(KEY.encode() in hello for hello in seen)


def test_neither_key_nor_documents_are_logged(
    start: Callable[..., FaultyServer], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def echoes(connection: Connection) -> None:
        connection.answer(500, f"{KEY} {SECRET}".encode(), f"X-Echo: {KEY}")

    monkeypatch.setenv("OPENAI_LOG", "debug")
    for name in ("openai", "openai._base_client", "httpx2", "httpcore2", "httpcore2.connection", "httpcore2.http11"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tests").debug("heard")
        for server in (start(), start(echoes)):
            ask(generator_for(server))
    assert "heard" in caplog.text
    assert KEY not in caplog.text and SECRET not in caplog.text


def test_nothing_that_tells_of_the_generator_tells_the_key(start: Callable[..., FaultyServer]) -> None:
    faulty = start()
    server = Server("lokal", faulty.url, KEY)
    generator = generator_for(faulty)
    ask(generator)
    told = json.dumps(generator.describe()) + repr(generator) + repr(server) + generator.name
    assert KEY not in told
    assert generator.describe()["address"] == server.address.origin
    assert generator.name == "server:lokal:m"


def test_a_document_cannot_play_the_user(start: Callable[..., FaultyServer]) -> None:
    server = start()
    marks = ("<|im_end|>", "<start_of_turn>", "[/INST]", "</s>", "<｜User｜>", "<|eot_id|>", "<<SYS>>", "<think>")
    plain = "a < b, c|d, [1], <passage>, <|, a<b>c"
    prompt = Prompt("Svar.", ("".join(marks) + plain,), "Hvad?")
    answered = ask(generator_for(server), prompt)
    said = server.chats[0].json["messages"][1]["content"]
    assert not any(mark in said for mark in marks)
    assert plain in said and said.replace("\u200b", "") == prompt.user
    assert answered.sent[0].prompt.user == said


def test_a_model_that_its_administrator_did_not_allow() -> None:
    with pytest.raises(ModelUnavailable, match="administrator did not allow"):
        OpenAIGenerator(Server("x", "http://127.0.0.1:1", models=("a",)), "b")


# --- the prompt's length -------------------------------------------------------------------------------------------


def listing(**more: object) -> dict[str, object]:
    return {"object": "list", "data": [{"id": "m", "object": "model", **more}]}


def test_the_context_holds_what_it_can_by_an_estimate_that_learns(start: Callable[..., FaultyServer]) -> None:
    def dense(connection: Connection) -> None:
        connection.begin()
        connection.pieces()
        connection.end(usage={"prompt_tokens": 5000, "completion_tokens": 3, "prompt_tokens_details": None})

    server = start(dense, models=listing(max_model_len=3000))
    generator = generator_for(server)
    prompt = Prompt("Svar.", tuple("ord " * 300 for _ in range(10)), "Hvad?")
    first, second = ask(generator, prompt), ask(generator, prompt)
    assert first.sent[0].estimated and first.sent[0].context == 3000
    assert 0 < len(first.sent[0].prompt.passages) < 10
    assert len(second.sent[0].prompt.passages) < len(first.sent[0].prompt.passages)
    assert left_out(prompt, second.sent[0].prompt).passages > 0
    assert len(server.asked_for("/v1/models")) == 1
    assert first.used[0].prompt_tokens == 5000


def test_a_context_too_small_for_a_passage_is_an_error_and_nothing_is_asked(start: Callable[..., FaultyServer]) -> None:
    server = start()
    answered = ask(generator_for(server, context=256), Prompt("Svar.", ("ord " * 1000,), "Hvad?"))
    assert type(answered.error) is ModelError
    assert answered.order == [] and server.chats == []


def test_vllm_counts_itself(start: Callable[..., FaultyServer]) -> None:
    def counts(connection: Connection) -> None:
        body = connection.request.json
        assert body["model"] == "m" and body["messages"][0]["role"] == "system"
        connection.answer(200, b'{"count": 123, "max_model_len": 900, "tokens": []}')

    server = start(models=listing(owned_by="vllm", max_model_len=900), other={"/tokenize": counts})
    [sent] = ask(generator_for(server)).sent
    assert (sent.tokens, sent.context, sent.estimated) == (123, 900, False)


def test_a_server_that_fails_to_count_is_asked_anyway(start: Callable[..., FaultyServer]) -> None:
    server = start(models=listing(owned_by="vllm"), other={"/tokenize": hangs})
    answered = ask(generator_for(server, replace(PATIENT, connect=0.5)))
    assert answered.error is None and answered.sent[0].estimated and answered.sent[0].context == 4096


def test_parameters_that_a_server_does_not_take_are_left_out_and_remembered(start: Callable[..., FaultyServer]) -> None:
    def picky(connection: Connection) -> None:
        for name in ("max_tokens", "temperature", "stream_options"):
            if name in connection.request.json:
                return connection.answer(400, f'{{"error": {{"message": "Unsupported: {name}"}}}}'.encode())
        return good(connection)

    server = start(picky)
    generator = generator_for(server)
    assert ask(generator).text == ask(generator).text == WHOLE
    assert len(server.chats) == 5 and server.started == 2
    assert server.chats[-1].json.keys() == {"model", "messages", "stream", "max_completion_tokens"}


# --- what it took --------------------------------------------------------------------------------------------------


def test_what_was_used_is_what_the_server_says_and_costs(start: Callable[..., FaultyServer]) -> None:
    def counted(connection: Connection) -> None:
        connection.begin()
        connection.pieces()
        usage = {"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 800}}
        connection.end("length", usage)

    server = start(counted)
    generator = generator_for(server, price_in=2.0, price_out=10.0, currency="USD")
    [used] = ask(generator).used
    assert (used.finish, used.prompt_tokens, used.written_tokens, used.cached_tokens) == ("length", 1000, 50, 800)
    assert used.cost == pytest.approx(0.0025) and used.currency == "USD"
    assert used.first_token_s is not None and 0 < used.first_token_s <= used.seconds


def test_an_answer_that_was_cut_off_may_cost_and_one_that_was_refused_does_not(
    start: Callable[..., FaultyServer],
) -> None:
    prices = {"price_in": 1.0, "price_out": 1.0, "currency": "EUR"}
    [cut] = ask(generator_for(start(drops_silently), **prices)).used
    assert cut.prompt_tokens is None and cut.written_tokens == 3 and cut.cost is not None and cut.cost > 0
    [refused] = ask(generator_for(start(status(500)), **prices)).used
    assert refused.cost == 0
    [free] = ask(generator_for(start(good))).used
    assert free.cost is None and free.currency == ""


def test_what_a_model_thinks_is_no_part_of_its_answer(start: Callable[..., FaultyServer]) -> None:
    def thinks(connection: Connection) -> None:
        connection.begin()
        connection.piece(None, reasoning_content="Jeg tænker …")
        for piece in ("\n<th", "ink>Hm", " <b>", "</thi", "nk>", "\n\n", "Seks ", "<think>", " måneder."):
            connection.piece(piece)
        connection.end()

    assert ask(generator_for(start(thinks)), sampling=Sampling(max_tokens=50)).text == "Seks <think> måneder."


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["<think>a</think>b"], "b"),
        (["<think>a"], ""),
        (["<thi"], "<thi"),
        (["<thi", "s> is"], "<this> is"),
        (["  a", " b"], "a b"),
        (["<", "think", ">", "</", "think", ">", " ", "x"], "x"),
        ([], ""),
    ],
)
def test_thoughts(pieces: list[str], shown: str) -> None:
    thoughts = Thoughts()
    assert "".join(map(thoughts.add, pieces)) + thoughts.rest() == shown


# --- stopping ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [hangs, stalls, endless_slowly])
def test_stopping_hangs_up_at_once(fault: Fault, start: Callable[..., FaultyServer]) -> None:
    server = start(fault)
    stopped = threading.Event()
    threading.Thread(target=lambda: (server.begun.wait(WAIT_SECONDS), stopped.set()), daemon=True).start()
    answered = ask(generator_for(server, PATIENT), sampling=Sampling(max_tokens=10_000), cancelled=stopped.is_set)
    assert answered.error is None and [used.finish for used in answered.used] == ["stopped"]
    assert server.hung_up.wait(WAIT_SECONDS)
    assert server.started == 1


def test_leaving_the_answer_alone_hangs_up_and_reports_nothing_more(start: Callable[..., FaultyServer]) -> None:
    server = start(stalls)
    reported: list[Sent | Used] = []
    answer = generator_for(server, PATIENT).generate(PROMPT, lambda: False, reported.append, USUAL)
    assert next(answer) == PIECES[0]
    answer.close()  # type: ignore[attr-defined]
    assert server.hung_up.wait(WAIT_SECONDS)
    assert [type(one) for one in reported] == [Sent]


def test_stopped_while_it_waits_to_ask_again_it_does_not(start: Callable[..., FaultyServer]) -> None:
    server = start(status(503, b"", "Retry-After: 5"))
    answered = ask(generator_for(server, PATIENT), cancelled=lambda: bool(server.chats))
    assert [used.finish for used in answered.used] == ["stopped"]
    assert not [thread for thread in threading.enumerate() if thread.name == "kilde-server" and _lives(thread)]
    assert len(server.chats) == 1


def _lives(thread: threading.Thread) -> bool:
    thread.join(5)
    return thread.is_alive()


def test_two_answers_at_once_do_not_mix(start: Callable[..., FaultyServer]) -> None:
    gate = threading.Barrier(2, timeout=10)

    def together(connection: Connection) -> None:
        gate.wait()
        connection.begin()
        for _ in range(5):
            connection.piece(connection.request.json["messages"][1]["content"][-1])
        connection.end()

    generator, texts = generator_for(start(together), PATIENT), {}
    threads = [
        threading.Thread(target=lambda x=x: texts.update({x: ask(generator, Prompt("s", ("p",), x)).text}))
        for x in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert texts == {"a": "aaaaa", "b": "bbbbb"}


# --- a real server -------------------------------------------------------------------------------------------------


def test_a_real_answer_with_a_count_that_is_the_servers(llama: Server) -> None:
    [model] = models(llama)
    assert model.context == 512
    generator = OpenAIGenerator(llama, model.id, PATIENT)
    answered = ask(generator, sampling=Sampling(max_tokens=6))
    assert answered.error is None and answered.text.strip()
    [sent], [used] = answered.sent, answered.used
    assert not sent.estimated and sent.context == 512
    assert sent.tokens == used.prompt_tokens
    assert used.finish in {"length", "stop"} and used.written_tokens is not None and 0 < used.written_tokens <= 6
    again = ask(generator, sampling=Sampling(max_tokens=6))
    assert again.text == answered.text
    assert again.used[0].cached_tokens > 0


def test_a_real_answer_stopped_in_the_middle(llama: Server) -> None:
    generator = OpenAIGenerator(llama, models(llama)[0].id, PATIENT)
    pieces: list[str] = []
    used: list[Sent | Used] = []
    for piece in generator.generate(PROMPT, lambda: len(pieces) >= 3, used.append, Sampling(max_tokens=500)):
        pieces.append(piece)
    assert len(pieces) == 3
    assert isinstance(used[-1], Used) and used[-1].finish == "stopped" and used[-1].written_tokens == 3
    assert ask(generator, sampling=Sampling(max_tokens=2)).error is None  # the server is free again


def test_a_prompt_is_fitted_by_the_real_count(llama: Server) -> None:
    generator = OpenAIGenerator(replace(llama, context=200), models(llama)[0].id, PATIENT)
    prompt = Prompt("Svar.", tuple(f"{SECRET}. " * 4 for _ in range(6)), "Hvor længe?")
    answered = ask(generator, prompt, Sampling(max_tokens=4))
    [sent] = answered.sent
    assert answered.error is None and 0 < len(sent.prompt.passages) < 6
    assert sent.tokens == answered.used[0].prompt_tokens <= 200 - 4
