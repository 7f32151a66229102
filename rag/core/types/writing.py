"""How a model wrote an answer: what it was given, what it took, and the steps of a chain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.core.types.documents import Notice

Finish = Literal["stop", "length", "stopped", "cut"]


@dataclass(frozen=True, slots=True)
class Used:
    """What an answer took. finish: "stop" it was done, "length" it reached its limit, "stopped" by the user, "cut" off.

    prompt_tokens, written_tokens: None where that is not known. cached_tokens: of the prompt's, those that had not to
    be read again. first_token_s: until the first piece came, None where none did. seconds: in all, loading the model
    left out. cost: in `currency`, None where it costs nothing but time.
    """

    finish: Finish
    seconds: float
    first_token_s: float | None = None
    prompt_tokens: int | None = None
    written_tokens: int | None = None
    cached_tokens: int = 0
    cost: float | None = None
    currency: str = ""

    @property
    def tokens_per_second(self) -> float | None:
        """Of the tokens after the first; None where too few were written to tell."""
        if self.written_tokens is None or self.written_tokens < 2 or self.first_token_s is None:
            return None
        writing = self.seconds - self.first_token_s
        return (self.written_tokens - 1) / writing if writing > 0 else None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many parts of a prompt a context had no room for."""

    conversation: int = 0
    examples: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class PromptTrace:
    """A prompt letter for letter. tokens: its length, context: what the model's context holds, both in its tokens.

    estimated: the model does not say how it counts.
    """

    text: str
    tokens: int | None = None
    context: int | None = None
    estimated: bool = False
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True)
class GenerationTrace:
    """One call of a model; empty where none was called. generator: its description, of itself."""

    generator: Mapping[str, Any] = field(default_factory=dict)
    prompt: PromptTrace | None = None
    used: Used | None = None


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One step of a chain of assistants. input: the draft it was given; output: what it made of it, "" for nothing."""

    id: int = 0
    version: int = 0
    name: str = ""
    icon: str = ""
    model: str = ""
    input: str = ""
    output: str = ""
    generation: GenerationTrace = GenerationTrace()
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class WritingTrace:
    """How a model wrote the answer. generation: of the assistant's own model. judge: "" where none judged.

    examples, conversation: what was to be shown to the model; pairs of question and answer in `conversation`.
    steps: the whole chain, the first assistant's step among them; empty where the answer was not handed on.
    """

    generation: GenerationTrace = GenerationTrace()
    examples: tuple[str, ...] | None = None
    conversation: tuple[tuple[str, str], ...] | None = None
    steps: tuple[StepTrace, ...] = ()
    judge: str = ""


NOT_WRITTEN = WritingTrace()
