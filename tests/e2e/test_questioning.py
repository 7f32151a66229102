"""An answer is doubted: other passages, another question, an answer anyway, and what the user says of it stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DOCUMENT, Server, serving

QUESTION = "Hvor længe er batteriet dækket?"
OTHER = "Hvor længe gælder garantien på en varmepumpe?"
OFF_TOPIC = "Hvem vandt VM i fodbold i 1998?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Server]:
    """The app with one document that can be asked; each test has a conversation of its own."""
    with serving(tmp_path_factory.mktemp("questioning"), indexed) as started:
        yield started


@pytest.fixture
def asked(server: Server, new_page: Callable[..., Page]) -> Page:
    """A page with one question answered."""
    page: Page = new_page(locale="da-DK")
    page.goto(server.url)
    ask(page, QUESTION)
    return page


def ask(page: Page, question: str) -> None:
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill(question)
    field.press("Enter")
    expect(page.locator("h2.question", has_text=question)).to_be_visible()
    see_the_end(page)


def see_the_end(page: Page) -> None:
    """The answer is there: "regenerate" is offered for every turn."""
    expect(page.locator(".status")).to_have_count(0, timeout=180_000)
    expect(page.get_by_role("button", name="Svar igen").last).to_be_visible(timeout=180_000)


def passages(page: Page) -> list[str]:
    return [" ".join(passage.split()) for passage in page.locator(".sources > ol .passage").all_inner_texts()]


def focused(page: Page) -> str:
    """The name of what has the focus, in the component or outside."""
    return str(
        page.evaluate(
            "() => { let node = document.activeElement; while (node?.shadowRoot?.activeElement)"
            " node = node.shadowRoot.activeElement; return node?.getAttribute('aria-label') ?? node?.innerText ?? '' }"
        )
    )


def in_component(page: Page, name: str, exact: bool = False) -> Locator:
    return page.locator(".turn").get_by_role("button", name=name, exact=exact)


def test_other_passages_make_another_version_and_the_old_one_stays(asked: Page) -> None:
    page = asked
    before = passages(page)
    assert len(before) == 4
    last = page.locator(".sources > ol > li.card").last
    last.get_by_role("button", name="Mere om kilde").click()
    last.get_by_role("button", name="Udelad stedet").click()
    page.get_by_text("Næsten med (5)").click()
    # the first that is too long to be shown whole
    show = page.locator("li.missed").filter(has=page.get_by_role("button", name="Vis alt")).first
    place = show.evaluate("item => [...item.parentElement.querySelectorAll('li.missed')].indexOf(item)")
    missed = page.locator("li.missed").nth(place)
    expect(missed).to_contain_text("Mangler:")
    missed.get_by_role("button", name="Vis alt").click()
    pinned = " ".join(missed.locator(".passage").inner_text().split())
    missed.get_by_role("button", name="Fasthold").click()
    expect(page.locator(".chosen")).to_contain_text("1 fastholdt, 1 udeladt")
    page.reload()
    expect(page.locator(".turn")).to_be_visible()
    expect(page.locator(".chosen")).to_have_count(0)  # a choice that was not asked with is the tab's own

    page.get_by_text("Næsten med (5)").click()
    missed.get_by_role("button", name="Fasthold").click()
    page.locator(".sources > ol > li.card").last.get_by_role("button", name="Mere om kilde").click()
    page.locator(".sources > ol > li.card").last.get_by_role("button", name="Udelad stedet").click()
    expect(page.locator(".chosen")).to_contain_text("1 fastholdt, 1 udeladt")
    in_component(page, "Spørg igen").click()
    expect(page.locator(".variants")).to_contain_text("2 af 2", timeout=60_000)
    see_the_end(page)
    expect(page.locator("li.card .state", has_text="Fastholdt")).to_have_count(1)
    after = passages(page)
    assert before[-1] not in after
    assert any(passage[:40] == pinned[:40] for passage in after)
    expect(page.locator(".left-out")).to_contain_text(DOCUMENT)

    # by keyboard, and the focus stays where it is
    in_component(page, "Forrige udgave").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".variants")).to_contain_text("1 af 2")
    assert passages(page) == before
    assert focused(page) == "Forrige udgave af svaret"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".variants")).to_contain_text("2 af 2")
    assert passages(page) == after

    # a marker shows the passage that it stands for
    marker = page.locator(".answer button.number").first
    number = marker.inner_text()
    marker.click()
    view = page.locator("dialog.evidence")
    expect(view.locator(f"rect.quote[data-number='{number}']").first).to_be_attached()
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)


def test_a_question_is_edited_and_what_is_said_of_answers_survives_a_reload(asked: Page) -> None:
    page = asked
    in_component(page, "Godt svar").click()
    first = page.locator(".sources > ol > li.card").first
    first.get_by_role("button", name="Rigtigt sted").click()
    page.locator(".sources > ol > li.card").nth(1).get_by_role("button", name="Forkert sted").click()
    in_component(page, "Mere", exact=True).click()
    in_component(page, "Note").click()
    page.keyboard.type("Mangler <b>datoen</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Note: Mangler <b>datoen</b>")).to_be_visible()
    page.reload()
    expect(in_component(page, "Godt svar")).to_have_attribute("aria-pressed", "true")
    expect(in_component(page, "Rigtigt sted").first).to_have_attribute("aria-pressed", "true")
    expect(in_component(page, "Forkert sted").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Note: Mangler <b>datoen</b>")).to_be_visible()

    in_component(page, "Mere", exact=True).click()
    in_component(page, "Ret spørgsmålet").click()
    page.keyboard.press("Escape")
    assert focused(page) == "Ret spørgsmålet"
    in_component(page, "Ret spørgsmålet").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(OTHER)
    page.keyboard.press("Enter")
    expect(page.locator("h2.question")).to_have_text(OTHER, timeout=60_000)
    see_the_end(page)
    expect(in_component(page, "Godt svar")).to_have_attribute("aria-pressed", "false")
    in_component(page, "Forrige udgave").click()
    expect(page.locator("h2.question")).to_have_text(QUESTION)
    expect(in_component(page, "Godt svar")).to_have_attribute("aria-pressed", "true")


def test_a_refusal_is_answered_anyway_and_stays_marked(asked: Page) -> None:
    page = asked
    ask(page, OFF_TOPIC)
    expect(page.get_by_text("Søgt i: 1 dokument.")).to_be_visible()
    expect(page.locator(".sources > ol > li.card .aside", has_text="Mangler:").first).to_be_visible()
    in_component(page, "Svar alligevel ud fra dem").click()
    expect(page.locator(".doubted")).to_contain_text("Usikkert svar", timeout=60_000)
    see_the_end(page)
    page.reload()
    expect(page.locator(".doubted")).to_contain_text("Dine dokumenter svarer efter alt at dømme ikke")
    assert page.locator(".doubted").evaluate("node => getComputedStyle(node).borderTopStyle") == "dotted"


def test_a_selection_on_the_page_is_the_passage_expected_and_the_document_is_a_step_away(asked: Page) -> None:
    page = asked
    page.locator("li.card.cited button", has_text="Åbn siden").first.click()
    evidence = page.locator("dialog.evidence")
    expect(evidence.locator(".words-layer span").first).to_be_attached()
    here = evidence.get_by_role("button", name="Det rigtige står her")
    here.click()
    expect(here).to_contain_text("Markér først teksten")
    evidence.get_by_role("button", name="Næste side").click()
    expect(evidence.get_by_text("Side 3 af 4", exact=True)).to_be_visible()
    chosen = evidence.locator(".words-layer").evaluate(
        "layer => { const words = [...layer.children].slice(20, 30);"
        " document.getSelection().setBaseAndExtent(words[0].firstChild, 0, words.at(-1).firstChild, 1);"
        " return words.slice(0, -1).map((word) => word.textContent).join('') }"
    )
    expect(here).to_contain_text("Det rigtige står her")
    here.click()
    expect(here).to_contain_text("Gemt")
    evidence.get_by_role("button", name="Åbn dokumentets side").click()
    expect(page.get_by_role("heading", name=DOCUMENT)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/document\?id=\d+&page=3"))
    page.get_by_role("link", name="Gemte spørgsmål").click()
    page.get_by_role("button", name=QUESTION).first.click()
    expect(page.get_by_text(" ".join(chosen.split()[:3])).first).to_be_visible()
