"""Abbreviations of a question and what they stand for: from a small list, and from definitions in the documents. Pure.

"CEO" is to find "Chief Executive Officer", and "head of human resources" is to find "Head of HR".
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

_LISTED = """
ceo: chief executive officer, administrerende direktør, adm. direktør, adm. dir., daglig leder
cfo: chief financial officer, økonomidirektør, finansdirektør
coo: chief operating officer, driftsdirektør
cto: chief technology officer, teknologidirektør, teknisk direktør
cio: chief information officer, it-direktør
ciso: chief information security officer, sikkerhedschef
dpo: data protection officer, databeskyttelsesrådgiver
gdpr: general data protection regulation, databeskyttelsesforordningen, persondataforordningen
hr: human resources, personaleafdelingen
r&d: research and development, forskning og udvikling
capex: capital expenditures, purchases of property, anlægsinvesteringer
pp&e: property, plant and equipment, materielle anlægsaktiver
opex: operating expenses, driftsomkostninger
cogs: cost of goods sold, cost of sales, vareforbrug
eps: earnings per share, indtjening pr. aktie
sla: service level agreement, serviceaftale
nda: non-disclosure agreement, fortrolighedsaftale
vat: value added tax, moms
faq: frequently asked questions, ofte stillede spørgsmål
mus: medarbejderudviklingssamtale
apv: arbejdspladsvurdering
sfo: skolefritidsordning
adm. dir.: administrerende direktør
"""
_WORD = r"[^\W\d_][\w&’'-]*"
_BEFORE = re.compile(rf"((?:{_WORD}[\s,]+){{1,7}})\(([^\W\d_][\w&./-]{{1,7}})\)")
"""Data Protection Officer (DPO)"""
_INSIDE = re.compile(rf"(?<![\w&])([^\W\d_][\w&./-]{{1,7}})\s\(((?:{_WORD}[\s,]*){{2,7}})\)")
"""DPO (Data Protection Officer)"""


def other_forms(question: str, texts: Iterable[str]) -> dict[str, set[tuple[str, ...]]]:
    """By word of the question, casefolded, the words of what it stands for; by each word of a full form that is in the
    question, its abbreviation. texts: passages that may define abbreviations.
    """
    asked = _words(question)
    found: dict[str, set[tuple[str, ...]]] = {}
    for short, forms in _all_forms(texts, asked).items():
        if _contains(asked, short):
            found.setdefault(short[-1], set()).update(form for form in forms if form != short)
        for form in forms:
            if len(form) > 1 and _contains(asked, form):
                for word in form:
                    found.setdefault(word, set()).add(short)
    return found


def _all_forms(texts: Iterable[str], asked: tuple[str, ...]) -> Mapping[tuple[str, ...], set[tuple[str, ...]]]:
    forms = {short: set(full) for short, full in _listed().items()}
    initials = {word[0] for word in asked if word}
    for text in texts:
        if "(" not in text:
            continue
        pairs = [(match[2], match[1]) for match in _BEFORE.finditer(text)]
        pairs += [(match[1], match[2]) for match in _INSIDE.finditer(text)]
        for short, full in pairs:
            form = _spelt_out(short, _words(full))
            if form and form[0][0] in initials | {short[0].casefold()}:
                forms.setdefault((short.casefold(),), set()).add(form)
    return forms


def _spelt_out(short: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The last words whose initials are the letters of an abbreviation; () where there are none such."""
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    if sum(map(str.isupper, short)) < 2:
        return ()
    for first in reversed(range(len(words))):
        form = words[first:]
        initials = [word[0] for word in form if word not in ("of", "and", "for", "og", "af", "i", "the")]
        if initials == letters or [word[0] for word in form] == letters:
            return form
    return ()


@cache
def _listed() -> Mapping[tuple[str, ...], frozenset[tuple[str, ...]]]:
    rows = (line.split(": ", 1) for line in _LISTED.strip().splitlines())
    return {_words(short): frozenset(map(_words, re.split(r",\s(?!plant)", full))) for short, full in rows}


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_][\w&’'-]*", text.casefold()))


def _contains(words: tuple[str, ...], form: tuple[str, ...]) -> bool:
    return any(words[at : at + len(form)] == form for at in range(len(words) - len(form) + 1))
