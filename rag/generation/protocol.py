"""The interface of language models: the prompt they get, and what they report of their work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

from rag.core.types.writing import Finish as Finish
from rag.core.types.writing import Used as Used

MAX_NEW_TOKENS = 400


class Exchange(NamedTuple):
    """Something asked and what was answered: an example of the answers wanted, or an earlier turn."""

    asked: str
    answered: str


class Message(NamedTuple):
    """One message of a chat. role: "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model sees. system: the instructions; passages: as data, delimited, best first; question: the end.

    examples: of the answers wanted, the most fitting first; they come before everything that changes with a question,
    so that a model which keeps what it has read of the same beginning reads it once. conversation: the earlier turns,
    in order.
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
        """As a chat: instructions, examples, earlier turns, and what is asked now."""
        exchanges = (
            message
            for asked, answered in (*self.examples, *self.conversation)
            for message in (Message("user", asked), Message("assistant", answered))
        )
        return (Message("system", self.system), *exchanges, Message("user", self.user))

    def best(self, count: int) -> Prompt:
        """The prompt with the first `count` passages only."""
        return replace(self, passages=self.passages[:count])

    def without(self, passage: str) -> Prompt:
        """The prompt without a passage; unchanged where it does not hold it."""
        return replace(self, passages=tuple(text for text in self.passages if text != passage))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. temperature: 0 always takes the likeliest. max_tokens: the most that is written."""

    temperature: float = 0.0
    max_tokens: int = MAX_NEW_TOKENS


GREEDY = Sampling()


@dataclass(frozen=True, slots=True)
class Sent:
    """A prompt as the model reads it. text: letter for letter, with the marks of its chat template, and of `tokens`.

    prompt: with less than it was given where the context does not hold it all; see `rag.generation.prompts.budget`.
    tokens: an estimate where `estimated`: a server does not always say how it counts.
    """

    prompt: Prompt
    text: str
    tokens: int
    context: int
    estimated: bool = False


Report = Callable[[Sent | Used], None]


class Generator(Protocol):
    """A language model that writes. The text comes in pieces, to be joined as they are."""

    @property
    def name(self) -> str: ...

    @property
    def is_loaded(self) -> bool:
        """Whether writing can begin at once."""

    def describe(self) -> dict[str, Any]:
        """Model, origin and settings, for the trace: JSON. Never a key or a password."""

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """Raises ModelUnavailable, ModelUnsafe, ModelError, also after some pieces. Ends early once `cancelled()`.

        report: called once with Sent before the first piece, and once with Used after the last: also where the answer
        was stopped, and before an error is raised that comes after Sent. Closing the iterator reports nothing more.
        """

    def close(self) -> None:
        """Let go of memory and threads; the next answer loads the model again."""


class Likelihood(NamedTuple):
    """How likely a model finds a text. nats: its log-likelihood in all, at most 0; tokens: how many it is made of."""

    nats: float
    tokens: int


@runtime_checkable
class Scores(Protocol):
    """A generator that can also say how likely it finds an answer. Those behind a server mostly cannot."""

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """Of `answer` as what follows `prompt`, each token given all before it. Nothing is cut.

        Raises ModelUnavailable, ModelUnsafe; ModelError, too, where the context does not hold both.
        """
