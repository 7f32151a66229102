"""Measures how much of a question is in and around a passage, by its words. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rag.core.text.figures import RAISED
from rag.core.text.sentences import stem_of, stems
from rag.core.text.tokens import words_of_figures, words_with_signs

_SUFFIXING = frozenset(("da", "no", "nb", "nn", "sv", "en"))
"""Languages in which Snowball only changes the end of a word, by at most one letter. The few exceptions, such as
English "skies", are missed."""
_SHORTEST = 3
_REST = re.compile(rf"[^\W{RAISED}]*")
_CODE = re.compile(r"\b\w+(?:[-‑./:,]\w+)+")
_CODE_REST = re.compile(r"[-‑./:,\w]*")
_HYPHEN = re.compile(r"[-‑]\w")
_IN_CODES = "-‑./:,_"
_FIGURE = re.compile(r"\d")


class QuestionWords:
    """The words of one question, for look-up in many texts."""

    def __init__(self, words: Sequence[Sequence[str]], rarity: Mapping[str, float]) -> None:
        """words: the stems of each word, its alternatives; rarity: by stem, see `rag.store.lexical.search.rarity`."""
        self._groups = [frozenset(word) for word in words]
        self._weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in words]
        self._total = sum(self._weights)
        self._all = frozenset(stem for word in words for stem in word)
        plain = {stem for stem in self._all if stem.isalpha()}
        self._beginnings = {stem[: max(_SHORTEST, len(stem) - 1)] for stem in plain}
        self._others = self._all - plain
        self._are_figures = all(map(_FIGURE.search, self._others))
        self._stems_by_part: dict[tuple[str, str], frozenset[str]] = {}

    def stems_in(self, text: str, language: str) -> frozenset[str]:
        """The stems that are in the text. Like `stems`, but only words with a matching beginning are stemmed."""
        if language not in _SUFFIXING:
            return self._all.intersection(stems(text, language))
        folded = text.casefold()
        found = frozenset().union(*(self._stems_of(part, language) for part in self._parts(folded)))
        if self._others and self._are_figures:
            found |= self._others.intersection(words_of_figures(folded, self._others))
        elif self._others:
            found |= self._all.intersection(
                stem for word in words_with_signs(folded) for stem in stem_of(word, language)
            )
        return found

    def _parts(self, text: str) -> Iterator[str]:
        """The words of a casefolded text that begin like one of the question, and hyphenated ones."""
        # str.find: a regular expression of all beginnings takes ten times as long
        for beginning in self._beginnings:
            at = text.find(beginning)
            while at >= 0:
                if not at or not (text[at - 1].isalnum() or text[at - 1] == "_") or text[at - 1] in RAISED:
                    yield text[at : _REST.match(text, at).end()]  # type: ignore[union-attr]
                at = text.find(beginning, at + 1)
        # "e-mail" also counts as "email"; only hyphens can be omitted
        done = 0
        for hyphen in _HYPHEN.finditer(text):
            start = at = hyphen.start()
            if at < done:
                continue
            while start > done and (text[start - 1].isalnum() or text[start - 1] in _IN_CODES):
                start -= 1
            done = _CODE_REST.match(text, at).end()  # type: ignore[union-attr]
            yield from _CODE.findall(text[start:done])

    def _stems_of(self, part: str, language: str) -> frozenset[str]:
        key = (part, language)
        if key not in self._stems_by_part:
            part_stems = stem_of(part, language) if part.isalnum() else stems(part, language)
            self._stems_by_part[key] = self._all.intersection(part_stems)
        return self._stems_by_part[key]

    def share(self, texts: Iterable[tuple[str, str]]) -> float:
        """The share (0..1) of the question's words, weighted by rarity, found in any text. texts: (text, language)."""
        present = frozenset[str]().union(*(self.stems_in(text, language) for text, language in texts))
        weight = sum(w for w, group in zip(self._weights, self._groups, strict=True) if not group.isdisjoint(present))
        return weight / self._total if self._total else 0.0
