"""Clauses and codes that a question names, and the share of them that a passage has. Pure.

"What does section 5.3 say" is about the passage with a line that begins with 5.3, whatever else it means; "krav FK-04"
is about one with that code. A plain number, as a year or an amount, refers to nothing.
"""

import re
from collections.abc import Sequence

_SUBCLAUSE = r"stk|stykke|ledd|litra"
_CLAUSE = (
    r"punkt|pkt|afsnit|kapitel|paragraf|artikel|klausul|bilag|trin|krav|kapittel|avsnitt|vedlegg"
    r"|section|clause|article|chapter|paragraph|item|point|annex|appendix|step|requirement"
)
_NUMBER = r"\d{1,3}[a-z]?(?:\.\d{1,3}[a-z]?){0,4}"
_END = r"(?![\w%‰])(?![.,:/-]\d)"
_NAMED = re.compile(
    rf"(?:(?<!\w)(?P<kind>{_CLAUSE}|{_SUBCLAUSE})\.?\s+(?:nr\.?\s+|no\.?\s+)?|(?P<sign>§+)\s*)(?P<number>{_NUMBER}){_END}"
)
_UNIT = r"\s*(?:(?:kr|kg|g|m|cm|mm|km|l|dl|ml|w|kw|v|gb|mb|pct|mio|million|percent)\b|[%‰°€$£])"
_DOTTED = re.compile(rf"(?<![\w.,:/§-])(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{1,4}}){_END}(?!{_UNIT})")
_NO_CLAUSE = re.compile(r"(?:\b(?:version|release|v|kl|udgave|edition)\.?|[€$£])\s*\Z")
"""What stands before a number with a point that is the number of something else, or a time."""
_CODE = re.compile(r"(?<![\w-])[^\W\d_]{1,6}[-‑./]?\d\w*(?:[-‑./]\w+)*")
_DASHES = str.maketrans("‑–", "--")


class References:
    """What one question refers to by its number or code, to look for in many passages."""

    def __init__(self, question: str) -> None:
        folded = question.casefold().translate(_DASHES)
        patterns = []
        spans = []
        for named in _NAMED.finditer(folded):
            patterns.append(_line_with(named["number"], named["kind"] or ""))
            spans.append(named.span())
        for dotted in _DOTTED.finditer(folded):
            if not _NO_CLAUSE.search(folded[: dotted.start()]) and not _within(dotted.start(), spans):
                patterns.append(_line_with(dotted["number"], ""))
        codes = {code[0] for code in _CODE.finditer(folded) if not _within(code.start(), spans)}
        patterns += [rf"(?<![\w-]){re.escape(code)}(?![\w-]|[./]\d)" for code in sorted(codes)]
        self._patterns = [re.compile(pattern, re.MULTILINE) for pattern in dict.fromkeys(patterns)]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def share(self, text: str, heading_path: Sequence[str] = ()) -> float:
        """The share (0..1) of what the question refers to that a passage has; 0 where it refers to nothing."""
        if not self._patterns:
            return 0.0
        folded = "\n".join((*heading_path, text)).casefold().translate(_DASHES)
        return sum(pattern.search(folded) is not None for pattern in self._patterns) / len(self._patterns)


def _line_with(number: str, kind: str) -> str:
    """The pattern of a line that begins with a clause; a number without points needs more than that."""
    begins = r"^[ \t•*#>-]*(?:[^\W\d_][\w. ]{0,20}:\s+)?"
    if re.fullmatch(_SUBCLAUSE, kind):
        return rf"(?:{begins}|[.)]\s)(?:{_SUBCLAUSE})\.?\s+{re.escape(number)}{_END}"
    before = rf"(?:§+\s*|(?:{_CLAUSE})\.?\s+(?:nr\.?\s+|no\.?\s+)?)"
    if "." in number:
        return rf"{begins}{before}?{re.escape(number)}{_END}"
    return rf"{begins}(?:{before}{re.escape(number)}{_END}|{re.escape(number)}(?:[.)]|[ \t]+(?=[^\W\d_]{{3}})))"


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
