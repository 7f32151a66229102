"""Quoting as a generator: the sentences that answer best by their words. Needs no model."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rag.core.model_ref import QUOTING, ModelRef
from rag.core.text.sentences import detect_language, query_words, sentences, words
from rag.core.types import Chunk, Hit, Span
from rag.generation import quoting
from rag.generation.backends import Recipe, Surroundings
from rag.generation.prompts import budget
from rag.generation.prompts.passages import PromptPassage, parse_passages
from rag.generation.protocol import GREEDY, Prompt, Report, Sampling, Sent, Used
from rag.store.values import Question

CONTEXT = 100_000
"""Words of passages and question, which are read within a second."""
RANK_STEP = 0.1
"""Score difference of consecutive passages: a prompt has their order, but not their scores."""
# the text around the question in a prompt
_AROUND = re.compile(r"^(?:Spørgsmål|Question):\s*|\n(?:Svar på dansk|Answer in English)\.\s*$")


def recipe(ref: ModelRef, surroundings: Surroundings) -> Recipe:
    """The recipe of the only generator."""
    return Recipe(QuotingGenerator)


class QuotingGenerator:
    """Writes `sentence [n]`, verbatim, one sentence per piece. Uses only passages and question of a prompt.

    A "token" is a word here. Temperature changes nothing.
    """

    name = QUOTING
    is_loaded = True

    def __init__(self, context: int = CONTEXT) -> None:
        self._context = context

    def describe(self) -> dict[str, Any]:
        return {"model": QUOTING, "origin": "built in", "context": self._context}

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. A sentence that would exceed `max_tokens` is not begun, except the first."""
        if cancelled():
            return
        began = time.perf_counter()
        prompt_read = budget.fit(prompt, _words, self._context, sampling.max_tokens, QUOTING)
        report(Sent(prompt_read.prompt, prompt_read.prompt.user, prompt_read.tokens, self._context))
        used = Used("stop", 0.0, None, prompt_read.tokens, 0)
        for piece in _quotes(prompt_read.prompt):
            count = len(words(piece))
            total = used.written_tokens or 0
            if cancelled() or (total and total + count > sampling.max_tokens):
                used = replace(used, finish="stopped" if cancelled() else "length")
                break
            first = time.perf_counter() - began if used.first_token_s is None else used.first_token_s
            used = replace(used, first_token_s=first, written_tokens=total + count)
            yield f" {piece}" if total else piece
        else:
            if cancelled():
                used = replace(used, finish="stopped")
        report(replace(used, seconds=time.perf_counter() - began))

    def close(self) -> None:
        """Does nothing: there is nothing to free."""


def _words(prompt: Prompt) -> int:
    return len(words(prompt.user))


def _quotes(prompt: Prompt) -> Iterator[str]:
    hits = [hit for rank, passage in enumerate(prompt.passages, 1) for hit in _hits(rank, passage)]
    question = _AROUND.sub("", prompt.question.split("\n\n", 1)[0])
    languages = dict.fromkeys([*(hit.chunk.language for hit in hits if hit.chunk.language), "da", "en"])
    stems = [list(alternatives) for alternatives in query_words(question, languages)]
    for choice in quoting.choose(Question(question, stems), hits):
        sentence = quoting.as_sentence(choice)
        numbers = dict.fromkeys(citation.number for citation in sentence.citations)
        yield f"{sentence.text} {''.join(f'[{number}]' for number in numbers)}"


def _hits(rank: int, passage: str) -> Iterator[Hit]:
    """Hits reconstructed from the passages of a prompt; those without markup are numbered by position."""
    for parsed in parse_passages(passage) or [PromptPassage(rank, passage)]:
        yield _hit(rank, parsed)


def _hit(rank: int, passage: PromptPassage) -> Hit:
    text, document = passage.text, passage.document or str(passage.number)
    language = detect_language(text) or "da"
    spans = tuple(Span(*span) for span in sentences(text, language))
    chunk = Chunk(rank, passage.page or 1, 0, len(text), text, sentences=spans, language=language)
    # without known offsets, passages of the same page are placed apart
    score = 1 / (1 + RANK_STEP * (rank - 1))
    return Hit(rank, chunk, document, f"{document}#{rank}", score, number=passage.number)
