"""Models in a real browser: fetched from a hub on this machine, stopped, gone on with, tried, used and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import small_hub
from tests.e2e.conftest import Server
from tests.small_gguf import write
from tests.small_hub import SmallHub
from tests.tiny_models import TEMPLATE, make

FILES, WRITER = "someone/tiny-GGUF", "someone/tiny-writer"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    with small_hub.running() as running:
        for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HF_HUB_CACHE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        served = tmp_path / "served"
        served.mkdir()
        write(served / "tiny-Q4_K_M.gguf", "Tiny", values=30_000)
        write(served / "tiny-Q8_0.gguf", "Tiny", values=60_000)
        running.folders[FILES] = served
        running.folders[WRITER] = make(tmp_path / "writer", 4096, TEMPLATE)
        yield running


@pytest.fixture
def server(hub: SmallHub, make_server: Callable[[], Server]) -> Server:
    made = make_server()
    for left in ("gemma-3-270m-q4_k_m.gguf", "gemma-3-270m-chat.gguf"):
        (made.data / "models" / left).unlink(missing_ok=True)
    return made


def look_for(page: Page, model: str) -> None:
    field = page.get_by_role("textbox", name="Another model from the hub")
    field.fill(model)
    field.press("Enter")


def test_fetched_tried_used_and_deleted(server: Server, hub: SmallHub, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{server.url}/models")
    expect(page.get_by_role("heading", name="There is no good language model yet, and that is fine")).to_be_visible()

    # which file, and how far it is
    hub.pause_s, hub.piece = 0.1, 4096
    look_for(page, FILES)
    which = page.get_by_role("combobox", name=f"Which file of {FILES}?")
    expect(which).to_be_visible()
    expect(which).to_have_value(re.compile(r"tiny-Q4_K_M\.gguf · \d+ kB · Runs well here"))
    page.get_by_role("button", name="Get", exact=True).click()
    stop = page.get_by_role("button", name="Stop tiny-Q4_K_M.gguf")
    expect(page.get_by_text(re.compile(r"[1-9]\d* kB of \d+ kB"))).to_be_visible()
    stop.click()
    expect(page.get_by_text("What came is kept")).to_be_visible()
    assert not (server.data / "models" / "tiny-Q4_K_M.gguf").exists()

    # over a restart of the program
    server.stop()
    server.start()
    page.goto(f"{server.url}/models")
    hub.pause_s = 0.0
    page.get_by_role("button", name="Go on tiny-Q4_K_M.gguf").click()
    expect(page.get_by_text("Fetched and checked")).to_be_visible()
    assert [bool(re.fullmatch(r"bytes=[1-9]\d*-", asked)) for _, asked in hub.requests] == [False, True]
    expect(page.get_by_text(f"from the hub: {FILES}")).to_be_visible()

    # it is whole, but there is nothing in it that could write
    page.get_by_role("button", name="Delete Tiny").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Tiny has been deleted.")).to_be_visible()
    assert not (server.data / "models" / "tiny-Q4_K_M.gguf").exists()

    # one that writes, if only nonsense
    look_for(page, WRITER)
    page.get_by_role("button", name="Get", exact=True).click()
    tried = page.get_by_role("button", name=f"Try {WRITER}")
    expect(tried).to_be_visible()
    tried.click()
    expect(page.get_by_text(re.compile(r"Measured here today .* tokens/s"))).to_be_visible(timeout=240_000)
    # random weights: what they write can also be nothing that is shown
    expect(page.get_by_text(re.compile("wrong answer|No answer came"))).to_be_visible()
    page.get_by_role("button", name=f"Use for answers {WRITER}").click()
    expect(page.get_by_text(f"{WRITER} writes the answers now.")).to_be_visible()


def test_a_wrong_file_and_the_keyboard_on_a_narrow_page(
    server: Server, hub: SmallHub, new_page: Callable[..., Page]
) -> None:
    hub.wrong = {"tiny-Q4_K_M.gguf"}
    page = new_page(locale="da-DK", width=480, dark=True)
    page.goto(f"{server.url}/models")
    field = page.get_by_role("textbox", name="En anden model fra hubben")
    field.fill("ikke en model")
    field.press("Enter")
    expect(page.get_by_text("er ikke navnet på en model")).to_be_visible()
    field.fill(FILES)
    field.press("Enter")
    fetch = page.get_by_role("button", name="Hent", exact=True)
    fetch.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("forkert kontrolsum")).to_be_visible()
    discard = page.get_by_role("button", name="Kassér tiny-Q4_K_M.gguf")
    discard.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("forkert kontrolsum")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert list((server.data / "models" / ".downloads").iterdir()) == []
