"""Many chunks out of few real ones, as stems, so that words are as common in them as in real ones.

The real ones are the documents of the question sets and the Danish help of LibreOffice and GIMP. The first edition is
these as they are; each further one takes, for each sentence of a chunk, a sentence out of one of the nearest chunks of
the same document, so that what stands together still does, and a common word is as common as it was. Rare
words would become common with the editions, and no new ones would come; so in each edition a share of the rare words
is renamed, just so many that the vocabulary grows by Heaps' law, with the exponent measured on the real chunks.
"""

from __future__ import annotations

import math
import random
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks import help_pages
from benchmarks.question_sets import DATA, load
from benchmarks.words_engines import Stems
from rag.core.text.sentences import query_stems, stems
from rag.core.types import Page
from rag.documents.chunking import chunk

SETS = ("norquad_validation", "xquad_en")
HELP = ("libreoffice-help-da", "gimp-help-da")
QUESTION_LANGUAGES = ("da", "no", "en")
CHARACTERS_OF_TOKEN = 4.2
SIZE, OVERLAP = 180, 40  # tokens, the app's defaults
RARE = 3  # chunks
NEAR = 2  # chunks before and after
EDITIONS = 40
"""The vocabulary of so many editions is as large as Heaps' law has it."""
SEED = 5

RealChunk = tuple[list[str], list[list[str]]]
"""The stems of its headings, and those of each of its sentences."""


@dataclass(frozen=True)
class Corpus:
    """documents: the real ones, as their chunks."""

    documents: list[list[RealChunk]]

    @cached_property
    def frequency(self) -> Counter[str]:
        """In how many real chunks each stem is."""
        return Counter(
            stem
            for document in self.documents
            for heading, sentences in document
            for stem in {*heading, *(stem for sentence in sentences for stem in sentence)}
        )

    @cached_property
    def exponent(self) -> float:
        """Of Heaps' law, V = K n^exponent, between a quarter of the real documents and all of them."""
        documents = random.Random(SEED).sample(self.documents, len(self.documents))
        seen: set[str] = set()
        words = 0
        grown = []
        for document in documents:
            for heading, sentences in document:
                for part in (heading, *sentences):
                    seen.update(part)
                    words += len(part)
            grown.append((words, len(seen)))
        (few, small), (many, large) = grown[len(grown) // 4], grown[-1]
        return math.log(large / small) / math.log(many / few)

    @cached_property
    def renamed(self) -> float:
        """The share of the rare words that each further edition has names of its own for."""
        rare = sum(count <= RARE for count in self.frequency.values())
        wanted = (math.pow(EDITIONS, self.exponent) - 1) * len(self.frequency)
        return min(1.0, wanted / ((EDITIONS - 1) * rare))

    def chunks(self, n: int) -> Iterator[Stems]:
        """n chunks, ids from 1; the same ones at each call, and a larger n begins with those of a smaller one."""
        generator = random.Random(SEED)
        documents = list(self.documents)
        made = edition = 0
        while True:
            generator.shuffle(documents)
            names: dict[str, str] = {}
            for document in documents:
                for place, (heading, sentences) in enumerate(document):
                    made += 1
                    if edition:
                        sentences = [self._near(generator, document, place, sentence) for sentence in sentences]
                    body = [self._name(stem, edition, names) for sentence in sentences for stem in sentence]
                    yield made, [self._name(stem, edition, names) for stem in heading], body
                    if made == n:
                        return
            edition += 1

    @staticmethod
    def _near(generator: random.Random, document: list[RealChunk], place: int, sentence: list[str]) -> list[str]:
        near = document[min(len(document) - 1, max(0, place + generator.randint(-NEAR, NEAR)))][1]
        return generator.choice(near) if near else sentence

    def _name(self, stem: str, edition: int, names: dict[str, str]) -> str:
        if not edition or self.frequency[stem] > RARE:
            return stem
        if stem not in names:
            drawn = zlib.crc32(f"{edition} {stem}".encode()) / 2**32
            names[stem] = f"{stem}x{edition}" if drawn < self.renamed else stem
        return names[stem]


def corpus() -> Corpus:
    """The real chunks. Fetches the packages of help pages where they are not in the cache yet."""
    texts: list[tuple[str, str | None]] = [
        (text, None) for name in SETS for text in load(DATA / f"{name}.json").documents.values()
    ]
    texts += [(page.document, "da") for package in HELP for page in help_pages.pages(package)]
    documents = []
    for text, language in texts:
        chunks = chunk([Page(1, text)], SIZE, OVERLAP, lambda parts: [_tokens(part) for part in parts], language)
        documents.append(
            [
                (
                    stems(" ".join(one.heading_path), one.language),
                    [stems(text[span.start : span.end], one.language) for span in one.sentences],
                )
                for one in chunks
            ]
        )
    return Corpus([document for document in documents if document])


def questions(count: int) -> list[list[list[str]]]:
    """Stems of real questions, a third each in Norwegian, English and Danish (titles of help pages)."""
    generator = random.Random(SEED)
    texts = [[question.text for question in load(DATA / f"{name}.json").questions] for name in SETS]
    texts.append([item.danish for item in help_pages.known_items()])
    chosen = [text for each in texts for text in generator.sample(each, min(count // len(texts), len(each)))]
    generator.shuffle(chosen)
    return [query_stems(text, QUESTION_LANGUAGES) for text in chosen]


def _tokens(text: str) -> int:
    return max(1, round(len(text) / CHARACTERS_OF_TOKEN))
