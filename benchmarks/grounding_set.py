"""Sentences with passages and what is true of them, made from documents with a fixed seed.

True: as they stand, or written in another way. Altered: one thing changed. Other: from another document.
Rephrased: freely, by hand (`data/grounding_paraphrases.jsonl`), each with a counterpart in which one thing is changed.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from benchmarks.question_sets import DATA
from rag.core.text.languages import answer_language
from rag.core.text.markdown import plain
from rag.core.text.sentences import is_stopword, sentences, stems
from rag.core.types import Chunk, Hit, Page
from rag.documents.chunking import chunk

PERSPECTIVES = DATA / "grounding_perspectives.jsonl"
PARAPHRASES = DATA / "grounding_paraphrases.jsonl"
SEED = 20261122
K = 4
SIZE, OVERLAP = 220, 30  # tokens of a passage, counted as four characters each
NEAR = 60  # distractors are the most similar among so many

Change = Callable[[str, "Corpus", Chunk, random.Random], str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """group: "true", "altered", "other", "perspective", "rephrased", "rephrased, altered", the last two also with
    ", other language".

    language: of the documents; spoken: of the sentence. perspective: the text of the one that was asked for. kind: how
    it was made. split: "train" or "test", by document.
    """

    language: str
    split: str
    group: str
    kind: str
    original: str
    text: str
    hits: tuple[Hit, ...]
    spoken: str
    perspective: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """article: documents that may say the same, which are never each other's foreign sentences."""

    document: str
    article: str
    chunk: Chunk
    stems: frozenset[str]

    @property
    def split(self) -> str:
        return "test" if hashlib.sha256(self.article.encode()).digest()[0] % 2 else "train"


class Corpus:
    """The passages of one language, and the names in them."""

    def __init__(self, language: str, documents: dict[str, tuple[str, str]]) -> None:
        """documents: article and text by name."""
        self.language = language
        self.passages: list[Passage] = []
        for name, (article, text) in documents.items():
            pages = [Page(1, text)]
            for piece in chunk(pages, SIZE, OVERLAP, lambda texts: [len(t) // 4 + 1 for t in texts], language):
                telling = frozenset(s for s in stems(piece.text, language) if not is_stopword(s))
                piece = replace(piece, id=len(self.passages) + 1)
                self.passages.append(Passage(name, article, piece, telling))
        every = [name for p in self.passages for name in names_in(p.chunk.text)]
        self.names = sorted(name for name, count in Counter(every).items() if count > 1)
        self.rarity = Counter(stem for p in self.passages for stem in p.stems)

    def near(self, of: Passage, rng: random.Random, count: int, stems_: frozenset[str] | None = None) -> list[Passage]:
        """The passages of other documents that are most like `of` (or a sentence), among some drawn by chance."""
        others = [p for p in self.passages if p.article != of.article and p.split == of.split]
        wanted = of.stems if stems_ is None else stems_
        drawn = rng.sample(others, min(NEAR, len(others)))
        drawn.sort(key=lambda p: sum(1 / self.rarity[s] for s in wanted & p.stems), reverse=True)
        return drawn[:count]

    def hits(self, passages: Sequence[Passage]) -> tuple[Hit, ...]:
        return tuple(Hit(rank, p.chunk, p.document, "", 1.0, number=rank) for rank, p in enumerate(passages, 1))


# --- what stands in a sentence -----------------------------------------------------------------------------------

_MONTHS = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "no": "januar februar mars april mai juni juli august september oktober november desember",
    "en": "January February March April May June July August September October November December",
}
MONTHS = {language: listed.split() for language, listed in _MONTHS.items()}
NUMERALS = {
    "da": {2: "to", 3: "tre", 4: "fire", 5: "fem", 6: "seks", 7: "syv", 8: "otte", 9: "ni", 10: "ti", 12: "tolv",
           14: "fjorten", 15: "femten", 20: "tyve", 25: "femogtyve", 30: "tredive", 50: "halvtreds", 60: "tres",
           24: "fireogtyve", 40: "fyrre", 80: "firs", 90: "halvfems", 16: "seksten", 18: "atten"},
    "no": {2: "to", 3: "tre", 4: "fire", 5: "fem", 6: "seks", 7: "sju", 8: "åtte", 9: "ni", 10: "ti", 12: "tolv",
           11: "elleve", 13: "tretten", 14: "fjorten", 15: "femten", 20: "tjue", 25: "tjuefem", 30: "tretti",
           50: "femti", 40: "førti", 60: "seksti", 70: "sytti", 18: "atten", 17: "sytten", 24: "tjuefire"},
    "en": {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
           11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 20: "twenty", 24: "twenty-four",
           25: "twenty-five", 30: "thirty", 50: "fifty", 40: "forty", 88: "eighty-eight", 18: "eighteen"},
}  # fmt: skip
SWAPS = {
    "da": [("mere", "mindre"), ("flere", "færre"), ("før", "efter"), ("første", "sidste"), ("mindst", "højst"),
           ("højere", "lavere"), ("større", "mindre"), ("altid", "aldrig"), ("først", "sidst"), ("skal", "kan"),
           ("længere", "kortere"), ("over", "under"), ("nyere", "ældre"), ("øverste", "nederste"),
           ("største", "mindste"), ("hurtigere", "langsommere")],
    "no": [("mer", "mindre"), ("flere", "færre"), ("før", "etter"), ("første", "siste"), ("minst", "høyst"),
           ("høyere", "lavere"), ("større", "mindre"), ("alltid", "aldri"), ("flest", "færrest"), ("eldste", "yngste"),
           ("størst", "minst"), ("største", "minste"), ("best", "verst"), ("beste", "verste"), ("bedre", "dårligere"),
           ("nord", "sør"), ("øst", "vest")],
    "en": [("more", "less"), ("more", "fewer"), ("before", "after"), ("first", "last"), ("higher", "lower"),
           ("larger", "smaller"), ("always", "never"), ("most", "least"), ("largest", "smallest"), ("best", "worst"),
           ("increased", "decreased"), ("older", "younger"), ("highest", "lowest"), ("earlier", "later"),
           ("must", "may"), ("above", "below"), ("north", "south"), ("east", "west"), ("better", "worse"),
           ("minimum", "maximum")],
}  # fmt: skip
UNITS = {
    "da": [("dage", "uger"), ("dage", "timer"), ("måneder", "år"), ("år", "måneder"), ("timer", "minutter"),
           ("minutter", "sekunder"), ("procent", "promille"), ("uger", "måneder"), ("kr", "euro"), ("kroner", "euro"),
           ("GB", "MB"), ("GiB", "MiB"), ("MB", "GB"), ("kg", "ton"), ("km", "m"), ("kW", "W"), ("V", "kV"),
           ("meter", "kilometer"), ("mm", "cm"), ("%", " promille"), ("W", "kW"), ("dag", "uge")],
    "no": [("dager", "uker"), ("måneder", "år"), ("år", "måneder"), ("timer", "minutter"), ("minutter", "sekunder"),
           ("prosent", "promille"), ("uker", "måneder"), ("kroner", "euro"), ("kilometer", "meter"), ("meter", "fot"),
           ("millioner", "milliarder"), ("milliarder", "millioner"), ("km", "m"), ("tonn", "kilo"), ("mil", "meter")],
    "en": [("days", "weeks"), ("months", "years"), ("years", "months"), ("hours", "minutes"), ("minutes", "hours"),
           ("percent", "per mille"), ("%", " per mille"), ("weeks", "months"), ("million", "billion"),
           ("billion", "million"), ("miles", "kilometres"), ("km", "m"), ("feet", "inches"), ("tons", "pounds"),
           ("yards", "feet"), ("kilometres", "miles"), ("square", "cubic"), ("centuries", "decades"),
           ("points", "yards"), ("meters", "feet"), ("acres", "square feet")],
}  # fmt: skip
NEGATED = {"da": r"\b(?:ikke|aldrig)\b", "no": r"\b(?:ikke|aldri)\b", "en": r"\b(?:not|never)\b"}
FINITE = {
    "da": r"\b(er|var|har|havde|kan|skal|vil|bliver|blev|findes|virker|bør|må)\b",
    "no": r"\b(er|var|har|hadde|kan|skal|vil|blir|ble|må|kunne|skulle|fikk)\b",
    "en": r"\b(is|was|are|were|can|will|would|could|should|must|may|has been|have been|had been)\b",
}
NOT = {"da": "ikke", "no": "ikke", "en": "not"}
CLAUSES = {
    "da": r", (?:og|men|som|der|hvor|da|fordi|hvis|når|så|mens)\b",
    "no": r", (?:og|men|som|der|hvor|da|fordi|hvis|når|så|mens)\b",
    "en": r"(?:, | )(?:and|but|which|who|where|because|while|although|when|whereas|after|before)\b|, \w+ing\b",
}
_NUMBER = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d+)*(?![\w:/-]|[.,]\d)")
_NAME = re.compile(r"(?<=[a-zæøåäöü,] )[A-ZÆØÅ][a-zæøåäöüé]{2,}\b")
_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])(?:[A-Z]+\d+|\d+[A-Z]+|[a-z]+\d+)\b")
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday mandag tirsdag onsdag torsdag fredag lørdag søndag
"""
_CALENDAR = {m.casefold() for listed in MONTHS.values() for m in listed} | set(_WEEKDAYS.split())


def names_in(text: str) -> list[str]:
    found = _NAME.findall(" ".join(text.split()))
    return [name for name in found if not is_stopword(name.casefold()) and name.casefold() not in _CALENDAR]


def _replaced(text: str, match: re.Match[str], by: str) -> str:
    return text[: match.start()] + by + text[match.end() :]


def _word(text: str, word: str, rng: random.Random) -> re.Match[str] | None:
    edge = r"\b" if word[-1].isalnum() else ""
    found = list(re.finditer(rf"{edge}{re.escape(word)}{edge}", text))
    return rng.choice(found) if found else None


# --- written in another way --------------------------------------------------------------------------------------


def verbatim(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    return text


def clause_dropped(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    cuts = [m.start() for m in re.finditer(CLAUSES[corpus.language], text)]
    cuts = [cut for cut in cuts if len(text[:cut].split()) >= 5 and text[:cut].count("(") == text[:cut].count(")")]
    return f"{text[: cuts[-1]]}." if cuts else None


def number_written(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    """1,234.5 <-> 1.234,5; 1234 -> 1.234."""
    for match in _NUMBER.finditer(text):
        written = match[0]
        if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d{1,3}(?:,\d{3})*\.\d{1,2}|\d{1,3}(?:\.\d{3})*,\d{1,2}", written):
            return _replaced(text, match, written.translate(str.maketrans(".,", ",.")))
        if re.fullmatch(r"\d{4}", written) and not 1000 <= int(written) <= 2100:
            sign = "," if corpus.language == "en" else "."
            return _replaced(text, match, f"{written[0]}{sign}{written[1:]}")
    return None


def number_spelled(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    numerals = NUMERALS[corpus.language]
    found: list[tuple[re.Match[str], str]] = []
    for match in _NUMBER.finditer(text):
        after = text[match.end() : match.end() + 12]
        dated = re.match(rf"\.? (?:{'|'.join(m[:3] for m in MONTHS[corpus.language])})", after, re.I)
        if match[0].isdigit() and int(match[0]) in numerals and re.match(r" [a-zæøå]", after) and not dated:
            found.append((match, numerals[int(match[0])]))
    for value, word in numerals.items():
        if not (word == "to" and corpus.language == "en"):
            found += [(match, str(value)) for match in re.finditer(rf"(?<![\w-]){word}(?![\w-])", text)]
    return _replaced(text, *rng.choice(found)) if found else None


def date_written(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    months = MONTHS[corpus.language]
    named = "|".join(months)
    day_first = re.search(rf"\b(\d{{1,2}})\.? ({named})(?:,? (\d{{4}}))?\b", text)
    month_first = re.search(rf"\b({named}) (\d{{1,2}})(?:st|nd|rd|th)?(?:, (\d{{4}}))?(?![\d,–-])", text)
    if day_first:
        day, month, year = int(day_first[1]), months.index(day_first[2]) + 1, day_first[3]
        match = day_first
    elif month_first:
        day, month, year = int(month_first[2]), months.index(month_first[1]) + 1, month_first[3]
        match = month_first
    else:
        return None
    forms = []
    if year:
        forms.append(f"{year}-{month:02d}-{day:02d}")
    if corpus.language == "en":
        forms += [f"{day} {months[month - 1]}" + (f" {year}" if year else "")] if match is month_first else []
        forms += [f"{months[month - 1]} {day}" + (f", {year}" if year else "")] if match is day_first else []
    elif year:
        forms.append(f"{day}.{month}.{year}")
    return _replaced(text, match, rng.choice(forms)) if forms else None


# --- one thing changed -------------------------------------------------------------------------------------------


def number_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    digits = list(match[0])
    place = rng.choice([i for i, d in enumerate(digits) if d.isdigit()])
    choices = [d for d in "123456789" if d != digits[place]]
    digits[place] = rng.choice(choices)
    return _replaced(text, match, "".join(digits))


def number_from_passage(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    """Another number that stands in the passage, so that it is found there."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    others = sorted({n for n in _NUMBER.findall(of.text) if n != match[0]})
    return _replaced(text, match, rng.choice(others)) if others else None


def numeral_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    numerals = [word for word in NUMERALS[corpus.language].values() if word != "to"]
    found = list(re.finditer(rf"(?<![\w-])(?:{'|'.join(numerals)})(?![\w-])", text))
    if not found:
        return None
    match = rng.choice(found)
    return _replaced(text, match, rng.choice([word for word in numerals if word != match[0]]))


def amount_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    number = r"\d+(?:[.,]\d+)*"
    found = list(
        re.finditer(rf"(?<=[$€£]){number}|\b{number}(?= ?(?:%|kr|percent|per cent|prosent|procent|mill|billion))", text)
    )
    if not found:
        return None
    match = rng.choice(found)
    changed = str(int(re.sub(r"\D", "", match[0])) + rng.choice([1, 2, 5, 10, 37]))
    return _replaced(text, match, changed)


def date_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    found = list(re.finditer("|".join(rf"\b{month}\b" for month in MONTHS[corpus.language]), text))
    years = list(re.finditer(r"(?<![\d.,-])(?:1[5-9]|20)\d\d(?![\d.,-]\d)", text))
    if not found and not years:
        return None
    match = rng.choice(found + years)
    if match[0].isdigit():
        return _replaced(text, match, str(int(match[0]) + rng.choice([-10, -3, -1, 1, 2, 7])))
    return _replaced(text, match, rng.choice([month for month in MONTHS[corpus.language] if month != match[0]]))


def unit_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    number = rf"(?:\d|\b(?:{'|'.join(NUMERALS[corpus.language].values())}))"
    found = []
    for unit, by in UNITS[corpus.language]:
        edge = r"(?!\w)"
        found += [(m, by) for m in re.finditer(rf"(?<={'[0-9]' if unit == '%' else ' '}){re.escape(unit)}{edge}", text)]
    found = [(m, by) for m, by in found if re.search(rf"{number} ?$", text[: m.start()])]
    return _replaced(text, *rng.choice(found)) if found else None


def name_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    return _other_name(text, corpus.names, rng)


def name_from_passage(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    return _other_name(text, sorted(set(names_in(of.text))), rng)


def _other_name(text: str, names: Sequence[str], rng: random.Random) -> str | None:
    found = [m for m in _NAME.finditer(text) if m[0] in names_in(text)]
    if not found:
        return None
    match = rng.choice(found)
    stem = match[0][:4].casefold()
    others = [name for name in names if name[:4].casefold() != stem]
    return _replaced(text, match, rng.choice(others)) if others else None


def first_name_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    match = re.match(r"[A-ZÆØÅ][a-zæøå]{2,}\b", text)
    if not match or match[0] not in corpus.names:
        return None
    return _replaced(text, match, rng.choice([n for n in corpus.names if n[:4] != match[0][:4]]))


def code_changed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    found = list(_CODE.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    digit = next(re.finditer(r"\d", match[0]))
    changed = match[0][: digit.start()] + str((int(digit[0]) + rng.randint(1, 8)) % 10) + match[0][digit.end() :]
    return _replaced(text, match, changed)


def negation_added(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    match = re.search(FINITE[corpus.language], text)
    if not match or re.search(NEGATED[corpus.language], text[match.start() : match.end() + 15]):
        return None
    return _replaced(text, match, f"{match[0]} {NOT[corpus.language]}")


def negation_removed(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    match = re.search(f" {NEGATED[corpus.language]}", text)
    if not match or re.search(r"not only|ikke bare|ikke kun|ikke minst", text):
        return None
    return _replaced(text, match, "")


def comparison_swapped(text: str, corpus: Corpus, of: Chunk, rng: random.Random) -> str | None:
    found: list[tuple[re.Match[str], str]] = []
    for one, other in SWAPS[corpus.language]:
        for word, by in ((one, other), (other, one)):
            match = _word(text, word, rng)
            if match and (word not in ("over", "under") or re.match(r" \d", text[match.end() :])):
                found.append((match, by))
    return _replaced(text, *rng.choice(found)) if found else None


TRUE: dict[str, Change] = {
    "verbatim": verbatim, "clause dropped": clause_dropped, "number in other signs": number_written,
    "number word or digits": number_spelled, "date in another form": date_written,
}  # fmt: skip
ALTERED: dict[str, Change] = {
    "number": number_changed, "number of the passage": number_from_passage, "number word": numeral_changed,
    "amount": amount_changed, "date": date_changed, "unit": unit_changed, "name": name_changed,
    "name of the passage": name_from_passage, "first name": first_name_changed, "code": code_changed,
    "negation added": negation_added, "negation removed": negation_removed, "comparison": comparison_swapped,
}  # fmt: skip


def cases(corpus: Corpus) -> Iterator[Case]:
    """All cases of one language: every sentence in every way that it allows; each document on one side of the split."""
    rng, lang = random.Random(SEED), corpus.language
    angle = _perspective(lang)["text"]
    for passage in corpus.passages:
        nearest = corpus.near(passage, rng, K - 1)
        for text in _usable(passage.chunk, corpus.language):
            shown = [passage, *nearest]
            rng.shuffle(shown)
            hits = corpus.hits(shown)
            stand = _squeezed(" ".join(hit.chunk.text for hit in hits))
            for group, changes in (("true", TRUE), ("altered", ALTERED)):
                for kind, change in changes.items():
                    changed = change(text, corpus, passage.chunk, rng)
                    if changed is None or (group == "altered" and _squeezed(changed) in stand):
                        continue
                    if len(sentences(changed, corpus.language)) == 1:
                        yield Case(lang, passage.split, group, kind, text, changed, hits, lang, angle)
            telling = frozenset(s for s in stems(text, corpus.language) if not is_stopword(s))
            for kind, others in (
                ("nearest documents", corpus.near(passage, rng, K, telling)),
                ("documents by chance", corpus.near(passage, rng, K, frozenset())),
            ):
                hits = corpus.hits(others)
                if _squeezed(text) not in _squeezed(" ".join(hit.chunk.text for hit in hits)):
                    yield Case(lang, passage.split, "other", kind, text, text, hits, lang, angle)


def of_perspective(corpus: Corpus) -> Iterator[Case]:
    """Sentences about the perspective that every case of the language is asked from, by turns of either half."""
    rng = random.Random(SEED)
    found = _perspective(corpus.language)
    for n, text in enumerate(found["sentences"]):
        split = ("train", "test")[n % 2]
        shown = rng.sample([p for p in corpus.passages if p.split == split], K)
        hits = corpus.hits(shown)
        yield Case(
            corpus.language, split, "perspective", "perspective", text, text, hits, found["language"], found["text"]
        )


@cache
def _perspective(language: str) -> dict[str, Any]:
    rows = [json.loads(line) for line in PERSPECTIVES.read_text(encoding="utf-8").splitlines()]
    # Norwegians are asked from the Danish one
    return next(row for row in rows if (row["language"] == "en") == (language == "en"))


def rephrased(corpus: Corpus) -> Iterator[Case]:
    """Sentences written by hand over the documents of one language, each as it should be and with one thing changed.

    Raises ValueError where a document does not say at that place what was rephrased.
    """
    rng = random.Random(SEED)
    for line in PARAPHRASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["language"] != corpus.language:
            continue
        of = next(
            (
                p
                for p in corpus.passages
                if p.document == row["document"] and p.chunk.start <= row["start"] and row["end"] <= p.chunk.end
            ),
            None,
        )
        start = of.chunk.start if of else 0
        if of is None or plain(of.chunk.text[row["start"] - start : row["end"] - start]) != row["source"]:
            raise ValueError(f"{row['document']} does not say at {row['start']}: {row['source']}")
        shown = [of, *corpus.near(of, rng, K - 1)]
        rng.shuffle(shown)
        hits = corpus.hits(shown)
        # Danish and Norwegian read each other
        foreign = ", other language" if (row["spoken"] == "en") != (row["language"] == "en") else ""
        for group, kind, text in (
            ("rephrased", "paraphrase", row["paraphrase"]),
            ("rephrased, altered", row["change"], row["altered"]),
        ):
            yield Case(row["language"], of.split, group + foreign, kind, row["source"], text, hits, row["spoken"])


def _usable(of: Chunk, language: str) -> Iterator[str]:
    """Whole sentences; what was left in English in the Danish manual is not Danish."""
    for span in of.sentences:
        text = plain(of.text[span.start - of.start : span.end - of.start])
        whole = 6 <= len(text.split()) <= 60 and text[-1] in ".!" and len(sentences(text, of.language)) == 1
        if whole and (answer_language(text) == "en") == (language == "en"):
            yield text


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()
