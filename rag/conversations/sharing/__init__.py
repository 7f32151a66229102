"""Exports a conversation as a file to share: every answer with the passages that support it.

content.py defines what is exported; markdown.py, html.py, pdf.py and data.py (JSON) write it.
"""

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

    form: of FORMS. language: "da" or "en", of the texts around questions and answers. sources: whether to
    include the passages.
    Raises KeyError for another form.
    """
    writer, _ = _WRITERS[form]
    return writer(shared(conversation, turns, language, sources))
