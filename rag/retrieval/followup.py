"""Searches a follow-up ("og hvad med batteriet?") together with the question that it refers to. Pure.

The words of a question do not always reveal a follow-up ("Hvem stod for den franske del?"). A few signs therefore put
it into one of three classes. The class sets the weight of the question on its own against the question joined with the
earlier ones, and the weight of being near the passages used last. The constants were chosen with
`python -m benchmarks.followups`; retrieval changes little around them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.core.text.sentences import is_stopword, words
from rag.core.types import Hit, Turn
from rag.core.types.trace import Mix

BETWEEN = " – "
UNSURE_UP_TO = 4
"""A question with more content words than this stands on its own, unless it explicitly refers back."""
SHORT = 6
"""A question with more content words than this always stands on its own."""
LAST_USED = 4
"""Passages used last that have a neighbourhood."""
NEXT_PASSAGE, NEXT_RANK = 0.85, 0.8
"""Factors on a neighbourhood's weight, per chunk of distance in the document and per rank."""

# the subject IT, not the pronoun
_IT = re.compile(r"\bIT\b|\b[Ii]t-(?=\w)|(?<=\w)-it\b")
_TIME = r"(?:year|month|week|quarter|time|summer|winter|spring|autumn|morning|år|måned|uge|gang|kvartal|sommer|vinter)"
_THIS_YEAR = re.compile(rf"\b(?:this|these|those|denne|dette|disse) {_TIME}\w*(?:['’]s)?", re.IGNORECASE)
_GOES_ON = re.compile(
    r"^\W*(?:og|men|eller|samt|så|også|hvad med|hvad så|hvordan med|and|but|or|so(?! that)|also|what about|how about"
    # a correction
    r"|nej|nå|undskyld|altså|jeg mener|jeg mente|no|sorry|i mean|i meant)\b"
    r"|\bgælder (?:det|den|de|dette|denne|disse)\b|\b(?:then|too|either|as well|instead)\W*$",
    re.IGNORECASE,
)
# "Is it allowed to …?", "Er det …, at …?": "it" is explained afterwards
_EXPLAINED_AFTER = re.compile(
    r"\b(?:is|was|will) it\b.*\b(?:to|that|for|if|when)\b|\b(?:er|koster|sker|var) det\b.*\b(?:at|hvis|når|der|som)\b",
    re.IGNORECASE,
)
_PRONOUNS = """
dem dens dets deres denne dette disse dertil derfor han hun ham hende hans hendes samme
it its they them their this these those he she him his same ditto
"""
# also articles and conjunctions, which count only in short questions
_ARTICLES = "den det de that one ones"
_PLACES = "der there heraf her here"
# questions for a measure or for more, without saying of what
_ASKING = """
længe lang langt tit ofte stor stort store meget hurtigt sent tidligt stadig virkelig altid uddyb forklar fortsæt
eksempel eksempler detaljer nærmere præcist sker gang igen helt automatisk findes giv vis nævn kommer fandt laves lave
long often big large far fast late soon early many still always really exactly explain elaborate continue example
examples details tell happens happened happen done anything again already give show list came come comes
"""
_STRONG, _WEAK = frozenset(_PRONOUNS.split()), frozenset(_ARTICLES.split())
_NOT_TELLING = frozenset([*_STRONG, *_WEAK, *_PLACES.split(), *_ASKING.split()])


GOES_ON = Mix(alone=0.1, near=0.3)
UNSURE = Mix(alone=0.35, near=0.15)
ON_ITS_OWN = Mix(alone=1.0, near=0.0)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question in relation to the one before. searched: text to search, judge and quote; other: text to mix in.

    If the earlier question may be about something else, it helps retrieval, but not judging and quoting.
    used_before: the passages of the turn before, best first. earlier: id of that turn, None for a first question.
    """

    question: str
    together: str
    mix: Mix
    used_before: tuple[Hit, ...] = ()
    earlier: int | None = None

    @property
    def searched(self) -> str:
        return self.together if self.mix == GOES_ON else self.question

    @property
    def other(self) -> str:
        return self.question if self.mix == GOES_ON else self.together


def classify(question: str, before: Sequence[Turn]) -> FollowUp:
    """Relate a question to the turns before it, in order."""
    if not before:
        return FollowUp(question, question, ON_ITS_OWN)
    earlier = before[-1]
    # a question that stood on its own carries no older ones with it
    question_before = earlier.searched or earlier.question
    return FollowUp(
        question, standalone(question, question_before), mix(question, question_before), earlier.hits, earlier.id
    )


def mix(question: str, earlier: str) -> Mix:
    """The class of a question by its words. earlier: the previous question, "" for a first one."""
    question = _THIS_YEAR.sub("", _IT.sub("teknik", question))
    tokens = words(question)
    telling = [word for word in tokens if _is_telling(word)]
    if not earlier or not tokens or len(telling) > SHORT:
        return ON_ITS_OWN
    explained = _EXPLAINED_AFTER.search(question)
    if not telling or _GOES_ON.search(question) or (not explained and _has_open_pronoun(tokens, telling)):
        return GOES_ON
    return UNSURE if len(telling) <= UNSURE_UP_TO else ON_ITS_OWN


def standalone(question: str, earlier: str) -> str:
    """The text to search for a question.

    earlier: the searched text of the previous question, "" for a first one. Returns `question` unchanged if it stands
    on its own, else both joined, the earlier one first. Of a longer series the first and the previous question are
    kept.
    """
    if mix(question, earlier) == ON_ITS_OWN:
        return question
    parts = [part.rstrip(" ?.!") for part in earlier.split(BETWEEN)]
    return BETWEEN.join([*dict.fromkeys((parts[0], parts[-1])), question])


def mixed(together: Sequence[Hit], alone: Sequence[Hit], weights: Mix, used: Sequence[Hit]) -> list[Hit]:
    """The candidates of two searches merged into one list, best first, ties by chunk id.

    together, alone: fused hits for the question joined with earlier ones, and for the question itself; they may differ
    in candidates. used: the passages of the previous turn, best first. Scores stay within 0..1. The dense and lexical
    scores and ranks of a hit are those in `together`, if it is there.
    """
    scores: Mapping[int, float] = {hit.chunk.id: hit.score for hit in together}
    scores_alone: Mapping[int, float] = {hit.chunk.id: hit.score for hit in alone}
    by_chunk = {hit.chunk.id: hit for hit in (*alone, *together)}

    def score(hit: Hit) -> float:
        mean = weights.alone * scores_alone.get(hit.chunk.id, 0.0) + (1.0 - weights.alone) * scores.get(
            hit.chunk.id, 0.0
        )
        # a candidate that is only pinned gains nothing from its position
        gain = weights.near * _nearness(hit, used) if hit.dense_rank or hit.lexical_rank else 0.0
        return (mean + gain) / (1.0 + weights.near)

    ranked = sorted((replace(hit, score=score(hit)) for hit in by_chunk.values()), key=lambda h: (-h.score, h.chunk.id))
    return [replace(hit, retrieved_rank=rank) for rank, hit in enumerate(ranked, 1)]


def _nearness(hit: Hit, used: Sequence[Hit]) -> float:
    """0..1: 1 for the best of the passages used last, less for lower ranks and for chunks around them."""
    return max(
        (
            NEXT_RANK**place * NEXT_PASSAGE ** abs(hit.chunk.ordinal - last.chunk.ordinal)
            for place, last in enumerate(used[:LAST_USED])
            if hit.sha256 == last.sha256
        ),
        default=0.0,
    )


def _has_open_pronoun(tokens: list[str], telling: list[str]) -> bool:
    for place, word in enumerate(tokens):
        before = sum(map(_is_telling, tokens[:place]))
        if word in _STRONG and before <= 1:
            return True
        if word in _WEAK and (len(telling) <= 1 or (place == len(tokens) - 1 and before <= 1)):
            return True
    return False


def _is_telling(word: str) -> bool:
    return not (is_stopword(word) or word in _NOT_TELLING)
