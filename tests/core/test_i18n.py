"""Every text is there in every language, with the same places to fill, and is said in the right form."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.core import i18n
from rag.core.i18n import keys, language_name, languages, locale, of_unit, say, text
from tests.helpers import ROOT

FOLDER = Path(i18n.__file__).parent
UNITS = {"page", "slide", "sheet", "section"}
KEYS = sorted(keys())


def forms(form: Any) -> Iterator[str]:
    """The sentences of a message."""
    if isinstance(form, Mapping):
        for part in form.values():
            yield from forms(part)
    else:
        yield form


def places(form: Any) -> set[str]:
    return {name for one in forms(form) for _, name, _, _ in string.Formatter().parse(one) if name is not None}


def tables(form: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(form, Mapping):
        yield form
        for part in form.values():
            yield from tables(part)


def own(key: str, language: str) -> Any:
    form, tongue = i18n.message(key, language)
    assert tongue == language, f"{key} is not said in {language}"
    return form


def test_languages_are_folders() -> None:
    assert {"da", "en"} <= set(languages()) == {path.parent.name for path in FOLDER.glob("*/*.toml")}
    assert (language_name("da"), language_name("en")) == ("Dansk", "English")
    assert len({language_name(language) for language in languages()}) == len(languages())


def test_every_language_has_the_same_files_and_no_key_stands_in_two() -> None:
    names = {language: {path.name for path in (FOLDER / language).iterdir()} for language in languages()}
    assert all(files == names["en"] for files in names.values())
    for language in languages():
        files = i18n._files(language)
        assert sum(len(i18n._read(language, file)) for file in files) == len(keys(language))
        assert keys(language) == keys()


@pytest.mark.parametrize("key", KEYS)
def test_all_languages_say_the_same(key: str) -> None:
    said = {language: own(key, language) for language in languages()}
    for sentence in (sentence for form in said.values() for sentence in forms(form)):
        assert isinstance(sentence, str) and sentence.strip() == sentence != ""
    # "{}", "{0}" or "{a.b}" would not be filled from keywords, or would reach into a value
    assert all(name.isidentifier() for name in places(said["en"]))
    assert len({frozenset(places(form)) for form in said.values()}) == 1


@pytest.mark.parametrize("language", languages())
def test_a_form_is_one_of_a_count_or_of_what_pages_are(language: str) -> None:
    counted = set(locale(language).plural_form.tags) | {"other"}
    for key in KEYS:
        for table in tables(own(key, language)):
            assert set(table) == counted or ("page" in table and set(table) <= UNITS), key


def test_words_are_the_same_in_every_language() -> None:
    words = {language: i18n._read(language, "words.toml") for language in languages()}
    for name, values in words["en"].items():
        assert all(set(words[language][name]) == set(values) for language in languages())
    # what is said of a value is no use unless somebody gives that value
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "rag").rglob("*.py")]
    literals = {node.value for tree in sources for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not {value for values in words["en"].values() for value in values} - literals


def test_values_are_data() -> None:
    assert text("rename", "da") == "Omdøb"
    assert text("searched", "en", searched="{all} *x*") == "Searched for: {all} *x*"
    assert text("sources_used", "en") == "{used} of {all} used"


@pytest.mark.parametrize(
    ("count", "danish", "english"),
    [(0, "0 bidder", "0 chunks"), (1, "1 bid", "1 chunk"), (1234, "1234 bidder", "1234 chunks")],
)
def test_the_count_decides_the_form(count: int, danish: str, english: str) -> None:
    assert text("chunks_count", "da", count=count) == danish
    assert text("chunks_count", "en", count=count) == english


def test_a_count_that_the_browser_fills_in_later_reads_many() -> None:
    assert text("chunks_count", "en") == "{count} chunks"
    assert text("chunks_count", "en", count="1.234") == "1.234 chunks"


def test_pages_are_called_what_they_are() -> None:
    assert text("pages_count", "en", count=1) == "1 page"
    assert text(of_unit("pages_count", "page"), "da", count=2) == "2 sider"
    assert text(of_unit("pages_count", "slide"), "da", count=2) == "2 dias"
    assert text(of_unit("pages_count", "sheet"), "en", count=1) == "1 sheet"
    # a message that makes no difference is said as it is
    assert text(of_unit("search_headings", "slide"), "en") == "Search headings"


def test_words_among_the_values_are_said_in_the_language() -> None:
    assert say("parsing_limit", "da", limit="memory").startswith(
        "Filen kunne ikke læses inden for grænsen for hukommel"
    )
    assert "limit for memory" in say("parsing_limit", "en", limit="memory")
    assert "limit for 7 apples" in say("parsing_limit", "en", limit="7 apples")


def test_an_unknown_language_reads_english_and_an_unknown_key_is_a_fault() -> None:
    assert text("rename", "zz") == "Rename"
    assert text("chunks_count", "../en", count=1) == "1 chunk"
    with pytest.raises(KeyError):
        text("no_such_key", "en")
