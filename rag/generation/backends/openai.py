"""Answers written by a model server with OpenAI's API: Ollama, vLLM, llama.cpp, LM Studio, a cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from rag.core.errors import KildeError, ModelError, ModelUnavailable
from rag.core.model_ref import ModelRef
from rag.generation.backends import Recipe, Surroundings
from rag.generation.backends.openai_model import ServedModel
from rag.generation.backends.openai_stream import Event, written
from rag.generation.backends.openai_timeouts import TIMEOUTS, Timeouts, pieces
from rag.generation.prompts import budget
from rag.generation.prompts.neutralise import neutralise_control_tokens, signs_in
from rag.generation.protocol import GREEDY, Prompt, Report, Sampling, Sent
from rag.models.servers.network_backend import PinnedNetworkBackend, Resolver, resolve_host
from rag.models.servers.server import Server

LET_GO_SECONDS = 0.3


def recipe(ref: ModelRef, surroundings: Surroundings) -> Recipe:
    """The server is part of it: one that is configured otherwise makes another generator.

    Raises ModelUnavailable where there is no such server.
    """
    server = surroundings.server(ref.server)
    if server is None or not ref.model:
        raise ModelUnavailable(model=str(ref), detail=f"no server called {ref.server}")
    return Recipe(OpenAIGenerator, (server, ref.model))


class OpenAIGenerator:
    """One model of one server. Several answers may be written at once: queueing is the server's business.

    Raises ModelUnavailable where the server's administrator did not allow the model.
    """

    is_loaded = True

    def __init__(
        self, server: Server, model: str, timeouts: Timeouts = TIMEOUTS, resolve: Resolver = resolve_host
    ) -> None:
        self._model = ServedModel(server, model, timeouts, resolve)
        self.name = self._model.name

    def describe(self) -> dict[str, Any]:
        """See `Generator.describe`. The context: None until the server was asked for it."""
        model = self._model
        return {"model": model.model, "origin": "server", "context": model.context, **model.server.describe()}

    def close(self) -> None:
        """Nothing is held but what the server said of itself: it is asked again."""
        self._model.forget()

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. Raises ServerFault's kinds, also after some pieces, and ModelUnavailable.

        Asked again is at most once, and only where no answer can have begun to come: refused, busy, or dropped before
        the first byte. After waiting in vain it is not: the server may well be writing still.
        """
        answer = _Answer(self._model, prompt, sampling)
        thread = threading.Thread(target=answer.work, name="kilde-server", daemon=True)
        thread.start()
        try:
            yield from pieces(self._model.server, answer.events, self._model.timeouts, cancelled, report)
        finally:
            answer.abandon()
            thread.join(LET_GO_SECONDS)


class _Answer:
    """One answer: `work` speaks to the server in a thread, and puts what comes into `events`."""

    def __init__(self, model: ServedModel, prompt: Prompt, sampling: Sampling) -> None:
        self._model = model
        self._prompt, self._sampling = prompt, sampling
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._abandoned = threading.Event()
        timeouts = model.timeouts
        # a little longer than an answer may take, so that it is the reader who ends it
        seconds = timeouts.whole + timeouts.first_token + timeouts.connect
        self._network = PinnedNetworkBackend(model.server, seconds, resolve=model.resolve)

    def abandon(self) -> None:
        self._abandoned.set()
        self._network.cut()

    def work(self) -> None:
        """In a thread: everything that waits for the server."""
        model = self._model
        try:
            import openai  # noqa: F401 - takes a second, which is not to count as the server's

            sent, room = self._sent()
            self.events.put(sent)
            messages = _messages(sent.prompt)
            end = written(
                model.server,
                model.model,
                messages,
                replace(self._sampling, max_tokens=room),
                model.refused,
                self._network,
                model.timeouts.first_token,
                model.timeouts.connect,
                self.events.put,
                self._abandoned,
            )
            model.learn(messages, end)
            self.events.put(end)
        except Exception as error:  # noqa: BLE001 - handed over, and raised where the answer is read
            ours = isinstance(error, KildeError)
            self.events.put(error if ours else ModelError(model=model.name, detail=type(error).__name__))

    def _sent(self) -> tuple[Sent, int]:
        """The prompt as far as the context holds it, and the most tokens to write.

        Raises ModelError where not even one passage fits.
        """
        model, facts = self._model, self._model.facts()
        counts = bool(facts.maker)

        def count(prompt: Prompt) -> int:
            nonlocal counts
            messages = _messages(prompt)
            tokens = model.count(messages) if counts and not self._abandoned.is_set() else None
            counts = tokens is not None
            return model.estimate(messages) if tokens is None else tokens

        prompt = neutralise_control_tokens(self._prompt, signs_in(self._prompt))
        fitted = budget.fit(prompt, count, facts.context, self._sampling.max_tokens, model.name)
        text = "\n\n".join(f"{message.role}:\n{message.content}" for message in fitted.prompt.messages)
        return Sent(fitted.prompt, text, fitted.tokens, facts.context, estimated=not counts), max(1, fitted.room)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt.messages]
