"""The scope of a conversation, the search over all of them, the archive, and the files that can be downloaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.documents.samples import samples
from rag.library import Library
from tests.e2e.conftest import DOCUMENT, Server, serving

QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."


def ask(page: Page, question: str) -> None:
    field = page.get_by_placeholder("Ask your documents…")
    expect(field).to_be_enabled()
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_role("heading", name=question).last).to_be_visible()
    expect(page.get_by_placeholder("Ask your documents…")).to_be_enabled(timeout=120_000)


@pytest.fixture
def server(tmp_path: Path, indexed: Path) -> Iterator[Server]:
    """With all samples."""

    def prepare(library: Library) -> None:
        for name, data in samples():
            if name != DOCUMENT:
                library.documents.add(name, data)
        assert library.wait(240)

    with serving(tmp_path / "app", indexed, prepare) as started:
        yield started


def test_scope_search_archive_and_download(server: Server, new_page: Callable[..., Page], tmp_path: Path) -> None:
    page = new_page()
    page.goto(server.url)

    # a scope chosen before the first question
    page.get_by_role("button", name="All documents", exact=True).click()
    chosen = page.get_by_role("combobox", name="Only these documents")
    chosen.fill("garanti")
    page.get_by_role("option", name="Garanti 2026.pdf").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Asking: Garanti 2026.pdf")).to_be_visible()
    ask(page, QUESTION)
    expect(page.get_by_text(QUOTE).first).to_be_visible()
    assert {card.text_content() for card in page.locator("li.card .document").all()} == {"Garanti 2026.pdf"}
    # it holds for the conversation, also after a reload, until it is taken away
    page.reload()
    expect(page.get_by_role("button", name="Asking: Garanti 2026.pdf")).to_be_visible()
    page.get_by_role("button", name="Ask all documents").click()
    expect(page.get_by_role("button", name="All documents", exact=True)).to_be_visible()

    # a second conversation; the first one is found by a word of its answer
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("button", name="New chat").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(page, "Hvem vandt fodboldkampen?")
    sidebar.get_by_placeholder("Search conversations").fill("6 måneder")
    expect(sidebar.get_by_role("button", name="Hvem vandt fodboldkampen?")).to_have_count(0)
    expect(sidebar.get_by_text(QUOTE).first).to_be_visible()
    sidebar.get_by_role("button", name=QUESTION).click()
    expect(page.get_by_text(QUOTE).first).to_be_visible()

    # the files
    sidebar.get_by_placeholder("Search conversations").fill("")
    expect(sidebar.get_by_role("button", name="Hvem vandt fodboldkampen?")).to_be_visible()
    actions = sidebar.get_by_role("button", name="⋯")
    expect(actions).to_be_visible()
    actions.click()
    for form, begins in (("JSON", b"{"), ("PDF", b"%PDF"), ("HTML", b"<!doctype html>"), ("Markdown", b"# ")):
        with page.expect_download() as download:
            page.get_by_role("button", name=form, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.read_bytes().startswith(begins)
        assert path.name.startswith("Hvor-længe-er-batteriet-dækket")
    content = json.loads((tmp_path / "Hvor-længe-er-batteriet-dækket.json").read_text(encoding="utf-8"))
    assert QUOTE in content["turns"][0]["answer"]["text"]

    # the archive
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(sidebar.get_by_role("button", name=QUESTION)).to_have_count(0)
    sidebar.get_by_text("Archived (1)").click()
    expect(sidebar.get_by_role("button", name=QUESTION)).to_be_visible()
