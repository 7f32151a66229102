"""Did this source matter? What becomes of an answer when each of its passages is left out, measured by doing so.

Leave-one-out context attribution. ContextCite (Cohen-Wang et al., 2024, "ContextCite: Attributing Model Generation to
Context") estimates the same from fewer passes where there are hundreds of sources; with a handful each is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from rag.answering.analysis.background import Report
from rag.answering.analysis.perspective_effect import is_fixed
from rag.answering.analysis.requoting import Requoter
from rag.answering.writer import prompt_of
from rag.conversations.assistants import Assistants
from rag.core.background import raise_if_cancelled
from rag.core.errors import CannotScore
from rag.core.types import Hit, Turn, TurnState
from rag.generation.protocol import Generator, Scores


def kind_of_answer(turn: Turn) -> str:
    """ "written", "quotes", or "" where no passage can have mattered: a refusal, or a turn that has not ended.

    Nor can it be told of an answer that was handed on from step to step: the passages are in all of them.
    """
    answer = turn.answer
    if turn.state is TurnState.RUNNING or answer is None or not answer.answered or not turn.hits:
        return ""
    if not answer.is_written:
        return "quotes"
    return "" if turn.ledger.get("steps") else "written"


class Influence:
    """Measures over one store; see `measure`."""

    def __init__(self, requoter: Requoter, generator: Callable[[str], Generator], assistants: Assistants) -> None:
        self._requoter = requoter
        self._generator = generator
        self._assistants = assistants

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        """What leaving out each passage does, as JSON: `kind`, `seconds` and `passages`, each with its `number`.

        "written": `nats`, the answer's log-likelihood with all passages, and its `tokens`; for each passage the nats
        that the answer loses without it (below 0 where it becomes likelier), and whether the model had `read` it. The
        answer is scored as it is shown, without its source numbers: those would speak for a passage by themselves, and
        without the fixed texts before and after it, which the model did not write.
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
        prompt, said = prompt_of(turn, self._assistants), _own_words(turn, self._assistants)
        report(0, len(read))
        with_all = generator.likelihood(prompt, said)
        lost: dict[int, float] = {}
        for number, (hit, passage) in enumerate(zip(read, prompt.passages, strict=True), 1):
            raise_if_cancelled(cancelled)
            lost[hit.rank] = with_all.nats - generator.likelihood(prompt.without(passage), said).nats
            report(number, len(read))
        passages = [
            {"number": hit.rank, "nats": round(lost.get(hit.rank, 0.0), 4), "read": hit.used} for hit in turn.hits
        ]
        return {"nats": round(with_all.nats, 4), "tokens": with_all.tokens, "passages": passages}

    def _of_quotes(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> dict[str, Any]:
        assert turn.answer is not None
        report(0, len(turn.hits))
        requoting = self._requoter.of(turn)

        def quoted(hits: Sequence[Hit]) -> dict[str, str]:
            return {quote.text.casefold(): quote.text for quote in requoting.quotes(hits)}

        chosen = quoted(turn.hits)
        passages = []
        for number, hit in enumerate(turn.hits, 1):
            raise_if_cancelled(cancelled)
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
            "by_words": requoting.by_words,
            "passages": passages,
        }


def _own_words(turn: Turn, assistants: Assistants) -> str:
    """The answer without the fixed texts that its assistant puts around it. Raises AssistantGone."""
    assert turn.answer is not None
    of = turn.ledger.get("assistant") or {}
    if not of.get("id"):
        return turn.answer.text
    assistant = assistants.get(of["id"], of["version"])
    sentences = list(turn.answer.sentences)
    if sentences and is_fixed(sentences[0], assistant.before):
        sentences.pop(0)
    if sentences and is_fixed(sentences[-1], assistant.after):
        sentences.pop()
    return " ".join(sentence.text for sentence in sentences)
