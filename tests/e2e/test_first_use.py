"""A new user's way: upload, ask, read the source, reload, restart, find everything again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.documents.samples import samples
from tests.e2e.conftest import Server

QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."
DOCUMENT = "Garanti 2026.pdf"


@pytest.fixture
def warranty(tmp_path: Path) -> Path:
    path = tmp_path / DOCUMENT
    path.write_bytes(dict(samples())[DOCUMENT])
    return path


def see_the_answer(page: Page) -> None:
    """The quoted sentence is in the answer and marked in a card that has its number."""
    answer = page.get_by_text(QUOTE)
    expect(answer.first).to_be_visible(timeout=180_000)
    card = page.locator("li.card.cited").first
    expect(card.locator("mark", has_text=QUOTE)).to_be_visible()
    expect(card).to_contain_text(DOCUMENT)
    number = card.locator(".number").first.inner_text()
    expect(page.get_by_role("button", name=f"Kilde {number}: {DOCUMENT}").first).to_have_text(number)


def test_upload_ask_open_the_page_reload_restart(
    make_server: Callable[[], Server], new_page: Callable[..., Page], warranty: Path
) -> None:
    server = make_server()
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/upload")
    page.locator("input[type=file]").first.set_input_files(warranty)
    expect(page.get_by_text(DOCUMENT).first).to_be_visible()
    expect(page.get_by_role("table").get_by_text("klar", exact=True)).to_be_visible(timeout=240_000)

    page.get_by_role("link", name="Spørg", exact=True).click()
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill(QUESTION)
    field.press("Enter")
    see_the_answer(page)

    page.locator("li.card.cited button", has_text="Åbn siden").first.click()
    evidence = page.locator("dialog.evidence")
    expect(evidence.locator(".page-of")).to_have_text("Side 2 af 4")
    expect(evidence.locator("img")).to_be_visible()
    expect(evidence.locator("rect.quote").first).to_be_attached()
    box = evidence.locator("rect.quote").first.bounding_box()
    assert box is not None
    assert box["width"] > 50
    evidence.get_by_role("button", name="Næste side").click()
    expect(evidence.locator(".page-of")).to_have_text("Side 3 af 4")
    page.keyboard.press("Escape")
    expect(evidence).to_have_count(0)

    page.reload()
    see_the_answer(page)

    server.stop(signal.SIGKILL)
    server.start()
    page.goto(server.url)
    page.get_by_test_id("stSidebar").get_by_role("button", name=QUESTION).click()
    see_the_answer(page)
    page.get_by_role("link", name="Dokumenter").click()
    expect(page.get_by_role("table").get_by_text(DOCUMENT)).to_be_visible()
    expect(page.get_by_role("table").get_by_text("klar", exact=True)).to_be_visible()


def test_no_request_leaves_the_machine(
    make_server: Callable[[], Server], new_page: Callable[..., Page], warranty: Path
) -> None:
    server = make_server()
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "/upload", "/settings"):
        page.goto(server.url + path)
        expect(page.get_by_role("heading").first).to_be_visible()
    assert asked
    allowed = (server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")
    assert [url for url in asked if not url.startswith(allowed)] == []


def test_a_file_that_is_too_large_is_refused_by_name_beside_the_others(
    make_server: Callable[[], Server], new_page: Callable[..., Page], warranty: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(151 * 1024 * 1024)
    server = make_server()
    page = new_page()
    page.goto(f"{server.url}/upload")
    expect(page.get_by_role("heading").first).to_be_visible()
    page.locator("input[type=file]").first.set_input_files([large, warranty])
    expect(page.get_by_text("large.txt: The file is too large: the limit is 150 MB.")).to_be_visible()
    expect(page.get_by_role("table").get_by_text(DOCUMENT)).to_be_visible()
