"""An overview of a document in its own words: of each section the sentences that say most of it, verbatim. Pure.

Centroid-based extractive summarisation (Radev, Jing, Styś and Tam, 2004, "Centroid-based summarization of multiple
documents"): a sentence counts as much as it is like the mean of its section. The next one is chosen by maximal marginal
relevance (Carbonell and Goldstein, 1998), so that no two say the same. Nothing is generated.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.core.text.sentences import LEADERS, is_stopword, stems
from rag.core.text.table_rows import is_row
from rag.core.types import Chunk, Heading, Page, Span
from rag.store.protocol import Vector

MOST_SENTENCES = 3
"""Of a section; one for every WORDS_FOR_ONE words of it."""
WORDS_FOR_ONE = 60
RANGES = 12
"""A document without headings is shown in so many ranges of pages."""
LIKENESS = 0.7
"""The weight of likeness to the section against that of difference from the sentences chosen before (MMR's lambda)."""
FEWEST_WORDS, MOST_CHARACTERS = 6, 420

_ENDED = re.compile(r"[.!?][\"'”’»)\]]*$")
_BEGINS = re.compile(r"[\"'“”„‘«»(]*(?:[A-ZÆØÅÄÖÜÉ]|\d+[.,\d]* [a-zæøå])")
# a line of a program or a path is a sentence by its full stop alone
_CODE = re.compile(r"https?://|\S@\S|[{}<>|\\=;]|\S*/\S+/|\$\w|--\w")
# rows of a table and its caption, which end with a full stop by chance: lines that begin anew
_ROW = re.compile(r"[^\s,;:.–-]\n(?:[A-ZÆØÅ]|\d)")
_CAPTION = re.compile(r"(?:tabel|table|figur|figure) \d+\.$", re.IGNORECASE)
# it says something only together with what stood before it
_LEANS = re.compile(
    r"(?:det(?:te)?|den(?:ne)?|disse|de|her|hertil|derfor|derudover|desuden|så|men|og|eller|ellers|dog|i så fald"
    r"|this|that|these|those|it|they|he|she|here|there|therefore|however|so|but|and|or|otherwise|also|then)\b",
    re.IGNORECASE,
)
LEANING = 0.03
"""What such a sentence loses of its likeness; cosines of sentences of one section lie within 0.1."""


@dataclass(frozen=True, slots=True)
class KeySentence:
    """`text` is exactly what stands on the page at `span`."""

    text: str
    page: int
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """title: "" for what stands before the first heading, or where there are none. page, last_page: from and to."""

    title: str
    page: int
    last_page: int
    sentences: tuple[KeySentence, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """by_meaning: False where the words alone have chosen, because there are no vectors (yet)."""

    sections: tuple[Section, ...]
    by_meaning: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole sentence of prose. vector: (d,) float32, None while there is none."""

    sentence: KeySentence
    language: str
    vector: Vector | None


def overview(pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Mapping[int, Vector]) -> Overview:
    """Of each section up to MOST_SENTENCES, in the order of the document; sections without any are left out.

    chunks: of the document, in order. vectors: by chunk id, (sentences, d) float32, L2-normalised; where one is
    missing, words choose: those that are common in the section and rare in the document, and first sentences first.
    """
    by_section, titles = _assigned(pages, candidates(chunks, vectors))
    known = all(one.vector is not None for group in by_section for one in group)
    by_meaning = known and any(by_section)
    frequency = Counter[str]() if by_meaning else _frequency(by_section)
    found = []
    for (title, first, last), group in zip(titles, by_section, strict=True):
        if not group:
            continue
        words = sum(len(one.sentence.text.split()) for one in group)
        most = min(MOST_SENTENCES, max(1, round(words / WORDS_FOR_ONE)))
        chosen = _by_centroid(group, most) if by_meaning else _by_words(group, frequency, most)
        found.append(Section(title, first, last, tuple(group[n].sentence for n in sorted(chosen))))
    return Overview(tuple(found), by_meaning)


def candidates(chunks: Sequence[Chunk], vectors: Mapping[int, Vector]) -> list[Candidate]:
    """The sentences that can stand alone, each once, in order: no headings, lines of contents, code or fragments."""
    found: list[Candidate] = []
    seen: set[tuple[int, int]] = set()
    read: set[str] = set()
    for chunk in chunks:
        own = vectors.get(chunk.id)
        titles = {title.casefold() for title in chunk.heading_path}
        for place, span in enumerate(chunk.sentences):
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            if (chunk.page, span.start) in seen:
                continue
            seen.add((chunk.page, span.start))
            said = " ".join(text.split()).casefold()
            if said in read or said.rstrip(".") in titles or not is_prose(text):
                continue
            read.add(said)
            vector = own[place] if own is not None and place < len(own) else None
            found.append(Candidate(KeySentence(text, chunk.page, span), chunk.language, vector))
    return found


def is_prose(text: str) -> bool:
    """Whether this is one whole sentence that states something."""
    if len(_ROW.findall(text)) > 1 or is_row(text):
        return False
    text = " ".join(text.split())
    words = text.split()
    letters = sum(map(str.isalpha, text))
    return (
        len(words) >= FEWEST_WORDS
        and len(text) <= MOST_CHARACTERS
        and letters >= 0.7 * len(text.replace(" ", ""))
        and _BEGINS.match(text) is not None
        and _ENDED.search(text) is not None
        and not text.endswith(("?", "..", " etc."))
        and not LEADERS.search(text)
        and not _CAPTION.search(text)
        and not _CODE.search(text)
    )


def leans(text: str) -> bool:
    """Whether a sentence says something only together with the one before it."""
    return _LEANS.match(text.lstrip("\"'“”„‘«»(")) is not None


def outermost(pages: Sequence[Page]) -> list[tuple[int, Heading]]:
    """The headings that divide the document, each with its page's number: the outermost level that has several."""
    found = [(page.number, heading) for page in pages for heading in sorted(page.headings, key=lambda h: h.offset)]
    counts = Counter(heading.level for _, heading in found)
    level = next((level for level in sorted(counts) if counts[level] > 1), None)
    if level is None:
        return found
    # a title that stands alone above them begins a section, too
    return [(page, heading) for page, heading in found if heading.level <= level]


def _assigned(
    pages: Sequence[Page], sentences: Sequence[Candidate]
) -> tuple[list[list[Candidate]], list[tuple[str, int, int]]]:
    """The sentences of each section; and of each section its title, first and last page."""
    if not pages:
        return [], []
    headings = outermost(pages)
    last = pages[-1].number
    if headings:
        starts = [(0, 0), *((page, heading.offset) for page, heading in headings)]
        names = ["", *(heading.title for _, heading in headings)]
    else:
        step = math.ceil(len(pages) / RANGES)
        starts = [(page.number, 0) for page in pages[::step]]
        names = [""] * len(starts)
    ends = []
    for number, offset in starts[1:]:
        # a heading at the top of a page leaves nothing of that page to the section before
        above = next((page.text[:offset] for page in pages if page.number == number), "")
        ends.append(number if len(above.split()) > 20 else number - 1)
    titles = [
        (name, max(start[0], 1), max(end, start[0], 1))
        for name, start, end in zip(names, starts, [*ends, last], strict=True)
    ]
    groups: list[list[Candidate]] = [[] for _ in starts]
    for one in sentences:
        at = bisect_right(starts, (one.sentence.page, one.sentence.span.start)) - 1
        groups[max(at, 0)].append(one)
    return groups, titles


def _by_centroid(group: Sequence[Candidate], most: int) -> list[int]:
    """Places of the sentences chosen, best first."""
    matrix = np.stack([one.vector for one in group if one.vector is not None])  # (s, d)
    centroid = matrix.mean(axis=0)
    centroid /= np.linalg.norm(centroid) or 1.0
    likeness = matrix @ centroid
    likeness = likeness - LEANING * np.array([leans(one.sentence.text) for one in group], np.float32)
    chosen: list[int] = []
    nearest = np.zeros(len(group), np.float32)  # likeness to the most similar sentence chosen so far
    while len(chosen) < min(most, len(group)):
        value = LIKENESS * likeness - (1 - LIKENESS) * nearest
        value[chosen] = -np.inf
        best = int(np.argmax(value))
        chosen.append(best)
        nearest = np.maximum(nearest, matrix @ matrix[best])
    return chosen


def _frequency(groups: Sequence[Sequence[Candidate]]) -> Counter[str]:
    """In how many sentences of the document each stem stands."""
    counts: Counter[str] = Counter()
    for group in groups:
        for one in group:
            counts.update(_telling(one))
    return counts


def _by_words(group: Sequence[Candidate], frequency: Mapping[str, int], most: int) -> list[int]:
    """The same with tf-idf in place of vectors, as Radev et al. have it, and the earlier sentence the better."""
    telling = [_telling(one) for one in group]
    common = Counter(stem for own in telling for stem in own)
    weight = {stem: times * math.log(1 + 1000 / frequency[stem]) for stem, times in common.items()}
    scores = [
        sum(weight[stem] for stem in own) / math.sqrt(len(own) or 1) / math.sqrt(1 + place)
        for place, own in enumerate(telling)
    ]
    return sorted(range(len(group)), key=lambda n: -scores[n])[:most]


def _telling(one: Candidate) -> set[str]:
    return {stem for stem in stems(one.sentence.text, one.language) if not is_stopword(stem)}
