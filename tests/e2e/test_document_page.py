"""A document's own page: from the list to it, tag it, read it, and ask one page; the conversation keeps the scope."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.documents.samples import samples
from tests.e2e.conftest import Server

DOCUMENT = "Garanti 2026.pdf"
OTHER = "Personaleregler 2026.pdf"
QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / DOCUMENT, tmp_path / OTHER]
    for path in paths:
        path.write_bytes(dict(samples())[path.name])
    return paths


def test_read_tag_and_ask_a_document(
    make_server: Callable[[], Server], new_page: Callable[..., Page], files: list[Path]
) -> None:
    server = make_server()
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/upload")
    page.locator("input[type=file]").first.set_input_files(files)
    expect(page.get_by_role("table").get_by_text("klar", exact=True)).to_have_count(2, timeout=240_000)

    # to its page by keyboard
    name = page.get_by_role("table").get_by_role("button", name=DOCUMENT)
    name.focus()
    name.press("Enter")
    expect(page.get_by_role("heading", name=DOCUMENT)).to_be_visible()
    expect(page.locator(".reader img")).to_be_visible()
    address = page.url

    tags = page.get_by_role("combobox", name="Mærker")
    tags.fill("Kunder 2026")
    tags.press("Enter")
    expect(page.locator("[data-testid=stMultiSelect]").get_by_text("Kunder 2026", exact=True)).to_be_visible()
    page.keyboard.press("Escape")

    # a heading leads to its page; the chunks' borders are drawn on it
    page.locator(".outline").get_by_role("button", name="Garantiperioder").click()
    page.get_by_role("button", name="Næste side").click()
    expect(page.locator(".reader").get_by_text("Side 2 af 4")).to_be_visible()
    page.get_by_role("checkbox", name="Som søgningen ser siden").check()
    expect(page.locator(".reader rect.chunk").first).to_be_attached()

    # a sentence of the overview leads to where it stands
    page.get_by_text("Overblik", exact=True).click()
    expect(page.locator(".overview blockquote").first).to_be_visible()
    page.locator(".overview .to-page").first.click()
    expect(page.locator(".reader rect.mark").first).to_be_attached()

    page.get_by_text("Som søgningen ser det", exact=True).click()
    search = page.get_by_placeholder("Søg i bidderne")
    search.fill("sliddele")
    expect(page.locator(".chunks .card").first).to_contain_text("iddele")

    # suggested questions are there, tried out
    expect(page.get_by_role("button", name="Hvor længe er batterier dækket?")).to_be_visible(timeout=120_000)

    # ask one page: what stands on it is found, and nothing from elsewhere
    page.get_by_text("Læs", exact=True).click()
    field = page.locator(".reader .goto")
    field.fill("2")
    field.press("Enter")
    expect(page.locator(".reader").get_by_text("Side 2 af 4")).to_be_visible()
    expect(page.get_by_role("button", name="Spørg side 2")).to_be_visible()
    page.get_by_label("Spørg dokumentet").first.fill(QUESTION)
    page.get_by_role("button", name="Spørg side 2").click()
    expect(page.get_by_text(QUOTE).first).to_be_visible(timeout=180_000)
    cards = page.locator("li.card")
    expect(cards.first).to_contain_text(DOCUMENT)
    for card in cards.all():
        expect(card).to_contain_text(DOCUMENT)
        expect(card).to_contain_text("s. 2")

    # the scope is the conversation's: a question that only the other document answers finds nothing of it
    more = page.get_by_test_id("stChatInput").locator("textarea")
    more.fill("Hvor mange feriedage kan overføres til næste ferieår?")
    more.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").nth(1).locator("li.card, .refusal").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(OTHER)).to_have_count(0)

    # the tag is in the list and finds the document, and the address leads back to its page
    page.goto(f"{server.url}/upload")
    page.get_by_placeholder("Søg i navne og mærker").fill("kunder")
    expect(page.get_by_role("table").get_by_text("Kunder 2026")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("button", name=OTHER)).to_have_count(0)
    page.goto(address)
    expect(page.get_by_role("heading", name=DOCUMENT)).to_be_visible()


def test_the_page_of_a_document_on_a_fresh_server_and_a_narrow_screen(
    make_server: Callable[[], Server], new_page: Callable[..., Page], files: list[Path]
) -> None:
    server = make_server()
    page = new_page(width=480, dark=True)
    page.goto(f"{server.url}/document?id=1")
    expect(page.get_by_text("This document is not here")).to_be_visible()
    page.get_by_role("link", name="All documents").click()
    page.locator("input[type=file]").first.set_input_files(files[0])
    name = page.get_by_role("table").get_by_role("button", name=DOCUMENT)
    expect(name).to_be_visible()
    name.click()
    # also while it is being indexed
    expect(page.get_by_role("heading", name=DOCUMENT)).to_be_visible()
    expect(page.locator(".reader img")).to_be_visible(timeout=120_000)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 480
