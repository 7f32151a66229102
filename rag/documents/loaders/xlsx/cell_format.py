"""The value of a spreadsheet's cell as a Danish reader sees it: 1.299,50 kr., 25 %, 3. maj 2026.

Of a number format (ECMA-376-1, 18.8.31) decimals, thousands, per cent, currency and signs are followed; a rarer format,
such as fractions, gives the plain number.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni",
    "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|(?P<sign>.)'
)
_CONDITION = re.compile(r"\[[<>=]")
_PLACES = frozenset("0#?")
_LITERALS = frozenset(" -+()€$£%:")
_DIGITS = 11  # a cell in the general format shows no more


class _Format(NamedTuple):
    """decimals: fewest and most; None for a format that is not followed.

    blank: whether a zero is not shown, as in the "-" that bookkeepers write for it.
    """

    before: str
    after: str
    decimals: tuple[int, int] | None
    grouped: bool
    percent: bool
    scale: int
    blank: bool = False


def format_value(value: Any, number_format: str) -> str:
    """The text of a value that openpyxl read; "" for None."""
    match value:
        case None:
            return ""
        case bool():
            return "SAND" if value else "FALSK"
        case int() | float():
            return number(value, number_format)
        case datetime() | date() | time():
            return moment(value, number_format)
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    return str(value)


def moment(value: datetime | date | time, number_format: str = "") -> str:
    """A date, a time or both, as far as the format shows them; 03-05-2026 as Danish Excel does by itself."""
    if isinstance(value, time):
        return _clock(value)
    code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).lower()
    has_time = "h" in code or "s" in code
    if not code or (not any(letter in code for letter in "yd") and "mmm" not in code):
        day = "" if has_time else f"{value:%d-%m-%Y}"
    elif "mmm" in code:
        parts = (
            f"{value.day}." if "d" in code else "",
            MONTHS[value.month - 1],
            str(value.year) if "y" in code else "",
        )
        day = " ".join(filter(None, parts))
    elif "d" not in code:
        day = f"{value:%m-%Y}" if "m" in code else f"{value.year}"
    else:
        day = f"{value:%d-%m-%Y}" if "y" in code else f"{value:%d-%m}"
    clock = (
        _clock(value.time())
        if isinstance(value, datetime) and (has_time or (not code and value.time() != time()))
        else ""
    )
    return f"{day} {clock}".strip()


def _clock(value: time) -> str:
    return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"


def number(value: float, number_format: str) -> str:
    """A number in a format's decimals, with a decimal comma and, where the format groups, dots."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    sections = _sections(number_format)
    place = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    form = _format(sections[place])
    if form.decimals is None:
        return form.before or plain_number(value)
    amount = abs(value) * (100 if form.percent else 1) / 1000**form.scale
    fewest_decimals, most_decimals = form.decimals
    rounded = f"{amount:,.{most_decimals}f}"
    integer_part, _, fraction = rounded.partition(".")
    fraction = fraction[:fewest_decimals] + fraction[fewest_decimals:].rstrip("0")
    integer_part = integer_part.replace(",", "." if form.grouped else "")
    minus = "-" if value < 0 and place == 0 and (integer_part.strip("0.") or fraction.strip("0")) else ""
    figure = "" if form.blank and not value else minus + integer_part + (f",{fraction}" if fraction else "")
    return " ".join(f"{form.before}{figure}{form.after}".split())


def plain_number(value: float) -> str:
    """A number as a cell without a format shows it: 1299,5."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**15):
        return str(int(value))
    text = f"{value:.{_DIGITS}g}"
    if "e" in text and abs(value) < 1:
        text = f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",")


@lru_cache(maxsize=1000)
def _sections(number_format: str) -> tuple[str, ...]:
    return tuple(re.findall(r'(?:^|;)((?:"[^"]*"|\\.|[^;"\\]|\\$|")*)', number_format)) or ("",)


@lru_cache(maxsize=1000)
def _format(section: str) -> _Format:
    if _CONDITION.search(section):
        return _Format("", "", None, False, False, 0)
    prefix, suffix, places = "", "", ""
    percent = False
    for token in _TOKEN.finditer(section):
        sign = token["sign"] or ""
        if sign in _PLACES or (sign and sign in ".," and places):
            places += sign
            continue
        if sign and sign in "Ee/@GyYdmhs":
            return _Format("", "", None, False, False, 0)  # scientific, a fraction, text, General, a date
        text = token["quoted"] or token["escaped"] or token["currency"] or (sign if sign in _LITERALS else "")
        percent = percent or sign == "%"
        if places:
            suffix += " %" if sign == "%" else text
        else:
            prefix += text
    integer_places, _, fraction = places.rstrip(",").partition(".")
    scale = len(places) - len(places.rstrip(","))
    if not any(place in _PLACES for place in places):
        return _Format(prefix.strip(), "", None, False, False, 0)  # the format shows words in place of the number
    decimals = (fraction.count("0"), sum(place in _PLACES for place in fraction))
    return _Format(prefix, suffix, decimals, "," in integer_places, percent, scale, "0" not in places)
