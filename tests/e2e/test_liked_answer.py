"""A liked answer becomes a new assistant, or an example of the one that gave it, with one click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.core.types import Assistant
from rag.library import Library
from tests.e2e.conftest import Server, serving

QUESTION = "Hvor længe er batteriet dækket?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, indexed: Path) -> Iterator[Server]:
    """The app with a document and one assistant."""

    def prepare(library: Library) -> None:
        library.assistants.save(Assistant("Regelopslag", icon="gavel"))

    with serving(tmp_path_factory.mktemp("liked"), indexed, prepare) as started:
        yield started


def like(page: Page) -> None:
    field = page.get_by_placeholder("Spørg dine dokumenter…")
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.get_by_role("button", name="Svar igen")).to_be_visible(timeout=180_000)
    page.get_by_role("button", name="Godt svar").click()


def see_the_question_in_the_form(page: Page) -> None:
    page.wait_for_url("**/assistants*", timeout=60_000)
    page.wait_for_function(
        "(question) => [...document.querySelectorAll('input, textarea')].some((field) => field.value === question)",
        arg=QUESTION,
        timeout=60_000,
    )


def test_without_an_assistant_it_begins_a_new_one(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="da-DK")
    page.goto(server.url)
    like(page)
    page.get_by_role("button", name="Lav en ny assistent ud fra svaret").click()
    see_the_question_in_the_form(page)


def test_the_assistant_that_answered_takes_it_as_an_example(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="da-DK")
    page.goto(server.url)
    page.get_by_role("button", name="Ingen assistent").click()
    page.locator("label", has_text="Regelopslag").click()
    expect(page.get_by_role("button", name="Regelopslag").first).to_be_visible()
    page.keyboard.press("Escape")
    like(page)
    expect(page.locator(".who .name")).to_contain_text("Regelopslag, version 1")
    page.get_by_role("button", name="Brug som eksempel for Regelopslag").click()
    see_the_question_in_the_form(page)
