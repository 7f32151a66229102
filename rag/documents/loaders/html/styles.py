"""What the style of an element says of its text: that it is struck through, raised or lowered."""

import re
from collections.abc import Iterator
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml.etree import XPathError

STRUCK, RAISED, LOWERED = "struck", "raised", "lowered"

_DECLARATIONS = (
    (STRUCK, re.compile(r"text-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.IGNORECASE)),
    (RAISED, re.compile(r"vertical-align\s*:\s*super\b|font-variant-position\s*:\s*super", re.IGNORECASE)),
    (LOWERED, re.compile(r"vertical-align\s*:\s*sub\b|font-variant-position\s*:\s*sub\b", re.IGNORECASE)),
)
_RULE = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MAX_RULES = 100  # of those that concern us; a page has a handful
_MAX_SELECTOR = 200  # characters


class Styles:
    """Finds the signs of elements by their own style and by the page's <style> elements. No file is fetched."""

    def __init__(self, root: Any) -> None:
        self._by_element: dict[Any, set[str]] = {}
        translator = HTMLTranslator()
        for selector, kinds in _rules(root):
            try:
                elements = root.xpath(translator.css_to_xpath(selector))
            except (SelectorError, XPathError, ValueError):
                continue
            for element in elements:
                self._by_element.setdefault(element, set()).update(kinds)

    def kinds(self, element: Any) -> set[str]:
        """STRUCK, RAISED and LOWERED, where the element's style says so."""
        inline = element.get("style")
        return {*self._by_element.get(element, ()), *(_kinds(inline) if inline else ())}


def _kinds(declarations: str) -> set[str]:
    return {kind for kind, pattern in _DECLARATIONS if pattern.search(declarations)}


def _rules(root: Any) -> Iterator[tuple[str, set[str]]]:
    count = 0
    for style in root.iter("style"):
        for rule in _RULE.finditer(_COMMENT.sub("", style.text or "")):
            kinds = _kinds(rule[2])
            if not kinds:
                continue
            for selector in rule[1].split(","):
                count += 1
                if count > _MAX_RULES:
                    return
                if len(selector) <= _MAX_SELECTOR:
                    yield selector.strip(), kinds
