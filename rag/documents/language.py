"""The language of a document, by two samples of its text that serve two purposes.

They agree on nearly all documents. Where they do not, as on a Danish report with an English summary in front, both
answers are in use: the first is the one that a user reads and asks in, the second the one that its text is cut by.
"""

from collections.abc import Sequence

from rag.core.text.sentences import detect_language
from rag.core.types import Page

_OPENING = 20_000  # characters
_SAMPLES = 10
_SAMPLE = 500  # characters


def opening_language(pages: Sequence[Page]) -> str:
    """ISO 639-1 code of the language that a document begins in, "" where it is too short to tell.

    It is stored with the document, which is listed, stemmed and asked about in it.
    """
    return detect_language("\n".join(page.text for page in pages)[:_OPENING])


def prevailing_language(pages: Sequence[Page]) -> str:
    """ISO 639-1 code of the language of a sample of up to ten pages over a whole document, "" as above.

    Its sentences are found by it, and its short chunks are in it: the first page may be a title page or a table of
    contents.
    """
    step = max(len(pages) // _SAMPLES, 1)
    return detect_language("\n".join(page.text[:_SAMPLE] for page in pages[::step][:_SAMPLES]))
