"""Reads a question with passages: which passage answers, which of its sentences, and from where to where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core.errors import Cancelled, ModelError
from rag.core.types import Span
from rag.models.embedding.batching import batches, priority_gate, threads
from rag.models.embedding.bert_loader import layers_of
from rag.models.embedding.encoder import WIDTH_STEP, SentenceEncoder
from rag.models.embedding.fused_bert import FusedBert
from rag.models.embedding.protocol import Passage
from rag.models.reader.sequences import Sequenced, sequences
from rag.models.reader.weights import FILE, NAME, Weights, read, read_base

if TYPE_CHECKING:
    from torch import Tensor

MOST_SPAN = 32
"""Tokens of a short answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a passage.

    relevance: the logit of "it answers the question". sentences: a score for each sentence of the passage, to be
    compared with those of all passages read for the question; -inf where it was cut off. span: where in the passage's
    text the short answer would stand, probability: how sure that is (0..1) if the passage answers; an empty span with
    0 where the passage has no text.
    """

    relevance: float
    sentences: tuple[float, ...]
    span: Span
    probability: float


class Reader:
    """Stateless; safe from several threads at once. Indexing pauses while it reads, as for a question's vector."""

    def __init__(self, encoder: SentenceEncoder, weights: Weights) -> None:
        """encoder: the embedding model that the weights were trained above. Raises ModelError if they do not fit it."""
        self._encoder = encoder
        fused = encoder.pipeline.fused
        if fused is None:
            raise ModelError(model=NAME, detail="the embedding model does not run as a model of the BERT family")
        try:
            layers = layers_of(weights.tensors, fused.eps)
            self._heads = _Heads(weights.tensors)
            self._model: FusedBert | None = fused.with_layers(weights.kept, layers)
        except (AttributeError, KeyError, ValueError, RuntimeError) as error:
            raise ModelError(model=NAME, detail=str(error)[:200]) from error

    def close(self) -> None:
        """Free the memory. Later calls raise Cancelled."""
        self._model = None

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """What is made of each passage, in order. 10 passages of 180 tokens take about 110 ms on two cores."""
        pipeline = self._encoder.pipeline
        rows = sequences(pipeline.tokenizer, question, passages)
        readings: dict[int, Reading] = {}

        def take(batch: list[int]) -> None:
            states = self._states([rows[at].ids for at in batch], pipeline.pad)
            for at, reading in zip(batch, self._heads(states, [rows[at] for at in batch]), strict=True):
                readings[at] = reading

        working = threads(True)
        with priority_gate.hold():
            lengths = [_width(len(row.ids)) for row in rows]
            working.run(partial(take, batch) for batch in batches(lengths, working.number) if batch)
        return [readings[at] for at in range(len(passages))]

    def _states(self, rows: list[list[int]], pad: int) -> Tensor:
        """rows: b lists of token ids. Returns (b, t, h) float32."""
        import torch

        if (model := self._model) is None:
            raise Cancelled
        width = _width(max(map(len, rows)))
        ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
        mask = torch.arange(width) < torch.tensor([[len(row)] for row in rows])
        return model(ids, None if bool(mask.all()) else mask).float()


def _width(tokens: int) -> int:
    """With padding: see `WIDTH_STEP`."""
    return -(-tokens // WIDTH_STEP) * WIDTH_STEP


class _Heads:
    """The three heads, in float32."""

    def __init__(self, tensors: Any) -> None:
        self._relevance, self._sentence = _Scorer(tensors, "relevance"), _Scorer(tensors, "sentence")
        self._span = tensors["span.weight"], tensors["span.bias"]

    def __call__(self, states: Tensor, rows: Sequence[Sequenced]) -> list[Reading]:
        """states: (b, t, h), float32."""
        import torch

        with torch.inference_mode():
            return [self._reading(states[at, : len(row.ids)], row) for at, row in enumerate(rows)]

    def _reading(self, states: Tensor, row: Sequenced) -> Reading:
        import torch

        asked = states[slice(*row.question)].mean(0)
        first, last = row.text
        told = states[first:last].mean(0) if last > first else torch.zeros_like(asked)
        relevance = self._relevance(torch.cat([states[0], asked, told])[None])
        places = [number for number, (_, end) in enumerate(row.sentences) if end]
        scores = [-math.inf] * len(row.sentences)
        if places:
            means = torch.stack([states[slice(*row.sentences[number])].mean(0) for number in places])
            values = self._sentence(torch.cat([means, asked.expand(len(places), -1)], 1))
            for number, value in zip(places, values.tolist(), strict=True):
                scores[number] = value
        return Reading(float(relevance), tuple(scores), *self._answer(states[first:last], row))

    def _answer(self, states: Tensor, row: Sequenced) -> tuple[Span, float]:
        """The likeliest first and last token, as if drawn each by itself, but the last one not before the first."""
        import torch

        if not len(states):
            return Span(0, 0), 0.0
        starts, ends = torch.nn.functional.linear(states, *self._span).softmax(0).unbind(1)
        pairs = (starts[:, None] * ends[None]).triu().tril(MOST_SPAN - 1)
        best = int(pairs.argmax())
        start, end = divmod(best, len(states))
        begin = int(row.characters[start, 0])
        return Span(begin, max(begin, int(row.characters[end, 1]))), float(pairs[start, end])


class _Scorer:
    def __init__(self, tensors: Any, name: str) -> None:
        self._dense = tensors[f"{name}.dense.weight"], tensors[f"{name}.dense.bias"]
        self._out = tensors[f"{name}.out.weight"], tensors[f"{name}.out.bias"]

    def __call__(self, features: Tensor) -> Tensor:
        """features: (n, f). Returns (n,)."""
        from torch.nn.functional import linear

        scores: Tensor = linear(linear(features, *self._dense).tanh(), *self._out).squeeze(1)
        return scores


def goes_with(revision: str, path: Path = FILE) -> bool:
    """Whether the reader in this file goes with the embedding model of this revision, which is its weights' SHA-256."""
    return read_base(path) == revision


def load_reader(encoder: SentenceEncoder, revision: str, path: Path = FILE) -> Reader | None:
    """The reader for an embedding model; None where there is none for it, or it runs in another way.

    revision: as `ModelSource.revision`. Raises ModelError where the file is damaged.
    """
    fused = encoder.pipeline.fused
    if fused is None or not goes_with(revision, path):
        return None
    return Reader(encoder, read(fused.dtype, path))
