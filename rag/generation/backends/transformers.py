"""Answers written by a transformers model on this machine: safetensors only, no remote code."""

import inspect
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.core.errors import KildeError, ModelError, ModelUnavailable, ModelUnsafe
from rag.core.model_ref import ModelRef
from rag.generation.backends import Recipe, Surroundings
from rag.generation.backends.streaming import Writing, pieces
from rag.generation.prompts import budget
from rag.generation.prompts.completion import UntilStop, plain_text, without_system
from rag.generation.prompts.neutralise import neutralise_control_tokens
from rag.generation.protocol import GREEDY, Likelihood, Message, Prompt, Report, Sampling, Sent
from rag.models.hardware import cpu_precision
from rag.models.sources import folder, hub


def recipe(ref: ModelRef, surroundings: Surroundings) -> Recipe:
    """The recipe for a folder's path or a hub id, which are told apart at loading."""
    return Recipe(TransformersGenerator, (ref.name,))


class TransformersGenerator:
    """A causal language model from a folder or the hub, loaded at its first use.

    One answer at a time; a second one waits.
    """

    def __init__(self, model: str, max_new_tokens: int | None = None, precision: str | None = None) -> None:
        """max_new_tokens: upper limit for every answer. precision: see `best_precision`."""
        self.name = model
        self._max_new_tokens = max_new_tokens
        self._precision = precision
        self._loaded: tuple[Any, Any] | None = None
        self._load_lock = threading.Lock()
        self._one_at_a_time = threading.Lock()

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def describe(self) -> dict[str, Any]:
        local = Path(self.name).expanduser().is_dir()
        description: dict[str, Any] = {"model": self.name, "origin": "folder" if local else "hub"}
        if self._max_new_tokens is not None:
            description["max_new_tokens"] = self._max_new_tokens
        if (loaded := self._loaded) is not None:
            model, tokenizer = loaded
            precision = str(model.dtype).removeprefix("torch.")
            description |= {"precision": precision, "context": _context(model, tokenizer)}
        return description

    def load(self) -> tuple[Any, Any]:
        """(model, tokenizer). Raises ModelUnavailable, ModelUnsafe, DiskFull, StoreReadOnly."""
        with self._load_lock:
            if self._loaded is None:
                self._loaded = _load(self.name, self._precision or best_precision())
            return self._loaded

    def close(self) -> None:
        """See `Generator.close`. An answer that is being written is completed."""
        with self._load_lock:
            self._loaded = None

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`. Loading and writing run in a thread, so that a stop waits for neither.

        Raises ModelError also if the context cannot hold a single passage.
        """
        return pieces(lambda writing: self._work(prompt, sampling, writing), cancelled, report, self.name)

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """See `Scores.likelihood`. One forward pass; waits for an answer that is being written."""
        try:
            with self._one_at_a_time:
                model, tokenizer = self.load()
                return _likelihood(model, tokenizer, prompt, answer, self.name)
        except KildeError:
            raise
        except Exception as error:  # whatever a foreign model makes the libraries raise
            raise ModelError(model=self.name, detail=str(error)[:300]) from error

    def _work(self, prompt: Prompt, sampling: Sampling, writing: Writing) -> None:
        with self._one_at_a_time:
            if writing.stopped():
                return
            model, tokenizer = self.load()
            if writing.stopped():
                return
            writing.begin()
            ids: Any = None

            def count(smaller: Prompt) -> int:
                nonlocal ids
                ids = _encoded(tokenizer, smaller)
                return int(ids.shape[1])

            reserve = min(filter(None, (sampling.max_tokens, self._max_new_tokens)))
            context = _context(model, tokenizer)
            fitted = budget.fit(
                neutralise_control_tokens(prompt, _signs(tokenizer)), count, context, reserve, self.name
            )
            writing.sent(Sent(fitted.prompt, str(tokenizer.decode(ids[0])), fitted.tokens, context))
            _write(model, tokenizer, ids, fitted.room, sampling.temperature, writing)


@lru_cache(maxsize=1)
def best_precision() -> str:
    """ "bfloat16" where this machine multiplies it itself, else "float32"; see `cpu_precision`.

    float16 has no fast way on most processors: weights in it become one of these two.
    """
    import torch

    if torch.cuda.is_available() and torch.cuda.is_bf16_supported():
        return "bfloat16"
    return cpu_precision()


def _write(model: Any, tokenizer: Any, ids: Any, room: int, temperature: float, writing: Writing) -> None:
    """ids: (1, n). room: the most tokens to write."""
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList
    from transformers.generation.streamers import BaseStreamer

    until = None if getattr(tokenizer, "chat_template", None) else UntilStop()

    class Streamer(BaseStreamer):
        """Streams token by token; TextStreamer waits for a space, and decodes everything again each time."""

        def __init__(self) -> None:
            self.decoder = TokenDecoder(tokenizer)
            self.prompt = True

        def put(self, value: Any) -> None:
            if self.prompt:  # transformers passes the prompt first
                self.prompt = False
                return
            tokens = value.flatten().tolist()
            text = self.decoder.add(tokens)
            writing.wrote(until.add(text) if until else text, len(tokens))

        def end(self) -> None:
            text = self.decoder.rest()
            writing.wrote(until.add(text) + until.rest() if until else text, 0)

    class Stop(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            stop = writing.stopped() or (until is not None and until.ended)
            return torch.full((input_ids.shape[0],), stop, dtype=torch.bool, device=input_ids.device)

    ends = model.generation_config.eos_token_id
    ends = tokenizer.eos_token_id if ends is None else ends
    ends = ends if isinstance(ends, list) or ends is None else [ends]
    pad = tokenizer.pad_token_id
    if pad is None:
        pad = ends[0] if ends else 0
    options: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if temperature > 0:
        options = {"do_sample": True, "temperature": temperature}
    with torch.inference_mode():
        output_ids = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=room,
            streamer=Streamer(),
            stopping_criteria=StoppingCriteriaList([Stop()]),
            eos_token_id=ends,
            pad_token_id=pad,
            **options,
        )[0, ids.shape[1] :]
    has_stopped = until is not None and until.ended
    has_ended = ends is not None and len(output_ids) > 0 and int(output_ids[-1]) in ends
    if len(output_ids) >= room and not (has_stopped or has_ended):
        writing.finish = "length"


def _likelihood(model: Any, tokenizer: Any, prompt: Prompt, answer: str, name: str) -> Likelihood:
    import torch

    prompt_ids = _encoded(tokenizer, neutralise_control_tokens(prompt, _signs(tokenizer)))
    answer_ids = tokenizer(answer, return_tensors="pt", add_special_tokens=False).input_ids.to(prompt_ids.dtype)
    count, context = int(answer_ids.shape[1]), _context(model, tokenizer)
    if not count:
        return Likelihood(0.0, 0)
    if int(prompt_ids.shape[1]) + count > context:
        raise ModelError(
            model=name, detail=f"a context of {context} tokens is too small for the passages and the answer"
        )
    # with a large vocabulary the logits of the whole prompt take gigabytes; most models can omit them
    options = {"logits_to_keep": count + 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
    with torch.inference_mode():
        ids = torch.cat([prompt_ids, answer_ids], dim=1)
        logits = model(ids, **options).logits[0, -count - 1 : -1]  # (count, vocabulary)
        log_probabilities = torch.log_softmax(logits.float(), dim=-1).gather(1, answer_ids[0].unsqueeze(1))
    return Likelihood(float(log_probabilities.double().sum()), count)


class TokenDecoder:
    """Decodes tokens piece by piece. Each is decoded together with those before it, which can change its beginning."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._context = self._given = 0

    def add(self, ids: list[int]) -> str:
        """The new text since the last call; "" while a character of several tokens is incomplete."""
        self._ids += ids
        return self._new(final=False)

    def rest(self) -> str:
        return self._new(final=True)

    def _new(self, final: bool) -> str:
        previous = self._text(self._ids[self._context : self._given])
        text = self._text(self._ids[self._context :])
        if len(text) <= len(previous) or (text.endswith("\ufffd") and not final):
            return ""
        self._context, self._given = self._given, len(self._ids)
        return text[len(previous) :]

    def _text(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


def _load(name: str, precision: str) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = Path(name).expanduser()
    if path.is_dir():
        folder.check(name, path)
    else:
        # without a network, transformers itself would retry for 50 seconds
        path = hub.resolve(name, lambda stage, share: None).path
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=False, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(path), trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype=precision
        )
    except (OSError, ValueError, TypeError, LookupError, ImportError, RuntimeError, SafetensorError) as error:
        text = str(error)
        if "trust_remote_code" in text:
            raise ModelUnsafe(model=name) from error
        detail = text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__
        raise ModelUnavailable(model=name, detail=detail) from error
    model.eval()
    return model, tokenizer


def _context(model: Any, tokenizer: Any) -> int:
    config = model.config.get_text_config()
    limits = [getattr(config, "max_position_embeddings", None), getattr(tokenizer, "model_max_length", None)]
    # a tokenizer without a limit reports 10**30
    return min((int(n) for n in limits if n and 0 < n < 10_000_000), default=4096)


def _signs(tokenizer: Any) -> set[str]:
    """The texts that this model reads as control tokens."""
    return {token.content for token in tokenizer.added_tokens_decoder.values()}


def _encoded(tokenizer: Any, prompt: Prompt) -> Any:
    """Token ids, (1, n), with the model's chat template if it has one."""
    from jinja2 import TemplateError

    if not getattr(tokenizer, "chat_template", None):
        return tokenizer(plain_text(prompt), return_tensors="pt").input_ids

    def filled(messages: tuple[Message, ...]) -> Any:
        return tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.content} for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )

    try:
        text = filled(prompt.messages)
    except TemplateError:  # some templates refuse a system role
        text = filled(without_system(prompt.messages))
    return tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
