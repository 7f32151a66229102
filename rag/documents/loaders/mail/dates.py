"""Days and moments in words, as a mail's header lines say them."""

from datetime import date, datetime

from rag.core.text import months


def day(when: date, english: bool) -> str:
    """ "3 May 2026" or "3. maj 2026"."""
    month = months.names("en" if english else "da")[when.month - 1]
    return f"{when.day} {month} {when.year}" if english else f"{when.day}. {month} {when.year}"


def moment(when: datetime, english: bool) -> str:
    """ "3 May 2026, 14:05" or "3. maj 2026 kl. 14.05", by the clock of the zone that it is given in."""
    return f"{day(when, english)}, {when:%H:%M}" if english else f"{day(when, english)} kl. {when:%H.%M}"
