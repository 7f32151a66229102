"""Values as text in a language: names escaped for Markdown, sizes, times and numbers."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from rag.core.i18n import about, locale, spoken
from rag.core.locations import unit as unit_of
from rag.core.text.invisible import WORD_JOINER, visible_line
from rag.ui.i18n import of_unit, text

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&=^@/])")
_ADDRESS = re.compile(r":(?=\\/)|www(?=\\\.)|@", re.IGNORECASE)


def escape_markdown(value: str) -> str:
    """`value` escaped so that Streamlit's Markdown shows it literally: no link, picture, formula, icon or HTML.

    Control characters and direction marks are removed, because they can make one name look like another.
    """
    escaped = _MARKDOWN.sub(r"\\\1", visible_line(value))
    # addresses become links even when escaped, so an invisible character has to break them up
    return _ADDRESS.sub(lambda match: match[0] + WORD_JOINER, escaped)


def visible(value: str) -> str:
    """`value` without control characters, for widgets that show plain text."""
    return visible_line(value)


def format_number(value: float, digits: int, language: str) -> str:
    """A number with `digits` decimals and the language's decimal sign, without a thousands separator."""
    # Babel is imported late because the first page shows no number and should appear quickly
    from babel.numbers import format_decimal

    return format_decimal(_rounded(value, digits), _pattern(digits), locale(language))


def format_integer(value: int, language: str) -> str:
    """An integer with the language's thousands separator: "32,768"."""
    from babel.numbers import format_decimal

    return format_decimal(value, "#,##0", locale(language))


def file_size(size: int, language: str) -> str:
    """Bytes in kB or MB (powers of 1000), as file managers write them."""
    if size < 1_000_000:
        return format_unit_value(max(1, round(size / 1000)), "kilobyte", 0, language)
    return format_unit_value(size / 1e6, "megabyte", 1, language)


def format_unit_value(value: float, unit: str, digits: int, language: str) -> str:
    """A number with the short name of its unit: "1.2 GB". unit: its name in Unicode's CLDR, such as "gigabyte"."""
    from babel.units import format_unit

    return format_unit(_rounded(value, digits), unit, "short", _pattern(digits), locale(language))


def moment(iso: str, language: str, zone: tzinfo, now: datetime | None = None) -> str:
    """A UTC time in ISO 8601 as "today 10:12", "yesterday 10:12" or "2026-03-01", in the zone of the reader."""
    from babel.dates import format_datetime

    when = datetime.fromisoformat(iso).astimezone(zone)
    days = ((now or datetime.now(zone)).astimezone(zone).date() - when.date()).days
    day = text(("today", "yesterday")[days], language).lower() if days in (0, 1) else ""
    pattern = about(spoken(language))["time" if day else "date"]
    return f"{day} {format_datetime(when, pattern, zone, locale(language))}".lstrip()


def time_left(seconds: float | None, language: str) -> str:
    """ "about 3 min left"; "" if `seconds` is None."""
    return "" if seconds is None else _rough_time(seconds, language, "{}s_left")


def duration(seconds: float, language: str) -> str:
    """ "about 3 minutes"."""
    return _rough_time(seconds, language, "time_{}s")


def _rough_time(seconds: float, language: str, key: str) -> str:
    if seconds < 90:
        return text(key.format("second"), language, count=max(1, round(seconds)))
    if seconds < 90 * 60:
        return text(key.format("minute"), language, count=round(seconds / 60))
    return text(key.format("hour"), language, count=round(seconds / 3600))


def scope_page(names: Sequence[str], page: int, language: str) -> str:
    """The page in a question's scope, with its kind, such as "slide 3". names: of the documents in the scope."""
    return text(of_unit("page", unit_of(names[0])) if len(names) == 1 else "page", language, page=page)


def _rounded(value: float, digits: int) -> Decimal:
    # Python rounds the exact binary value; Babel rounds its shortest decimal form, which makes 2.675 into 2.68
    return Decimal(f"{value:.{digits}f}")


def _pattern(digits: int) -> str:
    """The CLDR number pattern with `digits` decimals."""
    return f"0.{'0' * digits}" if digits else "0"
