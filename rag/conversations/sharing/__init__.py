"""A conversation as a file that can be handed on: every answer with the passages that it rests on.

content.py lays down what is handed on, the others how it is written: markdown.py, html.py, pdf.py, data.py (JSON).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.conversations.sharing import data, html, markdown, pdf
from rag.conversations.sharing.content import SharedConversation, shared
from rag.core.types import Conversation, Turn

__all__ = ["FORMS", "write"]

_WRITERS: dict[str, tuple[Callable[[SharedConversation], bytes], str]] = {
    "md": (markdown.write, "text/markdown"),
    "html": (html.write, "text/html"),
    "pdf": (pdf.write, "application/pdf"),
    "json": (data.write, "application/json"),
}
FORMS = {form: media_type for form, (_, media_type) in _WRITERS.items()}
"""Suffix to media type."""


def write(
    form: str, conversation: Conversation, turns: Sequence[Turn], language: str, *, sources: bool = True
) -> bytes:
    """The turns of a conversation as a file.

    form: of FORMS. language: "da" or "en", of the words around what was asked and answered. sources: with the passages.
    Raises KeyError for another form.
    """
    writer, _ = _WRITERS[form]
    return writer(shared(conversation, turns, language, sources))
