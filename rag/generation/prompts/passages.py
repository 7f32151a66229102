"""The form of a passage in a prompt, both written and read here."""

from __future__ import annotations

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
    """A passage as a model is shown it; `str` gives the text.

    number: by which an answer cites it. text: as data, see `rag.generation.prompts.builder.as_data`. document: its
    name, "" in examples. page: its number, 0 where it is not told. place: in place of the page where the document has
    none, such as "slide 3" or "sheet Prices, row 14". document and place: without quotation marks.
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
    """The passages that stand in a prompt's text, in order; what stands around them is passed over."""
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
