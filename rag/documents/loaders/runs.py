"""Runs of text, as office documents store them, put together so that raised, lowered and built-up parts stay apart."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from rag.documents.loaders.raised import subscript, superscript

RAISED, LOWERED, FORMULA = "raised", "lowered", "formula"
Run = tuple[str, str]
"""Text, and how it stands: RAISED, LOWERED, FORMULA or "" for on the line."""

_LONGEST_SHIFTED = 24
"""Characters; longer raised text is a sentence that is set so for its looks."""


def joined(runs: Iterable[Run]) -> str:
    """The text of runs. Neighbours that stand alike are one: "1" and "0" raised are the power of ten."""
    text = ""
    after_formula = False
    for how, group in groupby(((part, how) for part, how in runs if part), key=itemgetter(1)):
        part = "".join(said for said, _ in group)
        if how in (RAISED, LOWERED) and len(part.strip()) <= _LONGEST_SHIFTED:
            part = superscript(part) if how == RAISED else subscript(part)
        elif how == FORMULA and text[-1:].isalnum():
            text += " "
        if after_formula and part[:1].isalnum():
            text += " "
        text += part
        after_formula = how == FORMULA
    return text
