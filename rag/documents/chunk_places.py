"""Under which headings and in which row a chunk begins."""

from collections.abc import Sequence

from rag.core.types import Page


class HeadingPaths:
    """The heading path in force at a place; places must be asked for in order."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._headings = [
            (index, heading.offset, heading.level, heading.title)
            for index, page in enumerate(pages)
            for heading in sorted(page.headings, key=lambda heading: heading.offset)
        ]
        self._next = 0
        self._path: list[tuple[int, str]] = []

    def at(self, page: int, offset: int) -> tuple[str, ...]:
        """Titles, outermost first, of the headings that `offset` of page index `page` stands under."""
        while self._next < len(self._headings) and self._headings[self._next][:2] <= (page, offset):
            _, _, level, title = self._headings[self._next]
            self._path = [entry for entry in self._path if entry[0] < level] + [(level, title)]
            self._next += 1
        return tuple(title for _, title in self._path)


class RowNumbers:
    """The row that a place is in, from 1; places must be asked for in order."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = pages
        self._page, self._offset, self._row = -1, 0, 1

    def at(self, page: int, offset: int) -> int:
        """The number of the line of page index `page` that `offset` is in."""
        if page != self._page or offset < self._offset:
            self._page, self._offset, self._row = page, 0, 1
        self._row += self._pages[page].text.count("\n", self._offset, offset)
        self._offset = offset
        return self._row
