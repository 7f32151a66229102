"""Embedding models in memory: each is loaded once, at its first use, with visible progress."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from rag.core.background import Job
from rag.core.errors import Cancelled, KildeError, ModelError
from rag.core.types import Notice, Space
from rag.models import ModelSource, resolve_embedding
from rag.models.embedding.encoder import SentenceEncoder, load_encoder
from rag.models.embedding.protocol import Encoder, TokenCounter
from rag.models.embedding.token_counter import load_token_counter
from rag.models.reader.reader import Reader, goes_with, load_reader
from rag.models.reader.weights import FILE as READER_FILE

RETRY_SECONDS = 60.0
"""Seconds after which loading a failed model is tried again, as the cause may be gone."""


class ModelState(StrEnum):
    """The state of a model."""

    ABSENT = "absent"
    PREPARING = "preparing"  # being downloaded or unpacked
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    OFF = "off"  # it works, and is too slow on this machine: only models of choice


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The status of a model. stage, share: progress of preparation, see `rag.models.Progress`. source: its origin, once
    known. notice: why it could not be loaded. reads: whether there is a reader above it, see `rag.models.reader`.
    """

    model: str
    state: ModelState
    stage: str = ""
    share: float = 0.0
    source: ModelSource | None = None
    notice: Notice | None = None
    reads: bool = False


class EmbeddingModel(Protocol):
    """An embedding model that may still have to be loaded."""

    @property
    def status(self) -> ModelStatus: ...
    def counter(self) -> TokenCounter: ...
    def encoder(self) -> Encoder: ...
    def encoder_if_ready(self) -> Encoder | None: ...
    def reader(self) -> Reader | None: ...
    def load_in_background(self) -> None: ...
    def describe(self, space: Space) -> Space: ...


class Models(Protocol):
    """Embedding models by name; implemented by `LocalModels`."""

    def embedding(self, name: str) -> EmbeddingModel: ...


@dataclass
class EmbeddingModelHandle:
    """An embedding model by name. Each method may be called from any thread; the first caller loads the model.

    on_ready: called when the model is loaded. reader_file: of the reader's weights. failed_at: by the monotonic clock;
    0 without a failure.
    Raises ModelUnavailable, ModelUnsafe, ModelError; Cancelled once it is closed.
    """

    name: str
    folder: Path
    on_ready: Callable[[], None] = lambda: None
    reader_file: Path = READER_FILE
    failed_at: float = field(default=0.0, init=False)
    status: ModelStatus = field(init=False)
    _counter: TokenCounter | None = field(default=None, init=False)
    _encoder: SentenceEncoder | None = field(default=None, init=False)
    _source: ModelSource | None = field(default=None, init=False)
    _reader: Reader | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.status = ModelStatus(self.name, ModelState.ABSENT)
        self._counter_lock = threading.Lock()
        self._encoder_lock = threading.Lock()
        self._reader_lock = threading.Lock()
        self._closed = threading.Event()
        self._loading = Job[None]("kilde-model")

    def counter(self) -> TokenCounter:
        """The model's tokenizer, which is ready long before the model."""
        with self._counter_lock:
            self._raise_if_closed()
            if self._counter is None:
                source = resolve_embedding(self.name, self.folder, tokenizer_only=True)
                self._counter = load_token_counter(source)
            counter = self._counter
        self._raise_if_closed()
        return counter

    def encoder(self) -> Encoder:
        """The model, which is loaded if needed."""
        with self._encoder_lock:
            self._raise_if_closed()
            if self._encoder is not None:
                return self._encoder
            encoder = self._encoder = self._load()
        self._raise_if_closed()
        self.on_ready()
        return encoder

    def reader(self) -> Reader | None:
        """The reader that was trained above this model, without waiting for the model: None while that is not loaded,
        and for models that none was trained above. It is loaded at its first use (0.2 s).
        """
        encoder, source = self._encoder, self._source
        if encoder is None or source is None:
            return None
        with self._reader_lock:
            if self._reader is None and not self._closed.is_set() and self.status.reads:
                try:
                    self._reader = load_reader(encoder, source.revision, self.reader_file)
                except ModelError:  # its file is damaged; answers come without it
                    self.status = replace(self.status, reads=False)
            reader = self._reader
        if self._closed.is_set():  # while it was loaded
            self.close()
            return None
        return reader

    def close(self) -> None:
        """Free the model's memory. A running load ends at its next step, or its model is dropped afterwards.

        Does not wait for the load. Later uses of the model raise Cancelled.
        """
        self._closed.set()
        self.status = ModelStatus(self.name, ModelState.ABSENT)
        had_something = self._encoder is not None or self._counter is not None
        for part in (self._encoder, self._reader):
            if part is not None:
                part.close()
        self._encoder = self._counter = self._reader = None
        if had_something:
            _release_freed_memory()

    def _raise_if_closed(self) -> None:
        """Raises Cancelled if the model is closed, after freeing what was loaded since."""
        if self._closed.is_set():
            self.close()
            raise Cancelled

    def _load(self) -> SentenceEncoder:
        try:
            self.status = replace(self.status, state=ModelState.PREPARING, notice=None)
            self._source = resolve_embedding(self.name, self.folder, self._progress)
            self.status = replace(self.status, state=ModelState.LOADING, source=self._source)
            encoder = load_encoder(self._source)
        except Cancelled:
            self.status = ModelStatus(self.name, ModelState.ABSENT)
            raise
        except KildeError as error:
            self._fail(error)
            raise
        except Exception as error:  # whatever a foreign model makes the libraries raise
            failure = ModelError(model=self.name, detail=str(error)[:300])
            self._fail(failure)
            raise failure from error
        reads = encoder.is_fused and goes_with(self._source.revision, self.reader_file)
        self.status = replace(self.status, state=ModelState.READY, share=1.0, reads=reads)
        return encoder

    def _fail(self, error: KildeError) -> None:
        self.failed_at = time.monotonic()
        self.status = replace(self.status, state=ModelState.FAILED, notice=error.notice())

    def encoder_if_ready(self) -> Encoder | None:
        """The model if it is already loaded, else None, without waiting."""
        return self._encoder

    def load_in_background(self) -> None:
        """Start loading, unless the model is loaded, loading, or has failed."""
        if self._encoder is None and self.status.state is not ModelState.FAILED:
            self._loading.start(self._load_both)

    def _load_both(self) -> None:
        self.encoder()
        self.reader()

    def describe(self, space: Space) -> Space:
        """`space` completed with the properties of the model, which is loaded."""
        encoder = self.encoder()
        assert self._source is not None
        return replace(
            space,
            model=self.name,
            revision=self._source.revision,
            dimension=encoder.dimension,
            query_prefix=encoder.query_prefix,
            passage_prefix=encoder.passage_prefix,
        )

    def _progress(self, stage: str, share: float) -> None:
        self._raise_if_closed()
        self.status = replace(self.status, stage=stage, share=share)


class LocalModels:
    """The embedding models of this process, one of each name. on_ready: called when one of them is loaded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._models: dict[str, EmbeddingModelHandle] = {}
        self._guard = threading.Lock()
        self.on_ready: Callable[[], None] = lambda: None

    def embedding(self, name: str) -> EmbeddingModelHandle:
        with self._guard:
            model = self._models.get(name)
            if model is None or (model.failed_at and time.monotonic() - model.failed_at > RETRY_SECONDS):
                model = self._models[name] = EmbeddingModelHandle(name, self._folder, lambda: self.on_ready())
            return model

    def close(self) -> None:
        """Free the memory of all models; see `EmbeddingModelHandle.close`."""
        with self._guard:
            models = list(self._models.values())
        for model in models:
            model.close()


def _release_freed_memory() -> None:
    """Return memory that the C library retains for later allocations, if it supports that.

    A tokenizer of 250,000 pieces is millions of small allocations. glibc keeps their pages after they are freed, and
    the next model does not fit into the gaps: each model loaded and dropped would leave 0.1 GB behind.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
