"""Markdown -> one page, as written but for the signs of `markdown_signs`. Headings are parsed, not guessed."""

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.core.errors import NothingReadable
from rag.documents.loaders.markdown_signs import with_signs
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.text import read_text

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_MAX_TITLE = 200  # characters


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    The title is that of the front matter, else the first heading of level 1. Raises as `text.read`,
    and NothingReadable where all of it is struck through.
    """
    source = read_text(path, characters)
    front = _FRONT_MATTER.match(source)
    omissions = Omissions()
    text = with_signs(source, front.end() if front else 0, omissions)
    if not text.strip():
        raise NothingReadable()
    Budget(characters).spend(text)
    send(page=1, of=1, text=text, label=None)
    heading_rows = headings(text)
    title_field = _FRONT_TITLE.search(front[1]) if front else None
    title = (
        title_field[1][:_MAX_TITLE]
        if title_field
        else next((title for level, title, _ in heading_rows if level == 1), None)
    )
    send(headings=[[1, *heading] for heading in heading_rows], title=title, notices=list(omissions.notices()))


def headings(text: str) -> list[tuple[int, str, int]]:
    r"""(level, title without markup, offset) of each heading; "#" in code makes none. Line ends must be "\n"."""
    front = _FRONT_MATTER.match(text)
    # blanked, not cut off, so that line numbers stay: its closing "---" would make a heading of the line above it
    source = re.sub(r"[^\n]", " ", front[0]) + text[front.end() :] if front else text
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    tokens = MarkdownIt("commonmark").parse(source)
    rows = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.map is not None:
            title = " ".join(_words_of(inline.children or ()).split())[:_MAX_TITLE]
            start = starts[token.map[0]]
            indent = re.compile(r"[ \t]*").match(source, start)
            if title:
                rows.append((int(token.tag[1:]), title, indent.end() if indent else start))
    return rows


def _words_of(tokens: Sequence[Token]) -> str:
    return "".join(
        _words_of(token.children) if token.children else (" " if token.type.endswith("break") else token.content)
        for token in tokens
        if token.type != "html_inline"
    )
