"""A prompt cut to what a model's context holds, by its own count of tokens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rag.core.errors import ModelError
from rag.core.types.writing import LeftOut
from rag.generation.protocol import Prompt


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits. tokens: its length; room: the most tokens that can be written after it."""

    prompt: Prompt
    tokens: int
    room: int


def fit(prompt: Prompt, count: Callable[[Prompt], int], context: int, reserve: int, model: str) -> Fitted:
    """As much of `prompt` as a context of `context` tokens holds beside `reserve` tokens for the answer.

    What goes first: the oldest turns of the conversation (the question was put together with what it refers to), then
    examples, the least fitting first, then passages, the last first, but never the best one. Instructions and question
    always stay. count: tokens of a whole prompt, with the marks of the chat template.
    Raises ModelError where not even the best passage fits.
    """
    reserve = min(reserve, context // 3)
    for smaller in _smaller(prompt):
        tokens = count(smaller)
        if context - tokens >= reserve:
            return Fitted(smaller, tokens, min(reserve, context - tokens))
    raise ModelError(model=model, detail=f"a context of {context} tokens is too small for a passage")


def _smaller(prompt: Prompt) -> Iterator[Prompt]:
    yield prompt
    while prompt.conversation:
        prompt = replace(prompt, conversation=prompt.conversation[1:])
        yield prompt
    while prompt.examples:
        prompt = replace(prompt, examples=prompt.examples[:-1])
        yield prompt
    while len(prompt.passages) > 1:
        prompt = prompt.best(len(prompt.passages) - 1)
        yield prompt


def left_out(original: Prompt, shortened: Prompt) -> LeftOut:
    """How much of `original` is not in `shortened`."""
    return LeftOut(
        len(original.conversation) - len(shortened.conversation),
        len(original.examples) - len(shortened.examples),
        len(original.passages) - len(shortened.passages),
    )
