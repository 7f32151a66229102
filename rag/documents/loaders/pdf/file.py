"""PDF -> its pages, and the files that are attached to it, which are sent along."""

from typing import Any

from rag.core.errors import FileRefused
from rag.documents.loaders.attached import AttachedFiles
from rag.documents.loaders.pdf import loader
from rag.documents.loaders.pdf.attachments import attachments
from rag.documents.loaders.sandbox.child import Send

_NAMED = "left_out_attachments"
"""The notice in which the loader names attached files: only then are they looked for a second time, to be sent."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends what `rag.documents.loaders.pdf.loader.read` does, then {file, refused} for each attached file.

    Raises PasswordProtected, DamagedFile, ParsingLimit, EmptyFile.
    """
    named: list[str] = []

    def without_names(blob: bytes = b"", **data: Any) -> None:
        rows = data.get("notices", ())
        named.extend(str(values["names"]) for code, values in rows if code == _NAMED)
        if named and rows:
            data["notices"] = [row for row in rows if row[0] != _NAMED]
        send(blob, **data)

    loader.read(without_names, path, pages, characters)
    if not named:
        return
    files = AttachedFiles(send)
    try:
        for name, content in attachments(path):
            files.add(name, content)
    except (FileRefused, ValueError, LookupError, TypeError, OSError):  # the pages have been read, and stay
        for name in named:
            files.refuse(name, "too_large")
