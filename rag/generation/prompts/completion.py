"""A prompt for a model without a chat template: one text that it continues. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.generation.protocol import Message, Prompt

_MARK = "\u200b"
"""Put before a line of data that begins like a line of the prompt itself; a model may copy it."""
_ASKED = ("Question:", "Spørgsmål:")
STOPS = (*(f"\n{mark}{asked}" for mark in ("", _MARK) for asked in _ASKED), "\n<passage", "\n</passage")
"""Texts at which a model that continues a prompt would begin to ask itself the next question."""
_DANISH = "Spørgsmål:"
_CUE = re.compile(r"^(?=[ \t]*(?:Spørgsmål|Question|Svar|Answer)[ \t]*:)", re.IGNORECASE | re.MULTILINE)


def plain_text(prompt: Prompt) -> str:
    """Instructions, examples and earlier turns as blocks of question and answer, then what is asked now."""
    cue = "Svar:" if _DANISH in prompt.question else "Answer:"
    blocks = [prompt.system]
    blocks += (f"{asked}\n{cue}\n{answered}" for asked, answered in prompt.examples)
    blocks += (f"{_as_data(asked)}\n{cue}\n{_as_data(answered)}" for asked, answered in prompt.conversation)
    question, line_end, rest = prompt.question.partition("\n")
    passages = tuple(map(_as_data, prompt.passages))
    prompt = replace(prompt, passages=passages, question=f"{question}{line_end}{_as_data(rest)}")
    return "\n\n".join((*blocks, f"{prompt.user}\n{cue}\n"))


def _as_data(text: str) -> str:
    """A text in which no line begins like a question or an answer of the prompt: nothing else marks those."""
    return _CUE.sub(_MARK, text)


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """For a chat template that has no such role: the instructions stand before the first thing that is asked."""
    system, first, *rest = messages
    return (Message("user", f"{system.content}\n\n{first.content}"), *rest)


class UntilStop:
    """A text that ends where one of `STOPS` begins, though it comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self.ended = False

    def add(self, piece: str) -> str:
        """What can be shown; what may be the beginning of a stop is held back."""
        if self.ended:
            return ""
        text = self._held + piece
        positions = [at for stop in STOPS if (at := text.find(stop)) >= 0]
        if positions:
            self.ended, self._held = True, ""
            return text[: min(positions)]
        keep = max((n for stop in STOPS for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        tail, self._held = self._held, ""
        return tail
