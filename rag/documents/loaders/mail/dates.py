"""Days and moments in words, as a mail's header lines say them."""

from datetime import date, datetime

_MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni",
    "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip


def day(when: date, english: bool) -> str:
    """ "3 May 2026" or "3. maj 2026"."""
    return f"{when.day} {when:%B %Y}" if english else f"{when.day}. {_MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime, english: bool) -> str:
    """ "3 May 2026, 14:05" or "3. maj 2026 kl. 14.05", by the clock of the zone that it is given in."""
    return f"{day(when, english)}, {when:%H:%M}" if english else f"{day(when, english)} kl. {when:%H.%M}"
