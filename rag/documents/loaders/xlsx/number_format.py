"""A number as a spreadsheet shows it by its format, with Danish signs: a decimal comma, dots between thousands."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rag.documents.loaders.xlsx.format_code import Section, Sign, section_of

_DIGITS = 11  # a cell in the general format shows no more
_EXACT = 15
"""The significant digits that Excel keeps of a number: it rounds what these say, not the binary value."""
_MAX_DECIMALS = 30
_ROOMY = Context(prec=400, rounding=ROUND_HALF_UP)
_SHORT = Context(prec=_DIGITS, rounding=ROUND_HALF_UP)
_COMMA, _PERCENT = Sign("sign", ","), Sign("sign", "%")
_MAX_DENOMINATOR = 7
"""The digits of a denominator; Excel has no more than that in a format."""


def number(value: float, code: str) -> str:
    """A number by a format; "" where the format hides it, and for what is no number."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    section, shows_sign = section_of(code, value)
    amount = _exact(value)
    if shows_sign:
        amount = abs(amount)
    return " ".join(_shown(amount, section).split())


def plain_number(value: float) -> str:
    """A number as a cell without a format shows it: 1299,5."""
    amount = _exact(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**15):
        return str(int(value))
    amount = _SHORT.plus(amount)
    text = f"{amount:f}" if -7 <= amount.adjusted() < 15 else f"{amount.normalize():E}"
    if "." in text and "E" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")


def _exact(value: float) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{_EXACT}g}")


def _shown(amount: Decimal, section: Section) -> str:
    signs = section.signs
    kinds = {sign.kind for sign in signs}
    if not signs:
        return ""
    if "general" in kinds or any(sign == Sign("sign", "@") for sign in signs):
        number_text = plain_number(float(amount))
        texts = (number_text if s.kind == "general" or s.text == "@" else s.text for s in signs)
        return "".join(texts)
    if "place" not in kinds:  # the format shows words in place of the number
        return section.literal()
    if "exponent" in kinds:
        return _scientific(amount, signs)
    slash = next((n for n, sign in enumerate(signs) if sign == Sign("sign", "/")), None)
    if slash is not None and _is_fraction(signs, slash):
        return _fraction(amount, signs, slash)
    return _decimal(amount, signs)


class _Layout(NamedTuple):
    """What stands where in an ordinary format: indices into its signs. scale: how often it divides by a thousand."""

    point: int | None
    whole: tuple[int, ...]
    decimals: tuple[int, ...]
    grouped: bool
    scale: int
    percents: int
    commas: frozenset[int]


@lru_cache(maxsize=1000)
def _layout(signs: tuple[Sign, ...]) -> _Layout:
    point, places = _parts(signs)
    whole = tuple(n for n in places if point is None or n < point)
    decimals = tuple(n for n in places if point is not None and n > point)[:_MAX_DECIMALS]
    grouped = len(whole) > 1 and any(signs[n] == _COMMA for n in range(whole[0], whole[-1]))
    commas = frozenset(n for n, sign in enumerate(signs) if sign == _COMMA and _is_comma(signs, n, places))
    percents = sum(sign == _PERCENT for sign in signs)
    return _Layout(point, whole, decimals, grouped, _scale(signs, places), percents, commas)


def _decimal(amount: Decimal, signs: tuple[Sign, ...]) -> str:
    """An ordinary format: places for digits, with words, per cent and thousands."""
    layout = _layout(signs)
    amount = amount.scaleb(2 * layout.percents - 3 * layout.scale)
    whole, fraction = _digits(amount, len(layout.decimals))
    shown = _placed_whole(whole, signs, layout.whole, layout.grouped)
    shown |= _placed_fraction(fraction, signs, layout.decimals)
    has_decimals = any(shown[n].strip() for n in layout.decimals)
    texts: list[str] = []
    for n, sign in enumerate(signs):
        if n in shown:
            texts.append(shown[n])
        elif n == layout.point:
            texts.append(("" if layout.whole else whole) + ("," if has_decimals else ""))
        elif n not in layout.commas:
            texts.append(" %" if sign == _PERCENT and texts else sign.text)
    text = "".join(texts)
    return f"-{text}" if amount < 0 and (whole + fraction).strip("0") else text


def _parts(signs: Sequence[Sign]) -> tuple[int | None, list[int]]:
    """The decimal point and the places of digits, by index. A dot beside no place belongs to a word, as in "kr."."""
    places = [n for n, sign in enumerate(signs) if sign.kind == "place"]
    point = next(
        (
            n
            for n, sign in enumerate(signs)
            if sign == Sign("sign", ".") and (n - 1 in places or n + 1 in places or (n > 0 and signs[n - 1] == _COMMA))
        ),
        None,
    )
    return point, places


def _is_comma(signs: Sequence[Sign], n: int, places: Sequence[int]) -> bool:
    """Whether a comma groups or scales: it stands behind a place, another comma or the decimal point."""
    while n > 0 and signs[n] in (_COMMA, Sign("sign", ".")):
        n -= 1
    return n in places


def _scale(signs: Sequence[Sign], places: Sequence[int]) -> int:
    """How often the number is divided by a thousand: the commas behind the last place before the point or the end."""
    ends = [places[-1]]
    point, _ = _parts(signs)
    if point is not None and any(n < point for n in places):
        ends.append(max(n for n in places if n < point))
    commas = 0
    for end in dict.fromkeys(ends):
        n = end + 1
        while n < len(signs) and signs[n] == _COMMA:
            commas += 1
            n += 1
    return commas


def _digits(amount: Decimal, decimals: int) -> tuple[str, str]:
    """The digits before and after the decimal point, rounded half away from zero; "" for a whole part of zero."""
    rounded = _ROOMY.quantize(abs(amount), Decimal(1).scaleb(-decimals))
    whole, _, fraction = f"{rounded:f}".partition(".")
    return whole.lstrip("0"), fraction


def _placed_whole(digits: str, signs: Sequence[Sign], places: Sequence[int], grouped: bool) -> dict[int, str]:
    """The digits at each place, from the right; what is left over stands at the first place."""
    shown: dict[int, str] = {}
    written = 0
    for place in reversed(places):
        taken = digits[-1:] if digits else {"0": "0", "?": " "}.get(signs[place].text, "")
        digits = digits[:-1]
        text = ""
        remaining = [taken]
        if place == places[0]:
            remaining += list(reversed(digits))
        for digit in remaining:
            if digit and grouped and written and written % 3 == 0 and digit != " ":
                text = f"{digit}.{text}"
            else:
                text = digit + text
            written += bool(digit)
        shown[place] = text
    return shown


def _placed_fraction(digits: str, signs: Sequence[Sign], places: Sequence[int]) -> dict[int, str]:
    significant = len(digits.rstrip("0"))
    return {
        place: digits[n]
        if n < significant or signs[place].text == "0" or _zero_follows(signs, places[n:])
        else " "
        if signs[place].text == "?"
        else ""
        for n, place in enumerate(places)
    }


def _zero_follows(signs: Sequence[Sign], places: Sequence[int]) -> bool:
    return any(signs[place].text == "0" for place in places)


def _scientific(amount: Decimal, signs: tuple[Sign, ...]) -> str:
    at = next(n for n, sign in enumerate(signs) if sign.kind == "exponent")
    mantissa, exponent_signs = signs[:at], signs[at + 1 :]
    point, places = _parts(mantissa)
    if not places:
        return plain_number(float(amount))
    whole_places = [n for n in places if point is None or n < point]
    step = max(len(whole_places), 1)
    exponent = amount.adjusted() if amount else 0
    exponent -= exponent % step if step > 1 else 0
    decimals = min(len(places) - len(whole_places), _MAX_DECIMALS)
    whole, _ = _digits(amount.scaleb(-exponent), decimals)
    if len(whole) > step:  # it was rounded up to the next power
        exponent += step
    text = _decimal(amount.scaleb(-exponent), mantissa)
    width = sum(sign.kind == "place" for sign in exponent_signs)
    sign = "-" if exponent < 0 else "+" if signs[at].text.endswith("+") else ""
    after = "".join(sign.text for sign in exponent_signs if sign.kind != "place")
    return f"{text}E{sign}{abs(exponent):0{max(width, 1)}d}{after}"


def _is_fraction(signs: Sequence[Sign], slash: int) -> bool:
    before = any(sign.kind == "place" for sign in signs[:slash])
    after = signs[slash + 1 : slash + 2]
    return before and bool(after) and (after[0].kind == "place" or after[0].text.isdecimal())


def _fraction(amount: Decimal, signs: Sequence[Sign], slash: int) -> str:
    """A number as a whole and a fraction: 2 3/4. The denominator is in the format, or the nearest of so many digits."""
    begin = slash
    while begin > 0 and signs[begin - 1].kind == "place":
        begin -= 1
    end = slash + 1
    while end < len(signs) and (signs[end].kind == "place" or signs[end].text.isdecimal()):
        end += 1
    whole_places = [n for n in range(begin) if signs[n].kind == "place"]
    below = "".join(sign.text for sign in signs[slash + 1 : end])
    value = Fraction(abs(amount))
    whole = int(value) if whole_places else 0
    rest = value - whole
    if any(digit in "123456789" for digit in below):
        denominator = int("".join(digit if digit.isdecimal() else "0" for digit in below)[:_MAX_DENOMINATOR])
        numerator = int(rest * denominator + Fraction(1, 2))
    else:
        nearest = rest.limit_denominator(10 ** min(len(below), _MAX_DENOMINATOR) - 1)
        numerator, denominator = nearest.numerator, nearest.denominator
    if whole_places and numerator == denominator:
        whole, numerator = whole + 1, 0
    texts = []
    if whole_places:
        placed = _placed_whole(str(whole) if whole else "", signs, whole_places, False)
        if not whole and not numerator:
            placed[whole_places[-1]] = "0"
        texts += [placed.get(n, signs[n].text) for n in range(begin)]
    else:
        texts += [sign.text for sign in signs[:begin]]
    if numerator or not whole_places:
        texts.append(f"{numerator}/{denominator}")
    texts += [sign.text for sign in signs[end:]]
    return f"{'-' if amount < 0 and (whole or numerator) else ''}{''.join(texts)}"
