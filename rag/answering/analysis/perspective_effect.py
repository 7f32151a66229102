"""The effect of a perspective: an answer compared with the one from the same passages without it."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Literal

from rag.answering.analysis.background import Report
from rag.answering.analysis.requoting import Requoter
from rag.answering.grounding import Judge
from rag.answering.writer import Writer, WrittenAnswer, prompt_of, written_answer
from rag.conversations.assistants import Assistants
from rag.core.background import raise_if_cancelled
from rag.core.errors import KildeError
from rag.core.events import Working
from rag.core.types import Hit, Sentence, Turn, TurnState, Verdict
from rag.core.types.analysis import NoEffect, PerspectiveEffect, QuotedEffect, WrittenEffect
from rag.generation.prompts.builder import FORM, PLAIN, exchanges, says_nothing
from rag.retrieval.boosting import FAVOUR

logger = logging.getLogger(__name__)

SOURCES, PERSPECTIVE, NEITHER = "sources", "perspective", "neither"
"""The possible origins of a sentence."""


def comes_from(sentence: Sentence) -> str:
    """The origin of a sentence by its verdict; SOURCES also where a passage supports only a part of it."""
    if sentence.verdict is Verdict.PERSPECTIVE:
        return PERSPECTIVE
    return NEITHER if sentence.verdict is Verdict.UNSUPPORTED else SOURCES


def is_fixed(sentence: Sentence, *texts: str) -> bool:
    """Whether a sentence of an answer is one of the fixed texts that an assistant puts before and after it."""
    matches = any(text.strip() and sentence.text == " ".join(text.split()) for text in texts)
    return matches and sentence.verdict is Verdict.PERSPECTIVE and not sentence.citations


def why_not(turn: Turn) -> Literal["", "running", "no_assistant", "no_answer"]:
    """Why a turn cannot be compared; "" where it can. "no_answer": the documents did not answer."""
    answer = turn.answer
    if turn.state is TurnState.RUNNING:
        return "running"
    if not turn.trace.plan.assistant:
        return "no_assistant"
    return "" if answer is not None and answer.answered and turn.hits else "no_answer"


def can_be_compared(turn: Turn) -> bool:
    """Whether an assistant answered the turn from passages."""
    return not why_not(turn)


class PerspectiveAnalysis:
    """Answers a turn again without its perspective, with the models and vectors of one store."""

    def __init__(self, writer: Writer, requoter: Requoter, assistants: Assistants) -> None:
        self._writer = writer
        self._requoter = requoter
        self._assistants = assistants

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> PerspectiveEffect:
        """The answer to the same question from the same passages without the assistant, with grounded sentences.

        Perspective, tone, length, temperature, examples, preferences, fixed texts and further steps are left out;
        the model, the language and the conversation stay the same.
        Raises Cancelled and any error of the models.
        """
        if not can_be_compared(turn):
            return NoEffect()
        began = time.perf_counter()
        report(0, 1)
        effect = self._written(turn, cancelled) if _asked_a_model(turn) else self._quoted(turn)
        raise_if_cancelled(cancelled)
        report(1, 1)
        return replace(effect, seconds=round(time.perf_counter() - began, 2))

    def _written(self, turn: Turn, cancelled: Callable[[], bool]) -> WrittenEffect:
        """What the model writes without the perspective. The caller fills in `seconds`."""
        assert turn.answer is not None
        plan = turn.trace.plan
        language = plan.language or "en"
        prompt = replace(prompt_of(turn, self._assistants, PLAIN), examples=exchanges([FORM[language]], language))
        output = WrittenAnswer()
        events = self._writer.generate(plan.model, prompt, PLAIN, cancelled, output)
        with closing(events):
            for event in events:
                if isinstance(event, Working):
                    raise_if_cancelled(cancelled)
        raise_if_cancelled(cancelled)
        if output.error is not None:
            raise output.error
        used = output.used
        took = round(used.seconds, 2) if used is not None else None
        effect = WrittenEffect(True, output.cut_off, took, used, (), False, 0.0)
        if not output.text.strip() or says_nothing(output.text):
            return effect
        judge_model = turn.trace.writing.judge
        judge = self._judge_if_there(judge_model)
        read = [hit for hit in turn.hits if hit.used]
        similar = self._requoter.of(turn).similar
        answer = written_answer(replace(turn.answer, sentences=()), output.text, read, language, similar, judge)
        return replace(effect, nothing=False, without=answer.sentences, unjudged=bool(judge_model) and judge is None)

    def _quoted(self, turn: Turn) -> QuotedEffect:
        """What is quoted without the preference. The caller fills in `seconds`."""
        assert turn.answer is not None
        requoting = self._requoter.of(turn)
        began = time.perf_counter()
        without = requoting.quotes(_unpreferred(turn))
        took = round(time.perf_counter() - began, 3)
        original = {quote.text for quote in turn.answer.quotes}
        as_then = {quote.text for quote in requoting.quotes(turn.hits)} == original
        return QuotedEffect(without, took, as_then, requoting.by_words, 0.0)

    def _judge_if_there(self, model: str) -> Judge | None:
        """The model that judged the turn's sentences: verdicts of another one would not be comparable."""
        if not model:
            return None
        try:
            return self._writer.judge(model)
        except KildeError as error:
            logger.warning("%s", error)
            return None


def _asked_a_model(turn: Turn) -> bool:
    """Whether the assistant's own model wrote, or finished without text; not where it failed or was stopped first."""
    generation = turn.trace.writing.generation
    assert turn.answer is not None
    finished = generation.used is not None and generation.used.finish == "stop"
    return generation.prompt is not None and (turn.answer.is_written or finished)


def _unpreferred(turn: Turn) -> Sequence[Hit]:
    """The passages with the scores that they had before the assistant's preference, in the order that these give."""
    retrieval = turn.trace.retrieval
    scores = {
        row.number: row.score - FAVOUR if row.found_score is None else row.found_score
        for row in retrieval.candidates or ()
        if row.number is not None and row.rank in retrieval.favoured
    }
    hits = [replace(hit, score=max(0.0, scores.get(hit.number, hit.score))) for hit in turn.hits]
    return sorted(hits, key=lambda hit: (-hit.score, hit.number))
