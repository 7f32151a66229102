"""What a cell of a table, a field or a line of a block is, by its text alone. Pure functions."""

import re
from collections.abc import Sequence
from itertools import pairwise

_MONTH = (
    r"(?:jan(?:uary?)?|feb(?:ruary?)?|mar(?:ts|ch)?|apr(?:il)?|ma[jy]|jun[ie]?|jul[iy]?|aug(?:ust)?|sept?(?:ember)?"
    r"|o[kc]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PERIODS = (
    ("year", re.compile(r"(?:FY ?|år )?(?:19|20)\d\d(?:\s?[/–-]\s?\d{2,4})?\s?[EFB*†]?", re.I)),
    (
        "date",
        re.compile(
            rf"\d{{1,2}}[./-]\s?(?:\d{{1,2}}|{_MONTH})(?:[./ -]\s?(?:\d{{4}}|\d\d))?"
            rf"|{_MONTH} \d{{1,2}},? \d{{4}}|\d{{4}}-\d\d-\d\d",
            re.I,
        ),
    ),
    ("quarter", re.compile(r"(?:[QHK][1-4]|[1-4]\. ?(?:kvt|kvartal|halvår)\.?)(?:\s.{2,7})?", re.I)),
    ("month", re.compile(rf"{_MONTH}(?: \d{{2,4}})?", re.I)),
    ("share", re.compile(r"\d+(?:[.,]\d+)? ?%")),
    ("measure", re.compile(r"\d+(?:[.,]\d+)? ?(?:kg|g|mm|cm|m|km|l|ml|cl|stk|pcs|lb|oz|in|ft|W|kW|V|A|GB|TB)\.?")),
)
TIMES = frozenset(("year", "date", "quarter", "month"))
"""The kinds of `period` that are times."""
_FIGURE = re.compile(
    r"(?:[$€£¥]|kr\.?|DKK|EUR|USD)? ?[-+−(]*\s?(?:[$€£¥] ?)?\d[\d.,\s']*[)%]*(?:,-)?\s?"
    r"(?:kr\.?|DKK|EUR|USD|,-|%|[^\W\d_]{1,3}\.?)?|[-–—−]+",
    re.I,
)
_FIELD = re.compile(r"[^\W\d][^:|]{0,38}[:][ \t]+\S|(?:side|page) \d", re.I)
# the lines of an address or of a way to reach someone, complete in themselves
_CONTACT = re.compile(
    r"(?:[A-Z]{1,2}-)?\d{4,5} [A-ZÆØÅÄÖ][\w.]+(?: [A-ZÆØÅÄÖ]{1,2})?$|.*\b[A-Z]{2} \d{5}(?:-\d{4})?$"
    r"|(?:CVR|SE|VAT|Org|Tlf|Tel|Telefon|Phone|Mobil|Mobile|Fax|E-?mail|Att|Web)\b[\w./ -]*:?\.? .*\d{4}"
    r"|(?:Att|Attn)\b|\S+@\S+\.\w+$|www\.\S+$",
    re.I,
)
_POSTAL = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,5} [A-ZÆØÅÄÖ][\w.]+(?: [A-ZÆØÅÄÖ]{1,2})?$|.*\b[A-Z]{2} \d{5}(?:-\d{4})?$")
_SIGNATURE = re.compile(r"(?:dato|date|underskrift|signature)?:? ?[_.…]{6,}.*", re.I)
_SHARE = re.compile(r"\d+(?:[.,]\d+)? ?%")
_TOKEN = re.compile(r"\d[\d.,]*|[A-ZÆØÅÄÖ]\w*|\w+|[^\w\s]")


def is_figure(text: str) -> bool:
    """A number, an amount, a share or a dash that stands for none; not a date or a time."""
    return _FIGURE.fullmatch(text) is not None


def period(text: str) -> str | None:
    """What kind of name for a column of figures a text with digits is: "year", "date", "share" …; None for another."""
    return next((kind for kind, pattern in _PERIODS if pattern.fullmatch(text)), None)


def is_field(text: str) -> bool:
    """Whether a line has its label in itself: "Fakturanr.: 20417"."""
    return _FIELD.match(text) is not None


def label_of(text: str) -> str:
    """The label in front of a field; "" for another text."""
    return text.partition(":")[0] if is_field(text) else ""


def is_label(text: str) -> bool:
    """Whether a text names what stands beside it: a few words without figures, save for a share."""
    text = _SHARE.sub("", text)
    return len(text.split()) <= 5 and len(text) <= 40 and not any(map(str.isdigit, text)) and text[:1].isalpha()


def is_signature(text: str) -> bool:
    """A line to sign on."""
    return _SIGNATURE.fullmatch(text) is not None


def is_address(texts: Sequence[str]) -> bool:
    """Whether lines below each other are one address, and not the cells of a column of towns."""
    postal = sum(_POSTAL.match(text) is not None for text in texts)
    contact = sum(_CONTACT.match(text) is not None for text in texts)
    return len(texts) > 2 and 0 < contact < len(texts) and (postal == 1 or (postal < 2 and contact > 1))


def form(text: str) -> str:
    """A text's outline: equal for "8000 Aarhus C" and "5000 Odense C". "" for a figure, which says nothing."""
    if is_figure(text):
        return ""
    return " ".join(
        "9" if token[0].isdigit() else "A" if token[0].isupper() else "a" if token[0].isalpha() else token
        for token in _TOKEN.findall(text)
    )


def are_parallel(rows: Sequence[Sequence[str]]) -> bool:
    """Whether cells are like the ones beside them, and unlike those below: blocks side by side, line for line."""
    columns = [[text for text in column[1:] if text] for column in zip(*rows, strict=True)]
    if any(column and 2 * sum(map(is_figure, column)) >= len(column) for column in columns):
        return False
    across = [
        form(one) == form(other)
        for row in rows
        for one, other in pairwise(row)
        if one and other and (form(one) or form(other))
    ]
    down = [
        form(one) == form(other)
        for upper, lower in pairwise(rows)
        for one, other in zip(upper, lower, strict=True)
        if one and other
    ]
    return (
        len(across) > 1 and sum(across) >= 0.6 * len(across) and 2 * sum(down) * len(across) <= sum(across) * len(down)
    )
