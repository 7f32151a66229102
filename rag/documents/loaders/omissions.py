"""What a loader leaves out of a file, counted by kind and place, so that nothing is left out without a word."""

from collections.abc import Iterable, Iterator

_CODES = {
    "struck": "left_out_struck",
    "hidden": "left_out_hidden",
    "pictures": "left_out_pictures",
    "charts": "left_out_charts",
    "drawings": "left_out_drawings",
    "objects": "left_out_objects",
    "frames": "left_out_frames",
    "media": "left_out_media",
}
"""What can be left out, and the notice that says so."""

NoticeRow = tuple[str, dict[str, object]]
"""A notice's code and values, as a loader sends it."""


class Omissions:
    """Collects what could not be read or was left out on purpose.

    Each kind becomes one notice, with how many there are and the pages (slides, sheets) they are on.
    """

    def __init__(self) -> None:
        self._pages: dict[str, list[int]] = {}

    def add(self, kind: str, page: int = 1) -> None:
        """Count one thing of a kind of _CODES. page: from 1."""
        self._pages.setdefault(kind, []).append(page)

    def add_all(self, others: "Omissions") -> None:
        """Count what was left out elsewhere as well."""
        for kind, pages in others._pages.items():
            self._pages.setdefault(kind, []).extend(pages)

    def notices(self, places: Iterable[str] = ()) -> Iterator[NoticeRow]:
        """A row for each kind. places: what users call the pages, by number; left out, they are called by number."""
        names = list(places)
        for kind, pages in self._pages.items():
            numbers = sorted(set(pages))
            said = ", ".join(dict.fromkeys(names[n - 1] for n in numbers)) if names else ranges(numbers)
            yield _CODES[kind], {"count": len(pages), "places": said}


def ranges(numbers: Iterable[int]) -> str:
    """[2, 3, 4, 7] -> "2-4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in runs)
