"""Takes the effect from control tokens such as "<|im_end|>", with which a document could play the user. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rag.generation.protocol import Exchange, Prompt

SHORTEST = 3
"""Characters of a control token, at least: shorter ones are ordinary text."""


def neutralise_control_tokens(prompt: Prompt, signs: Collection[str]) -> Prompt:
    """The prompt with an invisible character inside each of `signs` in its data, which is all but its instructions."""
    long_signs = sorted((sign for sign in signs if len(sign) >= SHORTEST and not sign.isspace()), key=len, reverse=True)

    def disarm(text: str) -> str:
        for sign in long_signs:
            if sign in text:
                text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
        return text

    def exchanges(pairs: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        return tuple(Exchange(disarm(asked), disarm(answered)) for asked, answered in pairs)

    return replace(
        prompt,
        passages=tuple(map(disarm, prompt.passages)),
        question=disarm(prompt.question),
        examples=exchanges(prompt.examples),
        conversation=exchanges(prompt.conversation),
    )
