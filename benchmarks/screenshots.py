"""The pictures of the README, taken from the app itself: python -m benchmarks.screenshots [--folder DIR]

Sample documents are indexed with the default model, a question is asked in Danish, and every page is taken in light
and dark, and narrow.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import ROOT, browser, server, wait_for
from rag.conversations.assistants.presets import presets
from rag.core.model_ref import QUOTING
from rag.core.types import Conditions
from rag.documents.samples import samples
from rag.library import Library

QUESTIONS = ("Hvor længe er batteriet dækket?", "Hvor mange feriedage kan jeg tage med til næste år?")
TALL = 1900  # px, for pages that are read from top to bottom
NOT_ANSWERED = "Hvem vandt verdensmesterskabet i håndbold?"


def prepared(data: Path, model: str) -> int:
    """A library with the samples, the ready-made assistants and four conversations; two answers are judged.

    Returns the id of a turn that an assistant answered.

    model: what the assistants answer with.
    """
    with Library.open(data) as library:
        for name, content in samples():
            library.documents.add(name, content)
        library.wait()
        for question in (*QUESTIONS, NOT_ANSWERED):
            library.conversations.wait(library.conversations.start(question).id)
        first = library.conversations.live(1).turn
        library.documents.tag(
            [next(d.id for d in library.documents.all() if d.name == first.hits[0].document)], add=["produkt"]
        )
        left_out = library.conversations.ask_again(1, conditions=Conditions(excluded=(first.hits[0].place,)))
        library.conversations.wait(left_out.id)
        library.conversations.show_variant(1)
        library.saved_questions.vote(1, 1)
        library.saved_questions.vote(2, 1)
        library.question_runs.start()
        library.question_runs.wait()
        library.influence.start(1)
        library.influence.wait(1)
        made = [library.assistants.save(replace(one.assistant, answer_model=model)) for one in presets("da")]
        turns = library.panels.ask(
            QUESTIONS[0], None, [Conditions(assistant=one.id) for one in (made[0], made[-1])], made[-1].scenario
        )
        for turn in turns:
            library.conversations.wait(turn.id)
        library.panels.vote(turns[-1].id)
        library.perspective_effect.start(turns[-1].id)
        library.perspective_effect.wait(turns[-1].id)
        return turns[-1].id


def taken(window: Browser, url: str, folder: Path, *, dark: bool, width: int, name: str, angled: int) -> None:
    """All pages in one look. angled: the turn that an assistant answered."""
    context = window.new_context(
        locale="da-DK",
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/Copenhagen",
    )
    page = context.new_page()
    page.goto(url)
    page.get_by_text("Prøv for eksempel").wait_for()
    page.get_by_text("Gør sprogmodellen klar").wait_for(state="detached", timeout=120_000)
    _save(page, folder / f"start-{name}.png")
    page.goto(f"{url}/?conversation=1")
    page.locator("li.card.cited").first.wait_for()
    _save(page, folder / f"chat-{name}.png")
    page.locator("li.card.cited button", has_text="Åbn siden").first.click()
    expect(page.locator("dialog.evidence img")).to_be_visible()
    _save(page, folder / f"source-{name}.png")
    page.keyboard.press("Escape")
    page.goto(f"{url}/upload")
    page.get_by_role("table").get_by_text("klar", exact=True).first.wait_for()
    _save(page, folder / f"documents-{name}.png")
    page.set_viewport_size({"width": width, "height": TALL})
    page.goto(f"{url}/ledger?turn=1")
    page.get_by_role("table").first.wait_for()
    _save(page, folder / f"ledger-{name}.png")
    page.goto(f"{url}/compare?turns=1,4")
    page.get_by_text(QUESTIONS[0]).first.wait_for()
    _save(page, folder / f"compare-{name}.png")
    page.goto(f"{url}/compare?angle={angled}")
    page.get_by_text("Uden vinklen").first.wait_for()
    _save(page, folder / f"angle-{name}.png")
    page.goto(f"{url}/document?id=1")
    page.get_by_test_id("stMain").locator("img").first.wait_for()
    _save(page, folder / f"document-{name}.png")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{url}/lab")
    page.get_by_text(QUESTIONS[0]).first.wait_for()
    _save(page, folder / f"questions-{name}.png")
    page.goto(f"{url}/?conversation=3")
    page.get_by_text("Det står ikke i dine dokumenter").first.wait_for()
    _save(page, folder / f"refusal-{name}.png")
    page.goto(f"{url}/?conversation=4")
    page.get_by_text("Bedste svar").first.wait_for()
    _save(page, folder / f"panel-{name}.png")
    page.goto(f"{url}/assistants")
    page.get_by_role("heading", name="Assistenter").first.wait_for()
    _save(page, folder / f"assistants-{name}.png")
    page.goto(f"{url}/models")
    page.get_by_role("heading", name="Modeller").first.wait_for()
    page.wait_for_timeout(1500)  # what this machine carries is found out after the page is drawn
    page.get_by_role("heading", name="Modeller, der kan svare").evaluate("one => one.scrollIntoView()")
    _save(page, folder / f"models-{name}.png")
    page.goto(f"{url}/settings")
    page.get_by_role("heading", name="Indstillinger").first.wait_for()
    _save(page, folder / f"settings-{name}.png")
    context.close()


def _save(page: Page, path: Path) -> None:
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    page.wait_for_timeout(700)  # fonts and transitions
    page.screenshot(path=str(path))


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--model", default=QUOTING, help="what the assistants answer with, such as a GGUF file's path")
    given = parser.parse_args()
    folder = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        angled = prepared(Path(temporary), given.model)
        with server(Path(temporary)) as (url, _), browser() as window:
            wait_for(url)
            taken(window, url, folder, dark=False, width=1400, name="light", angled=angled)
            taken(window, url, folder, dark=True, width=1400, name="dark", angled=angled)
            taken(window, url, folder, dark=False, width=480, name="narrow", angled=angled)


if __name__ == "__main__":
    main()
