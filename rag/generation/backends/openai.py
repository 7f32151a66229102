"""Answers written by a model server with OpenAI's API: Ollama, vLLM, llama.cpp, LM Studio, a cloud."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from rag.core.errors import KildeError, ModelError, ModelUnavailable
from rag.core.model_ref import ModelRef
from rag.generation.backends import Recipe, Surroundings
from rag.generation.backends.openai_model import ServedModel
from rag.generation.backends.openai_stream import Event, stream_answer
from rag.generation.backends.openai_timeouts import TIMEOUTS, Timeouts, pieces
from rag.generation.prompts import budget
from rag.generation.prompts.neutralise import neutralise_control_tokens, signs_in
from rag.generation.protocol import GREEDY, Prompt, Report, Sampling, Sent
from rag.models.servers.network_backend import PinnedNetworkBackend, Resolver, resolve_host
from rag.models.servers.server import Server

LET_GO_SECONDS = 0.3


def recipe(ref: ModelRef, surroundings: Surroundings) -> Recipe:
    """The recipe includes the server, so that a changed configuration gives another generator.

    Raises ModelUnavailable for an unknown server.
    """
    server = surroundings.server(ref.server)
    if server is None or not ref.model:
        raise ModelUnavailable(model=str(ref), detail=f"no server called {ref.server}")
    return Recipe(OpenAIGenerator, (server, ref.model))


class OpenAIGenerator:
    """One model of one server. Several answers may be written at once; the server queues them.

    Raises ModelUnavailable if the server's administrator did not allow the model.
    """

    is_loaded = True

    def __init__(
        self, server: Server, model: str, timeouts: Timeouts = TIMEOUTS, resolve: Resolver = resolve_host
    ) -> None:
        self._model = ServedModel(server, model, timeouts, resolve)
        self.name = self._model.name

    def describe(self) -> dict[str, Any]:
        """See `Generator.describe`. context is None until the server was asked for it."""
        model = self._model
        return {"model": model.model, "origin": "server", "context": model.context, **model.server.describe()}

    def close(self) -> None:
        """Forget what the server reported, which is all that is cached."""
        self._model.forget()

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. Raises ServerFault's kinds, also after some pieces, and ModelUnavailable.

        The request is repeated at most once, and only where no answer can have begun: the server refused, was busy, or
        dropped the connection before the first byte. It is not repeated after a timeout: the server may still write.
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
    """One answer: `work` requests it in a thread and puts the events into `events`."""

    def __init__(self, model: ServedModel, prompt: Prompt, sampling: Sampling) -> None:
        self._model = model
        self._prompt, self._sampling = prompt, sampling
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._abandoned = threading.Event()
        timeouts = model.timeouts
        # slightly longer than an answer may take, so that the reader's timeout comes first
        seconds = timeouts.answer + timeouts.first_token + timeouts.connect
        self._network = PinnedNetworkBackend(model.server, seconds, resolve=model.resolve)

    def abandon(self) -> None:
        self._abandoned.set()
        self._network.cut()

    def work(self) -> None:
        """Runs in a thread: everything that waits for the server."""
        model = self._model
        try:
            import openai  # noqa: F401 - the import takes a second, which must not count as the server's time

            prompt_sent, room = self._sent()
            self.events.put(prompt_sent)
            messages = _messages(prompt_sent.prompt)
            end = stream_answer(
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
        """The prompt shortened to the context, and the most tokens to write.

        Raises ModelError if not even one passage fits.
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
