"""Formats a prompt for a model without a chat template, as one text to continue. Pure."""

import re
from dataclasses import replace

from rag.generation.protocol import Message, Prompt

_MARK = "\u200b"
"""Inserted before lines of data that look like lines of the prompt; a model may copy it."""
_ASKED = ("Question:", "Spørgsmål:")
STOPS = (*(f"\n{mark}{label}" for mark in ("", _MARK) for label in _ASKED), "\n<passage", "\n</passage")
"""Stop sequences: here a model begins to invent the next question."""
_DANISH = "Spørgsmål:"
_CUE = re.compile(r"^(?=[ \t]*(?:Spørgsmål|Question|Svar|Answer)[ \t]*:)", re.IGNORECASE | re.MULTILINE)


def plain_text(prompt: Prompt) -> str:
    """The whole prompt as text: instructions, examples and earlier turns as question and answer, then the question."""
    cue = "Svar:" if _DANISH in prompt.question else "Answer:"
    blocks = [prompt.system]
    blocks += (f"{question}\n{cue}\n{answer}" for question, answer in prompt.examples)
    blocks += (f"{_as_data(question)}\n{cue}\n{_as_data(answer)}" for question, answer in prompt.conversation)
    question, line_end, instruction = prompt.question.partition("\n")
    passages = tuple(map(_as_data, prompt.passages))
    prompt = replace(prompt, passages=passages, question=f"{question}{line_end}{_as_data(instruction)}")
    return "\n\n".join((*blocks, f"{prompt.user}\n{cue}\n"))


def _as_data(text: str) -> str:
    """The text, changed so that no line looks like a question or an answer of the prompt."""
    return _CUE.sub(_MARK, text)


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages for a chat template without a system role: instructions precede the first question."""
    system, first, *later = messages
    return (Message("user", f"{system.content}\n\n{first.content}"), *later)


class UntilStop:
    """Cuts a text that arrives in pieces at the first of `STOPS`."""

    def __init__(self) -> None:
        self._held = ""
        self.ended = False

    def add(self, piece: str) -> str:
        """The text to show; a possible beginning of a stop sequence is held back."""
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
