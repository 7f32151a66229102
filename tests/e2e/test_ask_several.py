"""One question to three at once: they stream side by side, one is voted for by keyboard, a reload shows the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag.core.types import Assistant
from rag.library import Library
from tests.e2e.conftest import Server, serving
from tests.tiny_models import TEMPLATE, make

QUESTION = "Hvor længe er batteriet dækket?"
ENDED = 180_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Server]:
    """The app with a document and two assistants; one writes with a real, tiny model that takes its time."""
    folder = tmp_path_factory.mktemp("several")
    model = make(folder / "tiny", 8192, TEMPLATE)

    def prepare(library: Library) -> None:
        library.assistants.save(Assistant("Regelopslag", icon="gavel", scenario="Opslag", before="Kort svar:"))
        library.assistants.save(Assistant("Fabulanten", scenario="Opslag", answer_model=str(model)))

    with serving(folder, indexed, prepare) as started:
        yield started


def choose_three(page: Page) -> None:
    page.get_by_role("button", name="Spørg flere").click()
    field = page.get_by_role("combobox", name="Hvem skal svare?")
    for count, name in enumerate(("Regelopslag", "Fabulanten", "Kun citater"), 1):
        field.click()
        page.get_by_role("option", name=name).click()
        expect(page.get_by_role("group", name="Selected values").get_by_role("button")).to_have_count(count)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(page.get_by_role("button", name="Spørger 3")).to_be_visible()


def columns(page: Page) -> Locator:
    return page.locator(".turn.column")


def test_three_answer_side_by_side_and_the_best_is_voted_for(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="da-DK", width=1500)
    page.goto(server.url)
    choose_three(page)
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill(QUESTION)
    field.press("Enter")
    expect(columns(page)).to_have_count(3, timeout=60_000)
    # each by itself: quoting is done while the model has yet to be loaded
    expect(columns(page).nth(0).locator(".quotes li").first).to_contain_text("6 måneder", timeout=ENDED)
    expect(page.locator(".turn.column .status")).to_have_count(0, timeout=ENDED)
    expect(page.locator(".voted")).to_contain_text("Vælg det bedste svar")
    for column in columns(page).all():
        expect(column.locator(".card").first).to_be_attached()
        expect(column.locator(".seconds")).to_contain_text(re.compile(r"\d s .*gratis"))
    expect(columns(page).nth(0).locator(".fixed")).to_contain_text("Kort svar:")
    expect(columns(page).nth(1).locator(".seconds")).to_contain_text("tokens/s")
    tops = {round(column.bounding_box()["y"]) for column in columns(page).all()}  # type: ignore[index]
    assert len(tops) == 1
    page.set_viewport_size({"width": 880, "height": 900})
    expect(columns(page).nth(1)).to_be_visible()
    boxes = [column.bounding_box() for column in columns(page).all()]
    assert len({round(box["x"]) for box in boxes if box}) == 1
    page.set_viewport_size({"width": 1500, "height": 900})

    # by keyboard
    vote = page.get_by_role("button", name="Bedste svar: Kun citater")
    vote.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".voted")).to_contain_text("Du valgte Kun citater. Samtalen fortsætter fra det svar.")
    expect(vote).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator(".voted")).to_contain_text("Du valgte Kun citater")
    expect(columns(page)).to_have_count(3)

    # a source is read in place, and the next question goes to one again
    columns(page).nth(2).get_by_role("button", name="Åbn kilde").first.click()
    expect(page.locator("dialog[open] .paper")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill("Hvad med en varmepumpe?")
    field.press("Enter")
    expect(page.get_by_role("button", name="Svar igen")).to_have_count(1, timeout=ENDED)
    expect(columns(page)).to_have_count(3)

    # the vote is changed
    page.get_by_role("button", name="Bedste svar: Regelopslag").click()
    expect(page.locator(".voted")).to_contain_text("Du valgte Regelopslag")
    expect(page.locator("h2.question")).to_have_count(1)


def test_one_of_them_asked_again_is_another_version_beside_the_panel(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(locale="da-DK", width=1500)
    page.goto(server.url)
    choose_three(page)
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill(QUESTION)
    field.press("Enter")
    expect(columns(page)).to_have_count(3, timeout=60_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".turn.column .status")).to_have_count(0, timeout=ENDED)
    first = columns(page).first
    first.get_by_role("button", name="Mere", exact=True).click()
    first.get_by_role("button", name="Spørg kun denne igen").click()
    expect(columns(page)).to_have_count(0)
    expect(page.locator(".variants")).to_have_count(1, timeout=60_000)
    expect(page.locator(".variants")).to_contain_text("2 af 2", timeout=60_000)
    page.get_by_role("button", name="Forrige udgave").click()
    expect(columns(page)).to_have_count(3)
    expect(page.locator(".variants")).to_have_count(1)  # while the turn is drawn anew, the old one is there as well
    expect(page.locator(".variants")).to_contain_text("1 af 2")
