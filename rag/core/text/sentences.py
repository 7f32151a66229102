"""Sentences, languages, words and stems. Import-light: the language model of `py3langid` is loaded at its first use."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import sentencex
import Stemmer

from rag.core.text.blocks import LEADERS, blocks
from rag.core.text.stops import LANGUAGES as LANGUAGES_OF_STOPS
from rag.core.text.stops import sentence_ends
from rag.core.text.stopwords import STOPWORDS
from rag.core.text.table_rows import ROW, is_row
from rag.core.text.tokens import word_groups
from rag.core.types import Span

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

# fewer candidates make fewer mistakes on short text: languages of Europe that Snowball knows, and Danish's neighbours
LANGUAGES = (
    "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fi", "fo", "fr", "ga", "hu", "is", "it", "lt", "lv", "nl",
    "nn", "no", "pl", "pt", "ro", "ru", "sr", "sv", "tr", "uk",
)  # fmt: skip
_MIN_LETTERS = 12  # below this the classifier guesses
_MAX_BLOCK = 8_000  # characters: no sentence is longer

# a full stop inside a number or a name of a file or host ends nothing
_POINT = re.compile(r"(?<=\d)\.(?=\d)|(?<=\w{3})\.(?=[a-zæøå]{2})")
_CLOSING = " \t.!?…\"'”“»«)]"
# signs that may end a sentence: those of Latin script, and any sign of other scripts
_STOP = re.compile("[.!?…\u0530-\u1fff\u3000-\ufaff\uff00-\uffef]")
_QUOTED = re.compile('["“”„»«()\\[\\]]')
# the word before the stop is longer than any usual abbreviation
_CERTAIN = re.compile(r"(?<=[a-zæøåäöüé]{6}[.!?])\s+(?=[A-ZÆØÅÄÖÜ][a-zæøåäöüé ])")

# text with more stops than these is no prose: a megabyte of abbreviations would take sentencex a minute
_DENSE = 12  # characters for each stop
_FEW_STOPS = 20
_STOPS = ".!?…。．！？"
_PLAIN_END = re.compile(r"[.!?…]+[\"'”»)\]]*\s+(?=[^\W\d_a-zæøåäöüé])|[。．！？]+")

_local = threading.local()
_identifier_lock = threading.Lock()


def sentences(text: str, language: str = "da") -> list[Span]:
    """Where the sentences of `text` are, in order; `text[start:end]` has no white space at its ends.

    Every character that is not white space is in exactly one span. A sentence ends at a blank line, a heading, a list
    item, a table row, and a line on which the first word of the next line would still have fitted; not at other ends
    of lines.
    language: ISO 639-1. Danish, Norwegian, Swedish and English are cut by `rag.core.text.stops`, others by sentencex.
    """
    spans: list[Span] = []
    for start, end in _bounded(text, blocks(text)):
        if end - start <= ROW and is_row(text[start:end]):
            _append(spans, text, start, end)
            continue
        # replaced by as many characters, so that offsets stay
        block = text[start:end].replace("\n", " ").replace("\r", " ")
        piece_start = 0
        for piece_end in _ends(block, language):
            piece = block[piece_start:piece_end]
            # a list marker or number alone ("1.") belongs to the text that it numbers
            if piece_end < len(block) and len(piece.strip()) <= 5 and not any(map(str.isalpha, piece)):
                continue
            _append(spans, text, start + piece_start, start + piece_end)
            piece_start = piece_end
        _append(spans, text, start + piece_start, end)
    return spans


def _ends(block: str, language: str) -> Iterable[int]:
    if LEADERS.search(block):
        return (len(block),)
    return sentence_ends(block) if language in LANGUAGES_OF_STOPS else _stops(block, language)


def _stops(block: str, language: str) -> Iterator[int]:
    """Where sentencex ends the sentences of a block. It takes 0.3 ms for a full stop: it is asked in doubt only."""
    block = _POINT.sub("0", block)
    pieces = [0, len(block)]
    if not _QUOTED.search(block):
        pieces[1:1] = [match.end() for match in _CERTAIN.finditer(block)]
    for piece_start, piece_end in pairwise(pieces):
        piece = block[piece_start:piece_end]
        stops = sum(map(piece.count, _STOPS))
        if not _STOP.search(piece.rstrip(_CLOSING)):
            yield piece_end
        elif stops > _FEW_STOPS and stops * _DENSE > len(piece):
            yield from (piece_start + match.end() for match in _PLAIN_END.finditer(piece))
            yield piece_end
        else:
            try:
                piece.encode()
            except UnicodeEncodeError:  # sentencex takes no lone surrogates
                piece = re.sub("[\ud800-\udfff]", "?", piece)
            for boundary in sentencex.get_sentence_boundaries(language, piece):
                yield piece_start + int(boundary["end_index"])


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    indent = len(piece) - len(piece.lstrip())
    stripped = piece.strip()
    if stripped:
        spans.append(Span(start + indent, start + indent + len(stripped)))


def _bounded(text: str, blocks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in blocks:
        while end - start > _MAX_BLOCK:
            cut_at = max(text.rfind(sign, start + _MAX_BLOCK // 2, start + _MAX_BLOCK) for sign in "\n ")
            cut_at = cut_at if cut_at > 0 else start + _MAX_BLOCK
            yield start, cut_at
            start = cut_at
        yield start, end


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language of `text` ("no" for both forms of Norwegian), "" where it is too short to tell."""
    return language_with_confidence(text)[0]


def language_with_confidence(text: str) -> tuple[str, float]:
    """As `detect_language`, with the share of probability (0..1) it has. At most 5,000 characters are read."""
    text = text[:5000]
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return "", 0.0
    code, confidence = _identifier().classify(text.encode("utf-8", "replace"))
    return ("no" if code == "nn" else code), float(confidence)


@lru_cache(maxsize=1)
def _load_identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def _identifier() -> LanguageIdentifier:
    with _identifier_lock:  # half a second to load: once, whoever asks first
        return _load_identifier()


def words(text: str) -> list[str]:
    """Casefolded words in order. A code gives its parts and itself, with and without its signs; a number is whole:

    "ISO-27001" -> iso, 27001, iso-27001, iso27001; "3.4.1" -> 3.4.1; "§ 12" -> 12, §12; "1.250 kr." -> 1250, kr;
    "3. maj" -> maj, 3/5. See `rag.core.text.figures`.
    """
    found: list[str] = []
    last: list[str] = []
    for _, _, group in word_groups(text):
        found += [word for word in group if word not in last] if last else group
        last = group if len(group) > 1 else []
    return found


def stems(text: str, language: str) -> list[str]:
    """`words` cut to their stems by Snowball; unchanged for a language that Snowball does not know.

    What holds a digit stays as it is. language: ISO 639-1; "nb" and "nn" count as Norwegian.
    """
    return _stem(words(text), language)


def stem_of(word: str, language: str) -> list[str]:
    """As `stems`, of one casefolded word without signs: without looking for words in it."""
    return _stem([word], language)


def _stem(tokens: list[str], language: str) -> list[str]:
    stemmer = _stemmer(language)
    if stemmer is None:
        return tokens
    return [
        token if any(map(str.isdigit, token)) else stem
        for token, stem in zip(tokens, stemmer.stemWords(tokens), strict=True)
    ]


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """This thread's stemmer: Stemmer objects must not be shared between threads."""
    name = _SNOWBALL.get(language)
    if name is None:
        return None
    stemmers: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
    if stemmers is None:
        stemmers = _local.stemmers = {}
    if name not in stemmers:
        stemmers[name] = Stemmer.Stemmer(name)
    return stemmers[name]


def is_stopword(word: str) -> bool:
    """Whether a casefolded word is a function word or question word of Danish, Norwegian or English."""
    return any(word in listed for listed in STOPWORDS.values())


def query_stems(text: str, languages: Iterable[str]) -> list[list[str]]:
    """For each word of a question the stems it may have in a document of one of `languages`, each once.

    Stop words are left out unless nothing else remains; a word that comes again is given once. Empty for a text
    without words.
    """
    return [list(alternatives) for alternatives in query_words(text, languages)]


def query_words(text: str, languages: Iterable[str]) -> dict[tuple[str, ...], str]:
    """The stems of `query_stems`, in its order, with the word that each stands for."""
    codes = list(dict.fromkeys(languages)) or [""]
    groups = [group for _, _, group in word_groups(text)]
    content_groups = [group for group in groups if not all(map(is_stopword, group))] or groups
    words_by_stems: dict[tuple[str, ...], str] = {}
    for group in content_groups:
        words_by_stems.setdefault(tuple(dict.fromkeys(stem for code in codes for stem in _stem(group, code))), group[0])
    return words_by_stems
