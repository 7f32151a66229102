"""Written answers by a transformers model on this machine: safetensors only, no remote code."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from rag.errors import KildeError, ModelError, ModelUnavailable, ModelUnsafe
from rag.generation.protocol import Likelihood, Prompt, Sent
from rag.models import folder, hub

MAX_NEW_TOKENS = 400
POLL_SECONDS = 0.05
LET_GO_SECONDS = 0.3
"""How long a stopped answer waits for the model: between two tokens it hears of it, in a long prompt it does not."""

_Pieces = SimpleQueue[str | Sent | Exception | None]


class TransformersGenerator:
    """A causal language model from a folder or the hub, loaded at its first use.

    Greedy decoding: the same passages give the same answer. One answer at a time; a second one waits.
    """

    def __init__(self, model: str, max_new_tokens: int = MAX_NEW_TOKENS) -> None:
        self._name = model
        self._max_new_tokens = max_new_tokens
        self._loaded: tuple[Any, Any] | None = None
        self._load_lock = threading.Lock()
        self._one_at_a_time = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def describe(self) -> dict[str, Any]:
        origin = "folder" if Path(self._name).expanduser().is_dir() else "hub"
        return {"model": self._name, "origin": origin, "decoding": "greedy", "max_new_tokens": self._max_new_tokens}

    def load(self) -> tuple[Any, Any]:
        """(model, tokenizer). Raises ModelUnavailable, ModelUnsafe, DiskFull, StoreReadOnly."""
        with self._load_lock:
            if self._loaded is None:
                self._loaded = _load(self._name)
            return self._loaded

    def generate(self, prompt: Prompt, cancelled: Callable[[], bool], sent: Callable[[Sent], None]) -> Iterator[str]:
        """See `Generator.generate`. Loading and the model's work are in a thread, so that stopping waits for neither.

        Raises ModelError, too, where the context does not hold a single passage.
        """
        pieces: _Pieces = SimpleQueue()
        abandoned = threading.Event()
        thread = threading.Thread(
            target=self._work,
            args=(prompt, pieces, lambda: abandoned.is_set() or cancelled()),
            name="kilde-generate",
            daemon=True,
        )
        thread.start()
        try:
            while not cancelled():
                try:
                    piece = pieces.get(timeout=POLL_SECONDS)
                except Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, Sent):
                    sent(piece)
                elif isinstance(piece, KildeError):
                    raise piece
                elif isinstance(piece, Exception):
                    raise ModelError(model=self._name, detail=str(piece)[:300]) from piece
                else:
                    yield piece
        finally:
            abandoned.set()
            thread.join(LET_GO_SECONDS)

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """See `Scores.likelihood`. One pass through the model; waits for an answer that is being written."""
        try:
            with self._one_at_a_time:
                model, tokenizer = self.load()
                return _likelihood(model, tokenizer, prompt, answer, self._name)
        except KildeError:
            raise
        except Exception as error:  # whatever a foreign model makes the libraries raise
            raise ModelError(model=self._name, detail=str(error)[:300]) from error

    def _work(self, prompt: Prompt, pieces: _Pieces, stopped: Callable[[], bool]) -> None:
        try:
            with self._one_at_a_time:
                if not stopped():
                    model, tokenizer = self.load()
                if not stopped():
                    fitted, ids, room = _fitted(model, tokenizer, prompt, self._max_new_tokens, self._name)
                    context = _context(model, tokenizer)
                    pieces.put(Sent(fitted, str(tokenizer.decode(ids[0])), int(ids.shape[1]), context))
                    _write(model, tokenizer, ids, room, pieces, stopped)
        except Exception as error:  # noqa: BLE001 - handed over, and raised where the answer is read
            pieces.put(error)
        else:
            pieces.put(None)


def _write(model: Any, tokenizer: Any, ids: Any, room: int, pieces: _Pieces, stopped: Callable[[], bool]) -> None:
    """ids: (1, n). room: the most tokens to write."""
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList
    from transformers.generation.streamers import BaseStreamer

    class Streamer(BaseStreamer):
        """Token by token; TextStreamer would hold back what has no space in it, and decode all again each time."""

        def __init__(self) -> None:
            self.written = _Written(tokenizer)
            self.prompt = True

        def put(self, value: Any) -> None:
            if self.prompt:  # comes first, and is known
                self.prompt = False
            elif text := self.written.add(value.flatten().tolist()):
                pieces.put(text)

        def end(self) -> None:
            if text := self.written.rest():
                pieces.put(text)

    class Stop(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            return torch.full((input_ids.shape[0],), stopped(), dtype=torch.bool, device=input_ids.device)

    ends = model.generation_config.eos_token_id
    ends = tokenizer.eos_token_id if ends is None else ends
    pad = tokenizer.pad_token_id
    if pad is None:
        pad = ends[0] if isinstance(ends, list) else ends or 0
    with torch.inference_mode():
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=room,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            streamer=Streamer(),
            stopping_criteria=StoppingCriteriaList([Stop()]),
            eos_token_id=ends,
            pad_token_id=pad,
        )


def _likelihood(model: Any, tokenizer: Any, prompt: Prompt, answer: str, name: str) -> Likelihood:
    import torch

    before = _encoded(tokenizer, _disarmed(prompt, tokenizer))
    told = tokenizer(answer, return_tensors="pt", add_special_tokens=False).input_ids.to(before.dtype)
    count, context = int(told.shape[1]), _context(model, tokenizer)
    if not count:
        return Likelihood(0.0, 0)
    if int(before.shape[1]) + count > context:
        raise ModelError(
            model=name, detail=f"a context of {context} tokens is too small for the passages and the answer"
        )
    # with a large vocabulary the scores of all the prompt's tokens would be gigabytes; most models can leave them out
    kept = {"logits_to_keep": count + 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
    with torch.inference_mode():
        logits = model(torch.cat([before, told], dim=1), **kept).logits[0, -count - 1 : -1]  # (count, vocabulary)
        chosen = torch.log_softmax(logits.float(), dim=-1).gather(1, told[0].unsqueeze(1))
    return Likelihood(float(chosen.double().sum()), count)


class _Written:
    """Tokens as text, piece by piece. A token is decoded with those before it, which can change how it begins."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._context = self._given = 0

    def add(self, ids: list[int]) -> str:
        """What can be shown since the last call; "" while a letter of several tokens is not complete."""
        self._ids += ids
        return self._new(final=False)

    def rest(self) -> str:
        return self._new(final=True)

    def _new(self, final: bool) -> str:
        before = self._text(self._ids[self._context : self._given])
        now = self._text(self._ids[self._context :])
        if len(now) <= len(before) or (now.endswith("\ufffd") and not final):
            return ""
        self._context, self._given = self._given, len(self._ids)
        return now[len(before) :]

    def _text(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


def _load(name: str) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = Path(name).expanduser()
    if path.is_dir():
        folder.check(name, path)
    else:
        # transformers itself would try for 50 seconds where there is no network
        path = hub.resolve(name, lambda stage, share: None).path
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=False, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(path), trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype="auto"
        )
    except (OSError, ValueError, TypeError, LookupError, ImportError, RuntimeError, SafetensorError) as error:
        text = str(error)
        if "trust_remote_code" in text:
            raise ModelUnsafe(model=name) from error
        detail = text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__
        raise ModelUnavailable(model=name, detail=detail) from error
    model.eval()
    return model, tokenizer


def _fitted(model: Any, tokenizer: Any, prompt: Prompt, reserve: int, name: str) -> tuple[Prompt, Any, int]:
    """The prompt with as many of its passages as the context holds, its token ids (1, n), and the room left to write.

    Whole passages go, the last first: instructions and question always stay. Raises ModelError where the best
    passage alone does not fit.
    """
    prompt = _disarmed(prompt, tokenizer)
    context = _context(model, tokenizer)
    reserve = min(reserve, context // 3)
    every = len(prompt.passages)
    for count in range(every, min(every, 1) - 1, -1):
        fitted = prompt.best(count)
        ids = _encoded(tokenizer, fitted)
        left = context - int(ids.shape[1])
        if left >= reserve:
            return fitted, ids, min(reserve, left)
    raise ModelError(model=name, detail=f"a context of {context} tokens is too small for a passage")


def _context(model: Any, tokenizer: Any) -> int:
    config = model.config.get_text_config()
    known = [getattr(config, "max_position_embeddings", None), getattr(tokenizer, "model_max_length", None)]
    # where a tokenizer knows no limit it says 10**30
    return min((int(n) for n in known if n and 0 < n < 10_000_000), default=4096)


def _disarmed(prompt: Prompt, tokenizer: Any) -> Prompt:
    """The prompt without the signs that steer this model ("<|im_end|>"): a document could play the user with them."""
    signs = {token.content for token in tokenizer.added_tokens_decoder.values()}
    signs = {sign for sign in signs if len(sign) >= 3 and not sign.isspace()}

    def disarm(text: str) -> str:
        for sign in signs:
            if sign in text:
                text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
        return text

    return replace(prompt, passages=tuple(map(disarm, prompt.passages)), question=disarm(prompt.question))


def _encoded(tokenizer: Any, prompt: Prompt) -> Any:
    """Token ids, (1, n), by the model's chat template where it has one."""
    from jinja2 import TemplateError

    if not getattr(tokenizer, "chat_template", None):
        return tokenizer(f"{prompt.system}\n\n{prompt.user}\n\n", return_tensors="pt").input_ids

    def filled(*messages: tuple[str, str]) -> Any:
        return tokenizer.apply_chat_template(
            [{"role": role, "content": content} for role, content in messages],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )

    try:
        text = filled(("system", prompt.system), ("user", prompt.user))
    except TemplateError:  # some know no system role, and say so
        text = filled(("user", f"{prompt.system}\n\n{prompt.user}"))
    return tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
