"""PDF -> its pages, and the files that are attached to it, which are sent along."""

from importlib import import_module
from importlib.util import find_spec

from rag.core.errors import FileRefused
from rag.documents.loaders.attached import AttachedFiles
from rag.documents.loaders.pdf import loader
from rag.documents.loaders.sandbox.child import Send

_ATTACHMENTS = "rag.documents.loaders.pdf.attachments"
"""The module whose `attachments(path)` gives name and bytes of each."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends what `rag.documents.loaders.pdf.loader.read` does, then {file, refused} for each attached file.

    Raises PasswordProtected, DamagedFile, ParsingLimit, EmptyFile.
    """
    loader.read(send, path, pages, characters)
    if find_spec(_ATTACHMENTS) is None:
        return
    files = AttachedFiles(send)
    try:
        for name, data in import_module(_ATTACHMENTS).attachments(path):
            files.add(name, data)
    except (FileRefused, ValueError, LookupError, TypeError, OSError):  # the pages have been read, and stay
        files.refuse("PDF", "damaged")
