"""Which sentence of a written answer rests on which span of which passage.

A sentence is held against every sentence of the passages and every pair of neighbours: the share of its telling words
that stand there, and then, laid side by side, whether it changes anything: numbers, dates, units, names and codes
stand there literally, a "not" and a "more" on both sides. The thresholds are fixed: where nothing reaches them there is
no citation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.generation.plain import plain
from rag.grounding.align import differs
from rag.grounding.tokens import Kind, Token, tokens
from rag.stopwords import STOPWORDS
from rag.text import sentences, stems
from rag.types import Citation, Hit, Sentence, Span, Verdict

SUPPORTED = 0.65
PARTLY = 0.4
"""Shares of an answer sentence's telling words that stand in the span it is held against."""

_CANDIDATES = 6
"""So many spans, those with the greatest shares, are laid beside the sentence."""
_MARKER = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")


@dataclass(frozen=True, slots=True)
class _Source:
    """keys: of its tokens, and of its words with and without their hyphens. single: one sentence, not two."""

    hit: Hit
    span: Span
    text: str
    tokens: tuple[Token, ...]
    keys: frozenset[str]
    single: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """names: what has a capital letter in the middle of sentences of the passages. common: what has none."""

    names: frozenset[str]
    common: frozenset[str]


def ground(text: str, hits: Sequence[Hit], language: str) -> tuple[Sentence, ...]:
    """The sentences of a written answer with what they rest on.

    The markers a model wrote ("[2]") are taken out of the text: they say which passage is tried first where two
    support a sentence equally, and are never evidence themselves.
    """
    sources = _sources(hits, language)
    known = _known(sources)
    grounded = []
    for span in sentences(text, language):
        raw = text[span.start : span.end]
        named = {int(n) for group in _MARKER.findall(raw) for n in group.split(",")}
        clean = plain(_MARKER.sub("", raw))
        if any(map(str.isalnum, clean)):
            grounded.append(_ground_one(clean, named, sources, known, language))
    return tuple(grounded)


def _ground_one(text: str, named: set[int], sources: Sequence[_Source], known: _Words, language: str) -> Sentence:
    spoken = _spoken(text, language)
    said = {
        code: _with_first_name(tokens(text, spoken, code), known)
        for code in {source.hit.chunk.language or language for source in sources}
    }
    telling = {code: _telling(of) for code, of in said.items()}
    near = []
    for source in sources:
        own = telling[source.hit.chunk.language or language]
        share = len(own & source.keys) / len(own) if own else 0.0
        if share >= PARTLY:
            near.append(((share, source.hit.rank in named, -source.hit.rank, source.single), source))
    near.sort(key=lambda pair: pair[0], reverse=True)
    best: _Source | None = near[0][1] if near else None
    verdict = Verdict.PARTLY if near else Verdict.UNSUPPORTED
    for (share, *_), source in near[:_CANDIDATES]:
        if share < SUPPORTED:
            break
        if not differs(said[source.hit.chunk.language or language], source.tokens):
            best, verdict = source, Verdict.SUPPORTED
            break
    return Sentence(text, (_citation(best),) if best else (), verdict)


def _citation(source: _Source) -> Citation:
    hit = source.hit
    return Citation(hit.rank, hit.document, hit.sha256, hit.chunk.page, source.span.start, source.span.end, source.text)


def _sources(hits: Sequence[Hit], language: str) -> list[_Source]:
    """Each sentence of each passage, and each pair of neighbours, which an answer often draws into one."""
    found = []
    for hit in hits:
        chunk = hit.chunk
        code = chunk.language or language
        texts = [chunk.text[span.start - chunk.start : span.end - chunk.start] for span in chunk.sentences]
        each = [
            _Source(hit, span, text, of, frozenset(t.key for t in of) | frozenset(stems(text, code)), True)
            for span, text in zip(chunk.sentences, texts, strict=True)
            for of in (tokens(plain(text), _spoken(text, code), code),)
        ]
        found += each
        for one, other in pairwise(each):
            span = Span(one.span.start, other.span.end)
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            found.append(_Source(hit, span, text, one.tokens + other.tokens, one.keys | other.keys, False))
    return found


def _spoken(text: str, language: str) -> str:
    """The language of one sentence by its function words, `language` where they do not tell: "to" is two in Danish."""
    found = set(text.casefold().split())
    counts = {code: len(found & listed) for code, listed in STOPWORDS.items()}
    nordic = max(counts["da"], counts["no"])
    if counts["en"] > nordic:
        return "en"
    return "da" if language == "en" and nordic > counts["en"] else language


def _known(sources: Sequence[_Source]) -> _Words:
    every = [token for source in sources if source.single for token in source.tokens]
    return _Words(
        frozenset(token.word for token in every if token.kind is Kind.NAME),
        frozenset(token.word for token in every if not token.capital),
    )


def _with_first_name(said: tuple[Token, ...], known: _Words) -> tuple[Token, ...]:
    """The first word of a sentence has a capital letter anyway: a name where the passages have it as one only, or
    where one with a capital letter follows."""
    return tuple(
        replace(token, kind=Kind.NAME)
        if token.initial
        and token.capital
        and token.kind is Kind.WORD
        and token.telling
        and token.word not in known.common
        and (token.word in known.names or (following is not None and following.kind is Kind.NAME))
        else token
        for token, following in zip(said, (*said[1:], None), strict=True)
    )


def _telling(said: Sequence[Token]) -> frozenset[str]:
    return frozenset(token.key for token in said if token.telling) or frozenset(token.key for token in said)
