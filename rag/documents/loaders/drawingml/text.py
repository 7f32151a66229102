"""Texts of shapes, alternative texts of pictures, and the lines that connect shapes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.omml import FORMULAS, linear
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.runs import FORMULA, LOWERED, RAISED, Run, joined
from rag.documents.loaders.symbol_fonts import has_signs, translate

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRUCK = ("sngStrike", "dblStrike")
# what programs write by themselves says nothing that the author wanted to be found
_NO_ALT = re.compile(
    r"^[^\s/\\]+\.\w{2,5}$|^(?:picture|billede|image|graphic|grafik)\s*\d*$"
    r"|automatically generated|automatisk genereret|ai-generated|ai-genereret|genereret af kunstig",
    re.IGNORECASE,
)
_DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_MOST_LABELS, _LONGEST_LABEL = 3, 40  # lines, characters
_MOST_WORDS = 4
_LONGEST_NAME = 100  # characters
_SMALLEST = 900_000
"""EMU (2.5 cm): a picture that is smaller in any direction is a logo or an icon and holds no text to speak of."""


def paragraph(element: Any, omissions: Omissions, page: int = 1) -> str:
    """The text of an a:p; with line breaks. Struck text is left out and counted."""
    return joined(_runs(element, omissions, page))


def paragraphs(body: Any, omissions: Omissions, page: int = 1) -> list[str]:
    """The paragraphs of a shape's text that are not empty, in order."""
    texts = (paragraph(element, omissions, page) for element in body.iter(f"{A}p"))
    return [text for text in texts if text.strip()]


def _runs(element: Any, omissions: Omissions, page: int) -> Iterator[Run]:
    for child in element:
        tag = child.tag
        if tag in (f"{A}r", f"{A}fld"):
            yield from _run(child, omissions, page)
        elif tag == f"{A}br":
            yield "\n", ""
        elif tag in FORMULAS:
            yield linear(child).strip(), FORMULA
        elif tag == f"{MC}AlternateContent":
            for newer in child.findall(f"{MC}Choice")[:1]:
                yield from _runs(newer, omissions, page)
        elif isinstance(tag, str) and tag.endswith("}m"):  # a14:m, which only holds a formula
            yield from _runs(child, omissions, page)


def _run(run: Any, omissions: Omissions, page: int) -> Iterator[Run]:
    text = run.findtext(f"{A}t") or ""
    properties = run.find(f"{A}rPr")
    if properties is None:
        yield text, ""
        return
    if properties.get("strike") in _STRUCK:
        if text.strip():
            omissions.add("struck", page)
        return
    raise_by = properties.get("baseline", "0").rstrip("%")
    how = "" if raise_by.lstrip("-0") == "" else LOWERED if raise_by.startswith("-") else RAISED
    yield _signs(text, properties), how


def _signs(text: str, properties: Any) -> str:
    """The signs that text in a symbol font shows: the arrow that PowerPoint makes of "-->" is an "à"."""
    letters, signs = (_typeface(properties, name) for name in ("latin", "sym"))
    if has_signs(letters):
        return translate(text, letters)
    # the run may have letters as well, in the font for letters
    return translate(text, signs, private=len(text.strip()) > 1)


def _typeface(properties: Any, kind: str) -> str | None:
    font = properties.find(f"{A}{kind}")
    return None if font is None else font.get("typeface")


def alt_text(properties: Any) -> str:
    """The alternative text that an author wrote into the properties of a picture (cNvPr, docPr); "" for none."""
    for name in ("descr", "title"):
        text = one_line(properties.get(name, ""))
        if is_description(text):
            return text
    return ""


def is_description(text: str) -> bool:
    """Whether an alternative text says more than a file's name or what a program makes up."""
    return bool(text) and _NO_ALT.search(text) is None


def may_hold_text(properties: Any, width: int, height: int) -> bool:
    """Whether a picture, of a size in EMU, may show text: it is not small and not marked as decoration."""
    decorative = properties.find(f".//{_DECORATIVE}")
    is_decoration = decorative is not None and decorative.get("val") in ("1", "true")
    return not is_decoration and min(width, height) >= _SMALLEST


def emu(length: str | None) -> int:
    """A length as drawings write it, in EMU; 0 where it is none."""
    return int(length) if length and length.isdecimal() and len(length) < 12 else 0


def box_line(texts: Iterable[str]) -> str:
    """The short lines of one box as one, so that a name and its label stay together: "Ida Lund, Produktchef"."""
    return ", ".join(filter(None, (one_line(line).rstrip(" ,") for text in texts for line in text.splitlines())))


def is_label(texts: Iterable[str]) -> bool:
    """Whether the texts of a box are a name and a label or two, as in an organisation chart, and no prose or list."""
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    if not 1 < len(lines) <= _MOST_LABELS:
        return False
    return all(
        len(line) <= _LONGEST_LABEL and len(line.split()) <= _MOST_WORDS and line[-1] not in ".:;?!" for line in lines
    )


def connections(tree: Any, texts: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each connector whose two ends are fixed to boxes with text: "A → B".

    tree: what holds the connectors. texts: of the boxes, by the id of their shape. The box that a line leads from is
    called by its first line; the other with its label, so that each line says who or what is there.
    """
    lines: list[str] = []
    for connector in tree.iter("{*}cxnSp", "{*}cNvCnPr"):
        start, end = (connector.find(f".//{A}{name}") for name in ("stCxn", "endCxn"))
        if start is None or end is None:
            continue
        first, second = texts.get(start.get("id", ""), ()), texts.get(end.get("id", ""), ())
        if not first or not second:
            continue
        at_start, at_end = (_has_arrow(connector, name) for name in ("headEnd", "tailEnd"))
        if at_start and not at_end:
            first, second = second, first
        line = f"{_name(first)} {'↔' if at_start and at_end else '→'} {_label(second)}"
        if line not in lines:
            lines.append(line)
    return lines


def _name(texts: Sequence[str]) -> str:
    return next(filter(None, (one_line(line) for text in texts for line in text.splitlines())), "")[:_LONGEST_NAME]


def _label(texts: Sequence[str]) -> str:
    return box_line(texts) if is_label(texts) else _name(texts)


def _has_arrow(connector: Any, name: str) -> bool:
    end = connector.find(f".//{A}ln/{A}{name}")
    return end is not None and end.get("type", "none") != "none"
