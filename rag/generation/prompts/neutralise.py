"""Neutralises control tokens such as "<|im_end|>", with which a document could impersonate the user. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rag.generation.protocol import Exchange, Prompt

SHORTEST = 3
"""Least length of a control token; shorter strings are ordinary text."""


def neutralise_control_tokens(prompt: Prompt, signs: Collection[str]) -> Prompt:
    """The prompt with an invisible character inside each of `signs`, in all parts except the instructions."""
    long_signs = sorted((sign for sign in signs if len(sign) >= SHORTEST and not sign.isspace()), key=len, reverse=True)

    def neutralise(text: str) -> str:
        for sign in long_signs:
            if sign in text:
                text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
        return text

    def exchanges(pairs: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        return tuple(Exchange(neutralise(question), neutralise(answer)) for question, answer in pairs)

    return replace(
        prompt,
        passages=tuple(map(neutralise, prompt.passages)),
        question=neutralise(prompt.question),
        examples=exchanges(prompt.examples),
        conversation=exchanges(prompt.conversation),
    )
