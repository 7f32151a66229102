"""Finds the answer's span in passages with an extractive question answering model that the user has chosen."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.core.errors import NotAReader
from rag.core.types import Chunk
from rag.models.chosen.files import is_for, opening
from rag.models.hardware import cpu_precision

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 4
"""Windows in one forward pass: few, so that a model that is too slow is noticed soon."""
MAX_TOKENS = 512
"""Length of a window with the question; a chunk has at most 480 tokens of the embedding model, so one is the rule."""
MOST_ANSWER_TOKENS = 30
"""As in transformers' example of question answering: what is longer is no short answer."""


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The part of a passage that answers, in offsets of its page.

    score: 0..1, how far the model prefers it to "the passage does not answer". Models trained without unanswerable
    questions (SQuAD 1) are always sure.
    """

    start: int
    end: int
    score: float


class SpanReader:
    """A loaded question answering model. Calls must not overlap: its tokenizer keeps the settings of the last call."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        positions = getattr(model.config, "max_position_embeddings", None) or MAX_TOKENS
        self._length = min(int(tokenizer.model_max_length), int(positions), MAX_TOKENS)

    def spans(self, question: str, passages: Sequence[Chunk], until: float = math.inf) -> dict[int, AnswerSpan]:
        """The best span in each passage, by chunk id; passages without one are missing.

        until: by the monotonic clock, when to give up; then the passages read so far.
        """
        if not passages or not question.strip():
            return {}
        windows = self._windows(question, passages)
        found: dict[int, AnswerSpan] = {}
        for first in range(0, len(windows["input_ids"]), BATCH):
            if time.monotonic() > until:
                break
            batch = range(first, min(first + BATCH, len(windows["input_ids"])))
            for at, (starts, ends) in zip(batch, self._logits(windows, batch), strict=True):
                chunk = passages[windows["overflow_to_sample_mapping"][at]]
                span = self._best(windows, at, starts, ends, chunk)
                if span is not None and (chunk.id not in found or span.score > found[chunk.id].score):
                    found[chunk.id] = span
        return found

    def _windows(self, question: str, passages: Sequence[Chunk]) -> Any:
        """Pairs of the question and a part of a passage; a long passage has several, which overlap by a quarter."""
        most = self._length // 4  # a longer question would leave no room
        kept = self._tokenizer(
            question, truncation=True, max_length=most, return_offsets_mapping=True, add_special_tokens=False
        )
        question = question[: kept["offset_mapping"][-1][1]] if kept["offset_mapping"] else question
        return self._tokenizer(
            [question] * len(passages),
            [chunk.text for chunk in passages],
            truncation="only_second",
            max_length=self._length,
            stride=most,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )

    def _logits(self, windows: Any, batch: range) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """(t,) of starts and of ends for each window, with padding at their ends."""
        import torch

        names = [name for name in self._tokenizer.model_input_names if name in windows]
        padded = self._tokenizer.pad(
            {name: [windows[name][at] for at in batch] for name in names}, padding_side="right", return_tensors="pt"
        )
        with torch.inference_mode():
            output = self._model(**padded)
        return list(zip(output.start_logits.float().numpy(), output.end_logits.float().numpy(), strict=True))

    def _best(
        self, windows: Any, at: int, starts: NDArray[np.float32], ends: NDArray[np.float32], chunk: Chunk
    ) -> AnswerSpan | None:
        """The span with the highest sum of logits, against that of the first token, which stands for no answer."""
        import numpy as np

        ids, offsets = windows["input_ids"][at], windows["offset_mapping"][at]
        inside = [
            n
            for n, of in enumerate(windows.sequence_ids(at))
            if of == 1 and chunk.text[offsets[n][0] : offsets[n][1]].strip()
        ]
        if not inside:
            return None
        sums = starts[inside][:, None] + ends[inside][None, :]
        allowed = np.triu(np.tri(len(inside), k=MOST_ANSWER_TOKENS - 1, dtype=bool))
        first, last = np.unravel_index(int(np.where(allowed, sums, -np.inf).argmax()), sums.shape)
        none = ids.index(self._tokenizer.cls_token_id) if self._tokenizer.cls_token_id in ids else 0
        margin = float(sums[first, last] - starts[none] - ends[none])
        start, end = offsets[inside[first]][0], offsets[inside[last]][1]
        text = chunk.text[start:end]
        start, end = start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())
        return AnswerSpan(
            chunk.start + start, chunk.start + end, 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, margin))))
        )


def check(model: str, path: Path) -> None:
    """Raises NotAReader unless the files are those of a model for extractive question answering."""
    if not is_for(path, "QuestionAnswering"):
        raise NotAReader(model=model)


def load_reader(model: str, path: Path, precision: Literal["bfloat16", "float32"] | None = None) -> SpanReader:
    """The question answering model in a folder. precision: None for the fastest on this processor.

    Raises NotAReader if it is none, or its weights lack the last layer; ModelUnavailable, ModelUnsafe.
    """
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    check(model, path)
    with opening(model):
        loaded, report = AutoModelForQuestionAnswering.from_pretrained(
            path,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            dtype=getattr(torch, precision or cpu_precision()),
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    if report["missing_keys"] or not tokenizer.is_fast:  # transformers fills in what is missing at random
        raise NotAReader(model=model)
    return SpanReader(loaded.eval(), tokenizer)
