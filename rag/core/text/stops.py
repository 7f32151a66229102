"""Where sentences end at the full stops of a text, in Danish, Norwegian, Swedish and English. Pure.

Measured on `tests/core/text/breaks.txt`, sentencex and pysbd cut clause numbers from their text and know neither
abbreviations that may end a sentence nor most of the Norwegian ones; other languages are left to sentencex.
"""

import re
from collections.abc import Iterator

from rag.core.text import abbreviations
from rag.core.text.stopwords import STOPWORDS

LANGUAGES = frozenset(("da", "nb", "nn", "no", "sv", "en", ""))
"""ISO 639-1 codes of what the rules are for; "" is a text too short to tell."""

_CLOSERS = "\"'”“’»«)]"
# the mark of a note or of a source stands behind the stop of the sentence that it belongs to; right before a word it
# begins the note itself
_MARK = r"\s?(?:[⁰¹²³⁴-⁹]+|\^\w{1,3})(?=\s)|[*†‡]+|\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]"
_STOP = re.compile(rf"[.!?…؟۔।]+[{re.escape(_CLOSERS)}]*+(?:{_MARK})*+(?=\s+\S)|[。．！？][{re.escape(_CLOSERS)}」』]*")
_APART = re.compile(
    r'"[^"]{1,400}"|“[^“”]{1,400}[“”]|„[^“”]{1,400}[“”]|«[^«»]{1,400}»|»[^«»]{1,400}«|\([^()]{1,400}\)|\[[^\[\]]{1,400}\]'
)
"""A quotation or a bracket, which goes on after the full stops inside it."""
_INSIDE = tuple("!?.,;:%/)")
_OPENERS = " \t\n\"'“”„‘«»([•–—-"
_WORD_BEFORE = re.compile(r"[^\s\"“”„«»(\[]{1,20}\Z")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SENTENCE_START = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)* +[^\W\d_A-ZÆØÅÄÖ]")
_KIND = (
    r"§+|stk\.?|stykke|punkt|pkt\.?|nr\.?|no\.?|litra|lit\.?|art(?:ikel|icle|ikkel)?\.?|bilag|kap(?:itel|ittel)?\.?"
    r"|afs(?:nit)?\.?|avsnitt|sect?(?:ion)?\.?|ch(?:apter)?\.?|clause|fig(?:ur|ure)?\.?|tab(?:el|ell|le)?\.?|trin|steg"
    r"|step|del|part|appendix|annex|vedlegg|ledd|regel|rule|krav|note|ad"
)
_NUMBER = r"\(?(?:\d{1,3}(?:\.\d{1,3})*(?:\s?[a-zæøå])?|[ivx]{1,5}|[a-zæøå])\)?"
_LABEL = re.compile(rf"[\W_]*(?:(?:{_KIND})\s*)?{_NUMBER}(?:[.,:]?\s+(?:{_KIND})\s*{_NUMBER})*", re.IGNORECASE)
"""The number of a clause or an item, at the beginning of what it numbers: "§ 4 a", "Stk. 2", "3.1.2", "B"."""
_LONGEST_LABEL = 40
_ITEM = re.compile(r"\d{1,2}\) ")
_DISTRICT = re.compile(r"\b\d{4} [^\W\d_]+ \w\Z")
_STARTERS = frozenset().union(*STOPWORDS.values())


def sentence_ends(text: str) -> Iterator[int]:
    """Where sentences end in one paragraph, in order, and last its own end. Line ends are to be spaces."""
    start = 0
    apart = [match.span() for match in _APART.finditer(text)]
    next_apart = 0
    for stop in _STOP.finditer(text):
        while next_apart < len(apart) and apart[next_apart][1] <= stop.start():
            next_apart += 1
        # the last stop before the closing sign may end the sentence around it as well
        if next_apart < len(apart) and apart[next_apart][0] < stop.start() and stop.end() < apart[next_apart][1]:
            continue
        if _is_end(text, start, stop):
            yield stop.end()
            start = stop.end()
    yield len(text)


def goes_on(line: str) -> bool:
    """Whether a line hardly is the end of a sentence: it ends with a preposition, or with an open abbreviation."""
    if line.endswith("."):
        before = _word_before(line[:-1])
        return before in abbreviations.OPEN or _is_numbered(before)
    return _word_before(line) in abbreviations.HANGING


def _is_end(text: str, start: int, stop: re.Match[str]) -> bool:
    sign = stop[0][0]
    if sign in "。．！？":
        return True
    rest = text[stop.end() : stop.end() + 80].lstrip(_OPENERS)
    if rest[:1].islower() or rest[:1] in _INSIDE:
        return False
    if sign != "." or stop[0].startswith(".."):
        return True
    if stop.start() - start <= _LONGEST_LABEL and _LABEL.fullmatch(text, start, stop.start()):
        return False
    before = text[max(start, stop.start() - 40) : stop.start()]
    word = _word_before(before)
    if word in abbreviations.OPEN:
        return False
    follows_number = rest[:1].isdigit()
    if _is_numbered(word):
        first = _WORD.match(rest)
        numbered = follows_number or (first is not None and _is_mark(first[0]))
        if numbered or word not in abbreviations.CLOSING:
            return not numbered
    if word in abbreviations.CLOSING or word in abbreviations.NAMED or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
        # lines without a full stop at their end are rows: "Til 2.500 kr. Nærmeste leder"
        is_prose = word in abbreviations.CLOSING and text.rstrip(_CLOSERS + " ")[-1:] in (".", "!", "?", "…")
        return _ITEM.match(rest) is not None or (not follows_number and _begins_sentence(rest, is_prose))
    if len(word) == 1 and word.isalpha():
        return not follows_number and not _is_initial(before, rest)
    if word.isdigit() and len(word) <= 2:
        first = _WORD.match(rest)
        return first is None or not abbreviations.follows_ordinal(first[0].casefold())
    return True


def _is_numbered(word: str) -> bool:
    """Whether a number belongs to an abbreviation: "stk", "nr", and what ends in it, such as "reg.nr"."""
    return word in abbreviations.NUMBERED or word.endswith("nr")


def _is_mark(word: str) -> bool:
    """Whether a word can be the number of something: a letter, a Roman numeral, or with digits in it."""
    return len(word) == 1 or not word.strip("IVXLC") or any(map(str.isdigit, word))


def _word_before(text: str) -> str:
    """The casefolded word, number or sign that a text ends with."""
    word = _WORD_BEFORE.search(text)
    return "" if word is None else word[0].casefold()


def _begins_sentence(rest: str, is_prose: bool) -> bool:
    """Whether a new sentence follows an abbreviation. is_prose: any word with a small one after it begins one."""
    first = _WORD.match(rest)
    if first is None:
        return False
    return first[0].casefold() in _STARTERS or (is_prose and _SENTENCE_START.match(rest) is not None)


def _is_initial(before: str, rest: str) -> bool:
    """Whether a letter before a full stop is that of a name, as in "H. C. Andersen", and not "lokale B."."""
    if before[-1:].islower() or _DISTRICT.search(before):  # "5000 Odense C."
        return False
    first = _WORD.match(rest)
    if first is None or first[0].casefold() in _STARTERS:
        return False
    words = before[:-1].split()
    return not words or not words[-1][:1].islower() or words[-1].casefold() in _STARTERS
