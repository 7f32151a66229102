"""Shortens a prompt to the context of a model, by the model's own token count. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rag.core.errors import ModelError
from rag.core.types.writing import LeftOut
from rag.generation.protocol import Prompt


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits. tokens: its length; room: the most tokens for the answer."""

    prompt: Prompt
    tokens: int
    room: int


def fit(prompt: Prompt, count: Callable[[Prompt], int], context: int, reserve: int, model: str) -> Fitted:
    """Shorten `prompt` to a context of `context` tokens, of which `reserve` are kept for the answer.

    Removed in this order: the oldest turns of the conversation (the question already includes what it refers to), then
    examples, worst match first, then passages from the last one on, but never the best. Instructions and question
    always stay. count: returns the tokens of a whole prompt, including control tokens of the chat template.
    Raises ModelError if not even the best passage fits.
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
    """The parts of `original` that are missing in `shortened`."""
    return LeftOut(
        len(original.conversation) - len(shortened.conversation),
        len(original.examples) - len(shortened.examples),
        len(original.passages) - len(shortened.passages),
    )
