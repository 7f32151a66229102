"""What on a page opens another part of it: buttons, tabs, headings of panels."""

import re
from typing import Any

from lxml import etree

from rag.documents.loaders.html.visibility import BLOCKS, DIALOGS, is_hidden, role_of

_CONTROL = re.compile(r"accordion|collapsible|toggle|expand|disclos|question|trigger|spørgsm|\btab\b", re.IGNORECASE)
_PANEL = re.compile(r"accordion|collaps|panel|answer|svar|\btab-|details|faq|disclos|expand", re.IGNORECASE)
"""In the classes of such parts, and of those that they open."""
_QUOTED = re.compile(r"""['"]#?([\w:.-]+)['"]""")
_NAMING = ("aria-controls", "commandfor", "popovertarget", "data-target", "data-bs-target")
_CONTROLS = frozenset(("button", "summary", "dt", "h1", "h2", "h3", "h4", "h5", "h6"))
_MAX_TITLE = 200
"""Characters of a part that is the title of another."""
_MIN_WORDS = 4
"""From which a button says more than what it does."""


class Openings:
    """Which hidden parts of a page a reader can open: those that a button, a heading or a tab belongs to."""

    def __init__(self, root: Any) -> None:
        self._ids: set[str] = set()
        for element in root.iter(etree.Element):
            for name in _NAMING:
                if value := element.get(name):
                    self._ids.update(part.lstrip("#") for part in value.split())
            if handler := element.get("onclick"):
                self._ids.update(_QUOTED.findall(handler[:1000]))
            target = element.get("href") or ""
            if target.startswith("#") and (_is_control(element) or element.get("data-toggle")):
                self._ids.add(target[1:])

    def can_open(self, element: Any) -> bool:
        """Whether something on the page opens this hidden element."""
        if element.get("id") in self._ids or role_of(element) == "tabpanel" or element.get("hidden") == "until-found":
            return True
        if role_of(element) in DIALOGS or element.tag not in BLOCKS or element.tag == "dialog":
            return False
        if _PANEL.search(element.get("class") or ""):
            return True
        for _ in range(3):  # a panel may be wrapped
            before = element.getprevious()
            while before is not None and before.tag in ("br", "hr"):
                before = before.getprevious()
            if before is not None:
                return _is_control(before) or _holds_control(before)
            element = element.getparent()
            if element is None:
                return False
        return False


def is_told(button: Any, text: str) -> bool:
    """Whether a button with this text opens a part of the page, or says more than what it does."""
    if any(button.get(name) is not None for name in ("aria-expanded", *_NAMING)):
        return True
    if len(text.split()) >= _MIN_WORDS or text.endswith("?") or any(map(str.isdigit, text)):
        return True
    after = button.getnext()
    if after is None or after.tag not in BLOCKS:
        return False
    return is_hidden(after, after.tag) or bool(_CONTROL.search(button.get("class") or ""))


def _is_control(element: Any) -> bool:
    if element.tag in _CONTROLS or element.get("aria-expanded") is not None or element.get("onclick") is not None:
        return True
    return role_of(element) in ("button", "tab") or _is_called_so(element)


def _is_called_so(element: Any) -> bool:
    name = element.get("class") or ""
    return bool(_CONTROL.search(name)) and not re.search(r"panel|content|body|answer", name, re.IGNORECASE)


def _holds_control(element: Any) -> bool:
    """Whether an element is little more than a button, as where one stands in a heading's place."""
    return len("".join(element.itertext())) <= _MAX_TITLE and any(
        map(_is_control, element.iter("button", "a", "label", "summary"))
    )
