"""Normalises numbers in any notation: 1.234,50 and 1,234.5, 25 and femogtyve, 1,5 mio. and 1.500.000."""

import re
from decimal import Decimal

_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f ])\d{3}(?:\1\d{3})*)(?:([.,])(\d+))?")
_HALVES = {"½": "5", "¼": "25", "¾": "75"}

_ONES = {
    "da": "nul _ to tre fire fem seks syv otte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    "no": "null _ to tre fire fem seks sju åtte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten",
    "en": "zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen",
}
_TENS = {
    "da": "tyve tredive fyrre halvtreds tres halvfjerds firs halvfems",
    "no": "tjue tretti førti femti seksti sytti åtti nitti",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
}
_UNIT_WITH_TENS = {"da": ("en", "og"), "no": ("en", "og"), "en": ("one", "-")}
_ORDINALS = {
    "da": "tredje fjerde femte sjette syvende ottende niende tiende ellevte tolvte",
    "no": "tredje fjerde femte sjette sjuende åttende niende tiende ellevte tolvte",
    "en": "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
}
_HUNDREDS = {"hundrede": 100, "hundred": 100, "hundre": 100}
_THOUSANDS = {"tusind": 1000, "tusinde": 1000, "tusen": 1000, "thousand": 1000}
_SCALES = {
    "mio": 6, "mill": 6, "million": 6, "millioner": 6, "millions": 6, "milliard": 9, "milliarder": 9, "mia": 9,
    "mrd": 9,    "billioner": 12, "trillion": 12, "bn": 9,
}  # fmt: skip


def _table(language: str) -> dict[str, int]:
    units, tens = _ONES[language].split(), _TENS[language].split()
    unit_word, joint = _UNIT_WITH_TENS[language]
    table = {word: value for value, word in enumerate(units) if word != "_"}
    table |= {word: 3 + place for place, word in enumerate(_ORDINALS[language].split())}
    for place, ten in enumerate(tens):
        value = 20 + 10 * place
        table[ten] = value
        for unit, word in enumerate([unit_word, *units[2:10]], 1):
            if language == "en":
                table[f"{ten}{joint}{word}"] = value + unit
            else:
                table[f"{word}{joint}{ten}"] = value + unit  # femogtyve
            if language == "no":
                table[f"{ten}{word}"] = value + unit  # tjuefem
    small = [unit_word, *units[2:20]]
    for scale, factor in (*_HUNDREDS.items(), *_THOUSANDS.items()):
        table |= {f"{word}{scale}": unit * factor for unit, word in enumerate(small, 1) if language != "en"}
    return table


_TABLES = {language: _table(language) for language in _ONES}
_TABLES["no"] |= {"syv": 7, "tyve": 20, "tredve": 30, "ett": 1, "én": 1}
_TABLES["da"] |= {"én": 1, "ét": 1, "halvtredsindstyve": 50, "tresindstyve": 60}
# without "one", which is no number in "one of them"
_ALL = {word: value for table in (_TABLES["en"], _TABLES["no"], _TABLES["da"]) for word, value in table.items()}


def numerals(language: str) -> dict[str, int]:
    """Values by casefolded number word for an ISO 639-1 code; all three languages together for any other code.

    Leaves out "one", which in Danish is an article; includes ordinals from the third on.
    """
    return _TABLES.get({"nb": "no", "nn": "no"}.get(language, language), _ALL)


def factor(word: str, language: str) -> Decimal | None:
    """The factor of a casefolded scale word: "mio" -> 1000000. "billion" differs between the languages."""
    if word == "billion":
        return Decimal(10) ** (9 if language == "en" else 12)
    if word in _SCALES:
        return Decimal(10) ** _SCALES[word]
    small = _HUNDREDS.get(word) or _THOUSANDS.get(word)
    return Decimal(small) if small else None


def canonical(number: str) -> str:
    """The canonical form: 1.234,50 and 1,234.5 are the same number, as are 9:00 and 9; 1,5 and 15 differ; 6½ is 6.5.

    A separator before exactly three digits is read as grouping in every language.
    """
    negative = number[:1] in "-−–"
    number = number.lstrip("-−–")
    half = _HALVES.get(number[-1:])
    if half:
        number = f"{number[:-1] or '0'}.{half}"
    grouped = _GROUPED.fullmatch(number)
    if grouped and grouped[1] != grouped[2]:
        plainly = re.sub(r"\D", "", number[: grouped.start(2)] if grouped[2] else number)
        plainly += f".{grouped[3]}" if grouped[2] else ""
    else:
        plainly = re.sub(r"[,:]", ".", number)
    if plainly.count(".") == 1:
        plainly = plainly.rstrip("0").rstrip(".")
    if "." not in plainly:
        plainly = plainly.lstrip("0") or "0"
    return f"-{plainly}" if negative else plainly


def times(number: str, multiplier: Decimal) -> str:
    """The product of a canonical number; other strings ("3.4.1") are returned unchanged."""
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", number):
        return number
    product = Decimal(number) * multiplier
    return f"{product:f}".rstrip("0").rstrip(".") if product % 1 else f"{product:.0f}"
