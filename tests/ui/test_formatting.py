"""Names stay names, and figures read as the language writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from rag.ui.shell import formatting

HOSTILE = [
    "![x](https://evil.example/x.png)",
    "[link](https://evil.example)",
    "https://evil.example/a",
    "www.evil.example",
    "a@evil.example",
    "<img src=x onerror=alert(1)>",
    "`code` *em* __strong__ ~~gone~~",
    "# heading",
    "1. list",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_plain_names_are_shown_letter_for_letter(name: str) -> None:
    written = formatting.escape_markdown(name)
    # what GitHub's Markdown makes links of, whatever is escaped
    assert re.search(r"[a-z]://|www\.|@\w", written.replace("\\", "")) is None
    tokens = MarkdownIt("commonmark").enable("strikethrough").parseInline(written)[0].children or []
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert "".join(token.content for token in tokens).replace(formatting.WORD_JOINER, "") == name


def test_streamlit_signs_are_escaped() -> None:
    assert formatting.escape_markdown("$x$ :red[a]") == r"\$x\$ \:red\[a\]"


def test_characters_that_cannot_be_seen_are_left_out() -> None:
    assert formatting.visible("evil\u202egnp.exe\x00\n") == "evilgnp.exe"


@pytest.mark.parametrize(
    ("size", "danish", "english"),
    [(0, "1 kB", "1 kB"), (999_499, "999 kB", "999 kB"), (1_250_000, "1,2 MB", "1.2 MB")],
)
def test_file_sizes(size: int, danish: str, english: str) -> None:
    assert formatting.file_size(size, "da") == danish
    assert formatting.file_size(size, "en") == english


@pytest.mark.parametrize(
    ("value", "digits", "danish", "english"),
    [(2.675, 2, "2,67", "2.67"), (0.5, 0, "0", "0"), (-0.04, 1, "-0,0", "-0.0"), (12345.678, 1, "12345,7", "12345.7")],
)
def test_numbers_are_rounded_as_floats(value: float, digits: int, danish: str, english: str) -> None:
    assert formatting.format_number(value, digits, "da") == danish
    assert formatting.format_number(value, digits, "en") == english


def test_thousands_and_units_are_those_of_the_language() -> None:
    assert [formatting.format_integer(32_768, language) for language in ("da", "en")] == ["32.768", "32,768"]
    assert [formatting.format_unit_value(1.25, "gigabyte", 1, language) for language in ("da", "en")] == [
        "1,2 GB",
        "1.2 GB",
    ]


@pytest.mark.parametrize(
    ("iso", "danish", "english"),
    [
        ("2026-03-01T08:12:00+00:00", "i dag 09:12", "today 09:12"),
        ("2026-02-28T23:30:00+00:00", "i dag 00:30", "today 00:30"),
        ("2026-02-28T20:00:00+00:00", "i går 21:00", "yesterday 21:00"),
        ("2025-12-24T12:00:00+00:00", "24.12.2025", "2025-12-24"),
    ],
)
def test_moments_are_those_of_the_reader(iso: str, danish: str, english: str) -> None:
    copenhagen, now = ZoneInfo("Europe/Copenhagen"), datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert formatting.moment(iso, "da", copenhagen, now) == danish
    assert formatting.moment(iso, "en", copenhagen, now) == english


def test_times_left_are_rounded_to_what_one_would_say() -> None:
    assert formatting.time_left(None, "en") == ""
    assert [formatting.time_left(s, "en") for s in (0.2, 89, 170, 7200)] == [
        "about 1 s left",
        "about 89 s left",
        "about 3 min left",
        "about 2 h left",
    ]
    assert formatting.duration(170, "da") == "ca. 3 minutter"
