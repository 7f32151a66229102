"""Prepares the sentences of passages for comparison with those of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.answering.grounding.tokens import Kind, Token, tokens
from rag.core.text.markdown import plain
from rag.core.text.sentences import stems
from rag.core.text.stopwords import STOPWORDS
from rag.core.types import Citation, Hit, Span


@dataclass(frozen=True, slots=True)
class Source:
    """keys: of its tokens, and of its words with and without hyphens. single: one sentence, not a pair.

    at: the hit's place in the list; columns: its sentences in the chunk.
    """

    hit: Hit
    at: int
    columns: tuple[int, ...]
    span: Span
    text: str
    tokens: tuple[Token, ...]
    keys: frozenset[str]
    single: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the passages. names: capitalised in the middle of a sentence. common: not capitalised."""

    names: frozenset[str]
    common: frozenset[str]


def citation(source: Source) -> Citation:
    """The citation of a source's span."""
    hit = source.hit
    return Citation(
        hit.number, hit.document, hit.sha256, hit.chunk.page, source.span.start, source.span.end, source.text
    )


def read_sources(hits: Sequence[Hit], language: str) -> list[Source]:
    """Each sentence of each passage, and each pair of neighbours, as an answer often merges two sentences."""
    sources = []
    for at, hit in enumerate(hits):
        chunk = hit.chunk
        code = chunk.language or language
        texts = [chunk.text[span.start - chunk.start : span.end - chunk.start] for span in chunk.sentences]
        singles = []
        for n, (span, text) in enumerate(zip(chunk.sentences, texts, strict=True)):
            read = tokens(plain(text), spoken_language(text, code), code)
            keys = frozenset(token.key for token in read) | frozenset(stems(text, code))
            singles.append(Source(hit, at, (n,), span, text, read, keys, True))
        sources += singles
        for first, second in pairwise(singles):
            span = Span(first.span.start, second.span.end)
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            columns, pair_tokens = first.columns + second.columns, first.tokens + second.tokens
            sources.append(Source(hit, at, columns, span, text, pair_tokens, first.keys | second.keys, False))
    return sources


def spoken_language(text: str, language: str) -> str:
    """The language of a sentence by its function words, `language` if they are inconclusive ("to" is two in Danish)."""
    words = set(text.casefold().split())
    counts = {code: len(words & listed) for code, listed in STOPWORDS.items()}
    nordic = max(counts["da"], counts["no"])
    if counts["en"] > nordic:
        return "en"
    return "da" if language == "en" and nordic > counts["en"] else language


def known_words(sources: Sequence[Source]) -> Words:
    """The words of the passages, by capitalisation."""
    every = [token for source in sources if source.single for token in source.tokens]
    return Words(
        frozenset(token.word for token in every if token.kind is Kind.NAME),
        frozenset(token.word for token in every if not token.capital),
    )


def with_first_name(claim: tuple[Token, ...], passage_words: Words) -> tuple[Token, ...]:
    """Marks the first word of a sentence, always capitalised, as a name if the passages have it as a name only, or
    if another name follows."""
    return tuple(
        replace(token, kind=Kind.NAME)
        if token.initial
        and token.capital
        and token.kind is Kind.WORD
        and token.telling
        and token.word not in passage_words.common
        and (token.word in passage_words.names or (following is not None and following.kind is Kind.NAME))
        else token
        for token, following in zip(claim, (*claim[1:], None), strict=True)
    )


def telling_keys(claim: Sequence[Token]) -> frozenset[str]:
    """The keys of all content words, or of all words if there are only function words."""
    return frozenset(token.key for token in claim if token.telling) or frozenset(token.key for token in claim)
