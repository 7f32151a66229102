"""The interface of language models: their prompts, and the reports about a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

from rag.core.types.writing import Finish as Finish
from rag.core.types.writing import Used as Used

MAX_NEW_TOKENS = 400


class Exchange(NamedTuple):
    """A question and its answer, as an example or from an earlier turn."""

    question: str
    answer: str


class Message(NamedTuple):
    """One message of a chat. role: "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The input of a model. system: the instructions; passages: delimited data, best first; question: the last part.

    examples: best match first. They precede everything that changes with the question, so that models with a prompt
    cache read them once. conversation: the earlier turns, in order.
    """

    system: str
    passages: tuple[str, ...]
    question: str
    examples: tuple[Exchange, ...] = ()
    conversation: tuple[Exchange, ...] = ()

    @property
    def user(self) -> str:
        """Passages and question, as one message."""
        return "\n\n".join((*self.passages, self.question))

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt as a chat: instructions, examples, earlier turns, passages and question."""
        exchanges = (
            message
            for question, answer in (*self.examples, *self.conversation)
            for message in (Message("user", question), Message("assistant", answer))
        )
        return (Message("system", self.system), *exchanges, Message("user", self.user))

    def best(self, count: int) -> Prompt:
        """The prompt with the first `count` passages only."""
        return replace(self, passages=self.passages[:count])

    def without(self, passage: str) -> Prompt:
        """The prompt without this passage, if it has it."""
        return replace(self, passages=tuple(text for text in self.passages if text != passage))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. temperature: 0 is greedy. max_tokens: limit of the output."""

    temperature: float = 0.0
    max_tokens: int = MAX_NEW_TOKENS


GREEDY = Sampling()


@dataclass(frozen=True, slots=True)
class Sent:
    """A prompt as the model reads it. text: verbatim, with the control tokens of its chat template; `tokens` long.

    prompt: shortened if the context could not hold all of it; see `rag.generation.prompts.budget`. tokens: an estimate
    if `estimated`, as not every server counts tokens for its clients.
    """

    prompt: Prompt
    text: str
    tokens: int
    context: int
    estimated: bool = False


Report = Callable[[Sent | Used], None]


class Generator(Protocol):
    """A language model that writes. The pieces of text are joined without separators."""

    @property
    def name(self) -> str: ...

    @property
    def is_loaded(self) -> bool:
        """Whether writing can begin without loading."""

    def describe(self) -> dict[str, Any]:
        """Model, origin and settings, for the trace: JSON. Never a key or a password."""

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """Yield the answer; ends once `cancelled()`. Raises ModelUnavailable, ModelUnsafe, ModelError (also later).

        report: called once with Sent before the first piece, and once with Used after the last, also if the answer was
        stopped, or before an error that follows Sent is raised. After the iterator is closed nothing is reported.
        """

    def close(self) -> None:
        """Free memory and threads; the next answer loads the model again."""


class Likelihood(NamedTuple):
    """How likely a model finds a text. nats: its total log-likelihood, at most 0; tokens: its length."""

    nats: float
    tokens: int


@runtime_checkable
class Scores(Protocol):
    """A generator that can also score an answer. Models behind a server mostly cannot."""

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """The likelihood of `answer` after `prompt`, each token conditioned on all before it. Nothing is truncated.

        Raises ModelUnavailable, ModelUnsafe; ModelError also if the context cannot hold both.
        """
