"""Runs a model in a thread of its own, so that the reader can stop at once, whatever the model is doing."""

import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Literal

from rag.core.errors import KildeError, ModelError
from rag.generation.protocol import Finish, Report, Sent, Used

POLL_SECONDS = 0.05
LET_GO_SECONDS = 0.3
"""Seconds that a stopped answer waits for the model, which notices a stop between tokens, but not in a long prompt."""

_Item = str | Sent | Exception | Literal[False]


class Writing:
    """Passes output from the model's thread to the reader, and a stop request back to the thread."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._abandoned = threading.Event()
        self.items: SimpleQueue[_Item] = SimpleQueue()
        self._began = self._last = time.perf_counter()
        self._first: float | None = None
        self.finish: Finish = "stop"
        self.prompt_tokens: int | None = None
        self.written_tokens = 0
        self.cached_tokens = 0

    def begin(self) -> None:
        """Called when the model is loaded and free; the time of the answer starts here."""
        self._began = self._last = time.perf_counter()

    def sent(self, prompt_sent: Sent) -> None:
        self.prompt_tokens = prompt_sent.tokens
        self.items.put(prompt_sent)

    def wrote(self, text: str, tokens: int) -> None:
        """Add a piece of the answer, possibly empty. Leading white space of the answer is dropped."""
        self.written_tokens += tokens
        self._last = time.perf_counter()
        if self._first is None:
            text = text.lstrip()
        if text:
            if self._first is None:
                self._first = self._last
            self.items.put(text)

    def stopped(self) -> bool:
        return self._abandoned.is_set() or self._cancelled()

    def abandon(self) -> None:
        self._abandoned.set()

    def used(self, finish: Finish) -> Used:
        return Used(
            finish,
            round(self._last - self._began, 4),
            None if self._first is None else round(self._first - self._began, 4),
            self.prompt_tokens,
            self.written_tokens,
            self.cached_tokens,
        )


def pieces(work: Callable[[Writing], None], cancelled: Callable[[], bool], report: Report, model: str) -> Iterator[str]:
    """The pieces that `work` writes, as `Generator.generate` yields them. Exceptions of libraries become ModelError.

    work: runs in a thread; must end soon once `Writing.stopped`, and sets `Writing.finish` to "length" or "cut".
    """
    writing = Writing(cancelled)
    thread = threading.Thread(target=_run, args=(work, writing), name="kilde-generate", daemon=True)
    thread.start()
    is_sent = False
    try:
        while not cancelled():
            try:
                item = writing.items.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if isinstance(item, str):
                yield item
            elif isinstance(item, Sent):
                is_sent = True
                report(item)
            elif item is False:
                if is_sent:
                    report(writing.used(writing.finish))
                return
            else:
                if is_sent:
                    report(writing.used("cut"))
                if isinstance(item, KildeError):
                    raise item
                raise ModelError(model=model, detail=str(item)[:300]) from item
        writing.abandon()
        thread.join(LET_GO_SECONDS)
        if is_sent:
            report(writing.used("stopped"))
    finally:
        writing.abandon()
        thread.join(LET_GO_SECONDS)


def _run(work: Callable[[Writing], None], writing: Writing) -> None:
    try:
        work(writing)
    except Exception as error:  # noqa: BLE001 - handed over, and raised where the answer is read
        writing.items.put(error)
    else:
        writing.items.put(False)
