"""A change of embedding model or chunk size: estimated, then built as a new space beside the old one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from rag.core.background import Job
from rag.core.errors import KildeError
from rag.core.settings import REINDEXING, Settings
from rag.core.types import Notice, Space
from rag.models.embedding.registry import Models, ModelStatus
from rag.store.protocol import Spaces
from rag.store.values import SpaceProgress

TYPICAL_TOKENS_PER_SECOND = 12.0 * 180
"""12 chunks of 180 tokens on two cores with the default model; used until this machine has been measured."""
TYPICAL_LOADING_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change to the settings `wanted` takes. documents and chunks: to be indexed anew; chunks is an estimate."""

    wanted: Settings
    reindexes: bool
    documents: int = 0
    chunks: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change under way. model: set while it is being made ready. failed: why it was given up."""

    model: ModelStatus | None = None
    progress: SpaceProgress | None = None
    seconds_left: float | None = None
    failed: Notice | None = None


class Reindexer:
    """At most one change at a time; a new one takes the place of the old."""

    def __init__(self, spaces: Spaces, models: Models, wake: Callable[[], None]) -> None:
        self._spaces = spaces
        self._models = models
        self._wake = wake
        self._guard = threading.Lock()
        self._job = Job[str]("kilde-change")  # of the newest attempt; status: the model that is made ready

    def plan(self, now: Settings, wanted: Settings, chunks_per_second: float) -> Plan:
        """Estimates chunks from the tokens that are stored, and time from the speed measured in this process."""
        active = self._spaces.active()
        if active is None:
            return Plan(wanted, False)
        building = self._spaces.building()
        if any(space is not None and _same(wanted, space) for space in (active, building)):
            return Plan(wanted, False)
        if self.under_way() and all(getattr(wanted, name) == getattr(now, name) for name in REINDEXING):
            return Plan(wanted, False)
        progress = self._spaces.progress(active.id)
        if not progress.documents:
            return Plan(wanted, True)
        current_step = active.chunk_size - active.overlap
        wanted_step = wanted.chunk_size - wanted.overlap
        chunks = max(1, round(progress.chunks * current_step / wanted_step)) if progress.chunks else 0
        # a forward pass takes about as long as it has tokens
        rate = (chunks_per_second * active.chunk_size or TYPICAL_TOKENS_PER_SECOND) / wanted.chunk_size
        loaded = self._models.embedding(wanted.embedding_model).encoder_if_ready() is not None
        return Plan(
            wanted, True, progress.documents, chunks, chunks / rate + (0.0 if loaded else TYPICAL_LOADING_SECONDS)
        )

    def under_way(self) -> bool:
        """Whether a space is being made ready or built."""
        with self._guard:
            return self._preparing() is not None or self._spaces.building() is not None

    def begin(self, space: Space, keep: Callable[[], None]) -> None:
        """Make the model ready, then begin to build; returns at once. keep: saves the settings when that has begun."""
        with self._guard:
            self._job.cancel()
            job = self._job = Job[str]("kilde-change")
            job.start(lambda: self._prepare(space, keep, job), space.model)

    def _prepare(self, space: Space, keep: Callable[[], None], job: Job[str]) -> None:
        try:
            described = self._models.embedding(space.model).describe(space)
            with self._guard:
                job.raise_if_cancelled()
                self._spaces.begin(described)
                try:
                    keep()
                except KildeError:
                    # a space that the settings do not name must not be switched to
                    self._spaces.drop_building()
                    raise
        finally:
            self._wake()

    def _preparing(self) -> str | None:
        """The model that is made ready now."""
        return self._job.status if self._job.running and not self._job.cancelled() else None

    def cancel(self) -> None:
        """Drop what has been built of the new space."""
        with self._guard:
            self._job.cancel()
            self._spaces.drop_building()

    def current(self, chunks_per_second: float) -> Change | None:
        with self._guard:
            preparing = self._preparing()
            failed = None if self._job.cancelled() else self._job.notice
        if preparing is not None:
            return Change(model=self._models.embedding(preparing).status)
        building = self._spaces.building()
        if building is not None:
            progress = self._spaces.progress(building.id)
            chunks_left = progress.chunks - progress.chunks_done
            return Change(
                progress=progress, seconds_left=chunks_left / chunks_per_second if chunks_per_second else None
            )
        return Change(failed=failed) if failed is not None else None


def _same(wanted: Settings, space: Space) -> bool:
    return (wanted.embedding_model, wanted.chunk_size, wanted.overlap) == (space.model, space.chunk_size, space.overlap)
