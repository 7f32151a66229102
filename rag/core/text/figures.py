"""Numbers, dates, telephone and article numbers as words, each whole and alike in every spelling. Pure.

A number is given in one form: "1.250", "1,250" and "1 250" as 1250, "12,5" as 12.5. What its digits are parts of is no
word: "uge 12" is not in 12-12-2027, nor 4 in 4,5.
"""

import re
from itertools import groupby

from rag.core.text import months

Groups = list[list[str]]
"""Words; the spellings of one word are in one list, the one that all spellings share first."""

SIGNS = re.compile(r"[-‑./:,]")
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉₊₋"
AS_DIGITS = str.maketrans(RAISED, "0123456789+-0123456789+-")

_YEAR = r"((?:1[5-9]|20)\d\d)(?![\w]|[.,:/-]\d)"
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_MONTH_AFTER = re.compile(rf"\.?\s+(?:of\s+)?([a-z]+)(?!\w)(?:\.?,?\s+{_YEAR})?")
_DAY_AFTER = re.compile(rf"\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?![\w]|[.,:/-]\d)(?:,?\s+{_YEAR})?")
_YEAR_BEHIND = re.compile(rf"\s{_YEAR}")
_DAY_IN = re.compile(r"(\d{1,2})[.-]([a-z]+)")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DATE = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2|-)(\d{4}|\d\d)")
_DAY_MONTH = re.compile(r"(\d{1,2})[-/](\d{1,2})")
_YEARS = re.compile(r"((?:19|20)\d\d)[/-](?:(?:19|20)\d\d|\d\d)")
_TIME = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)")
_GROUPED = re.compile(r"([1-9]\d{0,2})((?:([.,])\d{3})(?:\3\d{3})*)(?:[.,](\d{1,2}))?")
_COMMA = re.compile(r"(\d+),(\d+)")
_WHOLE = re.compile(r"(\d+)\.00?")
_SPACE = "[ \u00a0\u202f]"
_APART = re.compile(rf"\d{_SPACE}\Z")
_AFTER = rf"(?!{_SPACE}?\d|[-./:,]\d|\w)"
# what goes on behind a number of one to four digits
_THOUSANDS = re.compile(rf"((?:{_SPACE}\d{{3}})+)(?:,(\d{{1,2}}))?{_AFTER}")
_TELEPHONES = (
    (2, re.compile(rf"(?:{_SPACE}\d\d){{3}}{_AFTER}")),
    (3, re.compile(rf"{_SPACE}\d\d{_SPACE}\d\d\d{_AFTER}")),
    (4, re.compile(rf"(?:{_SPACE}\d{{4}})+{_AFTER}")),
    (6, re.compile(rf"{_SPACE}\d{{4}}{_AFTER}")),
)
_A_YEAR = re.compile(r"(?:19|20)\d\d")
_IS_NUMBER = re.compile(r"\d+(?:[-‑./:,]\d+)*")
_MOST_PARTS = 4


def read(text: str, start: int, token: str) -> tuple[Groups, int]:
    """The words of a token with digits or signs, or of a month, and where they end.

    text: casefolded; `token` is in it at `start`. Dates, and numbers written with spaces, are read to their ends.
    """
    end = start + len(token)
    if token in months.numbers():
        after = _DAY_AFTER.match(text, end)
        if after and 1 <= int(after[1]) <= 31:
            return _named_date(token, int(after[1]), after[2]), after.end()
        return [[token]], end
    day = _DAY.fullmatch(token)
    after = _MONTH_AFTER.match(text, end) if day else None
    if day and after and 1 <= int(day[1]) <= 31 and after[1] in months.numbers():
        return _named_date(after[1], int(day[1]), after[2]), after.end()
    if "/" in token and _DAY_MONTH.fullmatch(token) and (year := _YEAR_BEHIND.match(text, end)):
        return _numeric_date(f"{token}-{year[1]}") or whole_number(token), year.end()
    if token[0] == "+":
        digits = re.sub(r"\D", "", token)
        return [[digits[1 if digits[0] == "1" else 2 :], digits]], end
    if token.isdigit() and len(token) <= 6 and not _APART.search(text, max(0, start - 2), start):
        if len(token) <= 3 and token[0] != "0" and (thousands := _THOUSANDS.match(text, end)):
            whole = token + re.sub(r"\D", "", thousands[1])
            return [_decimal(whole, thousands[2] or "")], thousands.end()
        for length, pattern in _TELEPHONES:
            if length == len(token) and (rest := pattern.match(text, end)):
                groups = [token, *rest[0].split()]
                if not all(map(_A_YEAR.fullmatch, groups)):
                    return [["".join(groups)]], rest.end()
    return (whole_number(token) if _IS_NUMBER.fullmatch(token) else code(token)), end


def whole_number(token: str) -> Groups:
    """The words of a number written without spaces: an amount, a date, a time, a range, the number of an article."""
    if token.isdigit():
        return [[token]]
    token = token.replace("‑", "-")
    if date := _numeric_date(token):
        return date
    if _is_amount(token):
        return [_amount(token)]
    if time := _TIME.fullmatch(token):
        return [[f"{int(time[1])}:{time[2]}"]]
    low, _, high = token.partition("-")
    if _is_amount(low) and _is_amount(high) and _size(low) < _size(high) and not token.startswith("0"):
        return [[token], _amount(low), _amount(high)]
    if years := _YEARS.fullmatch(token):
        return [[token], [years[1]]]
    spellings = [token, SIGNS.sub("", token)] if "-" in token or "/" in token else [token]
    parts = [[part] for part in token.split(":")] if ":" in token else []
    return [*parts, spellings]


def code(token: str) -> Groups:
    """The words of a token with letters and signs: its parts, and itself with and without signs.

    Digits with signs between them are one part: "ab-1234/5" -> ab, 1234/5 or 12345, ab-1234/5 or ab12345.
    """
    token = token.replace("‑", "-")
    if (day := _DAY_IN.fullmatch(token)) and 1 <= int(day[1]) <= 31 and day[2] in months.numbers():
        return _named_date(day[2], int(day[1]), None)
    parts = re.split(r"([-./:,])", token)
    groups: Groups = []
    for is_number, run in groupby(
        ((part, sign) for part, sign in zip(parts[::2], [*parts[1::2], ""], strict=True)),
        lambda pair: pair[0].isdigit(),
    ):
        pairs = list(run)
        if is_number:
            groups += whole_number("".join(part + sign for part, sign in pairs[:-1]) + pairs[-1][0])
        else:
            groups += [[part] for part, _ in pairs]
    if len(parts) == 1:
        return groups
    has_digit = any(map(str.isdigit, token))
    squeezed = SIGNS.sub("", token) if has_digit else token.replace("-", "")
    return [*groups, [token] if squeezed == token or len(parts[::2]) > _MOST_PARTS else [token, squeezed]]


def _named_date(name: str, day: int, year: str | None) -> Groups:
    """A date in words. Where it is in figures, its day and month stand for the name of the month as well."""
    month = months.numbers()[name]
    return [[name, f"{day}/{month}"], *_date(day, month, year)]


def _date(day: int, month: int, year: str | None) -> Groups:
    day_and_month = [f"{day}/{month}"]
    return [day_and_month, [f"{year}-{month:02}-{day:02}"], [year]] if year else [day_and_month]


def _numeric_date(token: str) -> Groups:
    """The words of a date in figures, both ways where it may be American; [] for something else."""
    if iso := _ISO.fullmatch(token):
        year, month, day = iso[1], int(iso[2]), int(iso[3])
        return _date(day, month, year) if 1 <= month <= 12 and 1 <= day <= 31 else []
    if date := _DATE.fullmatch(token):
        day, month = int(date[1]), int(date[3])
        year = date[4] if len(date[4]) == 4 else f"{'20' if date[4] < '70' else '19'}{date[4]}"
        written = [] if len(date[4]) == 4 else [token]  # 10.4.22 may be a version
        readings = [
            (d, m)
            for d, m in ((day, month), (month, day))
            if 1 <= m <= 12 and 1 <= d <= 31 and (d == day or token.count("/") == 2)
        ]
        if not readings:
            return []
        return [list(dict.fromkeys(same)) for same in zip(*(_flat(d, m, year) for d, m in readings), strict=True)] + [
            [year, *written]
        ]
    if (short := _DAY_MONTH.fullmatch(token)) and 1 <= int(short[2]) <= 12 and 1 <= int(short[1]) <= 31:
        day, month = int(short[1]), int(short[2])
        ends = [[str(day)], [str(month)]] if "-" in token and day < month and token[0] != "0" else []
        return [*ends, list(dict.fromkeys((f"{day}/{month}", token)))]
    return []


def _flat(day: int, month: int, year: str) -> tuple[str, str]:
    return f"{day}/{month}", f"{year}-{month:02}-{day:02}"


def _is_amount(token: str) -> bool:
    return re.fullmatch(r"\d+(?:[.,]\d+)*", token) is not None and token.count(".") + token.count(",") <= 6


def _amount(token: str) -> list[str]:
    """The spellings of a number with points and commas; with several points that are no thousands it stays as it is."""
    if grouped := _GROUPED.fullmatch(token):
        return _decimal(grouped[1] + SIGNS.sub("", grouped[2]), grouped[4] or "")
    if comma := _COMMA.fullmatch(token):
        return _decimal(comma[1], comma[2])
    if time := _TIME.fullmatch(token):
        return [token, f"{int(time[1])}:{time[2]}"]
    if whole := _WHOLE.fullmatch(token):
        return [whole[1], token]
    return [token]


def _decimal(whole: str, decimals: str) -> list[str]:
    """As few decimals as tell the number, and those written: the 2.10 of a clause is not 2.1."""
    few = decimals.rstrip("0")
    return list(dict.fromkeys((f"{whole}.{few}" if few else whole, f"{whole}.{decimals}" if decimals else whole)))


def _size(token: str) -> float:
    return float(_amount(token)[0]) if _amount(token)[0].count(".") < 2 else 0.0
