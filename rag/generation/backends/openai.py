"""Written answers by a model server that speaks OpenAI's language: Ollama, vLLM, llama.cpp, LM Studio, a cloud."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, NamedTuple

from rag.core.errors import KildeError, ModelError, ModelUnavailable
from rag.core.settings import name_at_server
from rag.generation.backends.openai_stream import Event, written
from rag.generation.backends.openai_timeouts import TIMEOUTS, Timeouts, pieces
from rag.generation.prompts import budget
from rag.generation.prompts.control_tokens import signs_in
from rag.generation.prompts.neutralise import neutralise_control_tokens
from rag.generation.protocol import GREEDY, Prompt, Report, Sampling, Sent
from rag.models.servers.discovery import context_of, listed_model, token_count
from rag.models.servers.network_backend import PinnedNetworkBackend, Resolver, resolved
from rag.models.servers.server import Server

LET_GO_SECONDS = 0.3
DEFAULT_CONTEXT = 4096
LETTERS_A_TOKEN = 2.5
"""An estimate on the safe side: Danish has about 3 with the vocabularies in use, English about 4."""
TOKENS_A_MESSAGE = 8


class _Facts(NamedTuple):
    """maker: of the server, for how it counts tokens; "" where it cannot. context: tokens."""

    maker: str
    context: int


class OpenAIGenerator:
    """One model of one server. Several answers may be written at once: queueing is the server's business.

    Raises ModelUnavailable where the server's administrator did not allow the model.
    """

    def __init__(self, server: Server, model: str, timeouts: Timeouts = TIMEOUTS, resolve: Resolver = resolved) -> None:
        self._server = server
        self._model = model
        self._timeouts = timeouts
        self._resolve = resolve
        self._facts: _Facts | None = None
        self._refused: frozenset[str] = frozenset()  # parameters that the server does not take
        self._letters_a_token: deque[float] = deque(maxlen=8)
        if server.models and model not in server.models:
            raise ModelUnavailable(model=self.name, detail="not_allowed")

    @property
    def name(self) -> str:
        return name_at_server(self._server.name, self._model)

    @property
    def is_loaded(self) -> bool:
        return True

    def describe(self) -> dict[str, Any]:
        """See `Generator.describe`. The context: None until the server was asked for it."""
        context = self._facts.context if self._facts else self._server.context
        return {"model": self._model, "origin": "server", "context": context, **self._server.describe()}

    def close(self) -> None:
        """Nothing is held but what the server said of itself: it is asked again."""
        self._facts = None

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. Raises ServerFault's kinds, also after some pieces, and ModelUnavailable.

        Asked again is at most once, and only where no answer can have begun to come: refused, busy, or dropped before
        the first byte. After waiting in vain it is not: the server may well be writing still.
        """
        answer = _Answer(self, prompt, sampling)
        thread = threading.Thread(target=answer.work, name="kilde-server", daemon=True)
        thread.start()
        try:
            yield from pieces(self._server, answer.events, self._timeouts, cancelled, report)
        finally:
            answer.abandon()
            thread.join(LET_GO_SECONDS)

    def _known(self) -> _Facts:
        """What there is to know of the model; what a server does not say now is asked again the next time."""
        if self._facts is None:
            seconds = self._timeouts.connect
            try:
                listed = listed_model(self._server, self._model, seconds, self._resolve)
                context = context_of(self._server, listed, seconds, self._resolve) if listed else self._server.context
            except ModelError:  # it may have no list; and what is wrong with it shows when the answer is asked for
                return _Facts("", self._server.context or DEFAULT_CONTEXT)
            self._facts = _Facts(listed.maker if listed else "", context or DEFAULT_CONTEXT)
        return self._facts

    def _estimate(self, messages: list[dict[str, str]]) -> int:
        """Tokens, rather too many: by what the longest-winded of the last answers had."""
        letters = sum(len(message["content"]) for message in messages)
        rate = min(self._letters_a_token) * 0.95 if self._letters_a_token else LETTERS_A_TOKEN
        return int(letters / rate) + TOKENS_A_MESSAGE * len(messages)

    def _learn(self, messages: list[dict[str, str]], tokens: int | None) -> None:
        letters = sum(len(message["content"]) for message in messages)
        own = (tokens or 0) - TOKENS_A_MESSAGE * len(messages)
        if letters > 200 and own > 0:
            self._letters_a_token.append(min(max(letters / own, 0.5), 6.0))


class _Answer:
    """One answer: `work` speaks to the server in a thread, what comes of it are `events`."""

    def __init__(self, generator: OpenAIGenerator, prompt: Prompt, sampling: Sampling) -> None:
        self._generator = generator
        self._server = generator._server
        self._timeouts = generator._timeouts
        self._prompt, self._sampling = prompt, sampling
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._abandoned = threading.Event()
        # a little longer than an answer may take, so that it is the reader who ends it
        seconds = self._timeouts.whole + self._timeouts.first_token + self._timeouts.connect
        self._line = PinnedNetworkBackend(self._server, seconds, resolve=generator._resolve)

    def abandon(self) -> None:
        self._abandoned.set()
        self._line.cut()

    def work(self) -> None:
        """In a thread: everything that waits for the server."""
        try:
            import openai  # noqa: F401 - takes a second, which is not to count as the server's

            sent, room = self._sent()
            self.events.put(sent)
            messages = _messages(sent.prompt)
            end = written(
                self._server,
                self._generator._model,
                messages,
                replace(self._sampling, max_tokens=room),
                self._generator._refused,
                self._line,
                self._timeouts.first_token,
                self._timeouts.connect,
                self.events.put,
                self._abandoned,
            )
            self._generator._refused |= end.refused
            self._generator._learn(messages, end.prompt_tokens)
            self.events.put(end)
        except Exception as error:  # noqa: BLE001 - handed over, and raised where the answer is read
            ours = isinstance(error, KildeError)
            self.events.put(error if ours else ModelError(model=self._generator.name, detail=type(error).__name__))

    def _sent(self) -> tuple[Sent, int]:
        """The prompt as far as the context holds it, and the most tokens to write.

        Raises ModelError where not even one passage fits.
        """
        generator, facts = self._generator, self._generator._known()
        counts = bool(facts.maker)

        def count(prompt: Prompt) -> int:
            nonlocal counts
            messages, tokens = _messages(prompt), None
            if counts and not self._abandoned.is_set():
                try:
                    tokens = token_count(
                        self._server,
                        generator._model,
                        facts.maker,
                        messages,
                        self._timeouts.connect,
                        generator._resolve,
                    )
                except ModelError:  # then an estimate must do
                    tokens = None
                counts = tokens is not None
            return generator._estimate(messages) if tokens is None else tokens

        prompt = neutralise_control_tokens(self._prompt, signs_in(self._prompt))
        fitted = budget.fit(prompt, count, facts.context, self._sampling.max_tokens, generator.name)
        text = "\n\n".join(f"{message.role}:\n{message.content}" for message in fitted.prompt.messages)
        return Sent(fitted.prompt, text, fitted.tokens, facts.context, estimated=not counts), max(1, fitted.room)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt.messages]
