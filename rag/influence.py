"""Did this source matter? What becomes of an answer when each of its passages is left out, measured by doing so.

Leave-one-out context attribution. ContextCite (Cohen-Wang et al., 2024, "ContextCite: Attributing Model Generation to
Context") estimates the same from fewer passes where there are hundreds of sources; with a handful each is left out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.answering import answer_language
from rag.errors import Cancelled, CannotScore, KildeError
from rag.generation import quoting
from rag.generation.protocol import Generator, Scores, build_prompt
from rag.history import History
from rag.holder import Models
from rag.store.protocol import Vector
from rag.store.sqlite import SqliteStore
from rag.text import query_words
from rag.types import Hit, Notice, Turn, TurnState

logger = logging.getLogger(__name__)

Report = Callable[[int, int], None]
"""Told how many passages have been left out so far, and of how many."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far measuring has come, in passages. notice: why it ended without a result; None while it goes on."""

    done: int = 0
    of: int = 0
    notice: Notice | None = None


def kind_of_answer(turn: Turn) -> str:
    """ "written", "quotes", or "" where no passage can have mattered: a refusal, or a turn that has not ended."""
    answer = turn.answer
    if turn.state is TurnState.RUNNING or answer is None or not answer.answered or not turn.hits:
        return ""
    return "written" if answer.sentences != answer.quotes else "quotes"


class Influence:
    """Measures over one store; see `measure`."""

    def __init__(self, store: SqliteStore, models: Models, generator: Callable[[str], Generator]) -> None:
        self._store = store
        self._models = models
        self._generator = generator

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        """What leaving out each passage does, as JSON: `kind`, `seconds` and `passages`, each with its `number`.

        "written": `nats`, the answer's log-likelihood with all passages, and its `tokens`; for each passage the nats
        that the answer loses without it (below 0 where it becomes likelier), and whether the model had `read` it. The
        answer is scored as it is shown, without its source numbers: those would speak for a passage by themselves.
        "quotes": `chosen`, what is quoted from all; for each passage which of it is `lost` without it and what comes
        `instead`; `as_then`: whether `chosen` is what the turn quotes; `by_words`: the numbers of passages whose
        vectors are not there any more, so that their words alone decided.
        "": not to be measured.
        Raises Cancelled between two passages, and what the models raise.
        """
        began = time.perf_counter()
        kind = kind_of_answer(turn)
        result: dict[str, Any] = {"passages": []}
        if kind == "written":
            result = self._of_written(turn, report, cancelled)
        elif kind == "quotes":
            result = self._of_quotes(turn, report, cancelled)
        return {"kind": kind, "seconds": round(time.perf_counter() - began, 2), **result}

    def _of_written(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        assert turn.answer is not None
        model = str(turn.ledger.get("answer_model", ""))
        generator = self._generator(model)
        if not isinstance(generator, Scores):
            raise CannotScore(model=model)
        read = [hit for hit in turn.hits if hit.used]
        prompt = build_prompt(turn.searched, read, answer_language(turn.question))
        report(0, len(read))
        with_all = generator.likelihood(prompt, turn.answer.text)
        lost: dict[int, float] = {}
        for number, (hit, passage) in enumerate(zip(read, prompt.passages, strict=True), 1):
            _stop_where(cancelled)
            lost[hit.rank] = with_all.nats - generator.likelihood(prompt.without(passage), turn.answer.text).nats
            report(number, len(read))
        passages = [
            {"number": hit.rank, "nats": round(lost.get(hit.rank, 0.0), 4), "read": hit.used} for hit in turn.hits
        ]
        return {"nats": round(with_all.nats, 4), "tokens": with_all.tokens, "passages": passages}

    def _of_quotes(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        assert turn.answer is not None
        report(0, len(turn.hits))
        vectors = self._vectors(turn)
        question = self._question_vector(turn) if vectors else None
        stems = turn.ledger.get("stems") or [list(word) for word in query_words(turn.searched, ("da", "en"))]

        def quoted(hits: Sequence[Hit]) -> dict[str, str]:
            chosen = quoting.choose(question, stems, hits, vectors, turn.searched)
            return {text.casefold(): text for text in (quoting.as_sentence(choice).text for choice in chosen)}

        chosen = quoted(turn.hits)
        passages = []
        for number, hit in enumerate(turn.hits, 1):
            _stop_where(cancelled)
            then = quoted([other for other in turn.hits if other.rank != hit.rank])
            passages.append(
                {
                    "number": hit.rank,
                    "lost": [text for said, text in chosen.items() if said not in then],
                    "instead": [text for said, text in then.items() if said not in chosen],
                }
            )
            report(number, len(turn.hits))
        return {
            "chosen": list(chosen.values()),
            "as_then": set(chosen) == {quote.text.casefold() for quote in turn.answer.quotes},
            "by_words": [hit.rank for hit in turn.hits if question is None or hit.chunk.id not in vectors],
            "passages": passages,
        }

    def _vectors(self, turn: Turn) -> Mapping[int, Vector]:
        """The sentence vectors by chunk id, of the passages that are indexed as they were."""
        space, then = self._store.active_space(), turn.ledger.get("space") or {}
        if space is None or (space.model, space.revision) != (then.get("model"), then.get("revision")):
            return {}
        # ids are given anew when documents are indexed again
        now = {chunk.id: chunk for chunk in self._store.get_chunks([hit.chunk.id for hit in turn.hits])}
        same = [
            hit.chunk.id
            for hit in turn.hits
            if (chunk := now.get(hit.chunk.id)) is not None
            and (chunk.page, chunk.start, chunk.text) == (hit.chunk.page, hit.chunk.start, hit.chunk.text)
        ]
        return self._store.sentence_vectors(same)

    def _question_vector(self, turn: Turn) -> Vector | None:
        """(d,), None where the model cannot be used."""
        try:
            encoder = self._models.embedding(turn.ledger["space"]["model"]).encoder()
        except KildeError as error:
            logger.warning("%s", error)
            return None
        vector: Vector = encoder.encode_queries([turn.searched])[0]
        return vector


class Influences:
    """Measures in threads of its own, and keeps each result with its turn, as `ledger["influence"]`."""

    def __init__(self, history: History, measure: Callable[[Turn, Report, Callable[[], bool]], dict[str, Any]]) -> None:
        self._history = history
        self._measure = measure
        self._guard = threading.Lock()
        self._status: dict[int, Measuring] = {}
        self._running: dict[int, tuple[threading.Thread, threading.Event]] = {}

    def start(self, turn_id: int) -> None:
        """Begin to measure, unless that is under way. Raises NotFound."""
        turn = self._history.turn(turn_id)
        cancel = threading.Event()
        thread = threading.Thread(target=self._run, args=(turn, cancel), name=f"kilde-influence-{turn_id}", daemon=True)
        with self._guard:
            if turn_id in self._running:
                return
            self._running[turn_id] = (thread, cancel)
            self._status[turn_id] = Measuring(0, len(turn.hits))
        thread.start()

    def status(self, turn_id: int) -> Measuring | None:
        """None where nothing is under way and nothing went wrong: the result, if there is one, is in the turn."""
        with self._guard:
            return self._status.get(turn_id)

    def cancel(self, turn_id: int) -> None:
        """Return at once; measuring ends before the next passage."""
        with self._guard:
            running = self._running.get(turn_id)
            self._status.pop(turn_id, None)
        if running is not None:
            running[1].set()

    def wait(self, turn_id: int, timeout: float | None = None) -> None:
        """Return when measuring has ended."""
        with self._guard:
            running = self._running.get(turn_id)
        if running is not None:
            running[0].join(timeout)

    def stop_all(self) -> None:
        """Stop everything, and return when it has ended."""
        with self._guard:
            ids = list(self._running)
        for turn_id in ids:
            self.cancel(turn_id)
        for turn_id in ids:
            self.wait(turn_id)

    def _run(self, turn: Turn, cancel: threading.Event) -> None:
        ended: Measuring | None = None
        try:
            result = self._measure(turn, lambda done, of: self._report(turn.id, Measuring(done, of)), cancel.is_set)
            if not cancel.is_set():
                now = self._history.turn(turn.id)  # with what else was added to it meanwhile
                self._history.save(replace(now, ledger={**now.ledger, "influence": result}))
        except Cancelled:
            pass
        except KildeError as error:
            ended = Measuring(notice=error.notice())
        except Exception:
            logger.exception("measuring the influence of passages failed")
            ended = Measuring(notice=Notice("error"))
        finally:
            with self._guard:
                del self._running[turn.id]
                self._status.pop(turn.id, None)
                if ended is not None:
                    self._status[turn.id] = ended

    def _report(self, turn_id: int, status: Measuring) -> None:
        with self._guard:
            if turn_id in self._status:  # else cancelled
                self._status[turn_id] = status


def _stop_where(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled
