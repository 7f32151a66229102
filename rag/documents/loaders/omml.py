"""Formulas of office documents (OMML: ECMA-376-1, 22.1) on one line: (a−b)/c, √2, 10⁻³, ∑ᵢ₌₁ⁿ xᵢ.

Only what stands in it would be another number: one half is stored as a 1 and a 2.
"""

import re
from collections.abc import Callable
from typing import Any

from rag.documents.loaders.raised import subscript, superscript

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
FORMULAS = frozenset((f"{MATH}oMath", f"{MATH}oMathPara"))
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEFT_OUT = frozenset((f"{_WORD}del", f"{_WORD}moveFrom"))
_SIMPLE = re.compile(r"[√∛∜]?[\w.,%°′″]*")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "|": "|", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
_DEFAULT_NARY = "∫"


def linear(element: Any) -> str:
    """The text of a formula, or of any part of it."""
    tag = element.tag
    if not isinstance(tag, str) or tag.endswith("Pr") or tag in _LEFT_OUT:
        return ""
    if tag in (f"{MATH}t", f"{_WORD}t"):
        return str(element.text or "")
    write = _WRITERS.get(tag.removeprefix(MATH))
    return "".join(map(linear, element)) if write is None else write(element)


def _part(element: Any, name: str) -> str:
    part = element.find(f"{MATH}{name}")
    return "" if part is None else linear(part).strip()


def _property(element: Any, path: str, otherwise: str) -> str:
    """The value of a property; `otherwise` where the file does not set it."""
    found = element.find("/".join(f"{MATH}{name}" for name in path.split("/")))
    return otherwise if found is None else str(found.get(f"{MATH}val", ""))


def _one(text: str) -> str:
    """`text` as one operand: in brackets unless it is a name, a number or in brackets already."""
    return text if _SIMPLE.fullmatch(text) or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    """Whether the bracket that begins a text is closed by the one that ends it."""
    close = _BRACKETS.get(text[:1])
    if close is None or len(text) < 2 or text[-1] != close:
        return False
    depth = 0
    for n, sign in enumerate(text):
        if sign == text[0] and (sign != close or n == 0):
            depth += 1
        elif sign == close:
            depth -= 1
        if depth == 0:
            return n == len(text) - 1
    return False


def _fraction(element: Any) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    if _property(element, "fPr/type", "bar") == "noBar":  # as in binomials
        return f"{above}¦{below}"
    return f"{_one(above)}/{_one(below)}"


def _root(element: Any) -> str:
    degree = _part(element, "deg")
    return f"{superscript(degree) if degree not in ('', '2') else ''}√{_one(_part(element, 'e'))}"


def _power(element: Any) -> str:
    return _one(_part(element, "e")) + superscript(_part(element, "sup"))


def _index(element: Any) -> str:
    return _one(_part(element, "e")) + subscript(_part(element, "sub"))


def _index_and_power(element: Any) -> str:
    return _index(element) + superscript(_part(element, "sup"))


def _before(element: Any) -> str:
    return subscript(_part(element, "sub")) + superscript(_part(element, "sup")) + _one(_part(element, "e"))


def _sum(element: Any) -> str:
    sign = _property(element, "naryPr/chr", _DEFAULT_NARY)
    limits = subscript(_part(element, "sub")) + superscript(_part(element, "sup"))
    return f"{sign}{limits} {_part(element, 'e')}"


def _delimited(element: Any) -> str:
    begin = _property(element, "dPr/begChr", "(")
    end = _property(element, "dPr/endChr", ")")
    parts = [linear(part).strip() for part in element.findall(f"{MATH}e")]
    return begin + _property(element, "dPr/sepChr", "|").join(parts) + end


def _function(element: Any) -> str:
    name, of = _part(element, "fName"), _part(element, "e")
    return f"{name}{of}" if _is_bracketed(of) else f"{name} {of}" if _SIMPLE.fullmatch(of) else f"{name}({of})"


def _matrix(element: Any) -> str:
    rows = (", ".join(linear(e).strip() for e in row.findall(f"{MATH}e")) for row in element.findall(f"{MATH}mr"))
    text = "; ".join(rows)
    holder = element.getparent()
    return text if holder is not None and _stands_alone_in_brackets(holder) else f"[{text}]"


def _stands_alone_in_brackets(holder: Any) -> bool:
    outer = holder.getparent()
    return outer is not None and outer.tag == f"{MATH}d" and sum(not str(e.tag).endswith("Pr") for e in holder) == 1


def _equations(element: Any) -> str:
    return "; ".join(linear(e).strip().replace("&", "") for e in element.findall(f"{MATH}e"))


def _below(element: Any) -> str:
    return _part(element, "e") + subscript(_part(element, "lim"))


def _above(element: Any) -> str:
    return _part(element, "e") + superscript(_part(element, "lim"))


def _accent(element: Any) -> str:
    text = _part(element, "e")
    sign = _property(element, "accPr/chr", "\u0302")
    return text + sign if len(text) == 1 else f"{_one(text)}{sign}"


def _bar(element: Any) -> str:
    sign = "\u0332" if _property(element, "barPr/pos", "bot") == "bot" else "\u0305"
    return "".join(letter + sign for letter in _part(element, "e"))


_WRITERS: dict[str, Callable[[Any], str]] = {
    "acc": _accent,
    "bar": _bar,
    "d": _delimited,
    "eqArr": _equations,
    "f": _fraction,
    "func": _function,
    "limLow": _below,
    "limUpp": _above,
    "m": _matrix,
    "nary": _sum,
    "rad": _root,
    "sPre": _before,
    "sSub": _index,
    "sSubSup": _index_and_power,
    "sSup": _power,
}
