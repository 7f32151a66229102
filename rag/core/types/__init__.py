"""The values that travel through Kilde. Frozen: what one module hands out, no other can change.

Positions are offsets in characters (Python code points) into the text of one page, `start` included, `end` not,
so that `page.text[start:end]` is exactly what was meant. Pages count from 1; a file without pages is one page.
"""

from rag.core.types.answers import Answer, Citation, Hit, Sentence, Verdict
from rag.core.types.assistants import (
    MAX_STEPS,
    NO_ASSISTANT,
    ROUTER,
    Assistant,
    Conditions,
    Example,
    Length,
    Preference,
    Scope,
    WithoutEvidence,
)
from rag.core.types.documents import (
    Attached,
    Box,
    Chunk,
    Document,
    Heading,
    Notice,
    Page,
    Parsed,
    Place,
    Space,
    Span,
    State,
)
from rag.core.types.trace import Trace
from rag.core.types.turns import Conversation, Turn, TurnState

__all__ = [
    "MAX_STEPS",
    "NO_ASSISTANT",
    "ROUTER",
    "Answer",
    "Assistant",
    "Attached",
    "Box",
    "Chunk",
    "Citation",
    "Conditions",
    "Conversation",
    "Document",
    "Example",
    "Heading",
    "Hit",
    "Length",
    "Notice",
    "Page",
    "Parsed",
    "Place",
    "Preference",
    "Scope",
    "Sentence",
    "Space",
    "Span",
    "State",
    "Trace",
    "Turn",
    "TurnState",
    "Verdict",
    "WithoutEvidence",
]
