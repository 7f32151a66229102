"""The chosen models of this process: loaded in the background, measured here, and switched off where they are slow."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from rag.core.background import Job
from rag.core.errors import KildeError, ModelError, ModelTooSlow
from rag.core.settings import Settings
from rag.core.types import Chunk, Notice
from rag.models.chosen import reader, reranker
from rag.models.chosen.files import located
from rag.models.chosen.reader import AnswerSpan, SpanReader
from rag.models.chosen.reranker import Reranker
from rag.models.embedding.batching import priority_gate
from rag.models.embedding.registry import RETRY_SECONDS, ModelState, ModelStatus

logger = logging.getLogger(__name__)

LIMIT_S = 2.0
"""Seconds that a model may add to a question."""
OVERRUNS = 2
"""Questions in a row that take longer before a model is switched off: once, the machine may have been busy."""
RERANKED = 20
"""Candidates that a reranker orders."""
MEASURED = 4
"""Passages read to measure a model: one batch."""
_QUESTION = "Hvor længe er batteriet dækket af garantien, og hvem skal man skrive til?"
# as long as a chunk of the default size, 180 tokens
_PASSAGE = "Batteriet er dækket i 6 måneder fra købsdatoen, og øvrige dele i 24 måneder. Skriv til os i tide. " * 6


class Scores(NamedTuple):
    """values: how well each passage answers, 0..1, in order, by the reranker `model`."""

    model: str
    values: Sequence[float]


Loaded = TypeVar("Loaded")
Result = TypeVar("Result")


class ChosenModel(Generic[Loaded]):
    """A model that may still have to be loaded, or cannot be used. Safe to use from many threads.

    status: notice says why it is not in use. seconds: what a question takes, as measured; 0 before. failed_at: by the
    monotonic clock; 0 without a failure.
    """

    def __init__(
        self, name: str, load: Callable[[str, Path], Loaded], measure: Callable[[Loaded], float], limit: float = LIMIT_S
    ) -> None:
        """measure: the seconds that a question takes. limit: how many it may."""
        self.status = ModelStatus(name, ModelState.ABSENT)
        self.seconds = self.failed_at = 0.0
        self._load_model, self._measure, self._limit = load, measure, limit
        self._model: Loaded | None = None
        self._overruns = 0
        self._closed = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._guard = threading.Lock()
        self._loading = Job[None]("kilde-chosen-model")

    def load_in_background(self) -> None:
        """Start loading, unless that was begun before."""
        with self._guard:
            if self.status.state is ModelState.ABSENT and not self._closed.is_set():
                self._set(ModelState.PREPARING)
                self._loading.start(self._load)

    def wait(self, timeout: float | None = None) -> None:
        """Return when it is loaded, or cannot be, or after so many seconds."""
        self.load_in_background()
        self._loading.wait(timeout)

    def use(self, work: Callable[[Loaded, float], Result]) -> tuple[Result | None, Notice | None]:
        """What `work` makes with the model, or None and why it is not in use. Does not wait for the model.

        work: gets the model, and when to give up by the monotonic clock.
        """
        self.load_in_background()
        with self._one_at_a_time:
            if (model := self._model) is None:
                return None, self.notice()
            began = time.monotonic()
            try:
                with priority_gate.hold():
                    result = work(model, began + self._limit)
            except Exception as error:  # noqa: BLE001 (see `_load`)
                self._fail(error)
                return None, self.notice()
            took = time.monotonic() - began
            self._overruns = self._overruns + 1 if took > self._limit else 0
            if self._overruns < OVERRUNS:
                return result, None
            self._fail(ModelTooSlow(model=self.status.model, seconds=math.ceil(took), limit=round(self._limit)))
            return result, self.notice()

    def notice(self) -> Notice | None:
        """Why it is not in use; None where it is."""
        if self.status.state in (ModelState.ABSENT, ModelState.PREPARING, ModelState.LOADING):
            return Notice("chosen_model_loading", {"model": self.status.model})
        return self.status.notice

    def close(self) -> None:
        """Free the memory. Does not wait for a load, whose model is dropped afterwards."""
        self._closed.set()
        self._loading.cancel()
        self._model = None
        self._set(ModelState.ABSENT)

    def _load(self) -> None:
        name = self.status.model
        try:
            path = located(name, self._report)
            self._set(ModelState.LOADING)
            model = self._load_model(name, path)
            with priority_gate.hold():
                self.seconds = self._measure(model)
            if self.seconds > self._limit:
                raise ModelTooSlow(model=name, seconds=math.ceil(self.seconds), limit=round(self._limit))
        except Exception as error:  # noqa: BLE001 (whatever a foreign model makes the libraries raise; it is noted)
            self._fail(error)
            return
        self._model = model
        self._set(ModelState.READY, share=1.0)
        if self._closed.is_set():
            self.close()

    def _report(self, stage: str, share: float) -> None:
        self._loading.raise_if_cancelled()
        self._set(ModelState.PREPARING, stage, share)

    def _set(self, state: ModelState, stage: str = "", share: float = 0.0, notice: Notice | None = None) -> None:
        self.status = ModelStatus(self.status.model, state, stage, share, notice=notice)

    def _fail(self, error: Exception) -> None:
        """Let go of the model and note why."""
        if not isinstance(error, KildeError):
            logger.warning("the model %s failed", self.status.model, exc_info=error)
            error = ModelError(model=self.status.model, detail=str(error)[:300])
        self._model, self.failed_at = None, time.monotonic()
        state = ModelState.OFF if isinstance(error, ModelTooSlow) else ModelState.FAILED
        self._set(state, notice=error.notice())


class ChosenModels:
    """The reranker and the reader that the settings name. A model that is no longer named is dropped."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        """settings: those in force."""
        self._settings = settings
        self._guard = threading.Lock()
        self._models: dict[str, ChosenModel[Any]] = {}

    def reranker(self) -> ChosenModel[Reranker] | None:
        """None where none is chosen."""

        def measure(model: Reranker) -> float:
            return _seconds_each(lambda passages: model.scores(_QUESTION, [p.text for p in passages])) * RERANKED

        return self._model("reranker", self._settings().reranker_model, reranker.load_reranker, measure)

    def reader(self) -> ChosenModel[SpanReader] | None:
        """None where none is chosen."""
        settings = self._settings()

        def measure(model: SpanReader) -> float:
            return _seconds_each(lambda passages: model.spans(_QUESTION, passages)) * settings.k

        return self._model("reader", settings.reader_model, reader.load_reader, measure)

    def scores(self, question: str, passages: Sequence[str]) -> tuple[Scores | None, Notice | None]:
        """How well each passage answers by the reranker.

        None where it is not in use, with a notice why where one is chosen. Does not wait for it.
        """
        if not passages or (model := self.reranker()) is None:
            return None, None
        values, notice = model.use(lambda loaded, until: loaded.scores(question, passages, until))
        return None if values is None else Scores(model.status.model, values), notice

    def spans(self, question: str, passages: Sequence[Chunk]) -> tuple[Mapping[int, AnswerSpan], Notice | None]:
        """The best span of each passage by the reader, by chunk id; empty where it is not in use, as in `scores`."""
        if not passages or (model := self.reader()) is None:
            return {}, None
        spans, notice = model.use(lambda loaded, until: loaded.spans(question, passages, until))
        return spans or {}, notice

    def load_in_background(self) -> None:
        """Start loading what the settings name."""
        for model in (self.reranker(), self.reader()):
            if model is not None:
                model.load_in_background()

    def wait(self, timeout: float | None = None) -> None:
        """Return when what the settings name is loaded, or cannot be; for programs that ask once and end."""
        for model in (self.reranker(), self.reader()):
            if model is not None:
                model.wait(timeout)

    def close(self) -> None:
        """Free the memory of both."""
        with self._guard:
            models, self._models = list(self._models.values()), {}
        for model in models:
            model.close()

    def _model(
        self, kind: str, name: str, load: Callable[[str, Path], Loaded], measure: Callable[[Loaded], float]
    ) -> ChosenModel[Loaded] | None:
        with self._guard:
            known = self._models.get(kind)
            if known is not None and (known.status.model != name or _worth_another_try(known)):
                self._models.pop(kind).close()
                known = None
            if known is None and name:
                known = self._models[kind] = ChosenModel(name, load, measure)
            return known


def check(wanted: Settings, current: Settings) -> None:
    """Refuses what can be seen at once to be unfit among newly chosen models: those in folders.

    A model of the hub is looked for in the background. Raises as `load_reranker` and `load_reader` do.
    """
    for setting, check_kind in (("reranker_model", reranker.check), ("reader_model", reader.check)):
        name = getattr(wanted, setting)
        if name and name != getattr(current, setting) and Path(name).expanduser().is_dir():
            check_kind(name, located(name))


def _worth_another_try(model: ChosenModel[Any]) -> bool:
    """Whether loading failed a while ago, so that the cause may be gone. A slow model stays off until a new start."""
    return model.status.state is ModelState.FAILED and time.monotonic() - model.failed_at > RETRY_SECONDS


def _seconds_each(read: Callable[[Sequence[Chunk]], object]) -> float:
    """Seconds for one passage of typical length: the best of three tries, of which the first one warms up.

    A single try is enough where a batch alone takes too long for a question.
    """
    passages = [Chunk(n, 1, 0, len(_PASSAGE), _PASSAGE, id=n) for n in range(MEASURED)]
    best = math.inf
    for _ in range(3):
        began = time.monotonic()
        read(passages)
        best = min(best, time.monotonic() - began)
        if best > MEASURED * LIMIT_S:
            break
    return best / MEASURED
