"""What must stand in the text of a file, what must not, and how a reader's text is held against it. Pure.

Readers write the same thing in different ways: a raised 2 as "²", "^2" or "<sup>2</sup>", a row of a table as
"Region: Nord | 2022: 1.350" or as a line of a Markdown table below its header. All of these are right; helpers of this
module say what may be written.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_SUPERSCRIPTS = str.maketrans("0123456789-−+abnth", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺ᵃᵇⁿᵗʰ")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_STRUCK = re.compile(r"~~.+?~~|<(s|del|strike)>.+?</\1>", re.DOTALL)
_EMPHASIS = re.compile(r"\*\*|__|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|</?(?:b|i|u|em|strong|p|br)\s*/?>")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&])")
_EDGES = re.compile(r"^\s*\||\|\s*$")
_LINK = re.compile(r"\[([^\[\]]*[^\W\d_][^\[\]]*)\]\([^()\s]*\)")
"""With a letter in its text: a number in brackets is the mark of a note."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

Pattern = str | re.Pattern[str]
"""A string stands in a text as it is, white space aside; an expression is searched in the text with single spaces."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a table that can be told from the text alone: which row it is of, and the names above its column.

    columns: a part of each name, the uppermost first; empty where the table has no header.
    """

    row: str
    columns: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Form:
    """Something that can be written in several ways. said: the right text, for people; pattern: all that it may be."""

    said: str
    pattern: re.Pattern[str]


Expected = Pattern | Form | Cell | tuple[Pattern | Form | Cell, ...]
"""A tuple: any of them will do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and what a reader of its text has to find.

    name: the format, a slash, and the name of the file. must: has to stand there. must_not: stands in no right text.
    noticed: what cannot be read, or is left out on purpose, and has to be said: an expression for the notice's words.
    whole: has to stand in one sentence. nested: documents in the document are read as well.
    """

    name: str
    data: bytes
    must: tuple[Expected, ...] = ()
    must_not: tuple[Pattern, ...] = ()
    noticed: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    nested: bool = False

    @property
    def format(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a file. sentences: None where it cuts none. failed: why there is no text, in words."""

    text: str
    seconds: float
    notices: tuple[str, ...] = ()
    sentences: tuple[str, ...] | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was not right: descriptions of what is asked for; each is empty where all is."""

    lost: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    unnoticed: tuple[str, ...] = ()
    cut: tuple[str, ...] = field(default=())


def judged(sample: Sample, reading: Reading) -> Verdict:
    """Hold what was read against what is asked of the file.

    A reader without sentences is not asked for whole ones. One that has them shows single sentences, a row of a table
    among them, so that a row has to say alone what its values are; of the others it is enough that the header stands
    above the rows, in columns.
    """
    alone = reading.sentences is not None
    plain = plainly(reading.text)
    flat = one_line(plain)
    # a thing that is read need not be noticed; a refusal in words is a notice, too
    said = one_line(" ".join([*reading.notices, reading.failed]))
    sentences = [one_line(plainly(sentence)) for sentence in reading.sentences or ()]
    return Verdict(
        lost=tuple(described(one) for one in sample.must if not stands(one, plain, flat, alone=alone)),
        invented=tuple(described(one) for one in sample.must_not if _found(one, flat)),
        unnoticed=tuple(one for one in sample.noticed if not re.search(one, said, re.IGNORECASE)),
        cut=()
        if reading.sentences is None
        else tuple(one for one in sample.whole if not any(one_line(one) in sentence for sentence in sentences)),
    )


def stands(expected: Expected, plain: str, flat: str, *, alone: bool) -> bool:
    """Whether it stands in a text, given with its lines and as a single one. alone: see `judged`."""
    if isinstance(expected, Cell):
        return in_table(expected, plain, alone=alone)
    if isinstance(expected, Form):
        return expected.pattern.search(flat) is not None
    if isinstance(expected, tuple):
        return any(stands(one, plain, flat, alone=alone) for one in expected)
    return _found(expected, flat)


def plainly(text: str) -> str:
    """A text without the marks and links of Markdown, escapes, invisible characters, and what is marked as struck."""
    text = unicodedata.normalize("NFC", html.unescape(text))
    text = _INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u202f", " ")
    text = _LINK.sub(r"\1", _STRUCK.sub("", text)).replace("`", "")
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub("", text))


def one_line(text: str) -> str:
    return " ".join(text.split())


def _found(pattern: Pattern, flat: str) -> bool:
    return one_line(pattern) in flat if isinstance(pattern, str) else pattern.search(flat) is not None


def described(expected: Expected) -> str:
    """In words, for a list of misses."""
    if isinstance(expected, Cell):
        return f"{expected.row} / {' / '.join(expected.columns) or '-'} = {expected.value}"
    if isinstance(expected, Form):
        return expected.said
    if isinstance(expected, tuple):
        return described(expected[0])
    return expected if isinstance(expected, str) else f"/{expected.pattern}/"


def in_table(cell: Cell, plain: str, *, alone: bool) -> bool:
    """Whether a reader of the text can tell the cell's row, columns and value, in any of the usual forms."""
    lines = [line.strip(" ") for line in plain.splitlines()]
    return any(
        _labelled(cell, one_line(line))
        or (not alone and any(_below_header(cell, lines, n, split) for split in (_cells, _fields, str.split)))
        for n, line in enumerate(lines)
        if cell.value in line and cell.row in line
    )


def _labelled(cell: Cell, line: str) -> bool:
    """ "Region: Nord | 2022: 1.350": the names stand before the value, and before no other."""
    if not cell.columns:
        return cell.value in _cells(line)
    parts = [one_line(part) for part in line.split(" | ")] if " | " in line else [line]
    for part in parts:
        name, colon, value = part.rpartition(": ")
        if colon and value.strip(" .;,") == cell.value.strip(" .;,") and all(column in name for column in cell.columns):
            return True
    return False


def _cells(line: str) -> list[str]:
    """Of a row of a Markdown table."""
    return [one_line(part) for part in _EDGES.sub("", line).split("|")] if "|" in line else []


def _fields(line: str) -> list[str]:
    """Of a row of delimited text that is left as it is."""
    return [one_line(part) for part in re.split("[;\t]", _EDGES.sub("", line))] if re.search("[;\t]", line) else []


def _below_header(cell: Cell, lines: Sequence[str], n: int, split: Any) -> bool:
    """In columns: a name stands in a line above, over the value or, where it spans columns, over one further left."""
    cells = split(lines[n])
    if cell.value not in cells or (not any(cell.row in one for one in cells) and split is not str.split):
        return False
    for place, found in enumerate(cells):
        if found != cell.value:
            continue
        names = [split(line) for line in lines[max(0, n - 80) : n] if line]
        rows = [row for row in names if len(row) == len(cells)]
        if all(_above(column, rows, place, spans=split is _cells) for column in cell.columns):
            return True
    return False


def _above(name: str, rows: Iterable[Sequence[str]], place: int, *, spans: bool) -> bool:
    for row in rows:
        if name in row[place]:
            return True
        left = [one for one in row[: place + 1] if one]
        if spans and not row[place] and left and name in left[-1]:
            return True
    return False


def raised(before: str, signs: str, after: str = "") -> Form:
    """Raised signs that say the same on the line: "m²", "m^2", "m^(2)", "m<sup>2</sup>", "m^{2}"."""
    return _shifted(before, signs, after, signs.translate(_SUPERSCRIPTS), r"\^", "sup")


def lowered(before: str, signs: str, after: str = "") -> Form:
    """Lowered signs: "x₁", "x_1", "x_(1)", "x<sub>1</sub>"."""
    return _shifted(before, signs, after, signs.translate(_SUBSCRIPTS), "_", "sub")


def _shifted(before: str, signs: str, after: str, unicode: str, mark: str, tag: str) -> Form:
    plain = re.escape(signs).replace(r"\-", "[-−]")
    ways = f"{re.escape(unicode)}|{mark} ?{plain}(?!\\w)|{mark} ?[({{]{plain}[)}}]|<{tag}>{plain}</{tag}>"
    return Form(before + unicode + after, re.compile(f"{re.escape(before)} ?(?:{ways}){re.escape(after)}"))


def marked(before: str, mark: str, after: str = "") -> Form:
    """A note's mark that is set apart from the number before it."""
    sign = mark.translate(_SUPERSCRIPTS)
    signs = (
        f"{sign}|\\^ ?[({{]?{mark}[)}}]?|<sup>{mark}</sup>|\\(?\\[\\^?{mark}\\](?:\\([^)]*\\))?|\\({mark}\\)|{mark}\\)"
    )
    said = f"{before} {sign}{after}"
    return Form(said, re.compile(f"{re.escape(before)} ?(?:{signs}){re.escape(after)}"))


def pair(label: str, value: str) -> Form:
    """A field: the label, then at once its value."""
    return Form(f"{label}: {value}", re.compile(rf"{re.escape(label)}\s?[:|\s.-]*{re.escape(value)}"))


def arrow(start: str, end: str) -> Form:
    """A line between two boxes that has ends."""
    return Form(f"{start} → {end}", re.compile(rf"{re.escape(start)} ?(?:→|->|=>|--+>) ?{re.escape(end)}"))
