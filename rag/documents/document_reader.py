"""Reads one task's document into the store: its text first, then what pictures beside the text say."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.core.errors import NoText
from rag.core.types import Chunk, Page, Parsed, State
from rag.documents.attached_files import AttachedFiles
from rag.documents.chunking import chunks_for
from rag.documents.language import opening_language
from rag.documents.loaders import load, recognised
from rag.models.embedding.registry import Models
from rag.store.protocol import Store
from rag.store.values import Task

PROGRESS_SECONDS = 0.3
SPEED_PAGES = 10
"""So many pages with pictures tell how long the others will take."""


class DocumentReader:
    """Reads documents of one store, in the caller's thread. Safe to use from many threads.

    stop: set where the worker ends; what is being read is then cancelled.
    """

    def __init__(self, store: Store, models: Models, stop: threading.Event) -> None:
        self._store = store
        self._models = models
        self._stop = stop
        self._attached = AttachedFiles(store.documents)
        self._page_seconds: deque[float] = deque(maxlen=SPEED_PAGES)

    def seconds_per_page(self) -> float | None:
        """How long the latest pages with pictures took; None before the first."""
        seconds = list(self._page_seconds)
        return sum(seconds) / len(seconds) if seconds else None

    def read(self, task: Task) -> bool:
        """Read and cut a waiting document, which makes it findable. Returns whether files inside it were queued.

        Where there is text without them, its pictures are left for `recognise`.
        Raises FileRefused, Cancelled, StoreError.
        """
        document, space = task.document, task.space
        pages = self._store.documents.pages(document.id)
        parsed: Parsed | None = None
        language = document.language
        if not pages:
            parsed = load(
                self._store.documents.original(document.sha256),
                document.media_type,
                document.name,
                progress=self._page_progress(task),
                cancelled=self._cancelled(task),
                # one that is found as before loses nothing meanwhile
                recognise_later=not document.chunks,
            )
            pages = list(parsed.pages)
            language = opening_language(pages)
        chunks = self._chunks(task, pages)
        if not chunks and parsed is not None and parsed.lacking:
            parsed = self._recognised(task, parsed)
            pages, language = list(parsed.pages), opening_language(parsed.pages)
            chunks = self._chunks(task, pages)
        if not chunks:
            raise NoText(pages=f"1-{len(pages)}")
        children: list[int] | None = None
        if parsed is not None:
            # first: where this is cut off they are found here again, and nothing that was inside is lost
            children, notices = self._attached.accept(document, parsed.attached, self._cancelled(task))
            parsed = replace(parsed, notices=(*parsed.notices, *notices))
        self._store.documents.put(document.id, space.id, parsed, chunks, language, children=children)
        return bool(children)

    def recognise(self, task: Task) -> None:
        """Bring what the pictures of a findable document say into it, which is found without them until then.

        Raises Cancelled, DocumentGone, StoreError.
        """
        document = task.document
        pages = tuple(self._store.documents.pages(document.id))
        typed = Parsed(pages, document.title, loader_version=document.loader_version, lacking=document.lacking)
        parsed = self._recognised(task, typed)
        chunks = self._chunks(task, parsed.pages)
        present = self._store.documents.get(document.id)  # a notice may have been answered meanwhile
        if present is not None:
            parsed = replace(parsed, notices=(*present.notices, *parsed.notices))
            self._store.documents.put(document.id, task.space.id, parsed, chunks, opening_language(parsed.pages))

    def _recognised(self, task: Task, parsed: Parsed) -> Parsed:
        report = self._page_progress(task)
        began = time.monotonic()

        def progress(done: int, pages: int) -> None:
            nonlocal began
            self._page_seconds.append(time.monotonic() - began)
            began = time.monotonic()
            report(done, pages)

        return recognised(
            self._store.documents.original(task.document.sha256),
            task.document.media_type,
            parsed,
            progress=progress,
            cancelled=self._cancelled(task),
        )

    def _chunks(self, task: Task, pages: Sequence[Page]) -> list[Chunk]:
        return chunks_for(task.space, self._models, pages, task.document.media_type)

    def _page_progress(self, task: Task) -> Callable[[int, int], None]:
        last_report = 0.0

        def report(done: int, pages: int) -> None:
            nonlocal last_report
            if time.monotonic() - last_report >= PROGRESS_SECONDS:  # each report is a durable write
                last_report = time.monotonic()
                self._store.queue.set_pages_done(task.document.id, task.space.id, done, pages)

        return report

    def _cancelled(self, task: Task) -> Callable[[], bool]:
        last_look, is_cancelled = 0.0, False

        def cancelled() -> bool:
            nonlocal last_look, is_cancelled
            if self._stop.is_set():
                return True
            if time.monotonic() - last_look >= PROGRESS_SECONDS:
                last_look = time.monotonic()
                is_lacking = task.state is State.FINDABLE
                under_way = self._store.queue.tasks(State.FINDABLE if is_lacking else State.READING, lacking=is_lacking)
                is_cancelled = all((t.document.id, t.space.id) != (task.document.id, task.space.id) for t in under_way)
            return is_cancelled

        return cancelled
