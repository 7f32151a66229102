"""What kind of thing a question asks for, and whether a text holds such a thing. Danish, Norwegian, English. Pure.

Which kind it is depends on the question's form alone; `benchmarks.everyday` measures how often it is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from rag.core.text import months


class Thing(StrEnum):
    """What is asked for; OTHER where the form does not tell."""

    CONTACT = "contact"
    CODE = "code"
    AMOUNT = "amount"
    DATE = "date"
    REASON = "reason"
    QUANTITY = "quantity"
    PERSON = "person"
    STEPS = "steps"
    LIST = "list"
    PLACE = "place"
    YES_NO = "yes_no"
    DEFINITION = "definition"
    OTHER = "other"


def _any(*words: str) -> str:
    """A pattern for any of these, as whole words; white space separates them, "_" stands for a space."""
    return rf"(?<!\w)(?:{'|'.join(words)})(?!\w)".replace(" ", "|").replace("_", " ")


# the first kind whose pattern is found is the one asked for
_ASKS = {
    Thing.CONTACT: _any(
        r"e?-?mail(?:adresse[nr]?)? telefon(?:nummer(?:et)?)? tlf\.? phone(?:_number)? hjemmeside[n]? website",
        r"ring(?:er|e)?_(?:man|jeg|vi)_til",
    ),
    Thing.CODE: _any(r"\w*(?:nummer|numret|nummeret|number) kode[nr]? \w*koden code reference \w*(?:nr|no)\."),
    Thing.AMOUNT: _any(
        r"koste[rt]? \w*pris(?:en)? beløb(?:et)? \w*gebyr(?:et)? løn(?:nen)? \w*leje[n]? betale[rs]? hvor_mange_penge",
        r"costs? \w*price \w*fee fine salary paid pay rent charged how_much_(?:does|do|is|are|was|will)",
    ),
    Thing.DATE: _any(
        r"hvornår når_(?:er|skal|får|blir|starter|kan|må) hvilke[nt]?_(?:dato|dag|år|måned|uge)",
        r"deadline \w*frist(?:en)?",
        r"klokken åbningstid\w* when wh(?:at|ich)_(?:date|day|year|month|time|century|decade) opening_hours",
    ),
    Thing.REASON: _any(r"hvorfor hvad_skyldes årsag\w* grunnen why what_(?:is|was)_the_(?:reason|cause)"),
    Thing.QUANTITY: _any(
        r"hvor_(?:mange|længe|lenge|meget|mye|langt?|stor[te]?|høj[t]?|høy[t]?|gammel|ofte|tit|sent|tidligt|lavt?|tungt?)",
        r"how_(?:many|much|long|old|often|far|large|big|tall|high|late|early|loud|heavy|soon|fast|wide|deep)",
        r"wh(?:at|ich)_(?:percentage|temperature|number) procent percent",
    ),
    Thing.PERSON: _any(r"hvem kven who whom whose"),
    Thing.STEPS: _any(r"hvordan_(?:\w+_){1,2}(?:jeg|man|vi|du) how_(?:do|can|should|to) hvordan_gør"),
    Thing.LIST: _any(r"hvilke nævn list liste which_\w+s what_\w+s_(?:are|do|did|were) what_are hva_slags"),
    Thing.PLACE: _any(
        r"hvor_(?:\w+r|kan|skal|må|blev|ligge) hvorfra hvorhen hvilke[nt]?_(?:by|land|sted|rum|lokale) adresse[n]?",
        r"where which_(?:city|country|town|place|room) address",
    ),
    Thing.YES_NO: r"^\W*"
    + _any(
        r"må kan skal er har findes gælder bliver får vil kommer bør",
        r"is are does do did can may must has have will was were should",
    ),
    Thing.DEFINITION: r"^\W*" + _any(r"hvad_(?:er|betyder|vil) hva_(?:er|betyr) what_(?:is|does|are) define"),
}
_QUESTION_FORMS = {thing: re.compile(pattern, re.IGNORECASE) for thing, pattern in _ASKS.items()}
_CURRENCY = (
    r"kr\.? kroner dkk eur usd gbp nok sek euro pounds? dollars? mio\.? million mia\.? øre cents? pence".replace(
        " ", "|"
    )
)
_LENGTHS = r"dage?|days?|uger?|weeks?|måned\w*|months?|timer?|hours?|minutter|minutes|år|years?"
_NAME = r"[A-ZÆØÅÄÖÉ][\w'-]+"
_INSIDE = r"(?<![.!?]\s)(?<!^)"  # not at the beginning of a sentence, where every word has a capital


@cache
def _answer_forms() -> Mapping[Thing, re.Pattern[str]]:
    # made when first asked for: the names of the months take a while to load
    patterns = {
        Thing.CONTACT: r"\S@\S|\bwww\.|https?://|(?:\d[\s-]?){7,}",
        Thing.CODE: r"\b(?=\w*\d)[\w./-]{3,}|\d{2,}",
        Thing.AMOUNT: rf"[€$£]\s?\d|\d\s?(?:{_CURRENCY})(?!\w)|\b(?:{_CURRENCY})\s?\d|\d[.,]\d\d\b|\d,-|"
        + _any("gratis free no_charge"),
        Thing.DATE: _any(
            " ".join(months.numbers()),
            r"\d{1,2}[-./:]\d{1,2}\S* (?:1[5-9]|20)\d\d kl\.?_?\d\S* (?:uge|week)_\d+ den_\d+\.? \d{1,2}_?[ap]m",
            r"\w+dag(?:en|e)? (?:mon|tues|wednes|thurs|fri|satur|sun)days?",
            rf"\d+_?(?:{_LENGTHS})",
        ),
        Thing.REASON: _any(
            r"fordi da eftersom derfor skyldes årsag\w* grund så ellers ettersom",
            r"because since due_to so_that cause\w* reason\w* as otherwise therefore",
        ),
        Thing.QUANTITY: r"\d|"
        + _any(
            r"en_gang to tre fire fem seks syv otte ni ti elleve tolv tyve hundrede halvdelen ingen hver",
            r"one two three four five six seven eight nine ten eleven twelve twenty half none every dozen hundred",
        ),
        Thing.PERSON: rf"{_INSIDE}\b{_NAME}(?:\s(?:de|van|von|af|el|bin)\b)?(?:\s[A-ZÆØÅÄÖÉ]\.?[\w'-]*)+|:\s{_NAME}",
        Thing.PLACE: rf"{_INSIDE}\b{_NAME}|" + _any("på i ved under bag over til in at on behind near"),
    }
    cased = (Thing.PERSON, Thing.PLACE)
    return {thing: re.compile(form, 0 if thing in cased else re.IGNORECASE) for thing, form in patterns.items()}


def asked_for(question: str) -> Thing:
    """The first kind whose form the question has."""
    return next((thing for thing, form in _QUESTION_FORMS.items() if form.search(question)), Thing.OTHER)


def holds(text: str, thing: Thing) -> bool | None:
    """Whether a text holds a thing of that kind; None where no form tells."""
    form = _answer_forms().get(thing)
    return None if form is None else form.search(text) is not None
