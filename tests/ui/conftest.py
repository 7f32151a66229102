"""Pages of the app, drawn in the test's own process over a library that it filled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from rag.library import Library
from rag.ui.shell import session
from tests.helpers import APP

OpenPage = Callable[[str, dict[str, str]], AppTest]


@pytest.fixture
def opened(filled: Library, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Opens a page by its path and the query parameters of its address."""
    monkeypatch.setattr(session, "_open_library", lambda folder: filled)

    def open_page(path: str, address: dict[str, str]) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=20).run()
        at.switch_page(path)
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return open_page
