"""Markdown as written -> Markdown whose numbers and tables say what a reader of the page sees.

Struck text is left out, raised and lowered text and the marks of notes become signs, and rows of tables carry the names
of their columns. Code stays as it is, and so does all else.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.raised import note_mark, subscript, superscript
from rag.documents.loaders.table_text import Row, cell_of, row_lines

# what marks enclose is bounded, so that many that never end do not take for ever
_STRUCK = re.compile(
    r"(?<![\\~])~~(?=[^\s~]).{1,2000}?(?<=\S)~~(?!~)|<(s|del|strike)\b[^>]{0,200}>.{0,2000}?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_RAISED = re.compile(r"(?<![\\^])\^([^\s^\[\]]{1,20})\^|<sup\b[^>]{0,200}>([^<>]{1,60})</sup\s*>", re.IGNORECASE)
_LOWERED = re.compile(r"(?<=\w)~([^\s~]{1,20})~(?!~)|<sub\b[^>]{0,200}>([^<>]{1,60})</sub\s*>", re.IGNORECASE)
_NOTE = re.compile(r"(?<!\\)\[\^([^\]\s]{1,30})\](?!:)")
_NOTE_TEXT = re.compile(r"^( {0,3})\[\^([^\]\s]{1,30})\]:[ \t]*", re.MULTILINE)
_NAMELESS = re.compile(r"(?<!\\)!\[\s*\](?=[(\[])")
_CODE = re.compile(r"(?<!`)(`+)(?!`).{1,2000}?(?<!`)\1(?!`)", re.DOTALL)
_SPACES = re.compile(r"(?<=\S)  +(?=\S)")
_MAX_BLOCK = 100_000
"""Characters; a longer block has no marks that are worth looking for, and takes long to look through."""


def with_signs(text: str, front: int, omissions: Omissions) -> str:
    r"""The text with line ends "\n". front: where its front matter ends, which stays as it is."""
    lines = text[front:].split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text[front:])
    parts = []
    place = 0
    for start, end, replacement in _kept(tokens):
        if start < place:
            continue
        parts += [_blocks("\n".join(lines[place:start]), omissions)] if start > place else []
        own = "\n".join(lines[start:end])
        parts.append(own if replacement is None else _blocks(replacement, omissions))
        place = end
    parts += [_blocks("\n".join(lines[place:]), omissions)] if place < len(lines) else []
    return text[:front] + "\n".join(parts)


def _kept(tokens: list[Token]) -> Iterator[tuple[int, int, str | None]]:
    """The lines of code, with None, and those of tables, with what is to stand in their place."""
    for n, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.type in ("fence", "code_block"):
            yield token.map[0], token.map[1], None
        elif token.type == "table_open" and token.level == 0:
            yield token.map[0], token.map[1], "\n".join(filter(None, row_lines(_rows(tokens[n:]), [0])))


def _rows(tokens: list[Token]) -> list[Row]:
    """The rows of the table that the tokens begin with."""
    rows: list[Row] = []
    cells: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token.content)
        elif token.type == "tr_close":
            rows.append({column: cell_of(text) for column, text in enumerate(cells) if text.strip()})
        elif token.type == "table_close":
            break
    return rows


def _blocks(text: str, omissions: Omissions) -> str:
    """Text without code blocks; marks do not reach over blank lines."""
    parts = re.split(r"(\n[ \t]*\n)", _without_comments(text))
    return "".join(part if n % 2 or len(part) > _MAX_BLOCK else _block(part, omissions) for n, part in enumerate(parts))


def _without_comments(text: str) -> str:
    parts = []
    place = 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[place:start])
        place = end + 3
    return "".join([*parts, text[place:]])


def _block(text: str, omissions: Omissions) -> str:
    parts = []
    place = 0
    for code in _CODE.finditer(text) if "`" in text else ():
        parts += [_changed(text[place : code.start()], omissions), code[0]]
        place = code.end()
    return "".join([*parts, _changed(text[place:], omissions)])


def _changed(text: str, omissions: Omissions) -> str:
    def leave_out(match: re.Match[str]) -> str:
        omissions.add("struck")
        return ""

    for _ in _NAMELESS.finditer(text):
        omissions.add("pictures")
    without = _STRUCK.sub(leave_out, text)
    if without != text:
        text = _SPACES.sub(" ", without)
    text = _NOTE_TEXT.sub(lambda match: f"{match[1]}{note_mark(match[2]).strip()} ", text)
    text = _NOTE.sub(lambda match: note_mark(match[1]), text)
    text = _RAISED.sub(lambda match: superscript(match[1] or match[2]), text)
    return _LOWERED.sub(lambda match: subscript(match[1] or match[2]), text)
