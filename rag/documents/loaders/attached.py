"""The files inside a file, as a loader sends them: each in a frame {file, refused} with its bytes."""

from pathlib import PurePath

from rag.core.file_types import BY_SUFFIX
from rag.core.names import is_owner_file
from rag.documents.loaders.sandbox.child import Send

MOST_FILES = 200
"""Files that one file may hold and bring in. A mail has a handful, an archive of a project a hundred."""
MOST_BYTES = 128 << 20
"""Bytes of them together: half of what a child may send."""


class AttachedFiles:
    """Sends files within the limits. One that is not sent is named all the same, with the reason.

    Reasons are keys of `why` in the words of `rag.core.i18n`.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._count = 0
        self._bytes = 0

    def wants(self, name: str, size: int = 0) -> bool:
        """Whether a file of this name and size is to be sent; one that is not has been refused, or is passed over."""
        if is_owner_file(name):
            return False
        if PurePath(name).suffix.lower() not in BY_SUFFIX:
            self.refuse(name, "unknown_kind")
        elif self._count >= MOST_FILES:
            self.refuse(name, "too_many")
        elif self._bytes + size > MOST_BYTES:
            self.refuse(name, "too_large")
        else:
            return True
        return False

    def add(self, name: str, data: bytes) -> None:
        """Send a file, where it is wanted."""
        if self.wants(name, len(data)):
            self._count += 1
            self._bytes += len(data)
            self._send(data, file=name, refused="")

    def refuse(self, name: str, why: str) -> None:
        """Name a file that is not sent."""
        if not is_owner_file(name):
            self._send(file=name, refused=why)
