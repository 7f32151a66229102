"""A fresh server that is asked for one page directly shows that page, in its frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/chat", "Welcome to Kilde"),
        ("/upload", "Welcome to Kilde"),
        ("/settings", "Settings"),
    ],
)
def test_deep_link_on_a_fresh_server(
    make_server: Callable[[], Server], new_page: Callable[..., Page], path: str, heading: str
) -> None:
    server = make_server()
    page = new_page()
    page.goto(server.url + path)
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    for link in ("Ask", "Documents", "Settings"):
        expect(page.get_by_role("link", name=link)).to_be_visible()
    if path == "/upload":
        expect(page.locator("input[type=file]").first).to_be_attached()
