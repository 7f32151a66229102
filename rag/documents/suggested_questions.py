"""Questions that a document answers, made from its own sentences and headings and tried before they are shown.

A sentence that defines, counts or dates something is turned into the question it answers, where that can be done by
moving its words ("Batterier er dækket i 6 måneder." -> "Hvor længe er batterier dækket?"); a heading becomes "Hvad
står der om …?". What cannot be turned by a rule is left alone. No model writes anything.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.core.background import Job
from rag.core.errors import KildeError
from rag.core.types import Page
from rag.documents.summary import Candidate, leans, outermost

MOST = 5
MOST_TRIED = 24
HEADINGS = 6
"""Places among those tried that are kept for questions made of headings, which are weaker."""

_NUMBER = r"\d[\d.,]*|to|tre|fire|fem|seks|syv|otte|ni|ti|tolv|two|three|four|five|six|seven|eight|nine|ten|twelve"
_MONTH = (
    r"januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
    r"|January|February|March|May|June|July|October"
)
_DA_UNIT = r"(?:sekunder|minutter|timer?|dage?|døgn|hverdage|arbejdsdage|uger?|måneder|måned|år)"
_EN_UNIT = r"(?:seconds?|minutes?|hours?|days?|working days|weeks?|months?|years?)"
_PREPOSITIONS = r"uden|for|i|på|med|ved|fra|til|af|efter|før|under|over|in|on|with|at|from|to|of|after|before|by"
_SUBJECT = rf"(?!(?i:{_PREPOSITIONS}) )(?P<subject>[A-ZÆØÅ][^,.;:()\"”\d]{{2,60}}?)"
# "The compressor is the quietest part" and "Kompressoren er en …" describe a thing, and do not define it
_DEFINED = r"(?!The |Running |\S+(?:en|et|ne|ing) (?:er|is) )" + _SUBJECT
# the finite verb moves in front of its subject; only verbs that cannot be taken for nouns are listed
_DA_VERB = r"(?P<verb>er|gælder|varer|bliver|skal|kan|må|opbevares|gemmes|dækkes|holdes)"
_EN_AUXILIARY = r"(?P<verb>is|are|was|were|will|can|must|may|should)"
_REST = r"(?P<rest>(?: [^\W\d_]+(?:-[^\W\d_]+)*){0,5}?)"

_DA = (
    (re.compile(rf"{_SUBJECT} {_DA_VERB}{_REST} i (?:mindst |højst |op til )?(?:{_NUMBER}) {_DA_UNIT}\b"),
     "Hvor længe {verb} {subject}{rest}?"),
    (re.compile(rf"{_SUBJECT} (?P<verb>har|får|kræver|indeholder|omfatter) (?:mindst |højst |op til )?"
                rf"(?:{_NUMBER}) (?P<what>[^\W\d_]{{3,}}(?:er|e|r|ger|dage|år))\b(?! og)"),
     "Hvor mange {what} {verb} {subject}?"),
    (re.compile(rf"{_SUBJECT} koster (?:{_NUMBER}) ?(?:kr|kroner|euro|€|DKK)\b"), "Hvad koster {subject}?"),
    (re.compile(rf"{_SUBJECT} (?P<verb>er|træder|begynder|starter|slutter|udløber|ophører|blev|åbner|lukker|udkom)"
                rf"{_REST} (?:den |d\. )?\d{{1,2}}\. (?:{_MONTH})\b"),
     "Hvornår {verb} {subject}{rest}?"),
    (re.compile(rf"{_DEFINED} er (?:en|et|den|det|betegnelsen|navnet|forkortelsen) [^\W\d_]{{3,}}"),
     "Hvad er {subject}?"),
    (re.compile(rf"{_SUBJECT} (?P<verb>betyder|omfatter|indeholder) (?!ikke)[^\W\d_]{{2,}}"),
     "Hvad {verb} {subject}?"),
    (re.compile(rf"{_SUBJECT} (?P<verb>består|bruges|anvendes|tjener) (?P<rest>af|til) [^\W\d_]{{2,}}"),
     "Hvad {verb} {subject} {rest}?"),
)  # fmt: skip
_EN = (
    (re.compile(rf"{_SUBJECT} {_EN_AUXILIARY}{_REST} for (?:at least |up to |at most )?(?:{_NUMBER}) {_EN_UNIT}\b"),
     "How long {verb} {subject}{rest}?"),
    (re.compile(rf"{_SUBJECT} (?P<verb>has|contains|requires|includes|gets) (?:at least |up to |at most )?"
                rf"(?:{_NUMBER}) (?P<what>[^\W\d_]{{3,}}s(?: of [^\W\d_]+)?)\b"),
     "How many {what} does {subject} {base}?"),
    (re.compile(rf"{_SUBJECT} costs (?:{_NUMBER}|[€$£])"), "What does {subject} cost?"),
    (re.compile(rf"{_SUBJECT} {_EN_AUXILIARY}{_REST} (?:on|from) (?:\d{{1,2}} (?:{_MONTH})|(?:{_MONTH}) \d{{1,2}})\b"),
     "When {verb} {subject}{rest}?"),
    (re.compile(rf"{_DEFINED} is (?:an?|the) [^\W\d_]{{3,}}"), "What is {subject}?"),
    (re.compile(rf"{_SUBJECT} means [^\W\d_]{{2,}}"), "What does {subject} mean?"),
)  # fmt: skip
_HEADING_QUESTION = {"da": "Hvad står der om {title}?", "en": "What does it say about {title}?"}
_BASE = {"has": "have", "contains": "contain", "requires": "require", "includes": "include", "gets": "get"}
# words whose meaning is known only from the text before them
_UNCLEAR = re.compile(
    r"\b(?:det|den|dette|denne|disse|de|der|her|han|hun|man|vi|du|jeg|dem|dens|dets|deres|som|hvis|når|hvor|hvad|andre"
    r"|anden|andet|ovenstående|følgende|samme|sådan|it|this|that|these|those|they|he|she|we|you|there|here|which"
    r"|who|if|when|where|what|above|below|ovenfor|nedenfor|herunder|alt|alle|all|both|begge|one|only|kun|din|dit|dine|other|another|following|same|such|its|their|your|our|my|ikke|not)\b",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^(?:(?:kapitel|afsnit|bilag|chapter|section|appendix)\s+)?(?:\d+(?:\.\d+)*\.?|[A-Z]\.)?\s*", re.I
)
_EMPTY_TITLE = re.compile(
    rf"(?:{_PREPOSITIONS}|how|hvordan|sådan|om|indhold|indholdsfortegnelse|forord|indledning|introduktion|bilag"
    r"|index|indeks|ophavsret|forfattere?"
    r"|contents|table of contents|preface|introduction|about|appendix|copyright|authors?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the page that it was made from."""

    question: str
    page: int


def proposals(pages: Sequence[Page], sentences: Sequence[Candidate], language: str) -> list[Suggestion]:
    """Questions that could be asked of a document, the most telling ones first, from all over it; not tried yet.

    sentences: as of `rag.documents.summary.candidates`. language: the document's; of others than Danish and English
    there are none, since they could not be asked in its own words.
    """
    if language not in _HEADING_QUESTION:
        return []
    text = "\n".join(page.text for page in pages)
    questions_by_strength = [
        (strength, Suggestion(question, candidate.sentence.page))
        for candidate in sentences
        if candidate.language in ("", language)
        and (turned_question := turn_into_question(candidate.sentence.text, language, text)) is not None
        for strength, question in [turned_question]
    ]
    by_strength: dict[int, list[Suggestion]] = {}
    for strength, suggestion in questions_by_strength:
        by_strength.setdefault(strength, []).append(suggestion)
    strong = list(_round_robin([_spread(group) for _, group in sorted(by_strength.items())]))
    weak = _spread([Suggestion(q, page) for page, q in _heading_questions(pages, language, text)])
    questions: dict[str, Suggestion] = {}
    for suggestion in (*strong[: MOST_TRIED - HEADINGS], *weak):
        questions.setdefault(suggestion.question.casefold(), suggestion)
    return list(questions.values())[:MOST_TRIED]


def turn_into_question(sentence: str, language: str, document: str) -> tuple[int, str] | None:
    """The number of the first pattern that fits a sentence (0: the most telling) and its question; None without any.

    document: its text, which tells names (capital letters inside sentences) from words that only begin a sentence.
    """
    sentence = " ".join(sentence.split())
    if leans(sentence):
        return None
    for place, (pattern, question) in enumerate(_DA if language == "da" else _EN if language == "en" else ()):
        match = pattern.match(sentence)
        if match is None or _UNCLEAR.search(match["subject"]) or len(match["subject"].split()) > 6:
            continue
        values = {name: value or "" for name, value in match.groupdict().items()}
        if _UNCLEAR.search(values.get("rest", "")):
            continue
        subject = _as_inside_sentence(match["subject"].strip(), document)
        base = _BASE.get(values.get("verb", ""), "")
        return place, question.format_map({**values, "subject": subject, "base": base})
    return None


def tried(
    proposed: Iterable[Suggestion], answers_on: Callable[[str], Sequence[int]], stopped: Callable[[], bool]
) -> list[Suggestion]:
    """The first MOST suggestions that the document answers from the very page that the question was made from.

    answers_on: gives the pages of the passages that answer a question; none where it is not answered.
    """
    answered: list[Suggestion] = []
    for suggestion in proposed:
        if len(answered) == MOST or stopped():
            break
        if suggestion.page in answers_on(suggestion.question):
            answered.append(suggestion)
    return answered


class Suggesting:
    """Tries questions in the background, one document at a time, and keeps the results while nothing changes."""

    def __init__(self, find: Callable[[int, Callable[[], bool]], list[Suggestion]]) -> None:
        """find: gives the suggestions for a document; its second argument says whether to stop."""
        self._find = find
        self._guard = threading.Lock()
        self._kept: dict[int, tuple[object, int, list[Suggestion]]] = {}
        self._job = Job[None]("kilde-suggesting")
        self._closed = False

    def suggestions(self, document_id: int, content: object, generation: int, settled: bool) -> list[Suggestion] | None:
        """The suggestions for a document; None while they are being looked for.

        content: identifies the document's content and the space. generation: of the store, whose other documents decide
        how rare a word is. settled: False while other documents are being indexed; suggestions for the same content
        are then good enough.
        """
        with self._guard:
            entry = self._kept.get(document_id)
            if entry is not None and entry[0] == content and (entry[1] == generation or not settled):
                return entry[2]
            if not self._closed:
                self._job.start(lambda: self._look(document_id, content, generation))
        return None

    def _look(self, document_id: int, content: object, generation: int) -> None:
        try:
            suggestions = self._find(document_id, self._job.cancelled)
        except KildeError:  # the document was deleted meanwhile, for example
            suggestions = []
        with self._guard:
            self._kept[document_id] = (content, generation, suggestions)

    def stop(self) -> None:
        """Return when nothing is under way any more; nothing begins after it."""
        with self._guard:
            self._closed = True
        self._job.stop()


def _as_inside_sentence(subject: str, document: str) -> str:
    """`subject` as it is written inside a sentence: in lower case unless it is a name or an abbreviation."""
    first_word, _, other_words = subject.partition(" ")
    if not first_word[1:].islower():
        return subject
    inner_use = re.search(rf"(?<=[a-zæøå,] ){re.escape(first_word)}\b", document)
    if inner_use is not None:
        return subject
    return f"{first_word[0].lower()}{first_word[1:]} {other_words}".strip()


def _heading_questions(pages: Sequence[Page], language: str, text: str) -> Iterator[tuple[int, str]]:
    headings = outermost(pages)
    if len(headings) > 1 and headings[0][1].level < headings[1][1].level:
        del headings[0]  # the title of the document
    for page, heading in headings:
        title = _NUMBERING.sub("", " ".join(heading.title.split()))
        if title.endswith("?") and len(title.split()) > 2:
            yield page, title
        elif 4 <= len(title) <= 60 and ":" not in title and title[-1].isalnum() and not _EMPTY_TITLE.match(title):
            yield page, _HEADING_QUESTION[language].replace("{title}", _as_inside_sentence(title, text))


def _spread(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """Ordered so that any first few are from all over the document: the middle, the middle of each half, and so on."""
    order: list[Suggestion] = []
    ranges = [(0, len(suggestions))]
    while ranges:
        start, end = ranges.pop(0)
        if start < end:
            middle = (start + end) // 2
            order.append(suggestions[middle])
            ranges += [(start, middle), (middle + 1, end)]
    return order


def _round_robin(groups: Sequence[Sequence[Suggestion]]) -> Iterator[Suggestion]:
    for place in range(max(map(len, groups), default=0)):
        yield from (group[place] for group in groups if place < len(group))
