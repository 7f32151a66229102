"""Neutralises control tokens such as "<|im_end|>", with which a document could impersonate the user. Pure."""

import re
from collections.abc import Collection
from dataclasses import replace

from rag.generation.protocol import Exchange, Prompt

SHORTEST = 3
"""Least length of a control token; shorter strings are ordinary text."""
# of ChatML, Llama 3 and 2, Gemma, Mistral, Phi and DeepSeek: "<|im_end|>", "[INST]", "<end_of_turn>", "<｜User｜>"
_SIGN = re.compile(
    r"<([|｜])[^|｜<>\n]{1,40}\1>|</?(?:start_of_turn|end_of_turn|s|bos|eos|think)>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\]",
    re.IGNORECASE,
)


def signs_in(prompt: Prompt) -> set[str]:
    """The control tokens of all common model families in the data of a prompt, that is in all but its instructions."""
    data = (prompt.user, *(text for exchange in (*prompt.examples, *prompt.conversation) for text in exchange))
    return {match[0] for text in data for match in _SIGN.finditer(text)}


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
