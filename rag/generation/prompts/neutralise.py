"""Signs that steer a model, such as "<|im_end|>": a document could play the user with them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rag.generation.protocol import Exchange, Prompt

SHORTEST = 3
"""Characters of a sign that is taken for one: shorter ones are ordinary text."""


def neutralise_control_tokens(prompt: Prompt, signs: Collection[str]) -> Prompt:
    """The same with something unseen in each sign that stands in what is data: all but the instructions."""
    real = sorted((sign for sign in signs if len(sign) >= SHORTEST and not sign.isspace()), key=len, reverse=True)

    def disarm(text: str) -> str:
        for sign in real:
            if sign in text:
                text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
        return text

    def exchanges(given: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        return tuple(Exchange(disarm(asked), disarm(answered)) for asked, answered in given)

    return replace(
        prompt,
        passages=tuple(map(disarm, prompt.passages)),
        question=disarm(prompt.question),
        examples=exchanges(prompt.examples),
        conversation=exchanges(prompt.conversation),
    )
