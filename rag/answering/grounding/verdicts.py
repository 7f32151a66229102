"""Which sentence of a written answer rests on which span of which passage.

A sentence, the claim, is compared with every sentence of the passages and every pair of neighbours: by the share of its
telling words that stand there, and then, aligned, by whether it changes anything: numbers, dates, units, names and
codes stand there literally, a "not" and a "more" on both sides. Where the vectors of sentences are there, a span that
says it in other words is found as well; a model that judges inference can be asked, too. The thresholds are fixed:
where nothing reaches them there is no citation.
"""

from __future__ import annotations

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
"""Shares of a claim's telling words that stand in the span it is compared with; REARRANGED for one that puts them in
another order, so that it cannot be seen what stands for what: nearly all of it must then stand there."""

STANDS_OUT = {"intfloat/multilingual-e5-small": 0.122}
SHARE_WEIGHT = 0.29
"""The least sum of cosine above the median over all sentences and SHARE_WEIGHT times the share of words, from which a
claim with few of its words in a span rests on it by its meaning. A logistic fit to rephrased sentences and to those of
other documents, at even odds; by embedding model, whose scales differ. With another model meaning only decides between
spans that are equally near. A claim with one thing changed is as near as a true one: meaning alone supports none."""
DECIDED = 0.5
"""Probability from which a judge's opinion counts: it is then likelier than the two others together."""

_JUDGED = 3
"""How many spans for a claim are read by the judge, which needs a forward pass for each."""
_UNKNOWN = -2.0
"""In place of a cosine, and less than any, for a chunk whose vectors are not there yet: left out of the median."""
_CANDIDATES = 6
"""How many spans, those with the greatest shares, are aligned with the claim."""
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
    """The sentences of a written answer with what they rest on.

    The markers a model wrote ("[2]") are taken out of the text: they decide which passage is tried first where two
    support a sentence equally, and are never evidence themselves.
    similar: finds the span that says a sentence in other words, and decides between spans that are equally near.
    judge: a span that contradicts a sentence in its opinion does not support it, and one that entails it does where all
    facts stand there. perspective: the text of the perspective the answer was asked for; a sentence about it, which
    rests on no passage, has no citation and Verdict.PERSPECTIVE.
    """
    sources = read_sources(hits, language)
    known = known_words(sources)
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
        _draft(clean, named, sources, cosines, STANDS_OUT.get(model, math.inf), known, language)
        for (clean, named), cosines in zip(answer, cosines_by_claim, strict=True)
    ]
    if judge is not None:
        drafts = _judged(drafts, judge)
    if perspective:
        parsed = parse(perspective, spoken_language(perspective, language))
        drafts = [_from_perspective(draft, parsed, known, language) for draft in drafts]
    return tuple(Sentence(d.text, (citation(d.best),) if d.best else (), d.verdict) for d in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The verdict on one claim so far. open: spans in which its facts stand, best first."""

    text: str
    verdict: Verdict
    best: Source | None
    open: tuple[Source, ...] = ()


def _nearness(
    claims: Sequence[str], sources: Sequence[Source], hits: Sequence[Hit], similar: Similar | None
) -> list[list[float]]:
    """For each claim its cosine with each source: of two sentences that of the nearer one, or _UNKNOWN."""
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
    known: Words,
    language: str,
) -> _Draft:
    spoken = spoken_language(text, language)
    claims = {
        code: with_first_name(tokens(text, spoken, code), known)
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
        """The tokens of the claim, stemmed as the source is."""
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
    # by its meaning alone a span is cited only where it has all facts of the sentence
    best = next((source for _, source in by_meaning if facts_stand(claim_for(source), source.tokens)), None)
    return _Draft(text, Verdict.PARTLY if best else Verdict.UNSUPPORTED, best, stands)


def _judged(drafts: Sequence[_Draft], judge: Judge) -> list[_Draft]:
    """The drafts after a judge has read each claim with the spans in which its facts stand."""
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


def _from_perspective(draft: _Draft, perspective: Perspective, known: Words, language: str) -> _Draft:
    """The draft with Verdict.PERSPECTIVE where no source supports it and it speaks of the perspective."""
    if draft.verdict is not Verdict.UNSUPPORTED:
        return draft
    spoken = spoken_language(draft.text, language)
    if speaks_of(with_first_name(tokens(draft.text, spoken), known), draft.text, perspective):
        return replace(draft, verdict=Verdict.PERSPECTIVE)
    return draft
