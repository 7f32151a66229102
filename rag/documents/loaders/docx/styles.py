"""What a paragraph of a Word document gets from its style, and from those that its style is based on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.loaders.docx.numbering import W
from rag.documents.loaders.page_builder import one_line

_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph gets from its style. level: of a heading, 0 for none; list_id, depth: of its numbering."""

    name: str = ""
    level: int = 0
    list_id: str = ""
    depth: int = 0


def with_properties(style: Style, properties: Any) -> Style:
    """A style with what a paragraph, or a style that is based on it, says differently."""
    level, list_id, depth = style.level, style.list_id, style.depth
    outline = properties.find(f"{W}outlineLvl")
    if outline is not None:
        said = count(outline, 9)
        level = said + 1 if said < 9 else 0
    numbered = properties.find(f"{W}numPr")
    if numbered is not None:
        of, at = numbered.find(f"{W}numId"), numbered.find(f"{W}ilvl")
        list_id = list_id if of is None else of.get(f"{W}val", "")
        depth = depth if at is None else count(at, 0)
    return Style(style.name, level, "" if list_id == "0" else list_id, depth)


def styles_of(root: Any) -> dict[str, Style]:
    """The paragraph styles by id; under "" the one that paragraphs have which name none."""
    elements = {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style")}
    found: dict[str, Style] = {}
    for style_id, element in elements.items():
        chain = [element]
        while len(chain) < 20 and (base := chain[-1].find(f"{W}basedOn")) is not None:
            following = elements.get(base.get(f"{W}val", ""))
            if following is None or following in chain:
                break
            chain.append(following)
        style = Style()
        for one in reversed(chain):
            name = one.find(f"{W}name")
            style = replace(style, name=one_line(name.get(f"{W}val", "")) if name is not None else "")
            heading = _HEADING.match(style.name)
            if heading:
                style = replace(style, level=int(heading[1]))
            properties = one.find(f"{W}pPr")
            if properties is not None:
                style = with_properties(style, properties)
        found[style_id] = style
        if element.get(f"{W}default") in ("1", "true") and element.get(f"{W}type") == "paragraph":
            found[""] = style
    return found


def is_on(element: Any) -> bool:
    """Whether a switch such as w:b is there and not switched off."""
    return element is not None and element.get(f"{W}val", "true") not in ("0", "false", "off", "none")


def count(element: Any, otherwise: int) -> int:
    """The whole number that an element says, at most 500; `otherwise` where it says none."""
    value = "" if element is None else element.get(f"{W}val", "")
    return min(int(value), 500) if value.isdecimal() and len(value) < 9 else otherwise
