"""The blocks that a Word document is read as."""

from dataclasses import dataclass

PAGE_BREAK = "\f"


@dataclass(frozen=True, slots=True)
class Block:
    """kind: "paragraph", "heading", "title", "item", "row" or "comment". level: of a heading, or depth of an item."""

    kind: str
    text: str
    level: int = 0
    mark: str = ""
