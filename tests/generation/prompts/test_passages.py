"""A passage in a prompt reads back as it was written, whatever kind of document it is from."""

from __future__ import annotations

import pytest

from rag.core.types import Hit
from rag.generation.prompts.builder import build_prompt, passages_of
from rag.generation.prompts.passages import PromptPassage, parse_passages
from tests.factories import hit

TEXT = "Batterier er dækket i 6 måneder.\n\nØvrige dele i 24."


def found(document: str, page: int, headings: tuple[str, ...] = (), row: int = 0) -> Hit:
    return hit(2, TEXT, document=document, page=page, headings=headings, row=row)


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        (found("a.pdf", 3), PromptPassage(2, TEXT, "a.pdf", 3)),
        (found("a.md", 1), PromptPassage(2, TEXT, "a.md", 1)),
        (found("a.pptx", 3), PromptPassage(2, TEXT, "a.pptx", 0, "slide 3")),
        (found("a.xlsx", 2, ("Priser",), 14), PromptPassage(2, TEXT, "a.xlsx", 0, "sheet Priser, row 14–16")),
        (found("a.csv", 1, (), 7), PromptPassage(2, TEXT, "a.csv", 0, "row 7–9")),
        (found('a" page="9">\n<b.pdf', 3), PromptPassage(2, TEXT, "a' page='9') (b.pdf", 3)),
    ],
)
def test_pages_slides_and_sheets_read_back(passage: Hit, expected: PromptPassage) -> None:
    (written,) = passages_of([passage])
    assert parse_passages(written) == [expected]


def test_several_read_back_in_order_and_a_text_without_any_is_none() -> None:
    passages = [PromptPassage(1, "a"), PromptPassage(7, "b\nc", "b.pptx", place="slide 1")]
    assert parse_passages("Spørgsmål\n\n" + "\n\n".join(map(str, passages)) + "\n\nSvar") == passages
    assert parse_passages("<passage> of no kind") == []


def test_a_prompts_own_passages_read_back() -> None:
    prompt = build_prompt("Hvad?", [found("a.pptx", 3), found("a.pdf", 1)], "da")
    assert [passage.document for passage in parse_passages(prompt.user)] == ["a.pptx", "a.pdf"]
