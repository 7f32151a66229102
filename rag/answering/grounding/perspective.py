"""Recognises sentences about the perspective of an answer rather than about the documents."""

import re
from dataclasses import dataclass

from rag.answering.grounding.alignment import differs, same_name
from rag.answering.grounding.tokens import Kind, Token, tokens
from rag.core.text.markdown import plain
from rag.core.text.sentences import sentences

RESTS = 0.65
"""The least share of a sentence's content words in one sentence of the perspective; the same as for a passage."""

_OWN_VIEW = re.compile(
    r"\b(?:[Jj]eg|[Ee]g) (?:ville?|vil|bør|anbefaler|foreslår|foretrækker|foretrekker|mener|meiner|synes|syns|tror|ser"
    r"|lægger|legger)\b"
    r"|\bI(?:'d| would| should| recommend| suggest| prefer| think| believe| care| look| see)\b"
    r"|\b[Ee](?:f|t)ter min mening\b|\b[Ss]ett? fra mitt?\b|\b(?:[Ii]n|[Ff]rom) my (?:view|opinion|perspective|point)\b"
    r"|\b[Ff]ra mitt? (?:perspektiv|synspunkt)\b"
)
"""The first person singular marks an opinion of the author of the answer; documents say "we"."""


@dataclass(frozen=True, slots=True)
class Perspective:
    """The text of a perspective. sentences: their tokens. keys, words: of all tokens, to look facts up in."""

    sentences: tuple[tuple[Token, ...], ...]
    keys: frozenset[str]
    words: frozenset[str]


def parse(text: str, language: str) -> Perspective:
    """language: ISO 639-1, of the perspective."""
    read = tuple(tokens(plain(text[span.start : span.end]), language) for span in sentences(text, language))
    every = [token for sentence in read for token in sentence]
    return Perspective(read, frozenset(t.key for t in every), frozenset(t.word for t in every))


def speaks_of(claim: tuple[Token, ...], text: str, perspective: Perspective) -> bool:
    """Whether a sentence repeats the perspective or states a personal opinion.

    claim: the tokens of `text`. A sentence with a number, date, unit, name or code that the perspective lacks never
    counts, as it states a fact.
    """
    if any(token.kind.is_fact and not _known(token, perspective) for token in claim):
        return False
    telling = {token.key for token in claim if token.telling}
    if not telling:
        return False
    if _OWN_VIEW.search(text) and telling & perspective.keys:
        return True
    return any(
        len(telling & {token.key for token in sentence}) >= RESTS * len(telling) and not differs(claim, sentence)
        for sentence in perspective.sentences
    )


def _known(token: Token, perspective: Perspective) -> bool:
    if token.kind is Kind.NAME:
        return any(same_name(token.word, word) for word in perspective.words)
    return token.key in perspective.keys
