"""What the perspective did, in a browser: by quoting, and with a real (tiny) model that writes when it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.core.types import Assistant, Conditions, Length, Preference
from rag.library import Library
from tests.e2e.conftest import DOCUMENT, Server, serving
from tests.tiny_models import make

QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Server]:
    """Turn 1 is quoted by an assistant, turn 2 written by a tiny model, turn 3 has no assistant."""
    folder = tmp_path_factory.mktemp("angle")
    tiny = str(make(folder / "tiny", context=16384))

    def prepare(library: Library) -> None:
        rules = Assistant("Regelopslag", preference=Preference(favoured_terms=("købsdato",)), before="Ifølge reglerne:")
        lawyer = Assistant("Juristen", "Nævn altid fristen.", answer_model=tiny, length=Length.SHORT, icon="gavel")
        asked = [library.assistants.save(rules).id, library.assistants.save(lawyer).id, 0]
        for number, assistant in enumerate(asked, 1):
            turn = library.conversations.start(QUESTION, conditions=Conditions(assistant=assistant))
            library.conversations.wait(turn.id, 240)
            assert turn.id == number
        answer = library.conversations.live(2).turn.answer
        assert answer is not None and answer.is_written

    with serving(folder, indexed, prepare) as started:
        yield started


def test_quotes_stand_without_and_with_the_perspective(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{server.url}/ledger?turn=1")
    expect(page.locator(".ledger")).to_contain_text("Regelopslag (version 1) answered.")
    page.get_by_role("button", name="What did the angle do?").click()
    expect(page).to_have_url(f"{server.url}/compare?angle=1")

    right = page.get_by_role("region", name="With the angle: Regelopslag")
    expect(right.locator("li", has_text="Ifølge reglerne:")).to_contain_text("fixed text, from the perspective")
    expect(right.locator("li", has_text=QUOTE).first).to_contain_text("from the sources")
    expect(page.get_by_text("it rewrote nothing")).to_be_visible()
    page.get_by_role("button", name="Answer without the angle").press("Enter")

    left = page.get_by_role("region", name="Without the angle", exact=True)
    expect(left.locator("li", has_text=QUOTE).first).to_contain_text("from the sources")
    expect(left).not_to_contain_text("Ifølge reglerne:")
    expect(page.get_by_role("button", name="Answer without the angle again")).to_be_visible()
    marker = left.get_by_role("button", name="Source 1: show the quote").first
    marker.press("Enter")
    expect(marker).to_have_attribute("aria-expanded", "true")
    expect(left.locator(".quote").first).to_contain_text(DOCUMENT)

    here, there = left.bounding_box(), right.bounding_box()
    assert here is not None and there is not None
    assert here["y"] == there["y"] and here["x"] < there["x"]
    page.set_viewport_size({"width": 480, "height": 900})
    expect(left).to_be_visible()
    here, there = left.bounding_box(), right.bounding_box()
    assert here is not None and there is not None
    assert here["x"] == there["x"] and here["y"] + here["height"] <= there["y"]


def test_a_model_writes_again_without_the_perspective_and_the_answer_is_kept(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(locale="da-DK", dark=True)
    page.goto(f"{server.url}/compare?angle=2")
    expect(page.locator(".perspective-effect .perspective")).to_contain_text("Nævn altid fristen.")
    page.get_by_role("button", name="Svar uden vinklen").click()
    again = page.get_by_role("button", name="Svar uden vinklen igen")
    expect(again).to_be_visible(timeout=120_000)
    left = page.get_by_role("region", name="Uden vinklen", exact=True)
    expect(left).to_contain_text("tokens/s")
    said = left.locator("ol").inner_text()
    page.reload()  # what was measured is kept
    expect(again).to_be_visible()
    assert left.locator("ol").inner_text() == said
    page.get_by_role("button", name="Sådan blev svaret til").click()
    ledger = page.locator(".ledger")
    expect(ledger).to_contain_text("Juristen (version 1) svarede.")
    expect(ledger.get_by_role("region", name="Hvad modellen gjorde")).to_contain_text("tokens/s")
    expect(ledger.locator(".budget .part").first).to_be_visible()


def test_an_answer_without_an_assistant_says_what_to_do(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{server.url}/compare?angle=3")
    expect(page.get_by_text("No assistant gave this answer")).to_be_visible()
    expect(page.get_by_role("button", name="Answer without the angle")).to_have_count(0)
