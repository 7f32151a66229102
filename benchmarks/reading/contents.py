"""What a content is that can stand in many formats."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.reading.blocks import Block
from benchmarks.reading.judging import Expected, Pattern

TEXTS = ("html", "docx", "odt", "rtf", "pptx", "odp", "epub", "xlsx", "pdf", "md", "eml", "msg")
TABLES = ("csv", "xlsx", "ods", "docx", "odt", "rtf", "pptx", "html", "epub", "pdf", "md", "eml", "msg")


@dataclass(frozen=True, slots=True)
class Content:
    """name: of the file, without a suffix. formats: those it is written in. The rest as in `Sample`."""

    name: str
    formats: tuple[str, ...]
    blocks: tuple[Block, ...]
    must: tuple[Expected, ...] = ()
    must_not: tuple[Pattern, ...] = ()
    noticed: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


STRUCK = r"struck|crossed|strike|line through"
