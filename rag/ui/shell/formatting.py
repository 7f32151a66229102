"""Putting values into words: names as plain text inside Markdown, sizes, times and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from rag.core.locations import unit
from rag.ui.i18n import of_unit, text

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&=^@/])")
_ADDRESS = re.compile(r":(?=\\/)|www(?=\\\.)|@", re.IGNORECASE)
WORD_JOINER = "\u2060"
# surrogates: half of a character, which JSON can spell, and which no message to a browser can hold
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def plain(value: str) -> str:
    """`value` so that Streamlit's Markdown shows it letter for letter: no link, picture, formula, icon or HTML.

    Control characters and those that turn the writing direction are left out: they can make a name look like another.
    """
    escaped = _MARKDOWN.sub(r"\\\1", _CONTROL.sub("", value))
    # addresses become links whatever is escaped in them, unless something that cannot be seen stands in between
    return _ADDRESS.sub(lambda match: match[0] + WORD_JOINER, escaped)


def visible(value: str) -> str:
    """`value` without control characters, for places that show plain text."""
    return _CONTROL.sub("", value)


def number(value: float, digits: int, language: str) -> str:
    """With a decimal comma in Danish."""
    written = f"{value:.{digits}f}"
    return written.replace(".", ",") if language == "da" else written


def file_size(size: int, language: str) -> str:
    """Bytes in kB or MB (powers of 1000), as file managers write them."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{number(size / 1e6, 1, language)} MB"


def moment(iso: str, language: str, zone: tzinfo, now: datetime | None = None) -> str:
    """A UTC time in ISO 8601 as "today 10:12", "yesterday 10:12" or "2026-03-01", in the zone of the reader."""
    when = datetime.fromisoformat(iso).astimezone(zone)
    days = ((now or datetime.now(zone)).astimezone(zone).date() - when.date()).days
    if days in (0, 1):
        return f"{text(('today', 'yesterday')[days], language).lower()} {when:%H:%M}"
    return f"{when:%d.%m.%Y}" if language == "da" else f"{when:%Y-%m-%d}"


def time_left(seconds: float | None, language: str) -> str:
    """ "about 3 min left"; empty where it is not known."""
    return "" if seconds is None else _rounded(seconds, language, "{}s_left")


def duration(seconds: float, language: str) -> str:
    """ "about 3 minutes"."""
    return _rounded(seconds, language, "time_{}s")


def _rounded(seconds: float, language: str, key: str) -> str:
    if seconds < 90:
        return text(key.format("second"), language, count=max(1, round(seconds)))
    if seconds < 90 * 60:
        return text(key.format("minute"), language, count=round(seconds / 60))
    return text(key.format("hour"), language, count=round(seconds / 3600))


def scope_page(names: Sequence[str], page: int, language: str) -> str:
    """The page that a question was asked of, as its document's pages are called. names: of the documents asked."""
    return text(of_unit("page", unit(names[0])) if len(names) == 1 else "page", language, page=page)
