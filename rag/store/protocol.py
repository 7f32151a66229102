"""The interface of a store, one small protocol for each kind of caller.

A document is the unit of atomicity, and a change is durable when its method returns. Every implementation passes the
suite in `tests/store/conformance`. All methods raise errors under `rag.core.errors.StoreError` if the store is damaged,
full, or read-only.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from rag.core.errors import StoreError
from rag.core.types import Chunk, Document, Notice, Page, Parsed, Place, Scope, Space, State
from rag.store.values import Candidate, Exported, Searchable, SpaceProgress, Task, Vector


class Spaces(Protocol):
    """Spaces, whose vectors are comparable. One is active; at most one other is being built."""

    def active(self) -> Space | None:
        """The space that is searched; None in an empty store."""

    def building(self) -> Space | None:
        """The space being built to replace the active one, or None."""

    def ensure(self, space: Space) -> Space:
        """The active space, created from `space` if there is none."""

    def bind(self, space_id: int, space: Space) -> Space:
        """Record the actual properties of the model, unless the space has vectors. Returns the resulting space.

        Raises NotFound.
        """

    def begin(self, space: Space) -> Space:
        """Create a space to build, with every document queued for it. Replaces an unfinished one."""

    def drop_building(self) -> None:
        """Drop the space being built, if any."""

    def switch(self) -> Space:
        """Make the space being built the active one, and drop the old one, in one transaction.

        Raises NotFound if none is being built, or if it is incomplete.
        """

    def progress(self, space_id: int) -> SpaceProgress:
        """The progress of indexing in a space."""


class DocumentCatalog(Protocol):
    """Read access to documents, their pages and their originals."""

    def all(self) -> list[Document]:
        """Newest first."""

    def count(self) -> int:
        """The number of documents in any state."""

    def get(self, document_id: int) -> Document | None:
        """The document, or None if it was deleted."""

    def named(self, name: str) -> Document | None:
        """The newest document of a name; there are two while one waits to replace the other."""

    def with_content(self, sha256: str) -> Document | None:
        """The document with this content, or None."""

    def in_scope(self, scope: Scope, excluded: Collection[str] = ()) -> set[int] | None:
        """The ids of the documents in a scope that are not excluded, by SHA-256; None means all documents.

        What is under a document is in the scope with it, unless the scope is one of its pages.
        """

    def under(self, document_id: int) -> list[Document]:
        """The documents whose files are inside that of a document, at any depth; newest first."""

    def tags(self) -> dict[str, int]:
        """The number of documents by tag, sorted by tag."""

    def original(self, sha256: str) -> Path:
        """The path of the file as it was added. Raises DocumentGone."""

    def pages(self, document_id: int) -> list[Page]:
        """The pages in order; empty until the document was read."""

    def pages_by_ocr(self, sha256: str) -> set[int]:
        """The numbers of pages read by OCR."""


class Documents(DocumentCatalog, Protocol):
    """Read and write access to documents."""

    def accept(
        self, name: str, media_type: str, data: bytes, *, replaces: int | None = None, parent: int | None = None
    ) -> Document:
        """Store a file and queue it in every space.

        replaces: id of a document of the same name, deleted as soon as the new one can be found. parent: id of the
        document whose file has this one inside. Raises NameTaken, AlreadyThere if a document has this content (its
        original is then restored if damaged), and DocumentGone if the parent was deleted.
        """

    def rename(self, document_id: int, name: str) -> None:
        """Rename a document, and what is under it where that is named after it. Raises NameInUse, DocumentGone."""

    def set_tags(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and remove tags; unknown ids are ignored."""

    def set_loader_version(self, ids: Collection[int]) -> None:
        """Say that documents are as the present loader of their format reads them."""

    def put(
        self,
        document_id: int,
        space_id: int,
        parsed: Parsed | None,
        chunks: Sequence[Chunk],
        language: str,
        *,
        children: Collection[int] | None = None,
    ) -> bool:
        """Store the chunks of a document, and its pages unless `parsed` is None; it is then found by words. Atomic.

        A document that it replaces is deleted in the same transaction; tags and conversations move to the new one.
        While `parsed.lacking` says that pictures are still to be recognised, it stays findable without becoming ready;
        a second call for a findable document brings all of it: chunks that say the same keep their vectors, and it
        waits to be cut from the new pages in other spaces.
        children: the ids of the documents inside its file; they are moved under it, even from the one that it replaces,
        and others that are under it are deleted. None leaves them as they are.
        Returns False without changes if the document or space was deleted, or the task stopped, in the meantime.
        """

    def delete(self, ids: Collection[int]) -> None:
        """Delete documents and what is under them: on return they cannot be found. Unknown ids are ignored."""


class ChunkSearch(Protocol):
    """Searches and reads the chunks of the active space."""

    def searchable(self, scope: Scope, excluded: Collection[str] = ()) -> Searchable:
        """The prerequisites of a search, in one read. scope, excluded: as in `DocumentCatalog.in_scope`."""

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
        """Up to n candidates of the dense search, then up to n more of the lexical one, then the pinned ones.

        vector: (d,) float32, L2-normalised; None searches lexically only. stems: for each word of the question its
        alternatives. documents: ids to search in; None means all. space_id: the space that `vector` belongs to.
        page: a page number of `documents`. pinned: passages that are always candidates.
        Raises NotFound if `space_id` is no longer the active space.
        """

    def get(self, ids: Collection[int]) -> list[Chunk]:
        """Chunks in the order of `ids`, without deleted ones."""

    def of_document(self, document_id: int) -> list[Chunk]:
        """All chunks of a document, in order."""

    def neighbours(self, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        """By chunk id the texts and languages of the chunks before and after it."""

    def continued(self, ids: Collection[int], most: int) -> dict[int, str]:
        """By chunk id how its page goes on behind it: at most `most` characters, as long as the headings stay."""

    def sentence_vectors(self, ids: Collection[int]) -> dict[int, Vector]:
        """By chunk id (sentences, d) float32; chunks without vectors are left out."""

    def embedded(self, document_id: int) -> set[int]:
        """The ids of a document's chunks with vectors."""

    def rarity(self, stems: Collection[str]) -> dict[str, float]:
        """The inverse document frequency of each stem over the chunks; 0 without a space."""

    def similar_stems(self, forms: Collection[str], edits: int, n: int) -> list[str]:
        """The at most n stems of the index that are most like some forms of a word, best first.

        Those of the forms that are in the index, if any; then nothing else. Otherwise stems without digits that begin
        with the same letter as a form, and differ from it by at most `edits` letters that are left out, put in,
        replaced or swapped with the next one (optimal string alignment): the nearest first, then those in the most
        chunks. A form with spaces is in the index where its stems stand next to each other.
        """


class Chunks(ChunkSearch, Protocol):
    """Read and write access to chunks, for embedding, export and import."""

    def without_vectors(self, space_id: int, n: int, document_id: int | None = None) -> list[Chunk]:
        """The next n chunks of a space to embed, or of one document in it.

        Documents with the fewest missing vectors come first, so that none waits behind a large one. Stopped documents
        are left out.
        """

    def put_vectors(
        self, space_id: int, chunk_ids: Sequence[int], vectors: Vector, sentences: Sequence[Vector]
    ) -> None:
        """Store n vectors, (n, d) float32, and the sentence vectors of each chunk, n times (s, d).

        Skips chunks that were deleted in the meantime or already have vectors.
        """

    def export(self) -> Iterator[Exported]:
        """All chunks of the active space with their vectors, as a consistent snapshot, by document and order."""


class TaskQueue(Protocol):
    """The indexing of each document in each space."""

    def tasks(
        self, *states: State, limit: int | None = None, smallest_first: bool = False, lacking: bool = False
    ) -> list[Task]:
        """The tasks in these states, those of the active space first, oldest first; at most `limit` of each space.

        smallest_first: by file size. lacking: only of documents with pictures still to be recognised. Empty if the
        store is read-only, so that no worker starts.
        """

    def claim(self, document_id: int, space_id: int) -> bool:
        """Mark a document as being read; False if it is no longer waiting."""

    def set_state(self, document_id: int, space_id: int, state: State, notices: Sequence[Notice] = ()) -> bool:
        """Set the state of a task; False if it was deleted."""

    def set_pages_done(self, document_id: int, space_id: int, done: int, pages: int) -> None:
        """Record the progress of reading."""

    def recount(self, document_id: int, space_id: int) -> None:
        """Update a task's counters from the stored chunks and vectors, and its state from the counters."""

    def recover(self, being_read: Collection[tuple[int, int]] = ()) -> None:
        """Requeue documents that an ended worker was reading; only for the holder of the worker's lock.

        being_read: (document id, space id) of the caller's current tasks.
        """

    def stop(self, ids: Collection[int] | None) -> None:
        """Stop indexing some or all documents in the active space; indexed parts stay findable."""

    def resume(self, ids: Collection[int]) -> None:
        """Continue stopped documents from where they stopped."""

    def requeue(self, ids: Collection[int]) -> None:
        """Read and index documents again; until then they are found as before."""

    def start_over(self, ids: Collection[int]) -> None:
        """Delete pages, chunks and vectors of documents and read them again; until then they are not found."""

    def accept_partial(self, document_id: int) -> None:
        """Mark the notice that a document was read in part as accepted by the user."""


class SearchStore(Protocol):
    """The part of a store that searches and shows its content."""

    @property
    def spaces(self) -> Spaces: ...

    @property
    def documents(self) -> DocumentCatalog: ...

    @property
    def chunks(self) -> ChunkSearch: ...

    def generation(self) -> int:
        """Increases with every change of the searchable content."""


class Store(SearchStore, Protocol):
    """A complete store."""

    @property
    def documents(self) -> Documents: ...

    @property
    def chunks(self) -> Chunks: ...

    @property
    def queue(self) -> TaskQueue: ...

    @property
    def refusal(self) -> StoreError | None:
        """Why the store is read-only, or None."""

    def capabilities(self) -> frozenset[str]:
        """A subset of "dense", "lexical", "filter" and "export"."""

    def migrate_batch(self) -> bool:
        """Migrate the next part of an older version's data, in one short transaction.

        False if nothing is left, or the store is read-only.
        """

    def migration_progress(self) -> Notice | None:
        """The progress of the migration; None if nothing is left."""

    def save_snapshot(self) -> None:
        """Save what speeds up the next start, if the store has such a thing."""

    def close(self) -> None:
        """Release files, connections and memory."""
