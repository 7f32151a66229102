"""Which parts of an HTML page a reader sees as it is opened, and their text."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree

NOT_READ = frozenset((
    "script", "style", "noscript", "template", "head", "nav", "datalist", "map", "optgroup", "option", "source",
    "track", "link", "meta", "title", "param", "col", "colgroup",
))  # fmt: skip
"""Elements that are no text for readers, or lead elsewhere."""
_NOT_READ_ROLES = frozenset(("navigation", "search", "menu", "menubar", "toolbar", "doc-backlink"))
DIALOGS = frozenset(("dialog", "alertdialog"))
_MOST_ALTERNATIVES = 12
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main",
    "menu", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
"""Elements that begin a line of their own, except headings."""


def is_chrome(element: Any, tag: str) -> bool:
    """Whether an element with all its content is no text, or made for clicking and not for reading."""
    return not tag or tag in NOT_READ or role_of(element) in _NOT_READ_ROLES


def is_hidden(element: Any, tag: str) -> bool:
    """Whether a reader does not see an element as the page is opened."""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true" or element.get("popover") is not None:
        return True
    if (tag == "dialog" and element.get("open") is None) or role_of(element) in DIALOGS:
        return True
    return bool(_HIDDEN.search(element.get("style") or ""))


def is_default(element: Any) -> bool:
    """Whether a hidden element is the default of alternatives that a script chooses from once the page is open.

    Help pages have the names of menus and keys of several systems so: each stands for one word of a sentence.
    """
    parent = element.getparent()
    if parent is None or not _is_called_default(element):
        return False
    alternatives = list(islice(parent.iterchildren(), _MOST_ALTERNATIVES + 1))
    return (
        1 < len(alternatives) <= _MOST_ALTERNATIVES
        and not (parent.text or "").strip()
        and not any((one.tail or "").strip() or one.tag != element.tag for one in alternatives)
        and all(is_hidden(one, one.tag) for one in alternatives)
        and sum(map(_is_called_default, alternatives)) == 1
    )


def _is_called_default(element: Any) -> bool:
    return any((element.get(name) or "").lower().startswith("default") for name in ("id", "class"))


def words(element: Any) -> str:
    """The text of an element of a reduced page, in one line."""
    return "".join(_texts(element))


def _texts(root: Any) -> Iterator[str]:
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if is_chrome(element, tag):
                walker.skip_subtree()
                continue
            if tag in BLOCKS or tag == "br":
                yield " "
            yield element.text or ""
        elif element is not root:
            yield element.tail or ""


def role_of(element: Any) -> str:
    """The role that a page gives an element, in lower case."""
    return (element.get("role") or "").lower()
