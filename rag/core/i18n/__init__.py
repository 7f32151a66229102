"""What Kilde says to a user, in each of its languages. How texts are written down: `rag.core.i18n.catalogue`.

Values are data: braces, asterisks and markup in them are not interpreted here. Texts are Markdown where Streamlit shows
them so; there, names go through `rag.ui.shell.formatting.escape_markdown` before they become values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.core.i18n.catalogue import (
    about,
    codes,
    decimal_sign,
    keys,
    languages,
    locale,
    message,
    spoken,
    word,
    word_names,
)

_PAGE = "page"  # the form of a message that is said of documents whose pages are pages


def text(key: str, language: str, **values: Any) -> str:
    """The text for `key`, with `values` put in; in English where `language` lacks it.

    key: a message, or one of its forms as `of_unit` names it. Places without a value stay as they are, such as {name}:
    the browser fills those of a component's labels. Raises KeyError for an unknown key.
    """
    return _pattern(key, language, values.get("count")).format_map(_Open(values))


def say(code: str, language: str, **values: Any) -> str:
    """`text` for a sentence that is complete: values that are words and not data are said in its language, too.

    A missing value leaves "…": what tells of a fault must not be the next one.
    """
    return _pattern(code, language, values.get("count")).format_map(_Lenient(worded(values, language)))


def worded(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """`values` with those that are words and not data said in `language`."""
    translatable = word_names()
    return {
        name: word(name, value, spoken(language)) if name in translatable and isinstance(value, str) else value
        for name, value in values.items()
    }


def of_unit(key: str, unit: str) -> str:
    """The key of what is said of pages, said of what a document's pages are; see `rag.core.locations.unit`."""
    return f"{key}.{unit}"


def language_name(code: str) -> str:
    """What a language calls itself."""
    return about(code)["name"]


def _pattern(key: str, language: str, count: Any) -> str:
    name, _, unit = key.partition(".")
    form, source = message(name, spoken(language))
    if isinstance(form, Mapping) and _PAGE in form:
        form = form.get(unit, form[_PAGE])
    if isinstance(form, Mapping):
        category = locale(source).plural_form(count) if isinstance(count, int | float) else "other"
        form = form.get(category, form["other"])
    return str(form)


class _Open(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


__all__ = [
    "about",
    "codes",
    "decimal_sign",
    "keys",
    "language_name",
    "languages",
    "locale",
    "of_unit",
    "say",
    "spoken",
    "text",
    "worded",
]
