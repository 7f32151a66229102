"""Which sentence of a written answer rests on which span of which passage.

A sentence is held against every sentence of the passages: the share of its content words that stand there, and
every number, code, name, month and weekday literally; a "not" on one side only is a difference, too. The thresholds
are fixed: where nothing reaches them there is no citation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.generation.plain import plain
from rag.text import is_stopword, sentences, stems, words
from rag.types import Citation, Hit, Sentence, Span, Verdict

SUPPORTED = 0.65
PARTLY = 0.4
"""Shares of an answer sentence's content words that stand in the span it is held against."""

_MARKER = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f])\d{3}(?:\1\d{3})*)(?:([.,])(\d+))?")
_CODE = re.compile(r"(?=\w*\d)(?=\w*[^\W\d])\w+")
_NAME = re.compile(r"(?<=[\w,;)] )[A-ZÆØÅÄÖÜ][\w-]+")
_NOT = re.compile(
    r"\b(?:ikke|ikkje|ej|ingen|intet|aldrig|aldri|uden|uten|not|no|never|none|nothing|without|\w+n['’]t)\b"
)
# without "may", which is rarely the month: that one has a capital letter, and counts as a name
_MONTHS = """
januar februar marts april maj juni juli august september oktober november december mars mai desember
january february march june july october
"""
_WEEKDAYS = """
mandag tirsdag onsdag torsdag fredag lørdag søndag monday tuesday wednesday thursday friday saturday sunday
"""
_CALENDAR = frozenset([*_MONTHS.split(), *_WEEKDAYS.split()])
_NUMERALS = {
    "da": ("nul", "", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "elleve", "tolv"),
    "no": ("null", "", "to", "tre", "fire", "fem", "seks", "sju", "åtte", "ni", "ti", "elleve", "tolv"),
    "en": ("zero", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}
"""By value; "one" is left out, which in Danish is an article."""


@dataclass(frozen=True, slots=True)
class _Source:
    """facts: what a sentence may name literally. negated: whether it says "not"."""

    hit: Hit
    span: Span
    text: str
    stems: frozenset[str]
    facts: frozenset[str]
    negated: bool


def ground(text: str, hits: Sequence[Hit], language: str) -> tuple[Sentence, ...]:
    """The sentences of a written answer with what they rest on.

    The markers a model wrote ("[2]") are taken out of the text: they say which passage is tried first where two
    support a sentence equally, and are never evidence themselves.
    """
    sources = _sources(hits)
    grounded = []
    for span in sentences(text, language):
        raw = text[span.start : span.end]
        named = {int(n) for group in _MARKER.findall(raw) for n in group.split(",")}
        clean = plain(_MARKER.sub("", raw))
        if any(map(str.isalnum, clean)):
            grounded.append(_ground_one(clean, named, sources, language))
    return tuple(grounded)


def _ground_one(text: str, named: set[int], sources: Sequence[_Source], language: str) -> Sentence:
    languages = {source.hit.chunk.language or language for source in sources}
    content = {code: _content(text, code) for code in languages}
    literal = _facts(text, language) | _named(text)
    negated = bool(_NOT.search(text.casefold()))
    best: tuple[tuple[float, bool, int], _Source] | None = None
    for source in sources:
        own = content[source.hit.chunk.language or language]
        if not own:
            continue
        share = len(own & source.stems) / len(own)
        if not literal <= source.facts or negated != source.negated:
            share = min(share, SUPPORTED - 0.01)  # never supported, however much of the rest stands there
        key = (share, source.hit.rank in named, -source.hit.rank)
        if best is None or key > best[0]:
            best = (key, source)
    if best is None or best[0][0] < PARTLY:
        return Sentence(text, (), Verdict.UNSUPPORTED)
    (share, _, _), source = best
    chunk = source.hit.chunk
    citation = Citation(
        source.hit.rank,
        source.hit.document,
        source.hit.sha256,
        chunk.page,
        source.span.start,
        source.span.end,
        source.text,
    )
    return Sentence(text, (citation,), Verdict.SUPPORTED if share >= SUPPORTED else Verdict.PARTLY)


def _sources(hits: Sequence[Hit]) -> list[_Source]:
    """Each sentence of each passage, and each pair of neighbours, which an answer often draws into one."""
    found = []
    for hit in hits:
        chunk = hit.chunk
        spans = list(chunk.sentences)
        pairs = [Span(a.start, b.end) for a, b in pairwise(spans)]
        for span in [*spans, *pairs]:
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            facts = _facts(text, chunk.language)
            found.append(
                _Source(
                    hit,
                    span,
                    text,
                    frozenset(stems(text, chunk.language)) | facts,
                    frozenset(words(text)) | facts,
                    bool(_NOT.search(text.casefold())),
                )
            )
    return found


def _content(text: str, language: str) -> frozenset[str]:
    """What a sentence says: its telling words as stems in the language of the source, and its numbers."""
    facts = _facts(text, language)
    telling = [word for word in words(text) if not (is_stopword(word) or _is_number(word, language))]
    return frozenset(stems(" ".join(telling), language)) | facts or frozenset(stems(text, language))


def _is_number(word: str, language: str) -> bool:
    return any(map(str.isdigit, word)) or word in _NUMERALS.get(language, ())


def _facts(text: str, language: str) -> frozenset[str]:
    """Numbers (numerals up to twelve as digits), codes, months and weekdays, each as it is compared."""
    found = {_number(n) for n in _NUMBER.findall(text)}
    known = [_NUMERALS[language]] if language in _NUMERALS else list(_NUMERALS.values())
    for word in words(text):
        found.update(str(numerals.index(word)) for numerals in known if word in numerals)
        if word in _CALENDAR or _CODE.fullmatch(word):
            found.add(word)
    return frozenset(found)


def _named(text: str) -> frozenset[str]:
    """Words with a capital letter in the middle of a sentence, casefolded. The first word has one anyway."""
    return frozenset(part for name in _NAME.findall(text) for part in words(name)[:1] if not is_stopword(part))


def _number(written: str) -> str:
    """1.234,50 and 1,234.5 are one number; 1,5 and 15 are two."""
    grouped = _GROUPED.fullmatch(written)
    if grouped and grouped[1] != grouped[2]:
        whole = re.sub(r"\D", "", written[: grouped.start(2)] if grouped[2] else written)
        return f"{whole}.{grouped[3]}".rstrip("0").rstrip(".") if grouped[2] else whole
    plainly = re.sub(r"[,:]", ".", written)
    if plainly.count(".") == 1:
        plainly = plainly.rstrip("0").rstrip(".")
    return plainly
