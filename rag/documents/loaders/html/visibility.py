"""Which parts of an HTML page a reader sees, and their text."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

_LEFT_OUT = frozenset((
    "script", "style", "noscript", "template", "head", "nav", "svg", "math", "iframe", "object", "embed", "canvas",
    "video", "audio", "select", "button", "input", "textarea", "dialog", "datalist", "map",
))  # fmt: skip
_LEFT_OUT_ROLES = frozenset(("navigation", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "menu", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
"""Elements that begin a line of their own, except headings."""


def is_left_out(element: Any, tag: str) -> bool:
    """Whether an element with all its content is invisible, or made for clicking and not for reading."""
    if not tag or tag in _LEFT_OUT or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return (element.get("role") or "").lower() in _LEFT_OUT_ROLES or bool(_HIDDEN.search(element.get("style") or ""))


def words(element: Any) -> str:
    """The text of an element that a reader sees, in one line."""
    return "".join(_visible_text(element))


def _visible_text(root: Any) -> Iterator[str]:
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if is_left_out(element, tag):
                walker.skip_subtree()
                continue
            if tag in BLOCKS or tag == "br":
                yield " "
            yield element.text or ""
        elif element is not root:
            yield element.tail or ""
