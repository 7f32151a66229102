"""The numbers of pages in running lines: "Side 2 af 7" is on every page and says nothing of the document."""

import re

PAGE_MARK = "\ufdd0"
"""Put this where a field shows the number or the count of pages. It is no character, so that no text has it."""
_NUMBERS = re.compile(
    rf"(?:\b(?:side|page|seite|s\.|p\.)\s*)?{PAGE_MARK}(?:\s*(?:af|of|/|von|\()\s*{PAGE_MARK}\)?)?", re.IGNORECASE
)
_SEPARATORS = " |·•–—-,/"


def without_page_numbers(line: str) -> str:
    """A running line without its marks, the words that go with them, and what separated them from the rest."""
    if PAGE_MARK not in line:
        return line
    return " ".join(_NUMBERS.sub(" ", line).split()).strip(_SEPARATORS)
