"""Finds control tokens of all common model families, as it is unknown which of them a server's model obeys."""

from __future__ import annotations

import re

from rag.generation.protocol import Prompt

# of ChatML, Llama 3 and 2, Gemma, Mistral, Phi and DeepSeek: "<|im_end|>", "[INST]", "<end_of_turn>", "<｜User｜>"
_SIGN = re.compile(
    r"<([|｜])[^|｜<>\n]{1,40}\1>|</?(?:start_of_turn|end_of_turn|s|bos|eos|think)>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\]",
    re.IGNORECASE,
)


def signs_in(prompt: Prompt) -> set[str]:
    """The control tokens in the data of a prompt, that is in all but its instructions."""
    data = (prompt.user, *(text for exchange in (*prompt.examples, *prompt.conversation) for text in exchange))
    return {match[0] for text in data for match in _SIGN.finditer(text)}
