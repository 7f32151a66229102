"""An assistant in a real browser: begun from a ready-made one, changed, tried, taken out as a file and in again."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.ui.i18n import text
from tests.e2e.conftest import Server, serving

QUESTION = "Hvor længe er batteriet dækket?"
SENTENCE = "Skriv for en kollega i butikken."


@pytest.fixture
def server(tmp_path: Path, indexed: Path) -> Iterator[Server]:
    with serving(tmp_path / "app", indexed) as started:
        yield started


def test_from_a_ready_made_one_to_a_file_and_back(
    server: Server, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/assistants")
    expect(page.get_by_role("heading", name="Begynd med en færdig")).to_be_visible()
    page.get_by_role("button", name="Begynd med den").first.click()
    expect(page.get_by_role("heading", name="Regelopslag")).to_be_visible()
    expect(page.get_by_text("Regelopslag · version 1")).to_be_visible()

    # typed, and saved by a click that leaves the field
    perspective = page.get_by_label("Vinkel", exact=True)
    expect(perspective).to_have_value(re.compile("Sig aldrig"))
    written = perspective.input_value()
    perspective.fill(f"{written}\n{SENTENCE}")
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("er gemt som version 2")).to_be_visible()
    expect(page.get_by_text("Regelopslag · version 2")).to_be_visible()
    page.get_by_text("Versioner (2)").click()
    expect(page.get_by_text("version 1", exact=True)).to_be_visible()

    page.get_by_label("Et spørgsmål til dine dokumenter").fill(QUESTION)
    page.get_by_role("button", name="Prøv", exact=True).click()
    answer = page.get_by_role("region", name="Svar", exact=True)
    expect(answer.get_by_text("Batterier er dækket i 6 måneder.").first).to_be_visible(timeout=120_000)
    expect(answer.get_by_text("Opslaget gengiver reglerne").first).to_be_visible()
    # a trial cannot be voted on, and is no conversation
    expect(answer.get_by_role("button", name="Kopiér", exact=True)).to_be_visible()
    for name in (text("vote_up", "da"), text("how", "da"), text("more", "da")):
        expect(answer.get_by_role("button", name=name, exact=True)).to_have_count(0)

    page.get_by_role("button", name="Hent fil").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Hent som TOML").click()
    exported = tmp_path / "Regelopslag.toml"
    download.value.save_as(exported)
    (held,) = tomllib.loads(exported.read_text(encoding="utf-8"))["assistants"]
    assert SENTENCE in held["perspective"] and len(held["examples"]) == 2
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Slet").last.click()
    expect(page.get_by_text("Svar, den har givet, bliver")).to_be_visible()
    page.get_by_role("button", name="Slet assistenten").click()
    expect(page.get_by_text("Regelopslag er slettet")).to_be_visible()
    expect(page.get_by_text("Her er ingen endnu")).to_be_visible()
    page.locator("input[type=file]").set_input_files(exported)
    expect(page.get_by_text("Hentet ind: Regelopslag.")).to_be_visible()
    page.get_by_role("button", name="Åbn", exact=True).click()
    expect(page.get_by_label("Vinkel", exact=True)).to_have_value(f"{written}\n{SENTENCE}")


def test_what_is_not_saved_is_there_after_a_visit_elsewhere(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(width=480, dark=True)
    page.goto(f"{server.url}/assistants")
    page.get_by_role("button", name="Start from nothing").click()
    page.get_by_label("Name", exact=True).fill("Plain words")
    page.get_by_label("Tone", exact=True).fill("Warm")
    page.get_by_label("Name", exact=True).focus()
    expect(page.get_by_text("Not saved. The")).to_be_visible()
    # nothing sticks out of the narrow page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="All assistants").click()
    expect(page.get_by_text("Changes that are not saved")).to_be_visible()
    # a click while the page is being drawn can be lost
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.get_by_role("button", name="Go on with Plain words").click()
    expect(page.get_by_label("Tone", exact=True)).to_have_value("Warm")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    expect(page.get_by_role("heading", name="Assistants")).to_be_visible()
    assert asked == ["beforeunload"]
