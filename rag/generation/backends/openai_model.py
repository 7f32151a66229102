"""One model of one server: the facts that the server reports, and token counts learnt from its answers."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from rag.core.errors import ModelError, ModelUnavailable
from rag.core.model_ref import ModelRef
from rag.generation.backends.openai_stream import Ended
from rag.generation.backends.openai_timeouts import Timeouts
from rag.models.servers.discovery import context_of, listed_model, token_count
from rag.models.servers.network_backend import Resolver
from rag.models.servers.server import Server

DEFAULT_CONTEXT = 4096
LETTERS_A_TOKEN = 2.5
"""An estimate on the safe side: Danish has about 3 with the vocabularies in use, English about 4."""
TOKENS_A_MESSAGE = 8

ChatMessages = Sequence[dict[str, str]]
"""Messages of OpenAI's API, each with "role" and "content"."""


class Facts(NamedTuple):
    """maker: of the server software, which decides how to count tokens; "" if it cannot. context: tokens."""

    maker: str
    context: int


class ServedModel:
    """Thread-safe: a fact that is lost in a race is simply learnt again.

    refused: parameters that the server has rejected.
    Raises ModelUnavailable if the server's administrator did not allow the model.
    """

    def __init__(self, server: Server, model: str, timeouts: Timeouts, resolve: Resolver) -> None:
        self.server = server
        self.model = model
        self.timeouts = timeouts
        self.resolve = resolve
        self.refused: frozenset[str] = frozenset()
        self._facts: Facts | None = None
        self._letters_a_token: deque[float] = deque(maxlen=8)
        if server.models and model not in server.models:
            raise ModelUnavailable(model=self.name, detail="not_allowed")

    @property
    def name(self) -> str:
        return str(ModelRef.at_server(self.server.name, self.model))

    @property
    def context(self) -> int | None:
        """Tokens; None until the server was asked, unless the administrator configured it."""
        return self._facts.context if self._facts else self.server.context

    def forget(self) -> None:
        """Forget the facts, so that the server is asked again."""
        self._facts = None

    def facts(self) -> Facts:
        """The facts about the model; missing ones are requested again the next time."""
        if self._facts is None:
            server, seconds = self.server, self.timeouts.connect
            try:
                listed = listed_model(server, self.model, seconds, self.resolve)
                context = context_of(server, listed, seconds, self.resolve) if listed else server.context
            except ModelError:  # it may have no list of models, and real faults show when the answer is requested
                return Facts("", server.context or DEFAULT_CONTEXT)
            self._facts = Facts(listed.maker if listed else "", context or DEFAULT_CONTEXT)
        return self._facts

    def count(self, messages: ChatMessages) -> int | None:
        """Tokens as counted by the server; None if it cannot."""
        maker = self.facts().maker
        try:
            return token_count(self.server, self.model, maker, messages, self.timeouts.connect, self.resolve)
        except ModelError:
            return None

    def estimate(self, messages: ChatMessages) -> int:
        """Estimated tokens, on the high side: from the fewest letters per token in any answer so far."""
        rate = min(self._letters_a_token) * 0.95 if self._letters_a_token else LETTERS_A_TOKEN
        return int(_letters(messages) / rate) + TOKENS_A_MESSAGE * len(messages)

    def learn(self, messages: ChatMessages, end: Ended) -> None:
        """Learn from the end of an answer which parameters were rejected, and the token count of the messages."""
        self.refused |= end.refused
        letters = _letters(messages)
        tokens = (end.prompt_tokens or 0) - TOKENS_A_MESSAGE * len(messages)
        if letters > 200 and tokens > 0:
            self._letters_a_token.append(min(max(letters / tokens, 0.5), 6.0))


def _letters(messages: ChatMessages) -> int:
    return sum(len(message["content"]) for message in messages)
