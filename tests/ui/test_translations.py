"""Every text of the pages is there in both languages, with the same places to fill."""

from __future__ import annotations

import re
import string

import pytest

from rag.ui.i18n import PARTS, TEXTS, text
from tests.helpers import ROOT


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_say_the_same(key: str) -> None:
    danish, english = TEXTS[key]
    assert danish.strip() and english.strip()
    assert places(danish) == places(english)


def test_no_part_says_otherwise_what_another_one_says() -> None:
    assert sum(map(len, PARTS)) == len(TEXTS)


def test_values_are_data() -> None:
    assert text("rename", "da") == "Omdøb"
    assert text("searched", "en", searched="{all} *x*") == "Searched for: {all} *x*"
    assert text("sources_used", "en") == "{used} of {all} used"


def used_keys() -> set[str]:
    """Keys named in the sources of the pages and of the components' scripts."""
    sources = [*ROOT.glob("*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("rag/ui/**/*.py")]
    python = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("rag/ui/components/**/*.js"))
    return set(re.findall(r'\bt\(\s*"(\w+)"', python)) | (set(re.findall(r"\blabels\.(\w+)", scripts)))


def test_every_key_that_is_used_exists() -> None:
    assert used_keys() <= set(TEXTS)


# parts of keys that are put together from a value
BUILT = r"(state|model_state|count|origin|language|written_in|time|setting)_\w+|\w+_(help|left|one|slide|sheet|section)"


def test_every_text_is_said_somewhere() -> None:
    files = [*ROOT.glob("pages/*.py"), *ROOT.glob("rag/ui/**/*.py"), *ROOT.glob("rag/ui/**/*.js")]
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in files if path.parts[-2:] != ("i18n", "__init__.py")
    )
    words = set(re.findall(r"\w+", sources))
    assert [key for key in TEXTS if key not in words and not re.fullmatch(BUILT, key)] == []
