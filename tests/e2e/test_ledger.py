"""The ledger from its address, the influence of the passages, the way back, and two answers side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.core.types import Conditions
from rag.library import Library
from tests.e2e.conftest import DOCUMENT, Server, serving

QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Server]:
    """With a conversation of two questions; the first has a variant (turn 3), asked without its first source."""

    def prepare(library: Library) -> None:
        begun = library.conversations.start("Hvad koster fragten?")
        library.conversations.wait(begun.id)
        first = library.ask(QUESTION, conversation_id=begun.conversation_id)
        again = library.conversations.ask_again(first.id, conditions=Conditions(excluded=(first.hits[0].place,)))
        library.conversations.wait(again.id)
        assert (first.id, again.id) == (2, 3)

    with serving(tmp_path_factory.mktemp("ledger"), indexed, prepare) as started:
        yield started


def test_the_ledger_opens_from_its_address_and_leads_back(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/ledger?turn=2")
    ledger = page.locator(".ledger")
    expect(ledger.get_by_role("heading", name=QUESTION)).to_be_visible()
    page.reload()
    expect(ledger.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(ledger).to_contain_text(f"Kilde søgte i 1 dokument efter “{QUESTION}”.")

    rows = ledger.get_by_role("table").first.locator("tbody tr")
    used = rows.filter(has=page.get_by_role("img", name="Kilde 1"))
    expect(used).to_contain_text("brugt")
    every = rows.count()
    assert every > 4
    field = ledger.get_by_label("Søg i tabellen")
    field.press_sequentially("batterier c")  # "c" alone is a shortcut of Streamlit
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows).not_to_have_count(every)
    field.fill("")
    expect(rows).to_have_count(every)
    ledger.get_by_role("columnheader", name="På ord").get_by_role("button").press("Enter")
    expect(ledger.get_by_role("columnheader", name="På ord")).to_have_attribute("aria-sort", "ascending")
    expect(rows.first.locator("td").nth(3).locator("strong")).to_have_text("1")

    ledger.get_by_role("button", name="Mål det").click()
    bar = ledger.get_by_role("img", name=f"Uden kilde 1, {DOCUMENT}")
    expect(bar).to_be_visible()
    filled = bar.locator(".filled").bounding_box()
    assert filled is not None and filled["width"] > 20
    expect(ledger.locator("del", has_text=QUOTE)).to_be_visible()
    page.reload()  # what was measured is kept
    expect(bar).to_be_visible()

    page.get_by_role("button", name="Tilbage til samtalen").click()
    expect(page.get_by_text(QUOTE).first).to_be_visible()
    expect(page).to_have_url(f"{server.url}/?conversation=1")


def test_two_answers_stand_side_by_side_and_below_each_other(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{server.url}/compare?turns=2,3")
    sides = page.locator(".compare section")
    expect(sides).to_have_count(2)
    left, right = sides.nth(0), sides.nth(1)
    expect(left.locator("li", has_text=QUOTE).first).to_contain_text("only here")
    expect(right.locator(".differs")).to_contain_text(DOCUMENT)
    expect(left.locator(".sources li").first).to_contain_text("only here")
    expect(right.locator(".sources li").first).to_contain_text("in both, number 2 in the other answer")
    here, there = left.bounding_box(), right.bounding_box()
    assert here is not None and there is not None
    assert (here["y"], here["x"] < there["x"]) == (there["y"], True)
    page.set_viewport_size({"width": 480, "height": 900})
    expect(page.locator(".compare")).to_be_visible()
    here, there = left.bounding_box(), right.bounding_box()
    assert here is not None and there is not None
    assert here["x"] == there["x"] and here["y"] + here["height"] <= there["y"]


def test_a_fresh_server_says_where_there_is_no_turn(
    make_server: Callable[[], Server], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{make_server().url}/ledger?turn=7")
    expect(page.get_by_text("There is no answer at this address.")).to_be_visible()
    expect(page.get_by_role("link", name="Documents")).to_be_visible()
