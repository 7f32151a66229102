"""A date, a time or a length of time as a spreadsheet shows it by its format, in Danish or English."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from rag.core.text import months
from rag.documents.loaders.xlsx.format_code import Section, Sign, sections

_WEEKDAYS = {
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_BY_SYSTEM = {
    "": "dd-mm-yyyy",
    "GENERAL": "dd-mm-yyyy",
    "MM-DD-YY": "dd-mm-yyyy",
    "M/D/YYYY": "dd-mm-yyyy",
    "M/D/YY H:MM": "dd-mm-yyyy hh:mm",
}
"""Formats that Excel shows as the system does, so that a Danish one does not show the month first (18.8.30)."""
_SYSTEM_LOCALES = {"F800": "d. mmmm yyyy", "F400": "hh:mm:ss"}
_ENGLISH = 0x09  # the language in the lower bits of a locale's number
_EPOCH = datetime(1899, 12, 30)

Moment = datetime | date | time | timedelta


def moment(value: Moment, code: str = "") -> str:
    """A date, a time or both, as far as the format shows them; 03-05-2026 as Danish Excel does by itself."""
    if isinstance(value, timedelta):
        value = value if _elapsed(sections(code)[0]) else _EPOCH + value
    if isinstance(value, time) and _elapsed(sections(code)[0]):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    elif isinstance(value, datetime) and _elapsed(sections(code)[0]):
        # Excel counts a 29th of February in 1900, so that the days before it have a number that is one lower
        value -= _EPOCH + timedelta(days=value < datetime(1900, 3, 1))
    section = _section(value, code)
    if isinstance(value, timedelta):
        return _length(value, section)
    if isinstance(value, time):
        value = datetime.combine(_EPOCH, value)
    elif not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not any(sign.kind == "date" and sign.text.lower().startswith("s0") for sign in section.signs):
        value = _to_second(value, section)
    return " ".join("".join(_texts(value, section)).split())


def _section(value: Moment, code: str) -> Section:
    section = sections(code)[0]
    by_system = _SYSTEM_LOCALES.get(section.locale[-4:]) or _BY_SYSTEM.get(code.split(";")[0].upper())
    if by_system is None and not section.is_of_dates():
        by_system = _BY_SYSTEM[""]
    if by_system is None:
        return section
    if by_system == _BY_SYSTEM[""]:
        if isinstance(value, time):
            by_system = "hh:mm:ss" if value.second else "hh:mm"
        elif isinstance(value, datetime) and value.time() != time() and not section.is_of_dates():
            by_system += " hh:mm:ss" if value.second else " hh:mm"
    return sections(by_system)[0]


def _elapsed(section: Section) -> bool:
    return any(sign.kind == "elapsed" for sign in section.signs)


def _to_second(value: datetime, section: Section) -> datetime:
    """Without the fraction of a second that the format does not show: as clocks do, but 59.9999 s is not cut off."""
    if _fractions(section.signs):
        return value
    try:
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    except OverflowError:
        return value


def _fractions(signs: Sequence[Sign]) -> bool:
    return any(
        signs[n - 1].text.lower() in ("s", "ss") and signs[n].text == "." and signs[n + 1].text == "0"
        for n in range(1, len(signs) - 1)
    )


def _texts(value: datetime, section: Section) -> Iterator[str]:
    signs = section.signs
    language = "en" if _is_english(section.locale) else "da"
    has_noon = any(sign.kind == "noon" for sign in signs)
    zeros_until = 0
    for n, sign in enumerate(signs):
        if n < zeros_until:
            continue
        if sign.kind == "date":
            minutes = sign.text[0] in "mM" and len(sign.text) < 3 and _is_minutes(signs, n)
            yield _date_part(value, sign.text.lower(), minutes, language, has_noon)
        elif sign.kind == "noon":
            noon = sign.text.split("/")[value.hour >= 12]
            yield noon
        elif sign.text == "." and _fractions(signs[n - 1 : n + 2]):
            zeros_until = n + 1
            while zeros_until < len(signs) and signs[zeros_until].text == "0":
                zeros_until += 1
            yield f",{value.microsecond:06}"[: zeros_until - n]
        elif sign == Sign("sign", "/"):
            yield "/" if language == "en" else "-"  # stands for what separates dates in the language
        elif sign.kind in ("text", "sign") and sign.text != "@":
            yield sign.text


def _date_part(value: datetime, letters: str, minutes: bool, language: str, has_noon: bool) -> str:
    width = len(letters)
    match letters[0]:
        case "y":
            return f"{value.year % 100:02}" if width < 3 else f"{value.year:04}"
        case "m" if minutes:
            return f"{value.minute:0{width}d}"
        case "m":
            name = months.names(language)[value.month - 1]
            return (
                {3: name[:3], 4: name, 5: name[0].upper()}.get(width, name) if width > 2 else f"{value.month:0{width}d}"
            )
        case "d":
            weekday = _WEEKDAYS[language][value.weekday()]
            return (
                weekday[: 3 if language == "en" else 2]
                if width == 3
                else weekday
                if width > 3
                else f"{value.day:0{width}d}"
            )
        case "h":
            hour = (value.hour % 12 or 12) if has_noon else value.hour
            return f"{hour:0{min(width, 2)}d}"
    return f"{value.second:0{min(width, 2)}d}"


def _is_minutes(signs: Sequence[Sign], n: int) -> bool:
    """Whether an m means minutes: behind hours or before seconds, with only words between."""
    before = next((s for s in reversed(signs[:n]) if s.kind in ("date", "elapsed")), None)
    after = next((s for s in signs[n + 1 :] if s.kind in ("date", "elapsed")), None)
    return (before is not None and before.text[0] in "hH") or (after is not None and after.text[0] in "sS")


def _length(value: timedelta, section: Section) -> str:
    """Hours, minutes or seconds that are counted on past a day: 30:05."""
    seconds = abs(value.total_seconds())
    seconds = seconds if _fractions(section.signs) else float(round(seconds))
    units = {"h": 3600, "m": 60, "s": 1}
    texts: list[str] = []
    zeros_until = 0
    for n, sign in enumerate(section.signs):
        letter = sign.text[:1].lower()
        if n < zeros_until:
            continue
        if sign.kind in ("elapsed", "date") and letter in units:
            amount = int(seconds // units[letter])
            if sign.kind == "date":
                amount %= {"h": 24}.get(letter, 60)
            texts.append(f"{amount:0{min(len(sign.text), 9)}d}")
        elif sign.text == "." and _fractions(section.signs[n - 1 : n + 2]):
            zeros_until = n + 1
            while zeros_until < len(section.signs) and section.signs[zeros_until].text == "0":
                zeros_until += 1
            texts.append(f",{round(seconds % 1 * 1e6):06}"[: zeros_until - n])
        elif sign.kind in ("text", "sign") and sign.text != "@":
            texts.append(sign.text)
    return " ".join(f"{'-' if value.total_seconds() < 0 else ''}{''.join(texts)}".split())


def _is_english(locale: str) -> bool:
    return bool(locale) and len(locale) < 9 and int(locale, 16) & 0x3FF == _ENGLISH
