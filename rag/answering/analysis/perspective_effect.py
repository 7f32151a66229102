"""What did the angle do? An answer beside the one that the same passages give without the assistant's perspective."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

from rag.answering.analysis.background import Report
from rag.answering.analysis.requoting import Requoter
from rag.answering.grounding import Judge
from rag.answering.writer import Writer, WrittenAnswer, prompt_of, written_answer
from rag.conversations.assistants import Assistants
from rag.conversations.history import as_plain
from rag.core.background import raise_if_cancelled
from rag.core.errors import KildeError
from rag.core.events import Working
from rag.core.types import Hit, Sentence, Turn, TurnState, Verdict
from rag.generation.prompts.builder import FORM, PLAIN, exchanges, says_nothing
from rag.retrieval.boosting import FAVOUR

logger = logging.getLogger(__name__)

SOURCES, PERSPECTIVE, NEITHER = "sources", "perspective", "neither"
"""What a sentence comes from."""


def comes_from(sentence: Sentence) -> str:
    """Of a sentence with its verdict: SOURCES also where a passage bears out a part of it."""
    if sentence.verdict is Verdict.PERSPECTIVE:
        return PERSPECTIVE
    return NEITHER if sentence.verdict is Verdict.UNSUPPORTED else SOURCES


def is_fixed(sentence: Sentence, *texts: str) -> bool:
    """Whether a sentence of an answer is one of the fixed texts that an assistant puts before and after it."""
    same = any(text.strip() and sentence.text == " ".join(text.split()) for text in texts)
    return same and sentence.verdict is Verdict.PERSPECTIVE and not sentence.citations


def why_not(turn: Turn) -> str:
    """ "" where it can be compared; else "running", "no_assistant", or "no_answer" where the documents gave none."""
    answer = turn.answer
    if turn.state is TurnState.RUNNING:
        return "running"
    if not turn.ledger.get("assistant"):
        return "no_assistant"
    return "" if answer is not None and answer.answered and turn.hits else "no_answer"


def can_be_compared(turn: Turn) -> bool:
    """Whether an assistant answered it, from passages."""
    return not why_not(turn)


class PerspectiveEffect:
    """Answers anew without the perspective, over one store; see `measure`."""

    def __init__(self, writer: Writer, requoter: Requoter, assistants: Assistants) -> None:
        self._writer = writer
        self._requoter = requoter
        self._assistants = assistants

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        """The answer to the same question, from the same passages, without the assistant, as JSON.

        `kind`: "written", "quotes", or "" where it cannot be compared; then there is nothing else. `without`: its
        sentences, as `rag.conversations.history.sentence_from` reads them, held against the passages as those of the
        turn were. `seconds`: in all, with what had to be loaded; `took`: of writing or quoting alone.
        "written": `nothing`: whether the model said that the passages do not answer; `cut_off`; `used`, as in the
        turn's ledger; `unjudged`: whether the judge of the turn's sentences is not to be had any more.
        "quotes": `as_then`: whether choosing with the preference gives what the turn quotes, as then; `by_words`:
        the numbers of passages whose vectors are not there any more.
        Neither perspective, tone, length, temperature, examples, preferred passages, fixed texts nor further steps take
        part in it; the model, the language and the conversation are the same.
        Raises Cancelled, and what the models raise.
        """
        if not can_be_compared(turn):
            return {"kind": ""}
        began = time.perf_counter()
        report(0, 1)
        kind = "written" if _asked_a_model(turn) else "quotes"
        result = self._written(turn, cancelled) if kind == "written" else self._quoted(turn)
        raise_if_cancelled(cancelled)
        report(1, 1)
        return {"kind": kind, **result, "seconds": round(time.perf_counter() - began, 2)}

    def _written(self, turn: Turn, cancelled: Callable[[], bool]) -> dict[str, Any]:
        assert turn.answer is not None
        language = str(turn.ledger.get("language", "en"))
        form = exchanges([FORM[language]], language)
        prompt = replace(prompt_of(turn, self._assistants, PLAIN), examples=form)
        written = WrittenAnswer()
        events = self._writer.generate(str(turn.ledger["answer_model"]), prompt, PLAIN, cancelled, written)
        with closing(events):
            for event in events:
                if isinstance(event, Working):
                    raise_if_cancelled(cancelled)
        raise_if_cancelled(cancelled)
        if written.error is not None:
            raise written.error
        used = written.used
        result: dict[str, Any] = {
            "nothing": not written.text.strip() or says_nothing(written.text),
            "cut_off": written.cut_off,
            "took": round(used.seconds, 2) if used is not None else None,
            "used": {**asdict(used), "tokens_per_second": used.tokens_per_second} if used is not None else None,
        }
        if result["nothing"]:
            return {**result, "without": [], "unjudged": False}
        read = [hit for hit in turn.hits if hit.used]
        language = str(turn.ledger.get("language", "en"))
        wanted = str(turn.ledger.get("judge") or "")
        judge = self._judge_if_there(wanted)
        similar = self._requoter.of(turn).similar
        answer = written_answer(replace(turn.answer, sentences=()), written.text, read, language, similar, judge)
        without = answer.sentences
        return {**result, "without": as_plain(without), "unjudged": bool(wanted) and judge is None}

    def _quoted(self, turn: Turn) -> dict[str, Any]:
        assert turn.answer is not None
        requoting = self._requoter.of(turn)
        began = time.perf_counter()
        without = requoting.quotes(_unpreferred(turn))
        took = round(time.perf_counter() - began, 3)
        then = {quote.text for quote in turn.answer.quotes}
        return {
            "without": as_plain(tuple(without)),
            "took": took,
            "as_then": {quote.text for quote in requoting.quotes(turn.hits)} == then,
            "by_words": requoting.by_words,
        }

    def _judge_if_there(self, model: str) -> Judge | None:
        """The model that the turn's sentences were judged by: with another yardstick they would not compare."""
        if not model:
            return None
        try:
            return self._writer.judge(model)
        except KildeError as error:
            logger.warning("%s", error)
            return None


def _asked_a_model(turn: Turn) -> bool:
    """Whether the assistant's own model wrote, or came to its end without: not where it failed or was stopped first."""
    finish = (turn.ledger.get("used") or {}).get("finish")
    assert turn.answer is not None
    return "prompt" in turn.ledger and (turn.answer.is_written or finish == "stop")


def _unpreferred(turn: Turn) -> Sequence[Hit]:
    """The passages with the scores that they had before the assistant's preference, in the order that these give."""
    favoured = turn.ledger.get("favoured") or {}
    scores = {
        row["number"]: row.get("found_score", row["score"] - FAVOUR)
        for row in turn.ledger.get("candidates", ())
        if row.get("number") is not None and str(row["rank"]) in favoured
    }
    hits = [replace(hit, score=max(0.0, scores.get(hit.rank, hit.score))) for hit in turn.hits]
    return sorted(hits, key=lambda hit: (-hit.score, hit.rank))
