"""Writes and parses the form of a passage in a prompt."""

import re
from dataclasses import dataclass

_PASSAGE = re.compile(
    r'<passage number="(?P<number>\d+)"'
    r'(?: document="(?P<document>[^"]*)" (?:page="(?P<page>\d+)"|place="(?P<place>[^"]*)"))?>\n'
    r"(?P<text>.*?)\n</passage>",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PromptPassage:
    """A passage of a prompt; `str` gives its text.

    number: for citations. text: as data, see `rag.generation.prompts.builder.as_data`. document: its
    name, "" in examples. page: its number, 0 if unknown. place: instead of the page for documents without pages,
    such as "slide 3" or "sheet Prices, row 14". document and place: without quotation marks.
    """

    number: int
    text: str
    document: str = ""
    page: int = 0
    place: str = ""

    def __str__(self) -> str:
        where = f' place="{self.place}"' if self.place else f' page="{self.page}"'
        source = f' document="{self.document}"{where}' if self.document else ""
        return f'<passage number="{self.number}"{source}>\n{self.text}\n</passage>'


def parse_passages(text: str) -> list[PromptPassage]:
    """The passages in the text of a prompt, in order; other text is ignored."""
    return [
        PromptPassage(
            int(match["number"]),
            match["text"],
            match["document"] or "",
            int(match["page"] or 0),
            match["place"] or "",
        )
        for match in _PASSAGE.finditer(text)
    ]
