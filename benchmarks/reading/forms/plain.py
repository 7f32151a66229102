"""Text, Markdown, delimited text and RTF."""

from __future__ import annotations

import csv as delimited
import io
from collections.abc import Sequence

from benchmarks.reading.blocks import Block, Heading, Paragraph, Table, placed, runs

_RTF = {"": "", "raised": r"\super ", "lowered": r"\sub ", "struck": r"\strike "}
_MARKDOWN = {"": "{}", "raised": "<sup>{}</sup>", "lowered": "<sub>{}</sub>", "struck": "~~{}~~"}


def txt(blocks: Sequence[Block]) -> bytes:
    parts = []
    for block in blocks:
        if isinstance(block, Table):
            parts.append("\n".join("\t".join(text for _, _, text in placed(row)) for row in block.rows))
        else:
            parts.append(block.text)
    return ("\n\n".join(parts) + "\n").encode()


def markdown(blocks: Sequence[Block]) -> bytes:
    parts = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"# {block.text}")
        elif isinstance(block, Paragraph):
            parts.append(_in_markdown(block.text))
        else:
            lines = [f"| {' | '.join(_in_markdown(text) for _, _, text in placed(row))} |" for row in block.rows]
            parts.append("\n".join([lines[0], "|---" * block.columns + "|", *lines[1:]]))
    return ("\n\n".join(parts) + "\n").encode()


def _in_markdown(text: str) -> str:
    return "".join(_MARKDOWN[run.shift].format(run.text) for run in runs(text))


def csv(blocks: Sequence[Block]) -> bytes:
    """With semicolons, as Excel writes it where the comma is the decimal sign."""
    return _delimited(blocks, ";")


def tsv(blocks: Sequence[Block]) -> bytes:
    return _delimited(blocks, "\t")


def _delimited(blocks: Sequence[Block], delimiter: str) -> bytes:
    out = io.StringIO()
    writer = delimited.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for block in blocks:
        if isinstance(block, Table):
            writer.writerows([text for _, _, text in placed(row)] for row in block.rows)
        elif isinstance(block, Paragraph):
            writer.writerow([block.text])
    return out.getvalue().encode()


def rtf(blocks: Sequence[Block]) -> bytes:
    parts = [r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Calibri;}}\f0\fs22 "]
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(rf"\pard\sb240\b\fs32 {escaped(block.text)}\b0\fs22\par ")
        elif isinstance(block, Paragraph):
            parts.append(rf"\pard {_in_rtf(block.text)}\par ")
        else:
            for row in block.rows:
                edges = "".join(rf"\cellx{2000 * (column + width)}" for column, width, _ in placed(row))
                cells = "".join(rf"\pard\intbl {_in_rtf(text)}\cell " for _, _, text in placed(row))
                parts.append(rf"\trowd\trgaph70{edges} {cells}\row ")
    return ("\n".join(parts) + "}").encode("ascii")


def _in_rtf(text: str) -> str:
    return "".join(
        f"{{{_RTF[run.shift]}{escaped(run.text)}}}" if run.shift else escaped(run.text) for run in runs(text)
    )


def escaped(text: str) -> str:
    """Text of an RTF file; what is not ASCII by its number, with "?" for programs that know no Unicode."""
    out = []
    for letter in text:
        if letter in "\\{}":
            out.append("\\" + letter)
        elif letter == "\n":
            out.append(r"\line ")
        elif ord(letter) < 128:
            out.append(letter)
        else:
            units = letter.encode("utf-16-le")
            for n in range(0, len(units), 2):
                code = int.from_bytes(units[n : n + 2], "little")
                out.append(rf"\u{code - 65536 if code > 32767 else code}?")
    return "".join(out)
