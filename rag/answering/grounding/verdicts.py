"""Which sentence of a written answer rests on which span of which passage.

A sentence is held against every sentence of the passages and every pair of neighbours: the share of its telling words
that stand there, and then, laid side by side, whether it changes anything: numbers, dates, units, names and codes
stand there literally, a "not" and a "more" on both sides. Where the meaning of sentences is known, a span that says
it in other words is found as well; a model that judges inference can be asked, too. The thresholds are fixed: where
nothing reaches them there is no citation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from rag.answering.grounding.alignment import differs, facts_stand, follows
from rag.answering.grounding.nli_judge import Judge
from rag.answering.grounding.perspective import Perspective, read, speaks_of
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
"""Shares of an answer sentence's telling words that stand in the span it is held against; REARRANGED for one that puts
them in another order, so that what stands for what cannot be seen: nearly all of it must then stand there."""

STANDS_OUT = {"intfloat/multilingual-e5-small": 0.122}
SHARE_WEIGHT = 0.29
"""From this on a sentence with few of its words in a span rests on it by its meaning: the cosine above the median over
all sentences of the passages, and the share of words so weighed. A logistic fit to rephrased sentences and to those of
other documents, at even odds; by embedding model, whose scales differ. With another model meaning only decides between
spans that are equally near. A sentence with one thing changed is as near as a true one: meaning alone supports none."""
DECIDED = 0.5
"""Probability from which on a judge's word counts: then it holds it for likelier than the two others together."""

_JUDGED = 3
"""So many spans of a sentence are read by the judge, which needs a forward pass for each."""
_UNKNOWN = -2.0
"""In place of a cosine, and less than any: a chunk whose vectors are not there yet says nothing of what is typical."""
_CANDIDATES = 6
"""So many spans, those with the greatest shares, are laid beside the sentence."""
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

    The markers a model wrote ("[2]") are taken out of the text: they say which passage is tried first where two
    support a sentence equally, and are never evidence themselves.
    similar: finds the span of a sentence that says it in other words, and decides between spans that are equally near.
    judge: what it says contradicts a sentence does not support it, and what it says entails one does where all facts
    stand there. perspective: the text of the angle the answer was asked for; a sentence about that angle, which rests
    on no passage, has no citation and Verdict.PERSPECTIVE.
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
    near = _nearness([clean for clean, _ in answer], sources, hits, similar)
    model = similar.model if similar is not None else ""
    drafts = [
        _draft(clean, named, sources, cosines, STANDS_OUT.get(model, math.inf), known, language)
        for (clean, named), cosines in zip(answer, near, strict=True)
    ]
    if judge is not None:
        drafts = _judged(drafts, judge)
    if perspective:
        angle = read(perspective, spoken_language(perspective, language))
        drafts = [_told_apart(draft, angle, known, language) for draft in drafts]
    return tuple(Sentence(d.text, (citation(d.best),) if d.best else (), d.verdict) for d in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is held of one sentence so far. open: spans in which its facts stand, best first."""

    text: str
    verdict: Verdict
    best: Source | None
    open: tuple[Source, ...] = ()


def _nearness(
    said: Sequence[str], sources: Sequence[Source], hits: Sequence[Hit], similar: Similar | None
) -> list[list[float]]:
    """For each sentence its cosine with each source: of two sentences that of the nearer one, or _UNKNOWN."""
    if similar is None or not said or not sources:
        return [[_UNKNOWN] * len(sources) for _ in said]
    by_hit = similar.cosines(said, hits)
    return [
        [
            max(float(by_hit[source.at][row, column]) for column in source.columns)
            if by_hit[source.at].shape[1]
            else _UNKNOWN
            for source in sources
        ]
        for row in range(len(said))
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
    said = {
        code: with_first_name(tokens(text, spoken, code), known)
        for code in {source.hit.chunk.language or language for source in sources}
    }
    telling = {code: telling_keys(of) for code, of in said.items()}
    near, meant = [], []
    told = [c for c, source in zip(cosines, sources, strict=True) if source.single and c > _UNKNOWN]
    typical = median(told) if told else math.inf
    for source, cosine in zip(sources, cosines, strict=True):
        own = telling[source.hit.chunk.language or language]
        share = len(own & source.keys) / len(own) if own else 0.0
        if share >= PARTLY:
            near.append(((share, source.hit.rank in named, cosine, -source.hit.rank, source.single), source))
        elif source.single and cosine - typical + SHARE_WEIGHT * share >= stands_out:
            meant.append((cosine + SHARE_WEIGHT * share, source))
    near.sort(key=lambda pair: pair[0], reverse=True)
    meant.sort(key=lambda pair: pair[0], reverse=True)

    def own_tokens(source: Source) -> tuple[Token, ...]:
        return said[source.hit.chunk.language or language]

    for (share, *_), source in near[:_CANDIDATES]:
        if share < SUPPORTED:
            break
        if not differs(own_tokens(source), source.tokens) and (
            share >= REARRANGED or follows(own_tokens(source), source.tokens)
        ):
            return _Draft(text, Verdict.SUPPORTED, source, (source,))
    candidates = [source for _, source in (*near[:_CANDIDATES], *meant[:_CANDIDATES])]
    stands = tuple(s for s in candidates if not differs(own_tokens(s), s.tokens, words=False))
    if near:
        return _Draft(text, Verdict.PARTLY, near[0][1], stands)
    # by its meaning alone a span is cited only where it has all facts of the sentence
    best = next((source for _, source in meant if facts_stand(own_tokens(source), source.tokens)), None)
    return _Draft(text, Verdict.PARTLY if best else Verdict.UNSUPPORTED, best, stands)


def _judged(drafts: Sequence[_Draft], judge: Judge) -> list[_Draft]:
    """The drafts after a judge has read each sentence with the spans in which its facts stand."""
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


def _told_apart(draft: _Draft, angle: Perspective, known: Words, language: str) -> _Draft:
    if draft.verdict is not Verdict.UNSUPPORTED:
        return draft
    spoken = spoken_language(draft.text, language)
    if speaks_of(with_first_name(tokens(draft.text, spoken), known), draft.text, angle):
        return replace(draft, verdict=Verdict.PERSPECTIVE)
    return draft
