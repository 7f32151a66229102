"""The words of a text where they stand, each with its spellings. Pure."""

import re
from collections.abc import Iterable, Iterator

from rag.core.text import figures, months

_W = rf"[^\W{figures.RAISED}]"
# a code is written with signs inside and searched for as a whole: ISO-27001, 3.4.1, e-mail, 24/7, 12:30, §12
_TOKEN = re.compile(
    rf"(?P<token>§+\s*{_W}+(?:[-‑./,:]{_W}+)*|{_W}+(?:[-‑./:]{_W}+|,\d+)*)(?P<raised>[{figures.RAISED}]+)?"
    rf"|\+4[57](?:[ \u00a0-]?\d){{8}}(?!\d)|\+[1-9]\d{{0,2}}(?:[ \u00a0-]?\d){{7,11}}(?!\d)|[{figures.RAISED}]+"
)

_DIGITS = re.compile(rf"\d+|[{figures.RAISED}]+")
_SPACE = re.compile(r"\s")
_BEFORE_DIGITS = 40  # characters, in which a number, a month or a sign before the digits begins


def words_with_signs(text: str) -> Iterator[str]:
    """Those of `rag.core.text.sentences.words` that are not plain words of letters, and those of dates."""
    for _, _, group in word_groups(text, plain=False):
        yield from group


def words_of_figures(text: str, asked: Iterable[str]) -> Iterator[str]:
    """Those `words_with_signs` that may be among some with digits; other parts of the text are passed over."""
    wanted = [_digits_of(word) for word in asked]
    folded = text.casefold()
    done = 0
    for digits in _DIGITS.finditer(folded):
        # in every spelling, the digits of a number stand in this order
        figures_here = _digits_of(digits[0]).lstrip("0") or "0"
        if digits.start() < done or not any(figures_here in word for word in wanted):
            continue
        before = digits.start() - _BEFORE_DIGITS
        space = _SPACE.search(folded, before) if before > done else None
        for start, end, group in _groups(folded, space.start() if space else done, plain=False):
            if start > digits.start():
                break
            done = end
            yield from group


def _digits_of(text: str) -> str:
    return re.sub(r"\D", "", text.translate(figures.AS_DIGITS))


def word_groups(text: str, *, plain: bool = True) -> Iterator[tuple[int, int, list[str]]]:
    """Start and end in the casefolded text of each word, and its spellings. plain: also words of letters alone."""
    return _groups(text.casefold(), 0, plain=plain)


def _groups(folded: str, at: int, *, plain: bool) -> Iterator[tuple[int, int, list[str]]]:
    done, named = 0, months.numbers()
    for match in _TOKEN.finditer(folded, at):
        start, end = match.span()
        if start < done:
            continue
        token, raised = match["token"] or match[0], match["raised"]
        if token.isalpha() and token not in named:
            if plain:
                yield start, end, [token]
        elif token[0] == "§":
            number = token.lstrip("§").lstrip()
            for group in figures.read(number, 0, number)[0]:
                yield start, end, group
            yield start, end, ["".join(token.split()).replace("‑", "-")]
        elif token[0] in figures.RAISED:
            yield start, end, [token]
        else:
            groups, done = figures.read(folded, start, token)
            for group in groups:
                yield start, done, group
        if raised:  # of a note or a power: not of the number that it stands behind
            power = [token + raised, token + raised.translate(figures.AS_DIGITS)]
            yield start, end, power if token.isalpha() else [raised]
