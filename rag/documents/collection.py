"""The documents of a library: added, listed, renamed, tagged, removed, and how far their indexing is."""

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from rag.core.errors import DamagedFile, DiskFull, DocumentGone, FileTooLarge, KildeError, NameTaken
from rag.core.file_types import MEDIA_TYPES, kind_of
from rag.core.names import clean_name, is_owner_file
from rag.core.types import Document, Notice, Place, Space, State
from rag.documents.indexer import Worker
from rag.store.export_import import free_name
from rag.store.protocol import Store
from rag.store.values import SpaceProgress

MAX_BYTES = 150 * 1024 * 1024
MAX_TAG = 60  # characters
_OPEN = (State.WAITING, State.READING, State.FINDABLE)
DocumentState = Literal["there", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far indexing has come in the active space. seconds_left: None while it cannot be told.

    fault: what keeps the worker from going on, such as a full disk; it tries again by itself. migration: how far what
    an older version wrote has been brought into today's form; None where nothing of it is left.
    """

    space: SpaceProgress
    working: bool
    seconds_left: float | None
    fault: Notice | None = None
    migration: Notice | None = None


class Documents:
    """The documents of one store; files inside a file are documents under it. Safe to use from many threads.

    wanted_space: the space that the settings ask for, from which the first one is made.
    """

    def __init__(self, store: Store, indexer: Worker, wanted_space: Callable[[], Space]) -> None:
        self._store = store
        self._indexer = indexer
        self._wanted_space = wanted_space

    def add(self, name: str, data: bytes, *, replace: bool = False, keep_both: bool = False) -> Document:
        """Keep a file and queue it to be indexed; durable on return, findable by words a moment later.

        name: as the user knows it, with `/` for folders. replace: the document of this name goes when the new one can
        be found. keep_both: a taken name gets a number.
        Raises FileRefused with its reason, AlreadyThere for a known content, NameTaken, DiskFull.
        """
        name = clean_name(name)
        if len(data) > MAX_BYTES:
            raise FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
        media_type = kind_of(name, data)
        self._store.spaces.ensure(self._wanted_space())
        for _ in range(100):
            namesake = self._store.documents.named(name)
            replaced = namesake.id if namesake is not None and replace else None
            try:
                document = self._store.documents.accept(name, media_type, data, replaces=replaced)
            except NameTaken:
                if not keep_both:
                    raise
                name = free_name(self._store.documents, name)
                continue
            except OSError as error:
                raise DiskFull from error
            self._indexer.wake()
            return document
        raise NameTaken(name=name)

    def add_path(self, path: str | Path, *, replace: bool = True) -> list[tuple[str, Document | KildeError]]:
        """Add a file, or all files of known types in a folder, under their names relative to it.

        Returns for each name its document, or what was wrong with it.
        """
        root = Path(path)
        results: list[tuple[str, Document | KildeError]] = []
        for file in files_in(root):
            name = file.name if root.is_file() else file.relative_to(root).as_posix()
            try:
                if file.stat().st_size > MAX_BYTES:
                    raise FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
                results.append((name, self.add(name, file.read_bytes(), replace=replace)))
            except KildeError as error:
                results.append((name, error))
            except OSError:
                results.append((name, DamagedFile()))
        return results

    def all(self) -> list[Document]:
        """Newest first."""
        return self._store.documents.all()

    def get(self, document_id: int) -> Document:
        """Raises NotFound."""
        document = self._store.documents.get(document_id)
        if document is None:
            raise DocumentGone
        return document

    def inside(self, document_id: int) -> list[Document]:
        """The documents whose files are inside that of this one, at any depth; newest first."""
        return self._store.documents.under(document_id)

    def with_inside(self, documents: Iterable[Document]) -> list[Document]:
        """The documents, and behind them those inside them, each once; a removal takes them along."""
        inside: dict[int | None, list[Document]] = {}
        for document in reversed(self.all()):
            inside.setdefault(document.parent, []).append(document)
        found = {document.id: document for document in documents}
        waiting = list(found.values())
        while waiting:
            below = inside.get(waiting.pop().id, [])
            waiting += below
            found |= {document.id: document for document in below}
        return list(found.values())

    def with_content(self, sha256: str) -> Document | None:
        """The document that has this content now; None where none has."""
        return self._store.documents.with_content(sha256)

    def original(self, document_id: int) -> bytes:
        """The file as it was added. Raises NotFound."""
        return self._store.documents.original(self.get(document_id).sha256).read_bytes()

    def rename(self, document_id: int, name: str) -> None:
        """The type stays: a name without the old one's suffix gets it. Raises NameTaken, NotFound."""
        suffix = PurePosixPath(self.get(document_id).name).suffix
        name = clean_name(name)
        has_suffix = PurePosixPath(name).suffix.lower() == suffix.lower()
        self._store.documents.rename(document_id, name if has_suffix else name + suffix)

    def tag(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Put tags on documents, or take them off. Spaces around a tag do not count, and empty ones are passed over."""
        tags = [tag for name in add if (tag := " ".join(name.split())[:MAX_TAG])]
        self._store.documents.set_tags(ids, tags, remove)

    def tags(self) -> dict[str, int]:
        """All tags in use, with how many documents bear each."""
        return self._store.documents.tags()

    def reindex(self, ids: Collection[int]) -> None:
        """Read and index documents again; one that was stopped goes on from where it was."""
        stopped = {document.id for document in self.all() if document.id in ids and document.state is State.STOPPED}
        self._store.queue.resume(stopped)
        self._store.queue.requeue(set(ids) - stopped)
        self._indexer.wake()

    def remove(self, ids: Collection[int]) -> None:
        """On return nothing of these documents can be found, nor of the files inside them."""
        self._store.documents.delete(ids)

    def accept_partial(self, document_id: int) -> None:
        """The user has seen that a document was read in part, and wants to have those pages."""
        self._store.queue.accept_partial(document_id)

    def pages_by_ocr(self, sha256: str) -> set[int]:
        """The numbers of those pages of a content that were read by OCR; none where it has gone."""
        return self._store.documents.pages_by_ocr(sha256)

    def cancel(self, ids: Collection[int] | None = None) -> None:
        """Stop indexing some documents and the files inside them, or all; what was made of them stays findable."""
        inside = [one.id for document_id in ids or () for one in self.inside(document_id)]
        self._store.queue.stop(None if ids is None else {*ids, *inside})

    def state_of(self, sha256: str, name: str) -> DocumentState:
        """Whether content taken from a document of this name is still there; "changed": the name has other content."""
        if not self.is_gone(sha256):
            return "there"
        return "gone" if self._store.documents.named(name) is None else "changed"

    def is_gone(self, sha256: str) -> bool:
        """Whether the content that a passage was taken from is no longer in the library."""
        return self._store.documents.with_content(sha256) is None

    def find_on_page(self, sha256: str, page: int, text: str) -> tuple[Place, str] | None:
        """Where a page of a document says `text`, white space aside, and its exact words; None where it does not."""
        document = self._store.documents.with_content(sha256)
        words = text.split()
        if document is None or not words:
            return None
        page_text = next((p.text for p in self._store.documents.pages(document.id) if p.number == page), "")
        match = re.search(r"\s*".join(map(re.escape, words)), page_text)
        return None if match is None else (Place(sha256, page, *match.span()), match[0])

    def progress(self) -> Progress:
        """How far indexing has come."""
        space = self._store.spaces.active()
        if space is None:
            return Progress(SpaceProgress(), False, None)
        done = self._store.spaces.progress(space.id)
        if (refusal := self._store.refusal) is not None:
            return Progress(done, False, None, refusal.notice())
        working = any(done.states.get(state, 0) for state in _OPEN)
        migration = self._store.migration_progress()
        if not working:
            return Progress(done, False, None, migration=migration)
        return Progress(done, True, self._indexer.seconds_left(done), self._indexer.fault, migration)

    def wait(self, timeout: float | None = None) -> bool:
        """Return True when everything is indexed, False after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.progress().working or self._store.spaces.building() is not None:
            if deadline is not None and time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def files_in(root: Path) -> Iterable[Path]:
    """A file itself, or the files of known types under a folder, by name.

    Hidden ones are passed over, and those that programs leave for themselves, even one that is named alone.
    """
    if root.is_file():
        return [] if is_owner_file(root.name) else [root]
    files: Sequence[Path] = sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix.lower() in MEDIA_TYPES
        and not is_owner_file(path.name)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    return files
