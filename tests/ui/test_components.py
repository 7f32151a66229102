"""The scripts of the components draw text nodes only and reach for nothing outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest

from rag.core.i18n import keys
from rag.core.types import Box, Span
from rag.documents.loaders.pdf.render import PagePicture, Word
from rag.documents.source_view import Mark, PageView
from rag.ui import components
from rag.ui.chat import turn_data
from rag.ui.chat.evidence_data import marked, view_data, words

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
    assert said <= keys()


def mark(number: int, kind: Literal["passage", "quote"], start: int, end: int) -> Mark:
    return Mark(number, kind, Span(start, end))


def test_marks_of_all_sources_are_cut_out_of_the_text() -> None:
    text = "One. Two. Three. Four."
    marks = (mark(1, "passage", 0, 10), mark(2, "passage", 5, 22), mark(1, "quote", 5, 9), mark(2, "quote", 5, 9))
    pieces = marked(text, (*marks, mark(3, "quote", 10, 17)), opened=2)
    assert "".join(piece["text"] for piece in pieces) == text
    shown = [(piece["text"], piece["number"], piece["kind"]) for piece in pieces if piece["number"]]
    # the opened source's quote lies on top; a mark does not reach over the space after it
    assert shown[:2] == [("One. ", 1, "passage"), ("Two.", 2, "quote")]
    assert ("Three.", 3, "quote") in shown
    assert shown[-1] == (" Four.", 2, "passage")
    begins = {piece["text"]: [one["number"] for one in piece["begins"]] for piece in pieces if piece["begins"]}
    assert begins == {"Two.": [1, 2], "Three.": [3]}
    assert {piece["color"] for piece in pieces if piece["number"] == 3} == {turn_data.color(3)[0]}


def test_a_text_without_marks_is_one_piece() -> None:
    (piece,) = marked("One. Two.", (), opened=1)
    assert (piece["text"], piece["number"], piece["begins"]) == ("One. Two.", 0, [])
    assert marked("", (), opened=1) == []
    (outside,) = marked("One.", (mark(1, "quote", 9, 12),), opened=1)
    assert outside["number"] == 0


def test_the_words_together_are_the_text_also_beyond_the_basic_plane() -> None:
    text = "Ét 😀 ord.\nTo ord"
    picture = PagePicture(b"", "image/png", 10, 10, (), 1, tuple(
        Word(match.start(), match.end(), Box(0.1, 0.2, 0.3, 0.4), 1) for match in re.finditer(r"\S+", text)
    ))  # fmt: skip
    found = words(text, picture)
    assert "".join(word[0] for word in found) == text
    assert found[1] == ["😀 ", 0.1, 0.2, 0.3, 0.4, 1]


def test_the_view_says_what_is_drawn() -> None:
    picture = PagePicture(b"x", "image/png", 20, 10, ((Box(0, 0, 1, 1),),), 3)
    marks = (Mark(2, "quote", Span(0, 4), (Box(0, 0, 1, 1),)), Mark(1, "passage", Span(0, 4), (Box(0, 0, 1, 0.5),)))
    shown = PageView("a\n<b>.pdf", 2, 1, 3, None, "One.", marks, picture, "there", {1: (1, 2)}, continues=2)
    data = view_data(shown)
    assert data["kind"] == "pdf"
    assert data["image"] == "data:image/png;base64,eA=="
    assert [(box["number"], box["kind"]) for box in data["boxes"]] == [(1, "passage"), (2, "quote")]
    assert data["citations"] == [{"page": 1, "numbers": [1, 2]}]
    assert (data["state"], data["continues"], data["exact"]) == ("there", 2, True)
    text = view_data(PageView("a.txt", 1, 1, 1, None, "One.", (), state="changed"))
    assert (text["kind"], text["state"], text["segments"][0]["text"]) == ("text", "changed", "One.")


def test_a_click_that_comes_again_after_its_page_was_left_does_nothing() -> None:
    """Streamlit calls the callback once more on the next page, where the table has no state."""
    drawn: dict[str, Any] = {}
    opened: list[int] = []

    def draw(**arguments: Any) -> dict[str, Any]:
        drawn.update(arguments)
        return {}

    components.selectable_table(draw, "of_a_page_left", {}, opened.append)
    drawn["on_open_change"]()
    assert opened == []
    assert components.action_value("of_a_page_left", "open") is None
