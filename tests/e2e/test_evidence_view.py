"""Reading a source: its page with the quotes marked, its text to select, zoom, pages, and the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from fpdf import FPDF
from playwright.sync_api import Locator, Page, expect

from rag.library import Library
from tests.e2e.conftest import DOCUMENT, serving

QUESTION = "Hvor længe er batteriet dækket?"
QUOTE = "Batterier er dækket i 6 måneder."
NOTE = "Blæseren i modellen Sirocco skal smøres hvert andet år."
NOTE_QUESTION = "Hvor ofte skal blæseren i Sirocco smøres?"


@dataclass(frozen=True)
class Reading:
    """conversations: their ids, by the question asked in them."""

    url: str
    conversations: dict[str, int]


def plain_pages() -> bytes:
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for number in range(1, 61):
        made.add_page()
        said = f"Kapitel {number}. Her står intet om det, der spørges om."
        if number == 42:
            said += "\n\nKompressoren i anlægget Boreas renses hver tredje måned og oftere, når der er støv i"
        if number == 43:
            said = f"luften omkring den. {said}"
        made.multi_cell(0, 7, said)
    return bytes(made.output())


LONG_QUESTION = "Hvor ofte renses kompressoren i Boreas?"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Reading]:
    asked = {}

    def prepare(library: Library) -> None:
        library.documents.add(
            "Noter.txt", f"Noter fra værkstedet\n\n{NOTE} Filtrene skiftes, når de er grå.\n".encode()
        )
        library.documents.add("Anlæg.pdf", plain_pages())
        assert library.wait(400)
        for question in (QUESTION, NOTE_QUESTION, LONG_QUESTION):
            turn = library.conversations.start(question)
            library.conversations.wait(turn.id, 120)
            asked[question] = turn.conversation_id

    with serving(tmp_path_factory.mktemp("reading"), indexed, prepare) as started:
        yield Reading(started.url, asked)


NewPage = Callable[..., Page]


def opened(reading: Reading, page: Page, question: str = QUESTION) -> Locator:
    """The conversation of a question; the first marker of its answer."""
    page.goto(f"{reading.url}/?conversation={reading.conversations[question]}")
    marker = page.locator(".answer button.number").first
    expect(marker).to_be_visible(timeout=120_000)
    return marker


def evidence_of(page: Page) -> Locator:
    evidence = page.locator("dialog.evidence")
    expect(evidence.locator(".body").first).to_be_visible()
    expect(evidence).to_have_attribute("aria-busy", "false")
    return evidence


def point_at(marker: Locator, pointed: Locator) -> None:
    """Moves the mouse there, and again where the page moved the marker away from under it while it came to rest."""
    for _ in range(15):
        marker.page.mouse.move(5, 5)
        marker.hover()
        with suppress(AssertionError):
            expect(pointed).to_have_count(1, timeout=2_000)
            return
    expect(pointed).to_have_count(1)


def test_a_marker_points_opens_and_gets_the_focus_back(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK")
    marker = opened(reading, page)
    number = marker.inner_text()
    pointed = page.locator("li.card.pointed")
    point_at(marker, pointed)
    expect(pointed.locator(".number").first).to_have_text(number)
    page.mouse.move(5, 5)
    expect(pointed).to_have_count(0)
    marker.focus()
    expect(pointed).to_have_count(1)

    page.keyboard.press("Enter")
    evidence = evidence_of(page)
    expect(evidence).to_be_focused()
    expect(evidence).to_have_accessible_name(f"Kilden i {DOCUMENT}")
    chip = evidence.get_by_role("button", name=f"Kilde {number}: {DOCUMENT}")
    expect(chip).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(evidence).to_have_count(0)
    expect(marker).to_be_focused()


def test_the_quote_is_marked_with_its_number_and_its_text_can_be_copied(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    marker = opened(reading, page)
    number = marker.inner_text()
    marker.click()
    evidence = evidence_of(page)
    expect(evidence.locator(".page-of")).to_have_text("Side 2 af 4")
    tag = evidence.locator(".tag.own")
    expect(tag).to_have_text(number)
    box = evidence.locator("rect.quote.own").first
    expect(box).to_be_in_viewport()
    colour = "el => [getComputedStyle(el).fill, getComputedStyle(el).backgroundColor]"
    assert box.evaluate(colour)[0] == tag.evaluate(colour)[1] == marker.evaluate(colour)[1]

    # from the first to the last letter of the quote, with the mouse
    place = box.bounding_box()
    assert place is not None
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 1, middle)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 0.5, middle, steps=8)
    page.mouse.up()
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == QUOTE

    evidence.get_by_role("button", name="Kopiér citat med henvisning").click()
    expect(evidence.get_by_role("button", name="Kopieret")).to_be_visible()
    reference = page.evaluate("navigator.clipboard.readText()")
    assert QUOTE in reference
    assert f"{DOCUMENT}, s. 2" in reference


def test_the_layer_says_all_of_the_page_and_lies_on_it(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK")
    opened(reading, page).click()
    evidence = evidence_of(page)
    evidence.get_by_role("button", name="Tekst ved siden af").click()
    text = evidence.get_by_role("region", name="Sidens tekst")
    expect(text.locator("mark.own", has_text=QUOTE)).to_be_in_viewport()
    expect(text.get_by_role("img", name=re.compile(r"Kilde \d")).first).to_be_visible()
    layer = " ".join(evidence.locator(".words-layer").evaluate("el => el.textContent").split())
    # the numbers of the sources stand in the text beside the picture, and are not part of it
    pieces = text.locator("blockquote").evaluate(
        "el => [...el.childNodes].filter(n => !n.classList?.contains('number')).map(n => n.textContent).join('')"
    )
    assert layer == " ".join(pieces.split())
    # the words of the quote lie in its box
    word = evidence.locator(".words-layer span", has_text="måneder.").first.bounding_box()
    boxes = [one.bounding_box() for one in evidence.locator("rect.quote.own").all()]
    assert word is not None
    assert any(
        box is not None
        and box["x"] - 2 <= word["x"]
        and word["x"] + word["width"] <= box["x"] + box["width"] + word["height"]
        and abs(box["y"] - word["y"]) < 3
        for box in boxes
    )


def test_zoom_by_keys_and_buttons_stays_sharp(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK", width=1440)
    opened(reading, page).click()
    evidence = evidence_of(page)
    paper = evidence.locator(".paper")

    def width() -> float:
        box = paper.bounding_box()
        assert box is not None
        return box["width"]

    fit = width()
    evidence.get_by_role("button", name="Forstør").click()
    expect(evidence.get_by_role("button", name="125 %")).to_be_visible()
    assert width() == pytest.approx(1.25 * fit, rel=0.03)
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(evidence.get_by_role("button", name="200 %")).to_be_visible()
    assert width() == pytest.approx(2 * fit, rel=0.03)
    expect(evidence.locator(".tag.own")).to_be_in_viewport()
    assert int(evidence.locator("img").evaluate("el => el.naturalWidth")) >= width(), "as many pixels as are shown"
    page.keyboard.press("-")
    expect(evidence.get_by_role("button", name="150 %")).to_be_visible()
    page.keyboard.press("0")
    expect(evidence.get_by_role("button", name="100 %")).to_be_visible()
    assert width() == pytest.approx(fit, abs=2)


def test_pages_of_a_long_document(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK")
    marker = opened(reading, page, LONG_QUESTION)
    number = marker.inner_text()
    marker.click()
    evidence = evidence_of(page)
    where = evidence.locator(".page-of")
    expect(where).to_have_text("Side 42 af 60")
    listed = evidence.get_by_role("navigation", name="Sider med kilder").get_by_role("button")
    cited = listed.and_(evidence.get_by_role("button", name=re.compile(rf"^Side 42, kilde .*{number}")))
    expect(cited).to_have_attribute("aria-current", "page")
    evidence.get_by_role("button", name="Fortsætter på side 43").click()
    expect(where).to_have_text("Side 43 af 60")
    expect(evidence.locator("rect.quote")).to_have_count(0)
    evidence.get_by_role("button", name="Begynder på side 42").click()
    expect(where).to_have_text("Side 42 af 60")
    expect(evidence).to_have_attribute("aria-busy", "false")
    page.keyboard.press("PageDown")
    expect(where).to_have_text("Side 43 af 60")
    expect(evidence).to_have_attribute("aria-busy", "false")
    page.keyboard.press("ArrowLeft")
    expect(where).to_have_text("Side 42 af 60")
    field = evidence.get_by_role("spinbutton", name="Gå til side")
    field.fill("60")
    field.press("Enter")
    expect(where).to_have_text("Side 60 af 60")
    expect(evidence.get_by_role("button", name="Næste side")).to_be_disabled()
    cited.click()
    expect(where).to_have_text("Side 42 af 60")
    expect(evidence.locator("rect.quote.own").first).to_be_in_viewport()
    expect(field).to_have_value("42")
    page.keyboard.press("Escape")
    expect(marker).to_be_focused()


def test_a_text_file_is_marked_too(reading: Reading, new_page: NewPage) -> None:
    page = new_page(locale="da-DK", dark=True)
    marker = opened(reading, page, NOTE_QUESTION)
    number = marker.inner_text()
    marker.press("Enter")
    evidence = evidence_of(page)
    expect(evidence.locator("mark.own")).to_have_text(NOTE)
    expect(evidence.locator(".around .number.own")).to_have_accessible_name(f"Kilde {number}")
    expect(evidence.locator("img:not([role])")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1440, 800), (1280, 800), (480, 900)])
def test_nothing_of_the_view_is_hidden(reading: Reading, new_page: NewPage, width: int, height: int) -> None:
    page = new_page(locale="da-DK", width=width, height=height)
    marker = opened(reading, page)
    marker.focus()
    page.keyboard.press("Enter")
    evidence = evidence_of(page)
    expect(evidence).to_be_focused()
    page.wait_for_timeout(300)
    view = evidence.bounding_box()
    assert view is not None
    assert view["x"] >= 0 and view["x"] + view["width"] <= width
    floor: float = height
    if not evidence.evaluate("el => el.matches(':modal')"):
        field = page.locator(".st-key-ask").bounding_box()
        assert field is not None
        floor = field["y"]
    assert view["y"] >= 0 and view["y"] + view["height"] <= floor
    assert evidence.evaluate("el => [...el.children].every(c => c.scrollWidth <= el.clientWidth + 1)")
    page.keyboard.press("Escape")
    expect(marker).to_be_focused()
