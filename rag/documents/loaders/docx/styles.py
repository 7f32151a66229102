"""The properties that text of a Word document gets from its style, and from the styles that this is based on."""

import re
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.loaders.docx.numbering import W
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.runs import LOWERED, RAISED

_RAISED = {"superscript": RAISED, "subscript": LOWERED}
_POINTS = re.compile(r"([-+]?\d{1,4}(?:\.\d{1,4})?)(pt)?$")
_LEAST_SHIFT = 2  # points: letters that are moved by less, such as a box to tick, stand on the line to the eye
_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """How letters stand; None where it is left to what is below. raised: "", RAISED or LOWERED."""

    raised: str | None = None
    struck: bool | None = None
    hidden: bool | None = None

    def over(self, below: "Look") -> "Look":
        """This one, with what it leaves open taken from another."""
        return Look(
            below.raised if self.raised is None else self.raised,
            below.struck if self.struck is None else self.struck,
            below.hidden if self.hidden is None else self.hidden,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """Properties of a paragraph. level: of a heading, 0 for none; list_id, depth: of its numbering."""

    name: str = ""
    level: int = 0
    list_id: str = ""
    depth: int = 0
    look: Look = Look()


def look_of(properties: Any) -> Look:
    """What the properties of a run (w:rPr) say themselves. `properties` may be None."""
    if properties is None or not len(properties):
        return Look()
    vertical = properties.find(f"{W}vertAlign")
    raised = (
        _moved(properties.find(f"{W}position")) if vertical is None else _RAISED.get(vertical.get(f"{W}val", ""), "")
    )
    lines = [line for name in ("strike", "dstrike") if (line := properties.find(f"{W}{name}")) is not None]
    hidden = properties.find(f"{W}vanish")
    return Look(raised, any(map(is_on, lines)) if lines else None, None if hidden is None else is_on(hidden))


def _moved(position: Any) -> str | None:
    """Whether letters are moved up or down, by a w:position in half points or, where it says so, in points."""
    amount = None if position is None else _POINTS.match(position.get(f"{W}val", ""))
    if amount is None:
        return None
    points = float(amount[1]) / (1 if amount[2] else 2)
    return "" if abs(points) < _LEAST_SHIFT else RAISED if points > 0 else LOWERED


def with_properties(style: Style, properties: Any) -> Style:
    """A style overridden by the properties of a paragraph, or of a style that is based on it."""
    level, list_id, depth = style.level, style.list_id, style.depth
    outline = properties.find(f"{W}outlineLvl")
    if outline is not None:
        outline_level = count(outline, 9)
        level = outline_level + 1 if outline_level < 9 else 0
    numbering = properties.find(f"{W}numPr")
    if numbering is not None:
        number_id, number_level = numbering.find(f"{W}numId"), numbering.find(f"{W}ilvl")
        list_id = list_id if number_id is None else number_id.get(f"{W}val", "")
        depth = depth if number_level is None else count(number_level, 0)
    return Style(style.name, level, "" if list_id == "0" else list_id, depth, style.look)


def styles_of(root: Any) -> dict[str, Style]:
    """The styles of paragraphs and of letters by id; under "" the style of paragraphs that name none."""
    elements = {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style")}
    styles: dict[str, Style] = {}
    for style_id, element in elements.items():
        chain = [element]
        while len(chain) < 20 and (base := chain[-1].find(f"{W}basedOn")) is not None:
            parent = elements.get(base.get(f"{W}val", ""))
            if parent is None or parent in chain:
                break
            chain.append(parent)
        style = Style()
        for ancestor in reversed(chain):
            name = ancestor.find(f"{W}name")
            style = replace(style, name=one_line(name.get(f"{W}val", "")) if name is not None else "")
            heading = _HEADING.match(style.name)
            if heading:
                style = replace(style, level=int(heading[1]))
            properties = ancestor.find(f"{W}pPr")
            if properties is not None:
                style = with_properties(style, properties)
            style = replace(style, look=look_of(ancestor.find(f"{W}rPr")).over(style.look))
        styles[style_id] = style
        if element.get(f"{W}default") in ("1", "true") and element.get(f"{W}type") == "paragraph":
            styles[""] = style
    return styles


def is_on(element: Any) -> bool:
    """Whether a switch such as w:b is present and not off."""
    return element is not None and element.get(f"{W}val", "true") not in ("0", "false", "off", "none")


def count(element: Any, otherwise: int) -> int:
    """The value of an element as a whole number, at most 500; `otherwise` where it has none."""
    value = "" if element is None else element.get(f"{W}val", "")
    return min(int(value), 500) if value.isdecimal() and len(value) < 9 else otherwise
