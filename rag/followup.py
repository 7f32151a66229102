"""A short follow-up ("og hvad med batteriet?") is searched together with what it refers to.

Judged by words and their places alone, in Danish and English: openings ("og", "what about"), questions with nothing
in them to look for ("Hvor længe?"), and pronouns that nothing before them in the question explains.
"""

from __future__ import annotations

import re

from rag.text import is_stopword, words

SHORT = 6
"""A question with more telling words than this stands on its own."""
BETWEEN = " – "

_OPENING = re.compile(
    r"^\W*(?:og|men|eller|samt|så|hvad med|hvad så|hvordan med|også|and|but|or|so(?! that)|what about|how about"
    r"|also)\b",
    re.IGNORECASE,
)
_DOES_IT_APPLY = re.compile(
    r"\bgælder (?:det|den|de|dette|denne|disse)\b|\bdo(?:es)? (?:it|that|this|they|these|those)\b(?! \w+['’]s)",
    re.IGNORECASE,
)
_THAT_RULE_LAST = re.compile(
    r"\b(?:fra|for|til|i|på|om|med|af|under|ved|from|to|of|in|on|with|about) (?:den|det|de|that|those) \w+\W*$",
    re.IGNORECASE,
)
# "Er det inklusive moms?", but neither "Er det tilladt at …?" nor "Er det nye system …?"
_IS_IT = re.compile(
    r"^\W*(?:er|var|kan|skal|må|vil|bliver|har) (?:det|den|de) (?!\w+e\b(?<!klusive))"
    r"(?!.*\b(?:at|hvis|når|der|som)\b)",
    re.IGNORECASE,
)
# "Is it allowed to …?", "Er det …, at …?": what "it" is, comes after it
_EXPLAINED_AFTER = re.compile(
    r"\b(?:is|was|will) it\b.*\b(?:to|that|for|if|when)\b|\b(?:er|koster|sker|var) det\b.*\b(?:at|hvis|når|der|som)\b",
    re.IGNORECASE,
)
_TIME = r"(?:year|month|week|quarter|time|summer|winter|spring|autumn|morning|år|måned|uge|gang|kvartal|sommer|vinter)"
_THIS_YEAR = re.compile(rf"\b(?:this|these|those|denne|dette|disse) {_TIME}\w*(?:['’]s)?", re.IGNORECASE)

_PRONOUNS = """
dem dens dets deres denne dette disse dertil derfor han hun ham hende hans hendes samme
it its they them their this these those he she him his same ditto
"""
# articles and conjunctions, too: they count only where there is little else
_ARTICLES = "den det de that one ones"
_PLACES = "der there heraf her here"
# they ask for a measure or for more, and do not say of what
_ASKING = """
længe lang langt tit ofte stor stort store meget hurtigt sent tidligt stadig virkelig altid uddyb forklar fortsæt
eksempel eksempler detaljer nærmere præcist sker
long often big large far fast late soon early many still always really exactly explain elaborate continue example
examples details tell happens
"""
_STRONG, _WEAK = frozenset(_PRONOUNS.split()), frozenset(_ARTICLES.split())
_NOT_TELLING = frozenset([*_STRONG, *_WEAK, *_PLACES.split(), *_ASKING.split()])


def standalone(question: str, earlier: str) -> str:
    """The question as it is to be searched.

    earlier: the previous question as it was searched, "" for a first question. Returns `question` unchanged where it
    stands on its own, else both together, the earlier one first. Of a longer series of follow-ups its beginning and
    the one before are kept.
    """
    if not earlier or not refers_back(question):
        return question
    parts = [part.rstrip(" ?.!") for part in earlier.split(BETWEEN)]
    return BETWEEN.join([*dict.fromkeys((parts[0], parts[-1])), question])


def refers_back(question: str) -> bool:
    """Whether a question needs what came before it to be understood, judged by its words alone."""
    tokens = words(_THIS_YEAR.sub("", question))
    if not tokens:
        return False
    telling = [word for word in tokens if _is_telling(word)]
    if not telling:
        return True
    if len(telling) > SHORT:
        return False
    patterns = (_OPENING, _DOES_IT_APPLY, _THAT_RULE_LAST, _IS_IT)
    if any(pattern.search(question) for pattern in patterns):
        return True
    if _EXPLAINED_AFTER.search(question):
        return False
    for place, word in enumerate(tokens):
        before = sum(map(_is_telling, tokens[:place]))
        if word in _STRONG and before <= 1:
            return True
        if word in _WEAK and (len(telling) <= 1 or (place == len(tokens) - 1 and before <= 1)):
            return True
    return False


def _is_telling(word: str) -> bool:
    return not (is_stopword(word) or word in _NOT_TELLING)
