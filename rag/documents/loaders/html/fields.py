"""The fields of forms on a page: what is filled in, and apart from it what the page only suggests."""

from typing import Any

from rag.documents.loaders.bracketed import bracketed
from rag.documents.loaders.html.visibility import words
from rag.documents.loaders.page_builder import one_line

_NOT_SHOWN = frozenset(("hidden", "password", "submit", "button", "reset", "image", "file"))
_ON, _OFF = "☒", "☐"


class Labels:
    """The labels of a page's fields and of its tabs' panels, as they were before anything was changed."""

    def __init__(self, root: Any) -> None:
        self._ended: set[Any] = set()  # labels that were parted from their field
        self._labels = {label.get("for"): label for label in root.iter("label") if label.get("for")}
        self._lists = {element.get("id"): _options(element) for element in root.iter("datalist") if element.get("id")}
        tabs = [element for element in root.iter("a", "button", "li", "div", "span") if element.get("role") == "tab"]
        self._tabs = {key: one_line(words(tab)) for tab in tabs for key in _keys(tab)}
        panels = [element for element in root.iter("div", "section", "li") if element.get("role") == "tabpanel"]
        self._named = {panel.get("aria-labelledby") for panel in panels} - {None}

    def panel_label(self, panel: Any) -> str:
        """The name of the tab that opens a panel; "" where none says so."""
        return self._tabs.get(f"id:{panel.get('aria-labelledby')}") or self._tabs.get(f"panel:{panel.get('id')}") or ""

    def names_panel(self, tab: Any) -> bool:
        """Whether a panel says that it is named by this tab."""
        return tab.get("id") in self._named

    def field_text(self, field: Any, language: str) -> str:
        """A field as text: its value, or that it is not filled in and what stands there instead, and its choices."""
        kind = (field.get("type") or "").lower() if field.tag == "input" else field.tag
        if kind in _NOT_SHOWN:
            return ""
        if kind in ("checkbox", "radio"):
            return f"{_ON if field.get('checked') is not None else _OFF} "
        text = _written(field, language)
        choices = self._lists.get(field.get("list")) if field.get("list") else None
        if choices:
            text = f"{text} {bracketed(', '.join(choices), 'options', language)}"
        if not text:
            return ""
        label = self._labels.get(field.get("id")) if field.get("id") else None
        if label is None:
            label = next((parent for parent in field.iterancestors() if parent.tag == "label"), None)
        if label is not None:
            if label not in self._ended:
                self._ended.add(label)
                _end_with_colon(label, field)
            return f" {text} "
        name = one_line(field.get("aria-label") or "")
        return f" {name}: {text} " if name else f" {text} "


def _written(field: Any, language: str) -> str:
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [one_line(option.text or "") for option in options if option.get("selected") is not None]
        listed = ", ".join(_options(field))
        return " ".join(
            filter(None, [", ".join(filter(None, chosen)), bracketed(listed, "options", language) if listed else ""])
        )
    value = one_line((field.text if field.tag == "textarea" else field.get("value")) or "")
    if field.tag in ("meter", "progress"):
        return one_line("".join(field.itertext())) or value
    hint = one_line(field.get("placeholder") or "")
    return value or (bracketed(hint, "unfilled", language) if hint else "")


def _options(field: Any) -> list[str]:
    """The choices of a list; one without a value stands for none, such as "Choose …"."""
    return [
        text
        for option in field.iter("option")
        if (text := one_line(option.text or option.get("label") or option.get("value") or ""))
        and option.get("value") != ""
    ]


def _end_with_colon(label: Any, field: Any) -> None:
    """Part a label from what stands in its field, where only the form's lines did so."""
    last = label
    text = label.text or ""
    for child in label:
        if child is field or field in child.iterdescendants():
            break
        if (child.tail or "").strip():
            last, text = child, child.tail or ""
        elif (child.text or "").strip():
            last, text = child, ""
    if text.strip() and text.rstrip()[-1].isalnum():
        if last is label:
            label.text = f"{text.rstrip()}:"
        else:
            last.tail = f"{text.rstrip()}:"


def _keys(tab: Any) -> list[str]:
    return [f"id:{tab.get('id')}", *(f"panel:{part}" for part in (tab.get("aria-controls") or "").split())]
