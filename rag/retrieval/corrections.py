"""Words of a question that are in no document, and words of the documents that are spelt almost like them.

"tempratursensor" is to find "temperatursensor", and "temperatur sensor", too. What a word was taken for is said with
the answer: a name that is in no document must not become another one unnoticed.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import OSA

from rag.core.text.sentences import is_stopword, stem_of
from rag.core.text.tokens import word_groups
from rag.core.types import Chunk
from rag.store.protocol import ChunkSearch

SHORTEST = 5
"""Letters that a word has at least: too many words are spelt like a shorter one."""
SHORTEST_STEM = 6
"""Letters of a stem that may be compared without its ending: "allot" is not "allow"."""
TWO_EDITS = 12
"""Letters from which on a word may differ by two. With nine, "hovedstaden" was taken for "hovedsagelig"."""
SHORTEST_PART = 4
"""Letters of a stem by which words are looked for, and of a part of a compound that is looked for in two words."""
MOST_TRIED = 10
"""Similar stems that are looked up in the documents searched."""

_SPACE = re.compile(r"[^\S\n]*\n?[^\S\n]*")
"""What may be between two words of a sentence: not the end of a paragraph."""

MOST_UNKNOWN = 3
"""Words in no document from which on a question is in another language than the documents, and not misspelt."""

Terms = Mapping[tuple[str, ...], str]
"""The words of a question by their stems, see `rag.core.text.sentences.query_words`."""


@dataclass(frozen=True, slots=True)
class Correction:
    """asked: a word of the question, or two. found: as it is written in a document. stems: to search for instead."""

    asked: str
    found: str
    stems: tuple[str, ...]


Corrections = Mapping[tuple[str, ...], Correction]
"""By the stems of a word of the question."""


@dataclass(frozen=True, slots=True)
class SearchedChunks:
    """The chunks that a question is asked of. documents, page: as in `ChunkSearch.search`. languages: of the stems."""

    chunks: ChunkSearch
    languages: Sequence[str]
    documents: Collection[int] | None = None
    page: int | None = None

    def corrections(self, text: str, terms: Terms, known: Callable[[], Collection[str]]) -> Corrections:
        """By the stems of a word of the question what it is taken for.

        text: the question, with its capitals. known: the names of documents, whose words need not be in one; read only
        where a word would be taken for another one.
        """
        stems_by_word = {word: stems for stems, word in terms.items() if word.isalpha()}
        unknown = [
            word
            for word, stems in stems_by_word.items()
            if not is_stopword(word) and not self.chunks.similar_stems({word, *stems}, 0, 1)
        ]
        if len(unknown) > MOST_UNKNOWN:
            return {}
        names = _names(text)
        found: dict[tuple[str, ...], Correction] = {}
        for pair in _pairs(text, set(unknown) - names):
            if correction := self._one_word(*pair):
                found |= {stems_by_word[word]: correction for word in pair if word in stems_by_word}
        for word in unknown:
            stems, is_name = stems_by_word[word], word in names
            if stems not in found and len(word) >= SHORTEST:
                correction = self._misspelt(word, stems, most=1 if is_name else 2)
                if correction is None and not is_name:
                    correction = self._two_words(word)
                if correction is not None:
                    found[stems] = correction
        in_names = {stem for name in known() for stem in self._stems(*_words(name))} if found else set()
        return {stems: correction for stems, correction in found.items() if in_names.isdisjoint(stems)}

    def _misspelt(self, word: str, stems: Collection[str], most: int) -> Correction | None:
        """The nearest word; the word itself is compared, too, as an ending that is misspelt is not cut from a stem."""
        allowed = min(most, _edits(word))
        forms = {word, *(stem for stem in stems if len(stem) >= SHORTEST_PART)}
        nearest: list[tuple[int, int, Correction]] = []
        # one more: the ending of what is written may be cut from its stem, where that of the misspelt word is not
        for stem in self.chunks.similar_stems(forms, allowed + 1, MOST_TRIED):
            by_stem = [
                edits
                for form in forms
                if len(form) >= SHORTEST_STEM and (edits := OSA.distance(form, stem)) <= min(most, _edits(form))
            ]
            for written in self._written((stem,)):
                by_word = OSA.distance(word, written.casefold())
                if by_word and (by_stem or by_word <= allowed):
                    nearest.append((min((*by_stem, by_word)), by_word, Correction(word, written, (stem,))))
        return min(nearest, key=lambda one: one[:2])[2] if nearest else None

    def _one_word(self, first: str, second: str) -> Correction | None:
        """Two words of the question that are one in the documents."""
        joined = first + second
        for stem in self.chunks.similar_stems({joined, *self._stems(joined)}, 0, 1):
            for written in self._written((stem,)):
                return Correction(f"{first} {second}", written, (stem,))
        return None

    def _two_words(self, word: str) -> Correction | None:
        """A word of the question that is two in the documents."""
        parts = {
            f"{first} {second}": (first, second)
            for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
            for language in self.languages
            for first in stem_of(word[:at], language)
            for second in stem_of(word[at:], language)
        }
        for phrase in self.chunks.similar_stems(parts, 0, MOST_TRIED):
            for written in self._written(parts[phrase]):
                rarity = self.chunks.rarity(parts[phrase])
                # alternatives are single words: the rarer one stands for both
                return Correction(word, written, (max(parts[phrase], key=lambda part: rarity[part]),))
        return None

    def _stems(self, *words: str) -> Iterator[str]:
        return (stem for word in words for language in self.languages for stem in stem_of(word, language))

    def _written(self, stems: Sequence[str]) -> Iterator[str]:
        """The words next to each other that have these stems, as they are written where they are found best."""
        found = self.chunks.search(None, [[" ".join(stems)]], 1, self.documents, None, self.page)
        return (written for candidate in found for written in _as_written(candidate.chunk, stems))


def _as_written(chunk: Chunk, stems: Sequence[str]) -> Iterator[str]:
    for text in (chunk.text, *chunk.heading_path):
        groups = list(word_groups(text))
        source = text if len(text.casefold()) == len(text) else text.casefold()
        for at in range(len(groups) - len(stems) + 1):
            run = groups[at : at + len(stems)]
            between = [source[end:start] for (_, end, _), (start, _, _) in pairwise(run)]
            if all(map(_SPACE.fullmatch, between)) and all(
                stem in stem_of(group[0], chunk.language) for stem, (_, _, group) in zip(stems, run, strict=True)
            ):
                yield " ".join(source[run[0][0] : run[-1][1]].split())


def _edits(word: str) -> int:
    return 2 if len(word) >= TWO_EDITS else 1


def _words(text: str) -> list[str]:
    return [word for _, _, group in word_groups(text) for word in group]


def _pairs(text: str, unknown: Collection[str]) -> Iterator[tuple[str, str]]:
    """The words that stand next to each other in a question where one of them is in no document."""
    folded = text.casefold()
    for (_, end, (first, *_)), (start, _, (second, *_)) in pairwise(word_groups(text)):
        is_plain = first.isalpha() and second.isalpha() and _SPACE.fullmatch(folded[end:start])
        if is_plain and (first in unknown or second in unknown) and not (is_stopword(first) or is_stopword(second)):
            yield first, second


def _names(text: str) -> set[str]:
    """The words, casefolded, that begin with a capital inside a sentence."""
    if len(text.casefold()) != len(text):
        return set()
    names = set()
    for start, _, group in word_groups(text):
        before = text[:start].rstrip(" \"'“”„«»(")
        if text[start].isupper() and before and before[-1] not in ".!?:\n":
            names.add(group[0])
    return names
