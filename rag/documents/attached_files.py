"""The files inside a document's file become documents of their own under it."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence

from rag.core.background import raise_if_cancelled
from rag.core.errors import (
    AlreadyThere,
    DiskFull,
    EmptyFile,
    FileRefused,
    NameTaken,
    PasswordProtected,
    UnknownType,
    WrongType,
)
from rag.core.file_types import kind_of
from rag.core.names import INSIDE, clean_name
from rag.core.types import Attached, Document, Notice
from rag.store.export_import import free_name
from rag.store.protocol import Documents

DEEPEST = 3
"""How deep a file may be inside others: a scan in an archive at a forwarded mail, and no further."""
MOST_BELOW = 1_000
MOST_BYTES_BELOW = 400 << 20
"""Files and bytes below one document that was added by itself: archives in archives multiply."""
NAMES_SAID = 20
"""Names in one notice; of more, the number is said."""
_WHY: tuple[tuple[type[FileRefused], str], ...] = (
    (UnknownType, "unknown_kind"),
    (EmptyFile, "empty"),
    (PasswordProtected, "protected"),
    (WrongType, "wrong_kind"),
    (AlreadyThere, "already_there"),  # added by somebody else at this moment
)
_TRIES = 100


class AttachedFiles:
    """Accepts the files inside documents into one store. Safe to use from many threads."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def accept(
        self, parent: Document, files: Sequence[Attached], cancelled: Callable[[], bool]
    ) -> tuple[list[int], list[Notice]]:
        """Queue the files under `parent`. Returns the ids of those that are there then, and what became of all.

        Files that are there already, as when the parent is read again or takes the place of another one that has them
        inside, stay as they are. Raises Cancelled, DocumentGone where the parent was removed, DiskFull.
        """
        if not files:
            return [], []
        ancestors = self._ancestors(parent)
        below = self._documents.under(ancestors[-1].id)
        count, size = len(below), sum(document.size for document in below)
        # a document of the same name is there where the parent is about to take its place
        family = {document.id for document in self._documents.all() if document.name == parent.name}
        children: list[int] = []
        added: list[str] = []
        refused: defaultdict[str, list[str]] = defaultdict(list)
        for file in files:
            raise_if_cancelled(cancelled)
            why = file.refused or ("too_deep" if len(ancestors) > DEEPEST else "")
            there = None if why else self._documents.with_content(hashlib.sha256(file.data).hexdigest())
            if there is not None:
                if there.parent in family and there.id not in children:
                    children.append(there.id)
                else:
                    why = "already_there"
            elif not why and (count >= MOST_BELOW or size + len(file.data) > MOST_BYTES_BELOW):
                why = "too_many"
            elif not why:
                try:
                    children.append(self._accepted(parent, file, family, children).id)
                except (FileRefused, NameTaken) as error:
                    why = next((word for kind, word in _WHY if isinstance(error, kind)), "damaged")
                else:
                    count, size = count + 1, size + len(file.data)
            if why:
                refused[why].append(clean_name(file.name))
            else:
                added.append(clean_name(file.name))
        return children, list(_notices(added, refused))

    def _ancestors(self, document: Document) -> list[Document]:
        """The document itself, the one that it is inside, and so on to one that was added by itself."""
        path = [document]
        while path[-1].parent is not None and len(path) <= DEEPEST + 1:
            above = self._documents.get(path[-1].parent)
            if above is None:
                break
            path.append(above)
        return path

    def _accepted(
        self, parent: Document, file: Attached, family: Collection[int], children: Collection[int]
    ) -> Document:
        """The new document of a file. Raises FileRefused."""
        name = clean_name(f"{parent.name}{INSIDE}{clean_name(file.name)}")
        media_type = kind_of(name, file.data)
        for _ in range(_TRIES):
            namesake = self._documents.named(name)
            # one of this name that was inside before, and has other content now, goes when this one can be found
            is_old = namesake is not None and namesake.parent in family and namesake.id not in children
            try:
                return self._documents.accept(
                    name, media_type, file.data, parent=parent.id, replaces=namesake.id if namesake and is_old else None
                )
            except NameTaken:
                name = free_name(self._documents, name)
            except OSError as error:
                raise DiskFull from error
        raise NameTaken(name=name)


def _notices(added: Sequence[str], refused: dict[str, list[str]]) -> Iterator[Notice]:
    if added:
        yield Notice("attached_added", {"count": len(added), "names": _said(added)})
    for why, names in refused.items():
        said = _said(names)
        if why == "already_there":
            yield Notice("attached_there", {"names": said})
        else:
            yield Notice("attached_not_added", {"names": said, "why": why})


def _said(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES_SAID]) + (" …" if len(names) > NAMES_SAID else "")
