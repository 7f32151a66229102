"""What is said where words of a question are in no document and others, spelt almost like them, were searched for."""

from rag.core.i18n import say
from rag.core.text.invisible import visible
from rag.core.types import Turn


def corrections_said(turn: Turn, language: str) -> str:
    """A sentence for each word and what it was taken for; "" where nothing was corrected."""
    corrections = turn.trace.query.corrections
    said = (say("did_you_mean", language, asked=visible(asked), found=visible(found)) for asked, found in corrections)
    return " ".join(said)
