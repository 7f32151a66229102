"""The worker that brings documents into the store: it reads them, cuts them into chunks, and embeds these.

The queue is in the store, so that it outlives the worker and anyone can see how far it is. Reading has threads of its
own, so that a new document is findable by its words at once, however much is being embedded and however long another
file takes. Pictures beside its text are recognised after that, when no other file waits to be read. Embedding has one
thread, which takes the document with the fewest chunks left first. A lock file keeps a second process on the same
folder from working on the same queue.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from rag.core.background import Job, notice_of, raise_if_cancelled
from rag.core.durable_io import DISK_FULL
from rag.core.errors import Cancelled, DiskFull, ModelChanged, StoreError
from rag.core.types import Notice, Page, State
from rag.documents.chunking import chunk
from rag.documents.document_reader import DocumentReader
from rag.models.embedding.protocol import passage_of
from rag.models.embedding.registry import EmbeddingModel, Models, ModelState
from rag.store.protocol import Store
from rag.store.values import SpaceProgress, Task

logger = logging.getLogger(__name__)

BATCH = 64
"""Chunks embedded between two commits: about a second of work, so that stopping and progress feel immediate."""
READERS = 3
"""Files read at once, each in a child process. One reader takes the smallest waiting file, the others the oldest."""
IDLE_SECONDS = 0.5
"""How often an idle worker looks for what another process has queued."""
SPEED_BATCHES = 20
"""The time left is estimated from so many batches: one slow batch must not turn minutes into an hour."""
FAULT_PAUSE_SECONDS = 1.0
LOADING_SECONDS = 0.2
"""How often a reader looks whether the model for questions is loaded, before it loads what it needs itself."""
WARM_PAUSE_SECONDS = 1.0
"""What cutting needs is loaded so long after the start, or at the first document; the first time takes 3 s."""
LOAD_PAUSE_SECONDS = 4.0
"""For so long after the start, no model is loaded unless somebody asks for it: the first page comes before torch."""


class Worker:
    """Works through the queue of a store in background threads, or in the caller's by `run_until_done`."""

    def __init__(
        self, store: Store, models: Models, folder: Path | None, on_acquired: Callable[[], None] = lambda: None
    ) -> None:
        self._on_acquired = on_acquired
        self._store = store
        self._models = models
        self._lock = FileLock(folder / "worker.lock", thread_local=False) if folder else None
        self._stop = threading.Event()
        self._reader = DocumentReader(store, models, self._stop)
        self._readers = [Job[None](f"kilde-reader-{number}") for number in range(READERS)]
        self._embedder = Job[None]("kilde-embedder")
        self._migration = Job[None]("kilde-migration")
        self._load_from = 0.0
        self.chunks_per_second = 0.0
        self._batches: deque[tuple[int, float]] = deque(maxlen=SPEED_BATCHES)
        self.model_notice: Notice | None = None
        self.fault: Notice | None = None
        self._guard = threading.Lock()
        """Held while a reader chooses a file, and while the lock of the folder is taken."""
        self._being_read: set[tuple[int, int]] = set()
        self._has_abandoned_tasks = False
        self._unannounced = False

    def start(self, model: str = "") -> None:
        """Begin to work in the background, or as soon as the process that holds the lock lets go of it."""
        self._model = model
        self._load_from = time.monotonic() + LOAD_PAUSE_SECONDS
        for number, reader in enumerate(self._readers):
            reader.start(partial(self._run_reader, reader, number))
        self._embedder.start(self._run_embedder)
        self._migration.start(self._run_migration)

    def wake(self) -> None:
        """Tell the threads that the queue has something new."""
        for job in (*self._readers, self._embedder):
            job.wake()

    def stop(self) -> None:
        """Return when all threads have ended. The batch is finished; files being read wait for the next start."""
        self._stop.set()
        jobs = (*self._readers, self._embedder, self._migration)
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait()
        if self._lock is not None and self._lock.is_locked:
            self._lock.release()

    def acquire(self) -> bool:
        """Become the only worker of the folder. False while another process is its worker."""
        if self._lock is None:
            return True
        with self._guard:
            if not self._lock.is_locked:
                try:
                    self._lock.acquire(timeout=0)
                except Timeout:
                    return False
                self._has_abandoned_tasks = self._unannounced = True
            if self._unannounced:
                self._on_acquired()
                self._unannounced = False  # not reached where it fails, as on a full disk: it is then called again
            return True

    def _warm_up(self) -> bool:
        counter = self._models.embedding(self._model).counter()
        page = Page(1, "Dette er en prøve. This is a sample, and a second sentence.")
        chunk([page], 64, 0, counter.count)  # which detects the language as well
        return True

    def seconds_left(self, progress: SpaceProgress) -> float | None:
        """The time until all is indexed, from the latest batches and pages; None while that cannot be told.

        Pictures are recognised while chunks are embedded, so it is the longer of the two.
        """
        seconds = [0.0] if self.chunks_per_second else []
        if chunks_left := progress.chunks - progress.chunks_done:
            if not self.chunks_per_second:
                return None
            seconds.append(chunks_left / self.chunks_per_second)
        if progress.pages_lacking:
            seconds_per_page = self._reader.seconds_per_page()
            if seconds_per_page is None:
                return None
            seconds.append(progress.pages_lacking * seconds_per_page)
        return max(seconds, default=None)

    def _is_loading(self) -> bool:
        state = self._models.embedding(self._model).status.state if self._model else ModelState.ABSENT
        return state in (ModelState.PREPARING, ModelState.LOADING)

    def _run_reader(self, reader: Job[None], number: int) -> None:
        woken = reader.pause(WARM_PAUSE_SECONDS)
        # reading needs these parts for the first file; while there is none, the model for the first question goes first
        while not woken and self._is_loading():
            woken = reader.pause(LOADING_SECONDS)
        if self._model and number == 0 and not reader.cancelled():
            self._attempt(self._warm_up)
        while not reader.cancelled():
            if not self._attempt(lambda: self.acquire() and self.read_next(smallest_first=number == READERS - 1)):
                reader.pause(IDLE_SECONDS)

    def _run_embedder(self) -> None:
        while not self._embedder.cancelled():
            holds_lock = self._lock is None or self._lock.is_locked
            if not (holds_lock and self._attempt(self.embed_next)):
                if holds_lock:
                    self._attempt(self._finish)
                self._embedder.pause(IDLE_SECONDS)

    def _run_migration(self) -> None:
        """Bring what an older version wrote into today's form; ends when nothing of it is left."""
        while not self._migration.cancelled():
            began = time.monotonic()
            moved = self._attempt(lambda: self.acquire() and self._store.migrate_batch())
            if not moved and self._store.migration_progress() is None:
                return
            # half of the time is left to those who ask, read and write meanwhile
            self._migration.pause(time.monotonic() - began if moved else IDLE_SECONDS)

    def _attempt(self, step: Callable[[], bool]) -> bool:
        """Take a step, and return what it returns; False where it fails, which is logged and shown until one succeeds.

        A worker thread never ends by an error: the step is taken again after a pause.
        """
        try:
            progressed = step()
        except Cancelled:
            return False
        except Exception as error:  # noqa: BLE001 (it is logged there)
            self.fault = notice_of(error, "an indexing step failed")
            self._stop.wait(FAULT_PAUSE_SECONDS)
            return False
        if progressed:
            self.fault = None
        return progressed

    def read_next(self, *, smallest_first: bool = False) -> bool:
        """Read and cut the next waiting document, the oldest or the smallest. False where none waits.

        Where none waits, the pictures of the next findable document are recognised, but not by the reader that takes
        the smallest first: so one is always there for new files.
        Raises DiskFull or StoreError where the document is to be read again, or its state could not be written.
        """
        task = self._claim(smallest_first) or (None if smallest_first else self._claim_lacking())
        if task is None:
            return False
        with self._reading(task):
            if task.state is State.FINDABLE:
                self._reader.recognise(task)
            elif self._reader.read(task):
                self.wake()
        self._embedder.wake()
        return True

    def _claim(self, smallest_first: bool) -> Task | None:
        with self._guard:
            if self._has_abandoned_tasks:
                self._store.queue.recover(self._being_read)
                self._has_abandoned_tasks = False
            documents = {document_id for document_id, _ in self._being_read}
            for task in self._store.queue.tasks(State.WAITING, limit=READERS + 1, smallest_first=smallest_first):
                # it is being read for another space: its pages will be there when it has been
                if task.document.id in documents:
                    continue
                if self._store.queue.claim(task.document.id, task.space.id):
                    self._being_read.add((task.document.id, task.space.id))
                    return task
        return None

    def _claim_lacking(self) -> Task | None:
        """A findable document with pictures to recognise. It stays findable: it is found, and embedded, meanwhile."""
        with self._guard:
            documents = {document_id for document_id, _ in self._being_read}
            for task in self._store.queue.tasks(State.FINDABLE, limit=READERS, lacking=True):
                if task.document.id not in documents:
                    self._being_read.add((task.document.id, task.space.id))
                    return task
        return None

    @contextmanager
    def _reading(self, task: Task) -> Iterator[None]:
        """Leave a claimed task in the right state, however the block ends: failed, waiting again, or as the block did.

        Raises the fault where it is the disk's or the database's, not the document's: then the document is read again.
        """
        document_id, space_id = task.document.id, task.space.id
        settled = False
        try:
            try:
                yield
            except Cancelled:
                # else the user stopped it, and its state says so already; one that was findable still is
                if self._stop.is_set() and task.state is State.WAITING:
                    self._store.queue.set_state(document_id, space_id, State.WAITING)
            except Exception as error:
                if type(error) in (DiskFull, StoreError):
                    raise
                if isinstance(error, OSError) and error.errno in DISK_FULL:  # in a library that unpacks what it needs
                    raise DiskFull from error
                notice = notice_of(error, f"reading {task.document.name} failed")
                self._store.queue.set_state(document_id, space_id, State.FAILED, [notice])
            settled = True
        finally:
            with self._guard:  # at once: what is not settled is for the next reader that looks
                self._being_read.discard((document_id, space_id))
                self._has_abandoned_tasks = self._has_abandoned_tasks or not settled

    def embed_next(self) -> bool:
        """Embed one batch. False where there is nothing to embed, or its model is not loaded yet."""
        task_by_space: dict[int, Task] = {}
        for task in self._store.queue.tasks(State.FINDABLE, limit=1):
            task_by_space.setdefault(task.space.id, task)
        # a space whose model cannot be used must not block the other space, by which the user gets out of it
        return any(self._embed(task) for task in task_by_space.values())

    def _embed(self, task: Task) -> bool:
        model = self._models.embedding(task.space.model)
        encoder = model.encoder_if_ready()
        if encoder is None:
            if time.monotonic() >= self._load_from:
                model.load_in_background()
            return False
        if not self._bound(task, model):
            return False
        started = time.monotonic()
        chunks = self._store.chunks.without_vectors(task.space.id, BATCH)
        if not chunks:
            # pictures are being recognised, or the counters disagree with the rows, as after a crash between versions
            self._store.queue.recount(task.document.id, task.space.id)
            return not task.document.lacking
        embedded = encoder.encode_passages([passage_of(c) for c in chunks], self._stop.is_set)
        self._store.chunks.put_vectors(task.space.id, [c.id for c in chunks], embedded.vectors, embedded.sentences)
        self._batches.append((len(chunks), time.monotonic() - started))
        self.chunks_per_second = sum(n for n, _ in self._batches) / max(sum(s for _, s in self._batches), 1e-3)
        return True

    def _bound(self, task: Task, model: EmbeddingModel) -> bool:
        """Whether the loaded model is the one that the space was made with. A new space is bound to it."""
        described = model.describe(task.space)
        if described == task.space:
            self.model_notice = None
            return True
        if self._store.spaces.bind(task.space.id, described) == described:
            return True
        self.model_notice = ModelChanged(model=task.space.model).notice()
        return False

    def _finish(self) -> bool:
        """Where nothing is left to do, switch to a new space that is complete, and save a snapshot of the vectors."""
        building = self._store.spaces.building()
        open_tasks = self._store.queue.tasks(State.WAITING, State.READING, State.FINDABLE, limit=1)
        if building is not None and not any(task.space.id == building.id for task in open_tasks):
            self._store.spaces.switch()
        if not open_tasks:
            self._store.save_snapshot()
        return False

    def run_until_done(self, report: Callable[[], None], cancelled: Callable[[], bool] = lambda: False) -> None:
        """Work in this thread until the queue is empty; where another process is the worker, wait for it.

        report: called after every step. Raises the model's error where it cannot be loaded, Cancelled.
        """
        waited = False
        while (
            self._store.queue.tasks(State.WAITING, State.READING, State.FINDABLE, limit=1)
            or self._store.spaces.building()
        ):
            raise_if_cancelled(cancelled)
            if not self.acquire():
                if not waited:
                    logger.warning("another Kilde is working in this folder; waiting until it has done this as well")
                waited = True
                time.sleep(IDLE_SECONDS)
            elif not self.read_next():
                for task in self._store.queue.tasks(State.FINDABLE, limit=1)[:1]:
                    if not self._bound(task, model := self._models.embedding(task.space.model)):
                        raise ModelChanged(model=task.space.model)
                    model.encoder()
                if not self.embed_next():
                    self._finish()
            report()
        if self.acquire():
            while self._store.migrate_batch() and not cancelled():
                report()
            self._finish()
