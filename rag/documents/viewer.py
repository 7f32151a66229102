"""All that a document's own page asks for, computed once while nothing changes."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any, Protocol

from rag.core.errors import DocumentGone
from rag.core.events import Done, Event, Quoted
from rag.core.types import Conditions, Document, Page, Scope, Span, State
from rag.documents.page_reading import Entry, IndexedChunks, Reading, indexed_chunks, outline, reading
from rag.documents.suggested_questions import Suggesting, Suggestion, proposals, tried
from rag.documents.summary import Overview, candidates, overview
from rag.store.protocol import SearchStore
from rag.store.values import Vector

BATCH = 500  # chunks whose vectors are read at once

SUGGESTED_WITHIN = 4
"""A question is suggested where the page it was made from is among so many of the best passages."""


class Ask(Protocol):
    """Answers a question under conditions, event by event, until it is told to stop. k: of the passages used."""

    def __call__(
        self, question: str, *, k: int, conditions: Conditions, cancelled: Callable[[], bool]
    ) -> Iterator[Event]: ...


class Reader:
    """Shows single documents of a store. Safe to use from many threads. Methods raise NotFound for one that is gone."""

    def __init__(self, store: SearchStore, ask: Ask) -> None:
        """ask: answers a question under conditions, event by event; its last argument says whether to stop."""
        self._store = store
        self._ask = ask
        self._reading = lru_cache(maxsize=24)(self._new_reading)
        self._overview = lru_cache(maxsize=8)(self._new_overview)
        self._pages = lru_cache(maxsize=4)(self._new_pages)
        self._suggesting = Suggesting(self._suggested)

    def outline(self, document_id: int) -> list[Entry]:
        """The headings of a document, in order."""
        return outline(self._pages_of(self._document(document_id)))

    def reading(self, document_id: int, page: int, offset: int = 0, mark: Span | None = None) -> Reading:
        """A page to read, with the borders of its chunks. offset, mark: of the place asked for, in the page's text.

        Raises the errors of `rag.documents.loaders.pdf.render.render` as well.
        """
        self._document(document_id)
        return self._reading(document_id, page, offset, mark, self._store.generation())

    def chunks(
        self, document_id: int, *, search: str = "", page: int | None = None, first: int = 0, count: int = 20
    ) -> IndexedChunks:
        """The chunks as the search sees them; see `rag.documents.page_reading.indexed_chunks`."""
        document = self._document(document_id)
        return indexed_chunks(self._store.chunks, document, search=search, page=page, first=first, count=count)

    def overview(self, document_id: int) -> Overview:
        """The key sentences of each section, verbatim."""
        self._document(document_id)
        return self._overview(document_id, self._store.generation())

    def suggestions(self, document_id: int) -> list[Suggestion] | None:
        """Questions that this document answers by itself; None while they are tried in the background."""
        document = self._document(document_id)
        space = self._store.spaces.active()
        if document.state is not State.READY or space is None:
            return []
        progress = self._store.spaces.progress(space.id)
        return self._suggesting.suggestions(
            document_id,
            (document.sha256, space.id),
            self._store.generation(),
            settled=progress.documents_ready == progress.documents,
        )

    def stop(self) -> None:
        """Return when nothing is under way any more."""
        self._suggesting.stop()

    def _document(self, document_id: int) -> Document:
        document = self._store.documents.get(document_id)
        if document is None:
            raise DocumentGone
        return document

    def _pages_of(self, document: Document) -> tuple[Page, ...]:
        # while it is read again it has no pages, which the generation does not show
        return self._pages(document.id, document.state, self._store.generation())

    def _new_pages(self, document_id: int, *_: Any) -> tuple[Page, ...]:
        return tuple(self._store.documents.pages(document_id))

    def _new_reading(self, document_id: int, page: int, offset: int, mark: Span | None, *_: Any) -> Reading:
        document = self._document(document_id)
        return reading(self._store, document, self._pages_of(document), page, offset, mark)

    def _new_overview(self, document_id: int, *_: Any) -> Overview:
        chunks = self._store.chunks.of_document(document_id)
        ids = [chunk.id for chunk in chunks]
        vectors: dict[int, Vector] = {}
        for start in range(0, len(ids), BATCH):
            vectors |= self._store.chunks.sentence_vectors(ids[start : start + BATCH])
        return overview(self._pages_of(self._document(document_id)), chunks, vectors)

    def _suggested(self, document_id: int, stopped: Callable[[], bool]) -> list[Suggestion]:
        document = self._document(document_id)
        sentences = candidates(self._store.chunks.of_document(document_id), {})
        conditions = Conditions(Scope((document_id,)))

        def answers_on(question: str) -> list[int]:
            events = self._ask(question, k=SUGGESTED_WITHIN, conditions=conditions, cancelled=stopped)
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    # there is no need to wait for a written answer
                    if isinstance(event, Quoted | Done):
                        answer = event.turn.answer
                        return [hit.chunk.page for hit in event.turn.hits] if answer and answer.answered else []
            return []

        return tried(proposals(self._pages_of(document), sentences, document.language), answers_on, stopped)
