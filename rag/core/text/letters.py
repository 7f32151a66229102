"""Compares words by their letters, so that parts of compounds and misspelt words count. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rag.core.text.tokens import words_of_figures

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d")

RUN = 4
"""Letters in an n-gram. Danish writes compounds as one word ("skrivebord" is in "skrivebordsmiljø"), and stems may
differ ("hovedserveren", "hovedservere"). A misspelling changes a few n-grams of a word, not all."""


def spelling(question: Iterable[str], texts: Sequence[str]) -> list[float]:
    """For each text the share (0..1) of the n-grams of a question's words that are in it.

    question: its words, casefolded. Rare n-grams weigh more, by inverse document frequency over the texts. A number,
    and a word shorter than an n-gram, must match as a whole word.
    """
    runs = {run for word in question for run in _runs(word)}
    if not runs or not texts:
        return [0.0] * len(texts)
    folded = [text.casefold() for text in texts]
    whole = {run for run in runs if _is_whole(run)}
    figures = {run for run in whole if _FIGURE.search(run)}
    present = []
    for text in folded:
        found = {run for run in runs - whole if run in text}
        if len(whole) > len(figures):
            found |= (whole - figures).intersection(_WORD.findall(text))
        if figures:
            found |= figures.intersection(words_of_figures(text, figures))
        present.append(found)
    counts = Counter(run for present_runs in present for run in present_runs)
    weights = {run: math.log(1 + (len(texts) - counts[run] + 0.5) / (counts[run] + 0.5)) for run in runs}
    total = math.fsum(weights.values())
    return [math.fsum(weights[run] for run in present_runs) / total for present_runs in present]


def _is_whole(word: str) -> bool:
    return len(word) < RUN or any(map(str.isdigit, word))


def _runs(word: str) -> list[str]:
    return [word] if _is_whole(word) else [word[at : at + RUN] for at in range(len(word) - RUN + 1)]
