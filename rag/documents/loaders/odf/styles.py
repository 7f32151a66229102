"""What styles say of text: that it is struck through, raised, lowered, hidden or bold."""

import re
from dataclasses import dataclass
from typing import Any

from rag.documents.loaders.odf.package import attribute, find, find_all

_MAX_PARENTS = 20


@dataclass(frozen=True, slots=True)
class Look:
    """None where a style leaves it to what it stands in. place: 1 for raised, -1 for lowered, 0 for on the line."""

    struck: bool | None = None
    place: int | None = None
    hidden: bool | None = None
    bold: bool | None = None

    def over(self, below: "Look") -> "Look":
        """This look where it says something, else that of what it stands in."""
        return Look(
            below.struck if self.struck is None else self.struck,
            below.place if self.place is None else self.place,
            below.hidden if self.hidden is None else self.hidden,
            below.bold if self.bold is None else self.bold,
        )


class Styles:
    """The styles of a document by family and name. roots: of the parts that have styles, those of the content last."""

    def __init__(self, *roots: Any) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        for root in roots:
            if root is not None:
                for style in find_all(root, "style:style"):
                    self._styles[attribute(style, "style:family"), attribute(style, "style:name")] = style
        self._looks: dict[tuple[str, str], Look] = {}

    def look(self, family: str, name: str) -> Look:
        """The look of a style with what it inherits. family: "text", "paragraph", "table-cell", "graphic" …"""
        if (family, name) not in self._looks:
            look = Look()
            for style in self._line(family, name):
                look = look.over(_look(style))
            self._looks[family, name] = look
        return self._looks[family, name]

    def names(self, family: str, name: str) -> list[str]:
        """The name of a style and those that it inherits from."""
        return [attribute(style, "style:name") for style in self._line(family, name)]

    def property(self, family: str, name: str, properties: str, key: str) -> str:
        """A property of a style or of the nearest that it inherits from: `key` of its element `properties`."""
        for style in self._line(family, name):
            element = find(style, properties)
            if element is not None and (value := attribute(element, key)):
                return value
        return ""

    def _line(self, family: str, name: str) -> list[Any]:
        line: list[Any] = []
        while (style := self._styles.get((family, name))) is not None and len(line) < _MAX_PARENTS:
            line.append(style)
            name = attribute(style, "style:parent-style-name")
        return line


def _look(style: Any) -> Look:
    properties = find(style, "style:text-properties")
    if properties is None:
        return Look()
    lines = [attribute(properties, f"style:text-line-through-{part}") for part in ("style", "type")]
    position = attribute(properties, "style:text-position")
    weight = attribute(properties, "fo:font-weight")
    display = attribute(properties, "text:display")
    return Look(
        struck=next((line != "none" for line in lines if line), None),
        place=_place(position) if position else None,
        hidden=display == "none" if display else None,
        bold=weight in ("bold", "600", "700", "800", "900") if weight else None,
    )


def _place(position: str) -> int:
    """The first word of a position: "super", "sub", or how far it is raised, such as "33%" or "-8%"."""
    first = position.split()[0] if position.split() else ""
    share = re.fullmatch(r"(-?)(\d+(?:\.\d+)?)%", first)
    if share:
        return 0 if float(share[2]) < 1 else -1 if share[1] else 1
    return {"super": 1, "sub": -1}.get(first, 0)
