"""How much each passage influenced an answer, measured by leaving the passages out one at a time.

Leave-one-out context attribution. ContextCite (Cohen-Wang et al., 2024, "ContextCite: Attributing Model Generation to
Context") estimates the same from fewer passes for hundreds of sources; a handful can be left out one by one.
"""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from rag.answering.analysis.background import Report
from rag.answering.analysis.perspective_effect import is_fixed
from rag.answering.analysis.requoting import Requoter
from rag.answering.writer import prompt_of
from rag.conversations.assistants import Assistants
from rag.core.background import raise_if_cancelled
from rag.core.errors import CannotScore
from rag.core.types import Hit, Turn, TurnState
from rag.core.types.analysis import (
    Influence,
    NoInfluence,
    PassageLikelihood,
    PassageQuotes,
    QuotedInfluence,
    WrittenInfluence,
)
from rag.generation.protocol import Generator, Scores

Kind = Literal["written", "quotes", ""]


def kind_of_answer(turn: Turn) -> Kind:
    """ "written", "quotes", or "" where no passage can have mattered: a refusal, or a turn that has not ended.

    "" also for an answer that was handed on from step to step: the passages take part in all of the steps.
    """
    answer = turn.answer
    if turn.state is TurnState.RUNNING or answer is None or not answer.answered or not turn.hits:
        return ""
    if not answer.is_written:
        return "quotes"
    return "" if turn.trace.writing.steps else "written"


class InfluenceAnalysis:
    """Measures the influence of passages, with the models and vectors of one store."""

    def __init__(self, requoter: Requoter, generator: Callable[[str], Generator], assistants: Assistants) -> None:
        self._requoter = requoter
        self._generator = generator
        self._assistants = assistants

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> Influence:
        """The effect of leaving out each passage.

        A written answer is scored as it is shown, but without its source numbers, which would favour a passage by
        themselves, and without the fixed texts around it, which the model did not write.
        Raises Cancelled between two passages, and any error of the models.
        """
        began = time.perf_counter()
        match kind_of_answer(turn):
            case "written":
                return self._of_written(turn, began, report, cancelled)
            case "quotes":
                return self._of_quotes(turn, began, report, cancelled)
        return NoInfluence(_seconds_since(began))

    def _of_written(self, turn: Turn, began: float, report: Report, cancelled: Callable[[], bool]) -> WrittenInfluence:
        model = turn.trace.plan.model
        generator = self._generator(model)
        if not isinstance(generator, Scores):
            raise CannotScore(model=model)
        read = [hit for hit in turn.hits if hit.used]
        prompt, text = prompt_of(turn, self._assistants), _own_text(turn, self._assistants)
        report(0, len(read))
        with_all = generator.likelihood(prompt, text)
        losses: dict[int, float] = {}
        for done, (hit, passage) in enumerate(zip(read, prompt.passages, strict=True), 1):
            raise_if_cancelled(cancelled)
            losses[hit.number] = with_all.nats - generator.likelihood(prompt.without(passage), text).nats
            report(done, len(read))
        passages = tuple(
            PassageLikelihood(hit.number, round(losses.get(hit.number, 0.0), 4), hit.used) for hit in turn.hits
        )
        return WrittenInfluence(_seconds_since(began), round(with_all.nats, 4), with_all.tokens, passages)

    def _of_quotes(self, turn: Turn, began: float, report: Report, cancelled: Callable[[], bool]) -> QuotedInfluence:
        assert turn.answer is not None
        report(0, len(turn.hits))
        requoting = self._requoter.of(turn)

        def quotes_from(hits: Sequence[Hit]) -> dict[str, str]:
            """Quotes by their casefolded text."""
            return {quote.text.casefold(): quote.text for quote in requoting.quotes(hits)}

        quotes = quotes_from(turn.hits)
        passages = []
        for done, hit in enumerate(turn.hits, 1):
            raise_if_cancelled(cancelled)
            without = quotes_from([passage for passage in turn.hits if passage.number != hit.number])
            lost = tuple(text for key, text in quotes.items() if key not in without)
            instead = tuple(text for key, text in without.items() if key not in quotes)
            passages.append(PassageQuotes(hit.number, lost, instead))
            report(done, len(turn.hits))
        as_then = set(quotes) == {quote.text.casefold() for quote in turn.answer.quotes}
        return QuotedInfluence(
            _seconds_since(began), tuple(quotes.values()), as_then, requoting.by_words, tuple(passages)
        )


def _seconds_since(began: float) -> float:
    return round(time.perf_counter() - began, 2)


def _own_text(turn: Turn, assistants: Assistants) -> str:
    """The answer without the fixed texts that its assistant puts around it. Raises AssistantGone."""
    assert turn.answer is not None
    author = turn.trace.plan.assistant
    if author is None or not author.id:
        return turn.answer.text
    assistant = assistants.get(author.id, author.version)
    sentences = list(turn.answer.sentences)
    if sentences and is_fixed(sentences[0], assistant.before):
        sentences.pop(0)
    if sentences and is_fixed(sentences[-1], assistant.after):
        sentences.pop()
    return " ".join(sentence.text for sentence in sentences)
