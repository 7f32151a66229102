"""How much of a question stands in and around a passage, its words weighed by how rare they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rag.text import stems

_SUFFIXING = frozenset(("da", "no", "nb", "nn", "sv", "en"))
"""Languages in which Snowball changes no more of a word than its end, and there one letter at most (but for a handful,
such as English skies, which are then missed)."""
_SHORTEST = 3
# what has signs inside can be written in several ways, so it is always read
_CODE = r"§+\s*\w+(?:[-‑./:,]\w+)*|\b\w+(?:[-‑./:,]\w+)+"


class Wanted:
    """The words of one question. Made once, it reads many texts."""

    def __init__(self, asked: Sequence[Sequence[str]], rarity: Mapping[str, float]) -> None:
        """asked: the stems of each word, its alternatives; rarity: by stem, as `rag.store.words.rarity` gives it."""
        self._groups = [frozenset(word) for word in asked]
        self._weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in asked]
        self._total = sum(self._weights)
        self._all = frozenset(stem for word in asked for stem in word)
        beginnings = {stem[: max(_SHORTEST, len(stem) - 1)] for stem in self._all}
        either = "|".join(map(re.escape, sorted(beginnings, key=len, reverse=True)))
        self._words = re.compile(rf"{_CODE}|\b(?:{either})\w*") if beginnings else None

    def found_in(self, text: str, language: str) -> frozenset[str]:
        """Those of the stems that the text has: as `stems` would say, but only words that begin like one are cut."""
        if self._words is None:
            return frozenset()
        if language in _SUFFIXING:
            text = " ".join(self._words.findall(text.casefold()))
        return self._all.intersection(stems(text, language))

    def share(self, texts: Iterable[tuple[str, str]]) -> float:
        """The share (0..1) of the question's words, by rarity, in any of the texts: (text, language) each."""
        there = frozenset[str]().union(*(self.found_in(text, language) for text, language in texts))
        found = sum(w for w, group in zip(self._weights, self._groups, strict=True) if not group.isdisjoint(there))
        return found / self._total if self._total else 0.0
