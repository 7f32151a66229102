"""The scripts of the components draw text nodes only and reach for nothing outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.ui import components, turn_data
from rag.ui.translations import TEXTS

FOLDER = Path(components.__file__).parent
FILES = sorted([*FOLDER.rglob("*.js"), *FOLDER.rglob("*.css")])
INTERPRETING = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "eval(")
FETCHING = ("fetch(", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "@import", "url(")


def test_there_are_scripts_and_styles() -> None:
    assert {path.suffix for path in FILES} == {".js", ".css"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_interpreted_or_fetched(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    assert [word for word in (*INTERPRETING, *FETCHING) if word in code] == []
    # the name of the SVG namespace is no address that is visited
    assert set(re.findall(r"https?://[^\s\"'`)]+", code)) <= {"http://www.w3.org/2000/svg"}


def test_the_turn_is_given_every_word_that_it_says() -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (FOLDER / "turn").glob("*.js"))
    said = set(re.findall(r"\blabels\.(\w+)", scripts)) | {"partly", "unsupported"}
    assert said == set(turn_data.LABELS)
    assert said <= set(TEXTS)
