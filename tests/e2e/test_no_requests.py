"""Whatever documents, names, questions, assistants and models say: the browser asks nobody but Kilde for anything.

A server on this machine counts what is asked of it; its address stands in every text that Kilde can be given, as a
picture, a link, a style, a script. The pages are drawn with the Content-Security-Policy switched off, so that it is the
drawing that is tested; the policy has a test of its own.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rag.core.types import Assistant, Conditions, Example, Turn
from rag.core.types.questions import Expected
from rag.library import Library
from tests.e2e.conftest import Server, made_server
from tests.faulty_server import Connection, FaultyServer, running
from tests.pdfs import pdf

SLOW = 120_000
MODEL = "m![p]({there}/model)"


class Listener:
    """Whom nobody may ask. asked: the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


def bait(there: str, where: str) -> str:
    """Everything that could make a browser ask for something, in one text."""
    at = f"{there}/{where}"
    return (
        f'![x]({at}-image) <img src="{at}-tag" onerror="fetch(`{at}-error`)"> [x]({at}-link "t") {at}-bare '
        f"<script>fetch('{at}-script')</script> <style>@import url({at}-style)</style> <svg onload=fetch('{at}-svg')> "
        f'<link rel=prefetch href="{at}-prefetch"> <iframe src="{at}-frame"></iframe> '
        f"$\\includegraphics{{{at}-latex}}$ ![x][r] :material/open: :red[x]\n\n[r]: {at}-reference\n"
    )


def short(there: str, where: str) -> str:
    """The same for a name."""
    return f"![x]({there}/{where}) <img src={there}/{where}t>"


@contextmanager
def model_server(there: str) -> Iterator[FaultyServer]:
    """A model that answers with what is hostile, piece by piece."""
    said = f"Batterier er dækket i 6 måneder [1]. {bait(there, 'answer')} Batterier er dækket i 9 måneder [1]."

    def answer(connection: Connection) -> None:
        connection.begin()
        for at in range(0, len(said), 40):
            connection.piece(said[at : at + 40])
            connection.server.heard.wait(0.05)
        connection.end(usage={"prompt_tokens": 40, "completion_tokens": 30})

    made = FaultyServer((answer,), models={"object": "list", "data": [{"id": MODEL.format(there=there)}]})
    with running(made):
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, e5: Path, listener: Listener) -> Iterator[Server]:
    """Documents, tags, conversations, saved questions and assistants, all of them hostile, and a model that is."""
    there = listener.url
    folder = tmp_path_factory.mktemp("hostile")
    started = made_server(folder, e5)
    with model_server(there) as model:
        config = started.data / "servers.toml"
        config.write_text(f'[[server]]\nname = "onde"\nurl = "{model.url}/v1"\ncontext = 4096\n', encoding="utf-8")
        config.chmod(0o600)
        with pytest.MonkeyPatch.context() as patched:
            patched.delenv("KILDE_EMBEDDING_MODEL", raising=False)
            _fill(started.data, there, f"server:onde:{MODEL.format(there=there)}")
        started.start()
        yield started
        started.stop()
    # closed in order: SQLite has taken its log away
    assert not list(started.data.glob("*.db-wal"))
    assert "Traceback" not in started.said, started.said


def _fill(data: Path, there: str, model: str) -> None:
    with Library.open(data) as library:
        text = f"# {short(there, 'heading')}\n\nBatterier er dækket i 6 måneder. {bait(there, 'text')}\n"
        named = library.documents.add(f"{short(there, 'name')}.md", text.encode())
        library.documents.add(
            "Garanti.txt", f"Garanti\n\nBatterier er dækket i 6 måneder. {bait(there, 'plain')}".encode()
        )
        made = pdf(f"Batterier er dækket i 6 måneder.\n{there}/pdf-bare\n{short(there, 'pdf')}", "Side to")
        made.set_title(short(there, "title"))
        library.documents.add("Vilkår.pdf", bytes(made.output()))
        library.documents.add("Skadet.pdf", b"%PDF-1.7\n" + short(there, "damaged").encode())
        assert library.wait(240)
        library.documents.tag([named.id], [f"tag {short(there, 'tag')}"[:80]])
        turn = _asked(library, f"Hvor længe er batterier dækket? {short(there, 'question')}")
        again = library.conversations.ask_again(turn.id, conditions=Conditions(answer_model="quoting"))
        library.conversations.wait(again.id)
        _asked(library, f"Hvem vandt i 1998? {bait(there, 'refused')}"[:1900])
        library.conversations.rename(turn.conversation_id, f"Titel {short(there, 'conversation')}")
        library.saved_questions.vote(again.id, 1)
        library.saved_questions.note(again.id, f"Her: {bait(there, 'note')}")
        place = Expected(f"{short(there, 'place')}.md", turn.hits[0].place, bait(there, "passage"), True)
        added = library.saved_questions.add(f"Gemt {short(there, 'saved')}", [place], f"S {there}/s"[:60])
        assert added.id
        hostile = Assistant(
            f"A ![x]({there}/a)"[:60],
            perspective=bait(there, "perspective"),
            scenario=f"B ![x]({there}/b)"[:60],
            tone=short(there, "tone")[:200],
            before=f"Før {bait(there, 'before')}",
            after=f"Efter {bait(there, 'after')}",
            answer_model=model,
            examples=(Example(short(there, "example"), bait(there, "exampled"), (bait(there, "shown"),)),),
        )
        kept = library.assistants.save(hostile)
        written = _asked(library, "Hvor længe er batterier dækket?", Conditions(assistant=kept.id))
        assert (turn.id, written.id, written.conversation_id) == (1, 4, 3)
        assert written.answer is not None and f"{there}/answer-image" in written.answer.text


def _asked(library: Library, question: str, conditions: Conditions | None = None) -> Turn:
    begun = library.conversations.start(question, None, conditions)
    library.conversations.wait(begun.id)
    return library.conversations.live(begun.id).turn


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, server: Server, listener: Listener) -> Iterator[Visit]:
    """visit(path) opens a page without the policy; at the end nobody but Kilde has been asked for anything."""
    contexts, foreign, faults = [], [], []

    def look(request: Any) -> None:
        if not request.url.startswith((server.url, server.url.replace("http", "ws"), "data:", "blob:")):
            foreign.append(request.url)

    def open_page(path: str, policy: bool = False) -> Page:
        context = browser.new_context(locale="da-DK", viewport={"width": 1400, "height": 1000}, bypass_csp=not policy)
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        if not policy:  # what the policy stops is told here, too
            page.on("request", look)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server.url}{path}")
        return page

    listener.asked.clear()
    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert listener.asked == []
    assert faults == []


def open_everything(page: Page) -> None:
    """Each expander and popover, one after the other; what they hold is drawn when they are opened."""
    for summary in page.locator("[data-testid=stExpander] summary:visible").all():
        if summary.is_visible() and not summary.evaluate("node => node.parentElement.open"):
            summary.click()
    for number in range(page.locator("[data-testid=stPopover] button:visible").count()):
        button = page.locator("[data-testid=stPopover] button:visible").nth(number)
        if button.is_enabled():
            button.click()
            expect(page.get_by_test_id("stPopoverBody").first).to_be_visible()
            page.keyboard.press("Escape")
    settle(page)


def settle(page: Page) -> None:
    """What is to be fetched is asked for by now: pictures are asked for as they are drawn."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(300)


def seen(place: Locator | Page, listener: Listener, where: str) -> None:
    """What is hostile is there, letter for letter."""
    expect(place.get_by_text(f"{listener.url.split('//')[1]}/{where}").first).to_be_visible()


def test_the_listener_would_hear(browser: Browser, listener: Listener) -> None:
    """A page that draws the bait as a browser understands it asks for a good deal."""
    listener.asked.clear()
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(bait(listener.url, "heard"))
        page.wait_for_timeout(500)
    heard = {path.rpartition("-")[2] for path in listener.asked}
    assert {"tag", "script", "svg"} <= heard
    listener.asked.clear()


def test_documents_and_what_becomes_of_files(visit: Visit, listener: Listener) -> None:
    there = listener.url
    page = visit("/upload")
    table = page.get_by_role("table")
    expect(table.get_by_text("klar", exact=True)).to_have_count(3)
    seen(table, listener, "tag")
    inside = bait(there, "new").encode()
    payloads = [
        {"name": f"![x]({there}/unknown).exe", "mimeType": "text/plain", "buffer": b"x"},
        {"name": f"[x]({there}/wrong).pdf", "mimeType": "application/pdf", "buffer": b"<html>" + inside},
        {"name": f"<img src={there}/empty>.txt", "mimeType": "text/plain", "buffer": b""},
        {"name": f"{there}/bare www.example.org \u202egpj.exe.txt", "mimeType": "text/plain", "buffer": b"\x00\x01"},
        {"name": "$\\href{x}{y}$ `code` *em* :red[x].txt", "mimeType": "text/plain", "buffer": inside},
        {"name": "Garanti.txt", "mimeType": "text/plain", "buffer": b"Noget andet om batterier."},
    ]  # fmt: skip
    page.locator("input[type=file]").first.set_input_files(payloads)  # type: ignore[arg-type]
    received = page.locator(".st-key-received")
    expect(received).to_contain_text(".exe")
    expect(received).to_contain_text("Garanti.txt")
    expect(received).to_contain_text("$/href{x}{y}$ `code` *em* :red[x].txt")  # a backslash is a folder's
    assert received.locator("a[href^=http], img").count() == 0
    settle(page)
    field = page.get_by_placeholder("Søg i navne og mærker")
    expect(field).to_have_count(1)  # while the page is drawn anew, the old one is there as well
    field.fill("![x]")
    settle(page)
    field.fill("")
    table.get_by_role("checkbox").nth(1).check()
    open_everything(page)


def test_a_document_s_own_page(visit: Visit, listener: Listener) -> None:
    for number, where in ((1, "text"), (2, "plain"), (3, "pdf"), (4, "")):
        page = visit(f"/document?id={number}&page=1")
        settle(page)
        if where:
            expect(page.locator(".reader")).to_be_visible()
            if number < 3:
                seen(page.locator(".reader"), listener, where)
            page.get_by_text("Overblik", exact=True).click()
            settle(page)
            page.get_by_text("Som søgningen ser det", exact=True).click()
            expect(page.locator(".chunks").first).to_be_visible()
            settle(page)
        open_everything(page)
        page.close()


def test_a_conversation_and_an_answer_as_it_is_written(visit: Visit, listener: Listener) -> None:
    page = visit("/?conversation=1")
    expect(page.locator("h2.question").first).to_contain_text(f"{listener.url}/question")
    expect(page.locator("li.card .passage").first).to_be_visible()
    seen(page, listener, "note")
    open_everything(page)
    for card in page.locator("li.card.cited button", has_text="Åbn siden").all()[:3]:
        card.click()
        expect(page.locator("dialog.evidence")).to_be_visible()
        settle(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog.evidence")).to_have_count(0)
    page.get_by_placeholder("Søg i samtaler").fill("batterier")
    settle(page)
    page.get_by_placeholder("Søg i samtaler").fill("")

    # a model answers, piece by piece
    page.goto(page.url.split("?")[0] + "?conversation=3")
    expect(page.locator(".turn")).to_have_count(1)
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill("Hvor længe er batterier dækket i garantien?")
    field.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_contain_text(f"{listener.url}/answer-image", timeout=SLOW)
    expect(page.locator(".status")).to_have_count(0, timeout=SLOW)
    expect(page.locator(".turn").last).to_contain_text(f"{listener.url}/before-image")
    assert page.locator(".turn a[href^=http], .turn img[src^=http], .turn script, .turn iframe").count() == 0
    open_everything(page)


def test_how_answers_came_about_and_answers_side_by_side(visit: Visit, listener: Listener) -> None:
    for path, where in (
        ("/ledger?turn=1", "question"),
        ("/ledger?turn=3", "refused-image"),
        ("/ledger?turn=4", ""),
        ("/compare?turns=1,2", ""),
        ("/compare?angle=4", ""),
    ):
        page = visit(path)
        settle(page)
        if where:
            seen(page, listener, where)
        open_everything(page)
        page.locator("details:not([open])").evaluate_all("nodes => nodes.forEach((node) => (node.open = true))")
        settle(page)
        page.close()


def test_assistants_saved_questions_models_and_settings(visit: Visit, listener: Listener) -> None:
    there = listener.url
    page = visit("/assistants")
    seen(page, listener, "a")
    open_everything(page)
    bad = {
        "name": f"![x]({there}/file).toml",
        "mimeType": "text/plain",
        "buffer": f'form = "![x]({there}/form)"'.encode(),
    }
    page.locator("input[type=file]").first.set_input_files(bad)  # type: ignore[arg-type]
    settle(page)
    page.goto(page.url.split("?")[0] + "?assistant=1")
    expect(page.get_by_label("Vinkel", exact=True)).to_have_value(re.compile("perspective-image"))
    open_everything(page)
    page.close()

    page = visit("/lab")
    seen(page.get_by_role("table").first, listener, "saved")
    open_everything(page)
    questions = {"questions": [{"question": bait(there, "q"), "passages": [{"document": bait(there, "d")}]}]}
    bad = {"name": "q.json", "mimeType": "application/json", "buffer": json.dumps(questions).encode()}
    page.locator("input[type=file]").first.set_input_files(bad)  # type: ignore[arg-type]
    settle(page)
    page.get_by_role("table").first.get_by_role("button", name=f"Gemt {short(there, 'saved')}").click()
    expect(page.get_by_role("dialog").get_by_text("passage-image").first).to_be_visible()
    settle(page)
    page.close()

    for path in ("/models", "/settings"):
        page = visit(path)
        expect(page.get_by_role("heading").first).to_be_visible()
        settle(page)
        open_everything(page)
        for box in page.get_by_role("combobox").all():
            if box.is_visible() and box.is_enabled():
                box.click()
                page.keyboard.press("Escape")
        settle(page)
        page.close()


@pytest.mark.parametrize("path", ["/document?id=![x](http://x)&page=" + "9" * 5000, "/?conversation=" + "9" * 5000,
                                  "/ledger?turn=-1", "/compare?turns=a,b", "/compare?angle=%00", "/nowhere/../x",
                                  "/assistants?assistant=" + "9" * 5000 + "&example_of=" + "9" * 5000])  # fmt: skip
def test_addresses_that_nobody_meant(visit: Visit, path: str) -> None:
    page = visit(path)
    expect(page.get_by_test_id("stAppViewContainer")).to_be_visible()
    settle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_what_is_downloaded_is_named_and_reads_as_data(
    visit: Visit, browser: Browser, listener: Listener, tmp_path: Path
) -> None:
    page = visit("/?conversation=1")
    expect(page.locator("h2.question").first).to_be_visible()
    page.locator("[data-testid=stSidebar] [data-testid=stPopover] button").first.click()
    for form in ("HTML", "Markdown", "JSON"):
        with page.expect_download() as download:
            page.get_by_test_id("stPopoverBody").get_by_role("button", name=form, exact=True).click()
        name = download.value.suggested_filename
        assert not set(name) & set('/\\:*?"<>|!()[]') and name.isprintable()
        download.value.save_as(tmp_path / name)
        if form == "HTML":
            with browser.new_context() as context:
                other = context.new_page()
                other.goto(f"file://{tmp_path / name}")
                expect(other.get_by_text("question").first).to_be_visible()
                other.wait_for_timeout(300)
    assert listener.asked == []


def test_the_policy_keeps_a_browser_from_asking_even_for_what_would_be_drawn(visit: Visit, listener: Listener) -> None:
    """What the policy is for: pictures, scripts and connections that somehow came into the page."""
    page = visit("/", policy=True)
    expect(page.get_by_test_id("stAppViewContainer")).to_be_visible()
    settle(page)
    refused = page.evaluate(
        """async (there) => {
          const said = []
          document.addEventListener("securitypolicyviolation", (event) => said.push(event.effectiveDirective))
          document.body.insertAdjacentHTML("beforeend", `<img src="${there}/p-image">
            <iframe src="${there}/p-frame"></iframe><link rel="stylesheet" href="${there}/p-style">
            <img src="x:" onerror="window.ran = true">`)
          const script = document.createElement("script")
          script.src = `${there}/p-script`
          document.body.append(script)
          const inline = document.createElement("script")
          inline.textContent = "window.ran = true"
          document.body.append(inline)
          const asked = await fetch(`${there}/p-fetch`, { mode: "no-cors" }).then(() => "sent", () => "refused")
          navigator.sendBeacon(`${there}/p-beacon`)
          await new Promise((done) => setTimeout(done, 500))
          return { said: [...new Set(said)].sort(), asked, ran: window.ran ?? false }
        }""",
        listener.url,
    )
    assert (refused["asked"], refused["ran"]) == ("refused", False)
    assert {"connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"} <= set(refused["said"])
