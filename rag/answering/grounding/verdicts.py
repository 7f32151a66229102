"""Finds the passage span that supports each sentence of a written answer.

A sentence (the claim) is compared with every sentence of the passages and every pair of neighbours: by the share of its
content words in the span, and then, aligned, by what it changes: numbers, dates, units, names and codes must match
literally, and "not" and "more" must be on both sides. Sentence vectors, if available, also find paraphrases, and a
cross-encoder can be consulted. The thresholds are fixed: a claim that reaches none of them gets no citation.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from rag.answering.grounding.alignment import differs, facts_stand, follows
from rag.answering.grounding.nli_judge import Judge
from rag.answering.grounding.perspective import Perspective, parse, speaks_of
from rag.answering.grounding.similarity import Similar
from rag.answering.grounding.source_sentences import (
    Source,
    Words,
    citation,
    known_words,
    read_sources,
    spoken_language,
    telling_keys,
    with_first_name,
)
from rag.answering.grounding.tokens import Token, tokens
from rag.core.text.markdown import plain
from rag.core.text.sentences import sentences
from rag.core.types import Hit, Sentence, Verdict

SUPPORTED = 0.65
REARRANGED = 0.9
PARTLY = 0.4
"""Shares of a claim's content words found in the span. REARRANGED applies where their order differs, so that
replacements cannot be seen: nearly all of the words must then be there."""

STANDS_OUT = {"intfloat/multilingual-e5-small": 0.122}
SHARE_WEIGHT = 0.29
"""A claim that shares few words with a span is matched by meaning from this sum on: its cosine minus the median over
all sentences, plus SHARE_WEIGHT times the share of words. From a logistic fit to paraphrases and to sentences of other
documents, at even odds, for each embedding model, as their scales differ. With other models meaning only breaks ties.
Meaning alone never supports a claim: with one fact changed it is as near as the true sentence."""
DECIDED = 0.5
"""Least probability for a judge's opinion to count: more likely than the two others together."""

_JUDGED = 3
"""Spans per claim that the judge reads; each takes a forward pass."""
_UNKNOWN = -2.0
"""Placeholder below any cosine for chunks without vectors yet; left out of the median."""
_CANDIDATES = 6
"""Spans, those with the greatest shares, that are aligned with the claim."""
_MARKER = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")


def ground(
    text: str,
    hits: Sequence[Hit],
    language: str,
    *,
    similar: Similar | None = None,
    judge: Judge | None = None,
    perspective: str = "",
) -> tuple[Sentence, ...]:
    """The sentences of a written answer, each with its citation and verdict.

    The markers that a model wrote ("[2]") are removed from the text. They only decide which of two equally good
    passages is cited, and are never evidence themselves.
    similar: finds paraphrases, and breaks ties between spans. judge: a span that contradicts a sentence in its opinion
    does not support it; one that entails it does if it has all facts. perspective: the text of the perspective that was
    asked for; a sentence about it without support in the passages gets Verdict.PERSPECTIVE and no citation.
    """
    sources = read_sources(hits, language)
    passage_words = known_words(sources)
    answer = [
        (clean, {int(n) for group in _MARKER.findall(raw) for n in group.split(",")})
        for span in sentences(text, language)
        for raw in (text[span.start : span.end],)
        for clean in (plain(_MARKER.sub("", raw)).lstrip(".,;: "),)  # "[1]. It is …"
        if any(map(str.isalnum, clean))
    ]
    cosines_by_claim = _nearness([clean for clean, _ in answer], sources, hits, similar)
    model = similar.model if similar is not None else ""
    drafts = [
        _draft(clean, named, sources, cosines, STANDS_OUT.get(model, math.inf), passage_words, language)
        for (clean, named), cosines in zip(answer, cosines_by_claim, strict=True)
    ]
    if judge is not None:
        drafts = _judged(drafts, judge)
    if perspective:
        parsed = parse(perspective, spoken_language(perspective, language))
        drafts = [_from_perspective(draft, parsed, passage_words, language) for draft in drafts]
    return tuple(Sentence(d.text, (citation(d.best),) if d.best else (), d.verdict) for d in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The preliminary verdict on a claim. open: spans that have all its facts, best first."""

    text: str
    verdict: Verdict
    best: Source | None
    open: tuple[Source, ...] = ()


def _nearness(
    claims: Sequence[str], sources: Sequence[Source], hits: Sequence[Hit], similar: Similar | None
) -> list[list[float]]:
    """For each claim its cosine with each source, or _UNKNOWN; for a pair that of the nearer sentence."""
    if similar is None or not claims or not sources:
        return [[_UNKNOWN] * len(sources) for _ in claims]
    by_hit = similar.cosines(claims, hits)
    return [
        [
            max(float(by_hit[source.at][row, column]) for column in source.columns)
            if by_hit[source.at].shape[1]
            else _UNKNOWN
            for source in sources
        ]
        for row in range(len(claims))
    ]


def _draft(
    text: str,
    named: set[int],
    sources: Sequence[Source],
    cosines: Sequence[float],
    stands_out: float,
    passage_words: Words,
    language: str,
) -> _Draft:
    spoken = spoken_language(text, language)
    claims = {
        code: with_first_name(tokens(text, spoken, code), passage_words)
        for code in {source.hit.chunk.language or language for source in sources}
    }
    telling = {code: telling_keys(claim) for code, claim in claims.items()}
    by_words, by_meaning = [], []
    singles = [c for c, source in zip(cosines, sources, strict=True) if source.single and c > _UNKNOWN]
    typical = median(singles) if singles else math.inf
    for source, cosine in zip(sources, cosines, strict=True):
        keys = telling[source.hit.chunk.language or language]
        share = len(keys & source.keys) / len(keys) if keys else 0.0
        if share >= PARTLY:
            by_words.append(((share, source.hit.number in named, cosine, -source.hit.number, source.single), source))
        elif source.single and cosine - typical + SHARE_WEIGHT * share >= stands_out:
            by_meaning.append((cosine + SHARE_WEIGHT * share, source))
    by_words.sort(key=lambda pair: pair[0], reverse=True)
    by_meaning.sort(key=lambda pair: pair[0], reverse=True)

    def claim_for(source: Source) -> tuple[Token, ...]:
        """The tokens of the claim, stemmed in the language of the source."""
        return claims[source.hit.chunk.language or language]

    for (share, *_), source in by_words[:_CANDIDATES]:
        if share < SUPPORTED:
            break
        if not differs(claim_for(source), source.tokens) and (
            share >= REARRANGED or follows(claim_for(source), source.tokens)
        ):
            return _Draft(text, Verdict.SUPPORTED, source, (source,))
    candidates = [source for _, source in (*by_words[:_CANDIDATES], *by_meaning[:_CANDIDATES])]
    stands = tuple(s for s in candidates if not differs(claim_for(s), s.tokens, words=False))
    if by_words:
        return _Draft(text, Verdict.PARTLY, by_words[0][1], stands)
    # a span found by meaning alone is cited only if it has all facts of the sentence
    best = next((source for _, source in by_meaning if facts_stand(claim_for(source), source.tokens)), None)
    return _Draft(text, Verdict.PARTLY if best else Verdict.UNSUPPORTED, best, stands)


def _judged(drafts: Sequence[_Draft], judge: Judge) -> list[_Draft]:
    """The drafts revised by a judge, which reads each claim with the spans that have its facts."""
    pairs = [
        (at, source)
        for at, draft in enumerate(drafts)
        for source in (draft.open[:1] if draft.verdict is Verdict.SUPPORTED else draft.open[:_JUDGED])
    ]
    opinions = judge.judge([(plain(source.text), drafts[at].text) for at, source in pairs])
    result = list(drafts)
    for (at, source), opinion in zip(pairs, opinions, strict=True):
        draft = drafts[at]
        if draft.verdict is Verdict.SUPPORTED and opinion.contradiction >= DECIDED:
            result[at] = replace(draft, verdict=Verdict.PARTLY)
        elif result[at].verdict is Verdict.PARTLY and opinion.entailment >= DECIDED:
            result[at] = replace(draft, verdict=Verdict.SUPPORTED, best=source)
    return result


def _from_perspective(draft: _Draft, perspective: Perspective, passage_words: Words, language: str) -> _Draft:
    """The draft, with Verdict.PERSPECTIVE if no source supports it and it is about the perspective."""
    if draft.verdict is not Verdict.UNSUPPORTED:
        return draft
    spoken = spoken_language(draft.text, language)
    if speaks_of(with_first_name(tokens(draft.text, spoken), passage_words), draft.text, perspective):
        return replace(draft, verdict=Verdict.PERSPECTIVE)
    return draft
