"""Splits a sentence into comparable tokens: numbers, dates and units in canonical form, words as stems."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from rag.answering.grounding import numbers, vocabulary
from rag.core.text import months
from rag.core.text.sentences import is_stopword, stems


class Kind(Enum):
    """The kind of a token. A fact must be in the source unchanged; a word may be replaced by another."""

    NUMBER = "number"
    DATE = "date"
    UNIT = "unit"
    NAME = "name"
    CODE = "code"
    NOT = "not"
    WORD = "word"

    @property
    def is_fact(self) -> bool:
        return self in _FACTS


_FACTS = {Kind.NUMBER, Kind.DATE, Kind.UNIT, Kind.NAME, Kind.CODE}


@dataclass(frozen=True, slots=True)
class Token:
    """key: for comparison. word: as written, casefolded. telling: a content word, not a function word.

    opens: punctuation or a conjunction separates it from the token before. initial: first in its sentence, where a
    capital letter carries no information. pole, strength: its class in `vocabulary`, or "".
    """

    key: str
    word: str
    kind: Kind = Kind.WORD
    telling: bool = True
    opens: bool = False
    initial: bool = False
    capital: bool = False
    pole: str = ""
    strength: str = ""


_RAW = re.compile(
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<date>(?<![\d.])\d{1,2}(?P<sign>[./-])\d{1,2}(?:(?P=sign)|-|(?<=/\d)[ ]|(?<=/\d\d)[ ])\d{4}(?!\w))"
    r"|(?P<number>(?:(?<![^\s(])[-−–])?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,:]\d+)*[½¼¾]?)(?!\w)"
    r"|[½¼¾])"
    r"|(?P<unit>\bkm/[th]\b|°[CF]\b|[%‰$€£°])"
    r"|(?P<word>[^\W_]+(?:['’´`][^\W\d_]+)?)"
    r"|(?P<stop>[,;:()\[\]\"“”„»«–—])",
    re.IGNORECASE,
)
_ATTACHED = re.compile(r"(\d+)([^\W\d_]+)")
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
_ONE_AND_A_HALF = frozenset(["halvanden", "halvandet", "halvannen", "halvannet"])
_AND_A_HALF = frozenset(
    (joint, article, half)
    for joint in ("og", "and")
    for article in ("en", "et", "ett", "a")
    for half in ("halv", "halvt", "half")
)
_ONES = frozenset(["one", "en", "et", "ett", "én", "ét"])
_CONJUNCTIONS = frozenset(["og", "men", "and", "but", "eller", "or", "som", "der", "which", "who"])
_INITIAL_AFTER = frozenset(':(["“„»«–—')


def tokens(text: str, language: str, stemmed_as: str | None = None) -> tuple[Token, ...]:
    """The tokens of one sentence. language: of number words and dates; stemmed_as: of the stemmer, by default the same.

    Both are ISO 639-1. A date gives "@month-day" and the year as a number, however it is written; an amount gives the
    number and then its unit ("$5" is "5 $").
    """
    raw = _read(text, language)
    raw = _dated(raw)
    raw = _counted(raw, language)
    raw = _united(raw, language)
    return _stemmed(raw, language if stemmed_as is None else stemmed_as)


def _read(text: str, language: str) -> list[Token]:
    result: list[Token] = []
    opens, initial = True, True
    for match in _RAW.finditer(text):
        surface, kind = match[0], match.lastgroup
        if match["stop"]:
            opens = True
            initial = initial or surface in _INITIAL_AFTER
            continue
        if match["iso"]:
            year, month, day = surface.split("-")
            _add_date(result, year, int(month), int(day), opens)
        elif match["date"]:
            day, month, year = re.split(r"\D", surface)
            if language == "en" or int(month) > 12:  # in English 1/7 may be in January
                result.append(Token(surface, surface, Kind.NUMBER, opens=opens))
            else:
                _add_date(result, year, int(month), int(day), opens)
        elif match["number"]:
            result.append(Token(numbers.canonical(surface), surface, Kind.NUMBER, opens=opens))
            if initial and match.end() < 4 and text[match.end() : match.end() + 1] in (".", ")"):
                continue  # "1. Batterier"
        elif kind == "unit":
            result.append(Token("#", surface.casefold(), Kind.UNIT, opens=opens))
        else:
            _add_word(result, surface, opens, initial)
        opens = initial = False
    return result


def _add_date(result: list[Token], year: str, month: int, day: int, opens: bool) -> None:
    result.append(Token(f"@{month}-{day}", "", Kind.DATE, opens=opens))
    result.append(Token(str(int(year)), year, Kind.NUMBER))


def _add_word(result: list[Token], surface: str, opens: bool, initial: bool) -> None:
    word, _, ending = re.sub("[’´`]", "'", surface.casefold()).partition("'")
    if ending == "t" and word.endswith("n"):  # don't, can't, isn't
        word = {"ca": "can", "wo": "will"}.get(word[:-1], word[:-1])
        result.append(Token(word, word, opens=opens, initial=initial))
        result.append(Token("not", "not", Kind.NOT))
        return
    attached = _ATTACHED.fullmatch(word)
    if attached and (attached[2] in _ORDINAL_ENDINGS or attached[2] in vocabulary.UNITS):
        result.append(Token(numbers.canonical(attached[1]), attached[1], Kind.NUMBER, opens=opens))
        if attached[2] not in _ORDINAL_ENDINGS:
            result.append(Token("#", attached[2], Kind.UNIT))
        return
    if ending and ending not in ("s", "er", "en", "et", "ene", "erne", "ere", "ens", "ets", "re", "ve", "ll", "d", "m"):
        result.append(Token(word, word, opens=opens, initial=initial, capital=surface[0].isupper()))
        word, surface, opens, initial = ending, surface[-len(ending) :], False, False  # d'Arc
    kind = Kind.WORD
    if any(map(str.isdigit, word)):
        kind = Kind.CODE
    elif word in vocabulary.NEGATIONS:
        kind = Kind.NOT
    elif word in vocabulary.WEEKDAYS and (surface[0].isupper() or not word.endswith(("day", "days"))):
        result.append(Token(f"@w{vocabulary.WEEKDAYS[word]}", word, Kind.DATE, opens=opens))
        return
    stop = is_stopword(word)
    capital = surface[0].isupper()
    acronym = sum(map(str.isupper, surface)) > 1
    if capital and kind is Kind.WORD and len(word) > 1 and (acronym or not (stop or initial)):
        kind = Kind.NAME
    if kind is Kind.WORD and len(result) and word == "cannot":
        kind = Kind.NOT
    result.append(
        Token(
            word,
            word,
            kind,
            telling=kind is not Kind.WORD or not stop,
            opens=opens or word in _CONJUNCTIONS,
            initial=initial,
            capital=capital,
            pole=vocabulary.COMPARISONS.get(word, ""),
            strength=vocabulary.STRENGTHS.get(word, ""),
        )
    )


def _dated(raw: list[Token]) -> list[Token]:
    """Joins months and adjacent numbers into dates: "1. juli", "July 1st", "1st of July", "juli 2026"."""
    in_english = [name.casefold() for name in months.names("en")]
    result: list[Token] = []
    place = 0
    while place < len(raw):
        token = raw[place]
        following = raw[place + 1] if place + 1 < len(raw) else None
        month = months.full().get(token.word)
        if month and not token.capital and token.word in in_english and token.word != "april":
            month = month if token.word in ("august", "september", "november") else None  # march, may
        elif month and token.word == "mars" and token.capital:
            month = None
        beside = _day(result[-1] if result else None) or (following and following.kind is Kind.NUMBER)
        if month and token.word == "may" and not beside:
            month = None
        if not month and beside:
            month = months.short().get(token.word)
        if not month:
            result.append(token)
            place += 1
            continue
        if result and result[-1].word == "of" and len(result) > 1 and _day(result[-2]):
            result.pop()
        day = _day(result[-1] if result else None)
        opens = token.opens
        if day:
            opens = result.pop().opens
        elif day := _day(following):
            place += 1
        result.append(Token(f"@{month}-{day}" if day else f"@{month}", token.word, Kind.DATE, opens=opens))
        place += 1
    return result


def _day(token: Token | None) -> int | None:
    if token is None or token.kind is not Kind.NUMBER or not token.key.isdigit():
        return None
    return int(token.key) if 1 <= int(token.key) <= 31 else None


def _counted(raw: list[Token], language: str) -> list[Token]:
    """Turns number words and scales into numbers: femogtyve, two hundred and fifty, 1,5 mio."""
    table = numbers.numerals(language)
    result: list[Token] = []
    place = 0
    while place < len(raw):
        token = raw[place]
        following = raw[place + 1] if place + 1 < len(raw) else None
        before = result[-1] if result else None
        if tuple(t.word for t in raw[place : place + 3]) in _AND_A_HALF and before and _whole(before) is not None:
            result[-1] = replace(before, key=f"{_whole(before)}.5", kind=Kind.NUMBER)
            place += 3
            continue
        if (
            token.word in ("og", "and")
            and before
            and not before.word[:1].isdigit()
            and (hundreds := _whole(before) or 0)
            and not hundreds % 100
            and following
            and 0 < (units_value := _read_word(following.word, table)) < 100
        ):
            result[-1] = replace(before, key=str(hundreds + units_value))  # hundrede og femogtyve
            place += 2
            continue
        if token.word in _ONE_AND_A_HALF:
            token = Token("1.5", token.word, Kind.NUMBER, opens=token.opens)
        elif token.word in table:
            value = table[token.word]
            if 20 <= value < 100 and following and not following.opens and 0 < table.get(following.word, 0) < 10:
                value += table[following.word]  # twenty-five
                place += 1
            token = Token(str(value), token.word, Kind.NUMBER, opens=token.opens)
        elif token.word in ("one", "en", "et", "ett", "ein", "eit", "a") and following and following.kind is Kind.WORD:
            if following.word in vocabulary.UNITS and len(following.word) > 2:
                token = replace(token, key="1")
            elif token.word != "a" and numbers.factor(following.word, language):
                token = Token("1", token.word, Kind.NUMBER, opens=token.opens)
            elif token.word == "one":
                token = replace(token, key="1")
        elif token.kind is Kind.WORD and (multiplier := numbers.factor(token.word, language)):
            if before and before.kind is Kind.NUMBER and not token.opens:
                result[-1] = replace(before, key=numbers.times(before.key, multiplier))
                place += 1
                continue
            if multiplier <= 1000:  # hundrede medarbejdere
                token = Token(str(multiplier), token.word, Kind.NUMBER, opens=token.opens)
        if token.kind is Kind.NUMBER and result and result[-1].word == "minus":
            result.pop()
            token = replace(token, key=f"-{token.key}")
        result.append(token)
        place += 1
    return result


def _whole(token: Token) -> int | None:
    """The value of an integer, including "one", else None."""
    if token.kind is Kind.NUMBER and token.key.isdigit():
        return int(token.key)
    return 1 if token.word in _ONES else None


def _read_word(word: str, table: Mapping[str, int]) -> int:
    return int(word) if word.isdigit() else table.get(word, 0)


def _united(raw: list[Token], language: str) -> list[Token]:
    """Normalises units, puts those before a number behind it, and marks bounds before a number."""
    result: list[Token] = []
    codes = vocabulary.CURRENCY_CODES.get(language, {})
    place = 0
    while place < len(raw):
        token = raw[place]
        following = raw[place + 1] if place + 1 < len(raw) else None
        after = result[-1] if result and result[-1].kind is Kind.NUMBER and not token.opens else None
        if token.word == "per" and following and following.word in ("cent", "mille") and after:
            share = "percent" if following.word == "cent" else "per mille"
            result.append(Token(f"#{share}", following.word, Kind.UNIT))
            place += 2
            continue
        unit = codes.get(token.word) or vocabulary.UNITS.get(token.word)
        if unit and token.kind in (Kind.UNIT, Kind.WORD, Kind.NAME):
            prefixed = unit in vocabulary.CURRENCIES and following is not None and following.kind is Kind.NUMBER
            if prefixed and following and not after:
                result += [replace(following, opens=token.opens), Token(f"#{unit}", token.word, Kind.UNIT)]
                place += 2
                continue
            distant = len(result) > 1 and result[-2].kind is Kind.NUMBER and not token.opens and len(token.word) > 2
            if after or token.kind is Kind.UNIT or (distant and result[-1].kind is Kind.WORD):
                token = replace(token, key=f"#{unit}", kind=Kind.UNIT, telling=True)
            elif len(token.word) > 2:
                token = replace(token, key=f"#{unit}")  # the canonical form; without a number a unit is no fact
        elif token.word in vocabulary.BOUNDS and any(t.kind is Kind.NUMBER for t in raw[place + 1 : place + 3]):
            token = replace(token, pole=vocabulary.BOUNDS[token.word])
        result.append(token)
        place += 1
    return result


def _stemmed(raw: Sequence[Token], language: str) -> tuple[Token, ...]:
    return tuple(
        replace(token, key=_stem(token.word, language))
        if token.kind in (Kind.WORD, Kind.NAME) and token.key == token.word
        else replace(token, key="¬")
        if token.kind is Kind.NOT
        else token
        for token in raw
    )


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    return stems(word, language)[0] if word.isalnum() else word
