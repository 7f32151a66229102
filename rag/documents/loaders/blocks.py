"""Blocks that a loader yields, where it reads a text before it knows which page it is put on."""

from collections.abc import Iterable
from dataclasses import dataclass

from rag.documents.loaders.page_builder import PageBuilder


@dataclass(frozen=True, slots=True)
class Block:
    """kind: "paragraph", "heading", "item" or "rows". level: of a heading, or the depth of an item from 0.

    text: of "rows" a line for each. mark: of an item.
    """

    kind: str
    text: str
    level: int = 0
    mark: str = ""


def put(page: PageBuilder, blocks: Iterable[Block]) -> None:
    """Write blocks into a page."""
    for block in blocks:
        if block.kind == "heading":
            page.heading(block.level, block.text)
        elif block.kind == "item":
            page.item(block.text, block.mark, block.level)
        elif block.kind == "rows":
            page.rows(block.text.split("\n"))
        else:
            page.paragraph(block.text)
