"""What the rest of Kilde asks of a store, one small protocol for each kind of caller.

A document is the unit of atomicity, and a change is durable when its method returns. Every implementation passes the
suite in `tests/store/conformance`. All methods raise errors under `rag.core.errors.StoreError` where the store is
damaged, full, or cannot be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from rag.core.errors import StoreError
from rag.core.types import Chunk, Document, Notice, Page, Parsed, Place, Scope, Space, State
from rag.store.values import Candidate, Exported, Searchable, SpaceProgress, Task, Vector


class Spaces(Protocol):
    """What makes vectors comparable: one space is active, at most one is being built beside it."""

    def active(self) -> Space | None:
        """The space that is searched; None in a store that was never written to."""

    def building(self) -> Space | None:
        """The space that is to replace the active one; None where none is being built."""

    def ensure(self, space: Space) -> Space:
        """The active space, which is created from `space` where there is none."""

    def bind(self, space_id: int, space: Space) -> Space:
        """Record what the model turned out to be, unless the space has vectors; the space as it then is.

        Raises NotFound.
        """

    def begin(self, space: Space) -> Space:
        """Create a space beside the active one, with every document queued for it; an unfinished one is dropped."""

    def drop_building(self) -> None:
        """Drop the space that is being built; nothing happens where none is."""

    def switch(self) -> Space:
        """Make the space being built the active one, and drop the old one, in one transaction.

        Raises NotFound where none is being built, or where it is not complete.
        """

    def progress(self, space_id: int) -> SpaceProgress:
        """How far the queue of a space has come."""


class DocumentCatalog(Protocol):
    """Documents, their pages and their originals, for those who only read them."""

    def all(self) -> list[Document]:
        """Newest first."""

    def count(self) -> int:
        """The number of documents, in whatever state."""

    def get(self, document_id: int) -> Document | None:
        """None where it was deleted."""

    def named(self, name: str) -> Document | None:
        """The newest document of that name: there are two while one waits to replace the other."""

    def with_content(self, sha256: str) -> Document | None:
        """The document with this content; None where none has it."""

    def in_scope(self, scope: Scope, excluded: Collection[str] = ()) -> set[int] | None:
        """The ids of the documents in a scope that are not excluded, by SHA-256; None means all documents."""

    def tags(self) -> dict[str, int]:
        """How many documents bear each tag in use, sorted by tag."""

    def original(self, sha256: str) -> Path:
        """The path of the file as it was added. Raises DocumentGone."""

    def pages(self, document_id: int) -> list[Page]:
        """In order; empty until the document has been read."""

    def pages_by_ocr(self, sha256: str) -> set[int]:
        """The numbers of the pages whose text was recognised in a picture."""


class Documents(DocumentCatalog, Protocol):
    """Documents, for those who add, change and delete them."""

    def accept(self, name: str, media_type: str, data: bytes, *, replaces: int | None = None) -> Document:
        """Keep a file and queue it in every space.

        replaces: the id of a document of the same name, which is deleted the moment the new one can be found.
        Raises AlreadyThere where a document has this content, whose original is then whole again, and NameTaken.
        """

    def rename(self, document_id: int, name: str) -> None:
        """Raises NameInUse, DocumentGone."""

    def set_tags(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and remove tags; unknown ids are ignored."""

    def put(
        self, document_id: int, space_id: int, parsed: Parsed | None, chunks: Sequence[Chunk], language: str
    ) -> bool:
        """Make a document findable by its words: its pages, unless `parsed` is None, and its chunks, all or nothing.

        A document that it replaces is deleted in the same transaction, and leaves it its tags and its conversations.
        Returns False, and changes nothing, where the document or space was deleted or the task was stopped meanwhile.
        """

    def delete(self, ids: Collection[int]) -> None:
        """On return nothing of them can be found; unknown ids are ignored."""


class ChunkSearch(Protocol):
    """The chunks of the active space, for those who search and show them."""

    def searchable(self, scope: Scope, excluded: Collection[str] = ()) -> Searchable:
        """What a search needs to know beforehand, read at once. scope, excluded: as in `DocumentCatalog.in_scope`."""

    def search(
        self,
        vector: Vector | None,
        stems: Sequence[Sequence[str]],
        n: int,
        documents: Collection[int] | None = None,
        space_id: int | None = None,
        page: int | None = None,
        pinned: Collection[Place] = (),
    ) -> list[Candidate]:
        """Up to n candidates of the dense search, then up to n more of the lexical one, then those pinned.

        vector: (d,) float32, L2-normalised; None searches lexically only. stems: for each word of the question its
        alternatives. documents: ids to search in; None means all. space_id: the space that `vector` belongs to.
        page: a page number of `documents`. pinned: passages that are candidates in any case.
        Raises NotFound where `space_id` is no longer the active space.
        """

    def get(self, ids: Collection[int]) -> list[Chunk]:
        """In the order of `ids`; chunks that were deleted are left out."""

    def of_document(self, document_id: int) -> list[Chunk]:
        """All chunks of a document, in order."""

    def neighbours(self, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        """By chunk id the text and language of the chunks before and after it, where there are any."""

    def sentence_vectors(self, ids: Collection[int]) -> dict[int, Vector]:
        """By chunk id (sentences, d) float32; chunks without vectors are left out."""

    def embedded(self, document_id: int) -> set[int]:
        """The ids of the chunks of a document that have a vector."""

    def rarity(self, stems: Collection[str]) -> dict[str, float]:
        """The inverse document frequency of each stem over the chunks; 0 where there is no space."""


class Chunks(ChunkSearch, Protocol):
    """Chunks, for those who embed, export and import them."""

    def without_vectors(self, space_id: int, n: int, document_id: int | None = None) -> list[Chunk]:
        """The next n chunks of a space to embed, or of one document in it.

        Documents that lack the fewest come first, so that none waits behind a large one; stopped ones are left out.
        """

    def put_vectors(
        self, space_id: int, chunk_ids: Sequence[int], vectors: Vector, sentences: Sequence[Vector]
    ) -> None:
        """Keep a batch of n vectors, (n, d) float32, and the sentence vectors of each chunk, n times (s, d).

        Chunks that were deleted meanwhile, or that have vectors already, are passed over.
        """

    def export(self) -> Iterator[Exported]:
        """All chunks of the active space with their vectors, of one moment, by document and order."""


class TaskQueue(Protocol):
    """The indexing of each document in each space."""

    def tasks(self, *states: State, most: int | None = None, smallest_first: bool = False) -> list[Task]:
        """The tasks in these states, those of the active space first, oldest first; at most `most` of each space.

        smallest_first: by the size of the file. The list is empty where nothing can be written: then nobody works.
        """

    def claim(self, document_id: int, space_id: int) -> bool:
        """Begin to read a document; False where it is no longer waiting."""

    def set_state(self, document_id: int, space_id: int, state: State, notices: Sequence[Notice] = ()) -> bool:
        """False where the task was deleted."""

    def set_pages_done(self, document_id: int, space_id: int, done: int, pages: int) -> None:
        """Record the progress of reading."""

    def recount(self, document_id: int, space_id: int) -> None:
        """Set a task's counters by the stored chunks and vectors, and its state by the counters."""

    def recover(self, being_read: Collection[tuple[int, int]] = ()) -> None:
        """Return to the queue what a worker was reading when it ended; only for the holder of the worker's lock.

        being_read: (document id, space id) of the tasks that it is reading now.
        """

    def stop(self, ids: Collection[int] | None) -> None:
        """Stop indexing some documents, or all, in the active space; what was indexed stays findable."""

    def resume(self, ids: Collection[int]) -> None:
        """Continue stopped documents where they were."""

    def requeue(self, ids: Collection[int]) -> None:
        """Read and index documents again; until that is done they are found as before."""

    def start_over(self, ids: Collection[int]) -> None:
        """Delete pages, chunks and vectors of documents and read them again; meanwhile they are not found."""

    def accept_partial(self, document_id: int) -> None:
        """Mark the notice that a document was read in part as accepted by the user."""


class SearchStore(Protocol):
    """A store for those who search it and show what is in it."""

    @property
    def spaces(self) -> Spaces: ...

    @property
    def documents(self) -> DocumentCatalog: ...

    @property
    def chunks(self) -> ChunkSearch: ...

    def generation(self) -> int:
        """Counts the changes of what can be searched."""


class Store(SearchStore, Protocol):
    """A whole store."""

    @property
    def documents(self) -> Documents: ...

    @property
    def chunks(self) -> Chunks: ...

    @property
    def queue(self) -> TaskQueue: ...

    @property
    def refusal(self) -> StoreError | None:
        """Why nothing can be written; None where everything can."""

    def capabilities(self) -> frozenset[str]:
        """A subset of "dense", "lexical", "filter" and "export"."""

    def migrate_batch(self) -> bool:
        """Bring the next part of what an older version wrote into today's form, in one short transaction.

        False where nothing of it is left, or where nothing can be written.
        """

    def migration_progress(self) -> Notice | None:
        """How far that has come; None where nothing of it is left."""

    def save_snapshot(self) -> None:
        """Save what makes the next start quick, where the store has such a thing."""

    def close(self) -> None:
        """Give back files, connections and memory."""
