"""What Kilde says to a user, in each of its languages.

Texts lie in a folder per language, in it a TOML file per page or room; files are read when first needed.
`language.toml` makes a folder a language: its name in itself, and how it writes dates and times. All other files hold
messages by key, but for `words.toml`, the values of messages that are words.

A message is a sentence, or a table of its forms:

    scope_all = "All documents"
    chunks_count.one = "1 chunk"                  # by the value `count`; the categories are those of Unicode's CLDR
    chunks_count.other = "{count} chunks"
    next.page = "Next page"                       # by what the pages of a document are, see `rag.core.locations.unit`
    next.slide = "Next slide"

Values are data: braces, asterisks and markup in them are not interpreted here. Texts are Markdown where Streamlit shows
them so; there, names go through `rag.ui.shell.formatting.escape_markdown` before they become values.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale

REFERENCE = "en"
"""The language of all texts that another one lacks, and of the command line."""
SEARCH_PATH = [Path(__file__).parent]
"""Folders that hold one folder per language. To be changed before the first text is read."""
_LANGUAGE, _WORDS, _MESSAGES = "language.toml", "words.toml", "messages.toml"
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
    translatable = _read(REFERENCE, _WORDS)
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


@cache
def languages() -> tuple[str, ...]:
    """The codes (ISO 639) of the languages that Kilde speaks, in alphabetical order."""
    return tuple(sorted({path.parent.name for folder in SEARCH_PATH for path in folder.glob(f"*/{_LANGUAGE}")}))


def spoken(language: str) -> str:
    """`language` where Kilde speaks it, else the reference."""
    return language if language in languages() else REFERENCE


@cache
def about(language: str) -> Mapping[str, str]:
    """name: of the language in itself. date, time: CLDR patterns, those of the reference where it has none."""
    return {**_read(REFERENCE, _LANGUAGE), **_read(language, _LANGUAGE)}


@cache
def locale(language: str) -> Locale:
    """What Babel knows of the language: plural rules, signs of numbers, units."""
    # Babel reads some 15 ms of data for a language, and the first page shows neither a plural nor a number
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(spoken(language), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(REFERENCE)


def decimal_sign(language: str) -> str:
    """The sign before the decimals of a number."""
    return str(locale(language).number_symbols["latn"]["decimal"])


@cache
def message(key: str, language: str) -> tuple[Any, str]:
    """A message as its file has it, and the language it is in: the reference where `language` lacks it.

    Raises KeyError for an unknown key.
    """
    for candidate in (language, REFERENCE):
        for file in _files(candidate):
            if (entry := _read(candidate, file).get(key)) is not None:
                return entry, candidate
    raise KeyError(key)


def word(name: str, value: str, language: str) -> str:
    """How the value `value` of a message's place `name` is said, where it is a word; else `value` itself."""
    for candidate in (language, REFERENCE):
        if (entry := _read(candidate, _WORDS).get(name, {}).get(value)) is not None:
            return str(entry)
    return value


def keys(language: str = REFERENCE) -> frozenset[str]:
    """The keys of all messages that a language has."""
    return frozenset(key for file in _files(language) for key in _read(language, file))


def codes() -> frozenset[str]:
    """The keys of what the core says: errors, notices and refusals."""
    return frozenset(_read(REFERENCE, _MESSAGES))


@cache
def _files(language: str) -> tuple[str, ...]:
    names = {path.name for folder in SEARCH_PATH for path in (folder / language).glob("*.toml")}
    return tuple(sorted(names - {_LANGUAGE, _WORDS}))


@cache
def _read(language: str, file: str) -> Mapping[str, Any]:
    for folder in SEARCH_PATH:
        if (path := folder / language / file).is_file():
            return tomllib.loads(path.read_text(encoding="utf-8"))
    return {}


class _Open(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
