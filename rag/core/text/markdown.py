"""A sentence as it is shown: without the marks of lists, headings, tables and emphasis."""

import re

_MARKDOWN = (".md", ".markdown")
_BULLET = re.compile(r"^[-*+•‣⁃◦▪▫■□●○►✓·–\uf0b7]\s+")
_HEADING = re.compile(r"^#{1,6}\s+|\s+#+$")
_QUOTE = re.compile(r"^(?:>\s*)+")
_CELLS = re.compile(r"(?<!\\)\|")
# emphasis encloses its text without spaces at the ends: "2 * 3 * 4", "måneder*" and "my_file_name" are none
EMPHASIS = re.compile(
    r"(?<![\w*\\])(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*\\])\1(?![\w*])"
    r"|(?<![\w\\])(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_\\])\3(?!\w)"
)


def shown(text: str, name: str) -> str:
    """A sentence of the document `name` in one line. In a Markdown file, signs of emphasis are dropped."""
    return plain(text) if is_markdown(name) else _BULLET.sub("", " ".join(text.split()))


def is_markdown(name: str) -> bool:
    """Whether a file of this name is read as Markdown."""
    return name.lower().endswith(_MARKDOWN)


def plain(text: str) -> str:
    """`text` in one line. The number of a list item ("1. ") stays: other sentences may refer to it."""
    line = " ".join(text.split())
    if line.startswith("|"):
        cells = (cell.replace("\\|", "|").strip() for cell in _CELLS.split(line))
        line = " · ".join(cell for cell in cells if cell)
    else:
        line = _BULLET.sub("", _QUOTE.sub("", line))
        if line.startswith("#"):
            line = _HEADING.sub("", line)
    for _ in range(3):  # emphasis can be nested
        line = EMPHASIS.sub(lambda match: match[2] or match[4], line)
    return line
