"""The appointments in a mail's calendar parts (iCalendar, RFC 5545), as fields that can each be read alone."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from rag.documents.loaders.mail.dates import day, moment
from rag.documents.loaders.page_builder import one_line

KINDS = frozenset(("text/calendar", "application/ics"))
_COMPONENTS = ("VEVENT", "VTODO")
_MOST = 500
"""Appointments of one mail; an invitation has one, or a few of a series."""
_LABELS = {
    "name": ("Event", "Møde"),
    "state": ("Status", "Status"),
    "place": ("Place", "Sted"),
    "time": ("Time", "Tid"),
    "due": ("Due", "Frist"),
    "series": ("Repeats", "Gentages"),
    "organiser": ("Organiser", "Indkalder"),
    "people": ("Participants", "Deltagere"),
    "description": ("Description", "Beskrivelse"),
}
_STATES = {"CANCELLED": ("cancelled", "aflyst"), "TENTATIVE": ("tentative", "foreløbig")}
_OFTEN = {
    "DAILY": ("every day", "hver dag"),
    "WEEKLY": ("every week", "hver uge"),
    "MONTHLY": ("every month", "hver måned"),
    "YEARLY": ("every year", "hvert år"),
}


class Appointment(NamedTuple):
    """start, end, due: as written where that is no date; an end in days is the last of them. series: how it repeats."""

    name: str = ""
    state: str = ""
    place: str = ""
    start: date | str | None = None
    end: date | str | None = None
    due: date | str | None = None
    series: str = ""
    organiser: str = ""
    people: tuple[str, ...] = ()
    description: str = ""

    def lines(self, english: bool, known: str = "") -> Iterator[str]:
        """A line for each field there is. known: a text that the description is not said again in."""
        words = {
            "name": self.name,
            "state": _STATES.get(self.state, ("", ""))[not english],
            "place": self.place,
            "time": _span(self.start, self.end, english),
            "due": _said(self.due, english) if self.due else "",
            "series": _series(self.series, english),
            "organiser": self.organiser,
            "people": ", ".join(self.people),
            "description": "" if self.description in known else self.description,
        }
        for key, value in words.items():
            if value:
                yield f"{_LABELS[key][not english]}: {value}"


def appointments(text: str) -> list[Appointment]:
    """Those of a calendar. Raises ValueError where it is none."""
    from icalendar import Calendar  # only few mails have one

    calendar: Any = Calendar.from_ical(text)
    is_cancelled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    found = [_appointment(one) for kind in _COMPONENTS for one in calendar.walk(kind)][:_MOST]
    return [one._replace(state="CANCELLED") if is_cancelled else one for one in found]


def _appointment(component: Any) -> Appointment:
    def text(name: str) -> str:
        return one_line(", ".join(str(value) for value in _all(component, name)))

    start = _moment(component, "DTSTART")
    end = _moment(component, "DTEND")
    length = next(iter(_all(component, "DURATION")), None)
    with suppress(OverflowError, ValueError):
        if end is None and length is not None and isinstance(start, date):
            end = start + length.dt
        if isinstance(end, date) and not isinstance(end, datetime):
            end -= timedelta(days=1)  # the day behind it is what stands there
    rules = [
        value.to_ical().decode("utf-8", "replace") for value in _all(component, "RRULE") if hasattr(value, "to_ical")
    ]
    return Appointment(
        text("SUMMARY"),
        text("STATUS").upper(),
        text("LOCATION"),
        start,
        end,
        _moment(component, "DUE"),
        "; ".join(rules),
        ", ".join(map(_person, _all(component, "ORGANIZER"))),
        tuple(map(_person, _all(component, "ATTENDEE"))),
        text("DESCRIPTION"),
    )


def _all(component: Any, name: str) -> Sequence[Any]:
    value = component.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _moment(component: Any, name: str) -> date | str | None:
    value = next(iter(_all(component, name)), None)
    try:
        return None if value is None else value.dt if isinstance(value.dt, date) else one_line(str(value))
    except ValueError:  # it is no date, and says something all the same
        return one_line(str(value))


def _person(value: Any) -> str:
    name = one_line(str(getattr(value, "params", {}).get("CN", "")))
    address = one_line(str(value))
    address = address[7:] if address.lower().startswith("mailto:") else address
    return f"{name} <{address}>" if name and name != address else address


def _said(when: date | str, english: bool) -> str:
    if isinstance(when, str):
        return when
    if not isinstance(when, datetime):
        return day(when, english)
    return moment(when, english) + (" UTC" if when.tzname() == "UTC" else "")


def _span(start: date | str | None, end: date | str | None, english: bool) -> str:
    if start is None:
        return ""
    if end is None or end == start:
        return _said(start, english)
    if (
        isinstance(start, datetime)
        and isinstance(end, datetime)
        and (start.date(), start.tzname()) == (end.date(), end.tzname())
    ):
        return f"{_said(start, english)} – {end:%H:%M}" if english else f"{_said(start, english)} – {end:%H.%M}"
    return f"{_said(start, english)} – {_said(end, english)}"


def _series(rule: str, english: bool) -> str:
    """ "FREQ=WEEKLY" -> "every week"; what else a rule says is added as it stands there."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    often = _OFTEN.get(parts.get("FREQ", ""))
    if often is None or parts.get("INTERVAL", "1") != "1":
        return rule
    rest = [f"{name}={value}" for name, value in parts.items() if name not in ("FREQ", "INTERVAL")]
    return often[not english] + (f" ({'; '.join(rest)})" if rest else "")
