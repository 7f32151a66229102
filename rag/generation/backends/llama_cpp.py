"""Answers written by a GGUF model on this machine, through llama.cpp."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.core.errors import ModelError
from rag.core.model_ref import ModelRef
from rag.generation.backends import Recipe, Surroundings
from rag.generation.backends.llama_process import LlamaProcess, Start
from rag.generation.backends.llama_tokens import Encoded, Tokens
from rag.generation.backends.streaming import Writing, pieces
from rag.generation.prompts import budget
from rag.generation.prompts.completion import STOPS
from rag.generation.protocol import GREEDY, Likelihood, Prompt, Report, Sampling, Sent
from rag.models.metadata import gguf

MOST_CONTEXT = 8192
"""Default context in tokens: passages and an answer need less, and the context takes memory."""
LEAST_CONTEXT = 1024
UNKNOWN_CONTEXT = 4096
"""Context in tokens for a file that does not state its training context."""
WEIGHTS_SHARE = 1.2
"""Memory for weights as a share of their file: llama.cpp repacks part of them for the processor."""
WORKING_BYTES = 300 << 20
_FORCED = 1e6  # added to the logit of a token, so that no other can be chosen


def recipe(ref: ModelRef, surroundings: Surroundings) -> Recipe:
    """Resolves a name in the models folder; different limits give different generators."""
    path = surroundings.models_folder / Path(ref.name).expanduser()  # an absolute path stays as it is
    return Recipe(LlamaCppGenerator, (ref.name, path, *surroundings.limits()))


class LlamaCppGenerator:
    """A GGUF model, loaded at its first use into a process of its own. One answer at a time; a second one waits.

    The common beginning of consecutive prompts is read only once: instructions, perspective and examples come first.
    This can change an answer where two tokens are almost equally likely, even at temperature 0, since sums are rounded
    differently when fewer tokens are read at a time.
    """

    def __init__(self, name: str, path: Path, context: int | None = None, threads: int | None = None) -> None:
        """context: tokens at most; threads: by default one per physical core."""
        self.name = name
        self._path = path
        self._wanted = context or MOST_CONTEXT
        self._threads = threads or cores()
        self._loaded: tuple[LlamaProcess, Tokens, int] | None = None
        self._load_lock = threading.Lock()
        self._one_at_a_time = threading.Lock()

    @property
    def is_loaded(self) -> bool:
        loaded = self._loaded
        return loaded is not None and loaded[0].alive

    def describe(self) -> dict[str, Any]:
        loaded = self._loaded
        description: dict[str, Any] = {"model": self.name, "origin": "gguf", "file": self._path.name}
        if self._path.is_file():
            info = gguf.describe(self._path)
            description |= {
                "architecture": info.architecture,
                "quantisation": info.quantisation,
                "bytes": info.bytes,
                "chat_template": info.has_chat_template,
            }
        return description | {"threads": self._threads, "context": loaded[2] if loaded else None}

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. Raises ModelError also if memory or context is too small."""
        return pieces(lambda writing: self._work(prompt, sampling, writing), cancelled, report, self.name)

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """See `Scores.likelihood`. Each token is forced in turn. Waits for an answer that is being written."""
        with self._one_at_a_time:
            process, tokens, context = self.load()
            ids = tokens.encode(tokens.neutralised(prompt)).ids
            answer_ids = tokens.of([answer])[0]
            if len(ids) + len(answer_ids) > context:
                detail = f"a context of {context} tokens is too small for the passages and the answer"
                raise ModelError(model=self.name, detail=detail)
            nats = 0.0
            for token in answer_ids:
                body = {"prompt": ids, "n_predict": 1, "temperature": 0.0, "cache_prompt": True, "n_probs": 1}
                response = process.post("/completion", {**body, "logit_bias": [[token, _FORCED]]})
                # llama.cpp reports the probability before the bias: https://github.com/ggml-org/llama.cpp/tree/master/tools/server
                (scored,) = response["completion_probabilities"]
                if scored["id"] != token:
                    raise ModelError(model=self.name, detail="llama.cpp did not take the token it was given")
                nats += scored["logprob"]
                ids.append(token)
            return Likelihood(nats, len(answer_ids))

    def close(self) -> None:
        """See `Generator.close`. An answer that is being written ends with a ModelError."""
        with self._load_lock:
            if self._loaded is not None:
                self._loaded[0].close()
            self._loaded = None

    def stops(self) -> list[str]:
        """Texts that end an answer of a model without a chat template, besides its own end token."""
        return [] if gguf.describe(self._path).has_chat_template else list(STOPS)

    def load(self) -> tuple[LlamaProcess, Tokens, int]:
        """The process, its tokens, and the length of its context. Raises ModelUnavailable, ModelError."""
        with self._load_lock:
            if self._loaded is not None and not self._loaded[0].alive:
                self._loaded[0].close()
                self._loaded = None
            if self._loaded is None:
                info = gguf.describe(self._path)  # checked first, as llama.cpp aborts on some damaged files
                longest = min(self._wanted, info.context or UNKNOWN_CONTEXT)
                context = affordable_context(info, longest, free_memory(), self.name)
                process = LlamaProcess(self.name, Start(str(self._path.resolve()), context, self._threads))
                self._loaded = process, Tokens(process, self.name, info.chat_template), context
            return self._loaded

    def _work(self, prompt: Prompt, sampling: Sampling, writing: Writing) -> None:
        with self._one_at_a_time:
            if writing.stopped():
                return
            process, tokens, context = self.load()
            if writing.stopped():
                return
            writing.begin()
            encoded = Encoded("", [])

            def count(smaller: Prompt) -> int:
                nonlocal encoded
                encoded = tokens.encode(smaller)
                return len(encoded.ids)

            fitted = budget.fit(tokens.neutralised(prompt), count, context, sampling.max_tokens, self.name)
            writing.sent(Sent(fitted.prompt, encoded.text, fitted.tokens, context))
            body = {
                "prompt": encoded.ids,
                "n_predict": min(fitted.room, sampling.max_tokens),
                "temperature": sampling.temperature,
                "cache_prompt": True,
                "return_progress": True,  # an event after each batch of the prompt, where a stop can take effect
                "stop": self.stops(),
            }
            with closing(process.stream("/completion", body)) as events:  # type: ignore[type-var]
                _take(events, writing, self.name)


def _take(events: Iterator[dict[str, Any]], writing: Writing, name: str) -> None:
    for event in events:
        if writing.stopped():
            return
        if "prompt_progress" in event:
            writing.cached_tokens = int(event["prompt_progress"]["cache"])
            continue
        writing.wrote(str(event["content"]), len(event["tokens"]))
        if event["stop"]:
            writing.written_tokens = int(event["tokens_predicted"])
            writing.finish = "length" if event["stop_type"] == "limit" else "stop"
            return
    raise ModelError(model=name, detail="llama.cpp ended in the middle of the answer")


def affordable_context(info: gguf.GgufInfo, longest: int, free: int, name: str) -> int:
    """The longest context up to `wanted` tokens that fits into `free` bytes of memory together with the weights.

    Raises ModelError if LEAST_CONTEXT does not fit.
    """
    fixed = int(info.bytes * WEIGHTS_SHARE) + WORKING_BYTES
    affordable = (free - fixed) // max(info.state_bytes, 1)
    least = min(LEAST_CONTEXT, longest)
    if affordable < least:
        gigabytes = (fixed + least * info.state_bytes) / 1e9
        detail = f"it needs {gigabytes:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
        raise ModelError(model=name, detail=detail)
    return min(longest, affordable)


def free_memory() -> int:
    """Available bytes of the machine, or of its container if that has a limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text().strip()
        in_use = int((group / "memory.current").read_text())
        # the file cache counts as used there, but is reclaimed on demand
        cached = dict(line.split() for line in (group / "memory.stat").read_text().splitlines()).get("inactive_file", 0)
    except (OSError, ValueError):
        return free
    return min(free, int(limit) - in_use + int(cached)) if limit.isdigit() else free


def cores() -> int:
    """The physical cores that this process may use; more threads than cores are slower."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))
