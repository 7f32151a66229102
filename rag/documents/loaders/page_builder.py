"""The text of one page as a loader puts it together: blocks with a blank line between them, and its headings."""

import re
import unicodedata
from collections.abc import Iterable

from rag.core.errors import ParsingLimit
from rag.core.text.invisible import without_invisible
from rag.core.text.stopwords import STOPWORDS
from rag.documents.loaders.column_names import COLUMN_NAMES

MAX_TITLE = 200  # characters
_SPACES = re.compile(r"[^\S\n]+")
_NO_TITLE = re.compile(
    r"^(?:untitled|unavngivet|document\d*|dokument\d*|title|titel|pr[æe]sentation\d*|powerpoint.pr[æe]sentation|word.dokument|word.document"
    r"|(?:book|mappe|projektmappe)\d*|microsoft \w+ - .*)$|\.\w{2,5}$",
    re.IGNORECASE,
)
_TELLING = [(words["en"] - words["da"], words["da"] - words["en"]) for words in (STOPWORDS, COLUMN_NAMES)]
"""Words of English alone and of Danish alone: those of sentences, and those that columns are called by."""
_OBJECT = "\ufffc"  # stands where a picture is
_WORD = re.compile(r"[^\W\d_]+")

HeadingRow = tuple[int, int, str, int]
"""Page, level, title, offset."""


class Budget:
    """How many characters the text of a document may still have."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def spend(self, text: str) -> None:
        """Raises ParsingLimit where the budget is used up."""
        self._left -= len(text)
        if self._left < 0:
            raise ParsingLimit(limit="size")


class PageBuilder:
    """The text of a page, block by block. Empty blocks are dropped; list items and rows have no blank line between."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._parts: list[str] = []
        self._length = 0
        self._last = ""
        self.headings: list[tuple[int, str, int]] = []
        """Level, title and offset of each."""

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def heading(self, level: int, title: str) -> None:
        title = " ".join(clean(title).split())
        if title:
            offset = self._put(title, "heading")
            self.headings.append((min(max(level, 1), 9), title[:MAX_TITLE], offset))

    def paragraph(self, text: str) -> None:
        """Add a paragraph. Its line ends stay."""
        self._put(clean(text), "paragraph")

    def item(self, text: str, mark: str = "•", depth: int = 0) -> None:
        """Add a list item. mark: in front of it, such as "•" or "2."; depth: 0 is the outermost."""
        text = " ".join(clean(text).split())
        if text:
            self._put(f"{'  ' * min(depth, 8)}{mark} {text}" if mark else text, "item")

    def rows(self, lines: Iterable[str]) -> None:
        """Add the rows of one table, each in one line."""
        self._put("\n".join(filter(None, lines)), "rows")

    def block(self, text: str, kind: str) -> None:
        """Add a block as another builder made it, under the same kind."""
        self._put(text, kind)

    def _put(self, text: str, kind: str) -> int:
        if not text:
            return self._length
        separator = "" if not self._length else "\n" if kind == self._last == "item" else "\n\n"
        self._budget.spend(separator + text)
        self._parts += [separator, text]
        offset = self._length + len(separator)
        self._length = offset + len(text)
        self._last = kind
        return offset


def clean(text: str) -> str:
    """`text` in NFC, without characters that nobody sees, runs of spaces and blank lines; other line ends stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\v", "\n")
    text = unicodedata.normalize("NFC", without_invisible(text).replace(_OBJECT, ""))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """`clean` with line ends as spaces."""
    return " ".join(clean(text).split())


def is_english(text: str) -> bool:
    """Whether English words outnumber Danish ones, which decides the language of words that a loader adds.

    Where no words of sentences tell, as in a table, those that columns are called by do.
    """
    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    for english, danish in _TELLING:
        count = sum((word in english) - (word in danish) for word in words)
        if count:
            return count > 0
    return False


def title_of(text: str | None) -> str | None:
    """A title from a document's properties; None for those that programs put there by themselves."""
    title = one_line(text or "")[:MAX_TITLE]
    return title if title and not _NO_TITLE.search(title) and any(map(str.isalpha, title)) else None
