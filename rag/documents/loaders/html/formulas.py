"""MathML -> a formula in one line that keeps its bars, roots and powers: (a + b)/2, √(x + 1), 10⁻³, x̄."""

import re
from collections.abc import Callable
from typing import Any

from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.raised import subscript, superscript

_ROWS = frozenset(("math", "mrow", "mstyle", "mpadded", "merror", "menclose", "mtd", "mscarries"))
_WORDS = frozenset(("mi", "mn", "mo", "mtext", "ms"))
_SILENT = frozenset(("annotation", "annotation-xml", "mphantom", "none", "mprescripts", "maligngroup", "malignmark"))
_UNSEEN = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))  # function application and invisible operators
_BETWEEN = frozenset("=+-−±×÷·<>≤≥≈≠∝→⇒⇔∈∪∩∧∨")
_OPENING = frozenset("([{|⟨,;")
_ACCENTS = {
    **dict.fromkeys("¯‾―_\u0304\u0305", "\u0304"),
    **dict.fromkeys("^ˆ\u0302", "\u0302"),
    **dict.fromkeys("~˜\u0303", "\u0303"),
    **dict.fromkeys("→⃗", "\u20d7"),
    **dict.fromkeys("˙.\u0307", "\u0307"),
    **dict.fromkeys("¨\u0308", "\u0308"),
}
_OVERLINE = "\u0305"  # joins to one bar over several letters
_SIMPLE = re.compile(r"[√∛∜]?[^\W_]*[\w.,%°′₀-₉⁰-⁹\u0300-\u036f]*")
_PRIMES = frozenset("′″‴*†°'")


def linear(element: Any) -> str:
    """The formula of a <math> element in one line, by its presentation markup; "" for one that shows nothing."""
    return one_line(_text(element))


def _name(element: Any) -> str:
    return element.tag.rpartition(":")[2].rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _text(element: Any) -> str:
    name = _name(element)
    if not name or name in _SILENT:
        return ""
    if name in _WORDS:
        return " ".join("".join(element.itertext()).translate(_UNSEEN).split())
    if name == "mspace":
        return " "
    children = [child for child in element if _name(child)]
    if name in ("semantics", "maction"):
        return _text(children[0]) if children else ""
    if name == "mfenced":
        inside = f"{(element.get('separators') or ',')[:1]} ".join(map(_text, children))
        return f"{element.get('open', '(')}{inside}{element.get('close', ')')}"
    if name == "mtable":
        return "; ".join(", ".join(_row(list(cell)) for cell in row if _name(cell)) for row in children)
    if name == "msqrt" or (name == "menclose" and "radical" in (element.get("notation") or "")):
        return f"√{_grouped(_row(children))}"
    if name == "mmultiscripts":
        return _scripts(list(children))
    if name in _SCRIPTED and len(children) >= 2:
        return _SCRIPTED[name](*map(_text, children[:3]))
    if name == "mfrac" and len(children) == 2:
        above, below = map(_text, children)
        if re.match(r"0(?:\.0*)?[a-z]*$", element.get("linethickness") or ""):
            return f"({above} over {below})"
        return f"{_grouped(above)}/{_grouped(below)}"
    return _row(children)


def _row(children: list[Any]) -> str:
    line = ""
    for child in children:
        text = _text(child)
        if not text:
            continue
        before = line.rstrip()[-1:]
        if _name(child) == "mo" and text in _BETWEEN and before and before not in _OPENING and before not in _BETWEEN:
            text = f" {text} "
        elif line and line[-1].isdigit() and text[0].isdigit():
            line += " "  # 2 1/2 is not 21/2
        line += text
    return line


def _grouped(text: str) -> str:
    """`text` in brackets, unless it is one number, name or bracket."""
    text = text.strip()
    if _SIMPLE.fullmatch(text) or (text[:1] == "(" and text[-1:] == ")" and ")" not in text[:-1]):
        return text
    return f"({text})"


def _raised(base: str, above: str) -> str:
    bare = above.replace(" ", "")
    sign = above if bare and set(bare) <= _PRIMES else superscript(bare)
    return f"{_grouped(base) if bare else base}{sign}"


def _lowered(base: str, below: str) -> str:
    return f"{base}{subscript(below.replace(' ', ''))}"


def _over(base: str, above: str) -> str:
    accent = _ACCENTS.get(above)
    if accent is None:
        return _raised(base, above)
    if len(base) == 1:
        return base + accent
    if accent == "\u0304" and len(base) < 12:
        return "".join(letter + _OVERLINE for letter in base if letter != " ")
    return f"{_grouped(base)}{accent}"


def _both(base: str, below: str, above: str = "") -> str:
    return _lowered(base, below) + superscript(above.replace(" ", ""))


def _root(base: str, index: str = "") -> str:
    return f"{superscript(index)}√{_grouped(base)}"


_SCRIPTED: dict[str, Callable[..., str]] = {
    "msup": lambda base, above, *_: _raised(base, above),
    "msub": lambda base, below, *_: _lowered(base, below),
    "mover": lambda base, above, *_: _over(base, above),
    "munder": lambda base, below, *_: base + "\u0332" if below in "_̲" and len(base) == 1 else _lowered(base, below),
    "msubsup": _both,
    "munderover": _both,
    "mroot": _root,
}


def _scripts(children: list[Any]) -> str:
    """The base of <mmultiscripts> with pairs of lowered and raised signs behind it, and those in front of it."""
    if not children:
        return ""
    base, before, signs = _text(children[0]), "", ""
    is_before = False
    pair: list[str] = []
    for child in children[1:]:
        if _name(child) == "mprescripts":
            is_before, pair = True, []
            continue
        pair.append(_text(child))
        if len(pair) == 2:
            written = subscript(pair[0]) + superscript(pair[1])
            before, signs = (before + written, signs) if is_before else (before, signs + written)
            pair = []
    return f"{before}{base}{signs}"
