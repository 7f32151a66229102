"""Saved questions in a real browser: asked again, opened, taken out as files and in again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.library import Library
from tests.e2e.conftest import Server, serving

QUESTION = "Hvor længe er batteriet dækket?"
OTHER = "Hvad er Perus hovedstad?"
QUOTE = "Batterier er dækket i 6 måneder."


@pytest.fixture
def server(tmp_path: Path, indexed: Path) -> Iterator[Server]:
    """With one document, a question that was asked and voted up, and one that was added by hand."""

    def prepare(library: Library) -> None:
        turn = library.conversations.start(QUESTION)
        library.conversations.wait(turn.id, 120)
        library.saved_questions.vote(turn.id, 1)
        library.saved_questions.add(OTHER)

    with serving(tmp_path / "app", indexed, prepare) as started:
        yield started


def run(page: Page) -> None:
    page.get_by_role("button", name="Stil 2 spørgsmål igen").click()
    expect(page.get_by_text("Kørt i dag")).to_be_visible(timeout=120_000)


def test_run_open_and_export(server: Server, new_page: Callable[..., Page], tmp_path: Path) -> None:
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/lab")
    expect(page.get_by_role("heading", name="Gemte spørgsmål")).to_be_visible()
    run(page)
    table = page.get_by_role("table", name="Gemte spørgsmål")
    row = table.get_by_role("row", name=QUESTION)
    expect(row.locator("td.now")).to_have_text("1")
    expect(row.get_by_text("besvaret")).to_be_visible()
    expect(table.get_by_role("row", name=OTHER).locator("td.now")).to_have_text("–")
    bars = page.get_by_role("table", name="Hvor det rigtige tekststed kommer")
    expect(bars.get_by_role("row", name="R@1")).to_contain_text("100 %")

    with page.expect_download() as download:
        page.get_by_role("button", name="Hent som CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["Spørgsmål", OTHER, QUESTION] and QUOTE in rows[2][5]
    with page.expect_download() as download:
        page.get_by_role("button", name="Hent som JSON").click()
    exported = tmp_path / "saved.json"
    download.value.save_as(exported)
    assert [q["question"] for q in json.loads(exported.read_bytes())["questions"]] == [QUESTION]

    # taken out, and in again
    table.get_by_role("checkbox", name="Vælg alle").check()
    page.get_by_role("button", name="Slet").first.click()
    expect(page.get_by_text("Slet 2 spørgsmål?")).to_be_visible()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Slet").click()
    expect(page.get_by_text("Her er ingen endnu")).to_be_visible()
    page.locator("input[type=file]").set_input_files(exported)
    expect(page.get_by_text("Spørgsmål lagt ind: 2.")).to_be_visible()
    expect(table.get_by_role("row", name=QUESTION)).to_be_visible()
    run(page)
    expect(row.locator("td.now")).to_have_text("1")


def test_a_passage_is_opened_by_keyboard(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="da-DK", width=480)
    page.goto(f"{server.url}/lab")
    question = page.get_by_role("table").get_by_role("button", name=QUESTION)
    expect(question).to_be_visible()
    question.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(QUOTE)).to_be_visible()
    expect(dialog.get_by_text("Rigtigt tekststed").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    question.focus()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Åbn siden").first.focus()
    page.keyboard.press("Enter")
    evidence = page.locator("dialog.evidence")
    expect(evidence.get_by_text("Side 2 af 4", exact=True)).to_be_visible()
    # nothing sticks out of the narrow page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
