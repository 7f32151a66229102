"""Texts in which ¦ stands where a reader ends one sentence and begins another."""

from pathlib import Path

from rag.core.text.sentences import sentences

CUT = "¦"


def unmarked(text: str) -> tuple[str, set[int]]:
    """The text without its marks, and where its sentences end, without the last."""
    plain, ends = "", set()
    *pieces, last = text.split(CUT)
    for piece in pieces:
        plain += piece
        ends.add(len(plain.rstrip()))
    return plain + last, ends


def found(text: str, language: str) -> set[int]:
    """Where `sentences` ends sentences, without the last."""
    return {end for _, end in sentences(text, language)[:-1]}


def shown(text: str, ends: set[int]) -> str:
    """The text with a mark at each end."""
    starts = [0, *sorted(ends)]
    return CUT.join(text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
