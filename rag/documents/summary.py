"""An overview of a document in its own words: the sentences of each section that say most of it. Pure functions.

Centroid-based extractive summarisation (Radev, Jing, Styś and Tam, 2004, "Centroid-based summarization of multiple
documents"): a sentence's weight is its likeness to the mean of its section. The next one is chosen by maximal marginal
relevance (Carbonell and Goldstein, 1998), so that no two say the same. Nothing is generated.
"""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.core.text.blocks import LEADERS
from rag.core.text.sentences import is_stopword, stems
from rag.core.text.table_rows import is_row
from rag.core.types import Chunk, Heading, Page, Span
from rag.store.values import Vector

MOST_SENTENCES = 3
"""Of one section, which gets a sentence for every WORDS_PER_SENTENCE of its words."""
WORDS_PER_SENTENCE = 60
RANGES = 12
"""A document without headings is divided into so many ranges of pages."""
MMR_WEIGHT = 0.7
"""MMR's lambda: the weight of likeness to the section against difference from the sentences chosen before."""
FEWEST_WORDS, MOST_CHARACTERS = 6, 420

_ENDED = re.compile(r"[.!?][\"'”’»)\]]*$")
_BEGINS = re.compile(r"[\"'“”„‘«»(]*(?:[A-ZÆØÅÄÖÜÉ]|\d+[.,\d]* [a-zæøå])")
# lines of programs and paths, whose full stop ends no sentence
_CODE = re.compile(r"https?://|\S@\S|[{}<>|\\=;]|\S*/\S+/|\$\w|--\w")
# lines that begin anew, such as rows of a table that end with a full stop by chance
_ROW = re.compile(r"[^\s,;:.–-]\n(?:[A-ZÆØÅ]|\d)")
_CAPTION = re.compile(r"(?:tabel|table|figur|figure) \d+\.$", re.IGNORECASE)
# words at the beginning of a sentence that refers to the one before it
_LEANS = re.compile(
    r"(?:det(?:te)?|den(?:ne)?|disse|de|her|hertil|derfor|derudover|desuden|så|men|og|eller|ellers|dog|i så fald"
    r"|this|that|these|those|it|they|he|she|here|there|therefore|however|so|but|and|or|otherwise|also|then)\b",
    re.IGNORECASE,
)
LEANING_PENALTY = 0.03
"""Taken from the likeness of a sentence that leans on the one before; cosines within a section differ by 0.1."""


@dataclass(frozen=True, slots=True)
class KeySentence:
    """A sentence as it stands on its page at `span`."""

    text: str
    page: int
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document. title: "" before the first heading. page, last_page: where it begins and ends."""

    title: str
    page: int
    last_page: int
    sentences: tuple[KeySentence, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """by_meaning: False where words chose the sentences, because there are no vectors yet."""

    sections: tuple[Section, ...]
    by_meaning: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole sentence of prose. vector: (d,) float32, L2-normalised; None before it is embedded."""

    sentence: KeySentence
    language: str
    vector: Vector | None


def overview(pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Mapping[int, Vector]) -> Overview:
    """Up to MOST_SENTENCES sentences of each section, in the order of the document; sections without any are left out.

    chunks: of the document, in order. vectors: by chunk id, (sentences, d) float32, L2-normalised; where one is
    missing, words decide: those common in the section and rare in the document weigh most, early sentences more.
    """
    by_section, titles = _by_sections(pages, candidates(chunks, vectors))
    all_embedded = all(candidate.vector is not None for group in by_section for candidate in group)
    by_meaning = all_embedded and any(by_section)
    frequency = Counter[str]() if by_meaning else _frequency(by_section)
    sections = []
    for (title, first_page, last_page), group in zip(titles, by_section, strict=True):
        if not group:
            continue
        words = sum(len(candidate.sentence.text.split()) for candidate in group)
        limit = min(MOST_SENTENCES, max(1, round(words / WORDS_PER_SENTENCE)))
        places = _by_centroid(group, limit) if by_meaning else _by_words(group, frequency, limit)
        sections.append(Section(title, first_page, last_page, tuple(group[n].sentence for n in sorted(places))))
    return Overview(tuple(sections), by_meaning)


def candidates(chunks: Sequence[Chunk], vectors: Mapping[int, Vector]) -> list[Candidate]:
    """The sentences that can stand alone, each once, in order; no headings, lines of contents, code or fragments."""
    candidates: list[Candidate] = []
    places: set[tuple[int, int]] = set()
    texts: set[str] = set()
    for chunk in chunks:
        chunk_vectors = vectors.get(chunk.id)
        titles = {title.casefold() for title in chunk.heading_path}
        for place, span in enumerate(chunk.sentences):
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            if (chunk.page, span.start) in places:
                continue
            places.add((chunk.page, span.start))
            normalised = " ".join(text.split()).casefold()
            if normalised in texts or normalised.rstrip(".") in titles or not is_prose(text):
                continue
            texts.add(normalised)
            vector = chunk_vectors[place] if chunk_vectors is not None and place < len(chunk_vectors) else None
            candidates.append(Candidate(KeySentence(text, chunk.page, span), chunk.language, vector))
    return candidates


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
    """Whether a sentence can be understood only together with the one before it."""
    return _LEANS.match(text.lstrip("\"'“”„‘«»(")) is not None


def outermost(pages: Sequence[Page]) -> list[tuple[int, Heading]]:
    """The headings that divide the document, each with its page's number: the outermost level that has several."""
    headings = [(page.number, heading) for page in pages for heading in sorted(page.headings, key=lambda h: h.offset)]
    counts = Counter(heading.level for _, heading in headings)
    level = next((level for level in sorted(counts) if counts[level] > 1), None)
    if level is None:
        return headings
    # a single title above them begins a section as well
    return [(page, heading) for page, heading in headings if heading.level <= level]


def _by_sections(
    pages: Sequence[Page], sentences: Sequence[Candidate]
) -> tuple[list[list[Candidate]], list[tuple[str, int, int]]]:
    """The sentences of each section; and of each section its title, first and last page."""
    if not pages:
        return [], []
    headings = outermost(pages)
    last_page = pages[-1].number
    if headings:
        starts = [(0, 0), *((page, heading.offset) for page, heading in headings)]
        names = ["", *(heading.title for _, heading in headings)]
    else:
        step = math.ceil(len(pages) / RANGES)
        starts = [(page.number, 0) for page in pages[::step]]
        names = [""] * len(starts)
    last_pages = []
    for number, offset in starts[1:]:
        # a heading at the top of a page leaves nothing of that page to the section before
        text_above = next((page.text[:offset] for page in pages if page.number == number), "")
        last_pages.append(number if len(text_above.split()) > 20 else number - 1)
    titles = [
        (name, max(start[0], 1), max(end, start[0], 1))
        for name, start, end in zip(names, starts, [*last_pages, last_page], strict=True)
    ]
    groups: list[list[Candidate]] = [[] for _ in starts]
    for candidate in sentences:
        section = bisect_right(starts, (candidate.sentence.page, candidate.sentence.span.start)) - 1
        groups[max(section, 0)].append(candidate)
    return groups, titles


def _by_centroid(group: Sequence[Candidate], limit: int) -> list[int]:
    """Indices of the sentences chosen, best first."""
    matrix = np.stack([candidate.vector for candidate in group if candidate.vector is not None])  # (s, d)
    centroid = matrix.mean(axis=0)
    centroid /= np.linalg.norm(centroid) or 1.0
    likeness = matrix @ centroid
    likeness = likeness - LEANING_PENALTY * np.array(
        [leans(candidate.sentence.text) for candidate in group], np.float32
    )
    places: list[int] = []
    nearest = np.zeros(len(group), np.float32)  # likeness to the most similar sentence chosen so far
    while len(places) < min(limit, len(group)):
        value = MMR_WEIGHT * likeness - (1 - MMR_WEIGHT) * nearest
        value[places] = -np.inf
        place = int(np.argmax(value))
        places.append(place)
        nearest = np.maximum(nearest, matrix @ matrix[place])
    return places


def _frequency(groups: Sequence[Sequence[Candidate]]) -> Counter[str]:
    """In how many sentences of the document each stem stands."""
    counts: Counter[str] = Counter()
    for group in groups:
        for candidate in group:
            counts.update(_content_stems(candidate))
    return counts


def _by_words(group: Sequence[Candidate], frequency: Mapping[str, int], limit: int) -> list[int]:
    """As `_by_centroid`, with tf-idf in place of vectors (Radev et al., 2004) and more weight for early sentences."""
    stem_sets = [_content_stems(candidate) for candidate in group]
    stem_counts = Counter(stem for stem_set in stem_sets for stem in stem_set)
    weight = {stem: times * math.log(1 + 1000 / frequency[stem]) for stem, times in stem_counts.items()}
    scores = [
        sum(weight[stem] for stem in stem_set) / math.sqrt(len(stem_set) or 1) / math.sqrt(1 + place)
        for place, stem_set in enumerate(stem_sets)
    ]
    return sorted(range(len(group)), key=lambda n: -scores[n])[:limit]


def _content_stems(candidate: Candidate) -> set[str]:
    return {stem for stem in stems(candidate.sentence.text, candidate.language) if not is_stopword(stem)}
