"""The upper layers and the heads as torch modules that can be trained, and their loss.

Parameters have the names of BERT's, so that `rag/models/reader` runs them as it runs the embedding model. Attention is
a product and a softmax: on the processors measured its way back took a quarter of the time of torch's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.states import Example

DROPPED = 0.1
"""Share of the heads' inputs that is left out while training."""


class Attention(nn.Module):
    """BERT's, in the names of transformers."""

    def __init__(self, width: int, heads: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.self = nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")})
        self.output = nn.ModuleDict({"dense": nn.Linear(width, width), "LayerNorm": nn.LayerNorm(width, eps)})

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states: (n, t, h). mask: (n, 1, 1, t), added. Returns (n, t, h)."""
        n, t, h = states.shape
        query, key, value = (
            self.self[name](states).view(n, t, self.heads, -1).transpose(1, 2) for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(2, 3) * (1 / math.sqrt(h // self.heads)) + mask
        attended = (scores.softmax(-1) @ value).transpose(1, 2).reshape(n, t, h)
        normalised: Tensor = self.output["LayerNorm"](self.output["dense"](attended) + states)
        return normalised


class Layer(nn.Module):
    """A layer of BERT."""

    def __init__(self, width: int, wide: int, heads: int, eps: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads, eps)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, wide)})
        self.output = nn.ModuleDict({"dense": nn.Linear(wide, width), "LayerNorm": nn.LayerNorm(width, eps)})

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        states = self.attention(states, mask)
        widened = functional.gelu(self.intermediate["dense"](states))
        normalised: Tensor = self.output["LayerNorm"](self.output["dense"](widened) + states)
        return normalised


class Network(nn.Module):
    """The layers and the three heads."""

    def __init__(self, layers: int, width: int, wide: int, heads: int, eps: float) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(width, wide, heads, eps) for _ in range(layers))
        self.relevance = _head(3 * width, width)
        self.sentence = _head(2 * width, width)
        self.span = nn.Linear(width, 2)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states: (n, t, h). mask: (n, t), bool. Returns (n, t, h)."""
        added = torch.zeros(mask.shape, dtype=states.dtype).masked_fill_(~mask, -1e4)[:, None, None]
        for layer in self.layer:
            states = layer(states, added)
        return states


def _head(of: int, width: int) -> nn.ModuleDict:
    return nn.ModuleDict({"dense": nn.Linear(of, width), "out": nn.Linear(width, 1)})


@dataclass(frozen=True, slots=True)
class Scores:
    """relevance: (n,). sentences: (s,), of all sentences of all passages in order. starts, ends: (n, t)."""

    relevance: Tensor
    sentences: Tensor
    starts: Tensor
    ends: Tensor


def scored(network: Network, states: Tensor, mask: Tensor, batch: Sequence[Example]) -> Scores:
    """The heads' scores, float32. states: (n, t, h) from below the network's layers."""
    out = network(states, mask).float()
    n, t, _ = out.shape
    asked = _means(out, [(row, one.sequence.question) for row, one in enumerate(batch)])
    told = _means(out, [(row, one.sequence.text) for row, one in enumerate(batch)])
    rows = [(row, place) for row, one in enumerate(batch) for place in one.sequence.sentences]
    of_row = torch.tensor([row for row, _ in rows], dtype=torch.int64)
    said = _means(out, rows)
    inside = torch.zeros(n, t, dtype=torch.bool)
    for row, one in enumerate(batch):
        inside[row, slice(*one.sequence.text)] = True
    spans = functional.linear(out, network.span.weight.float(), network.span.bias.float())
    spans = spans.masked_fill(~inside[..., None], -1e4)
    return Scores(
        _scores(network, "relevance", torch.cat([out[:, 0], asked, told], 1)),
        _scores(network, "sentence", torch.cat([said, asked[of_row]], 1)),
        spans[..., 0],
        spans[..., 1],
    )


def _scores(network: Network, head: str, features: Tensor) -> Tensor:
    """features: (n, f). Returns (n,)."""
    parts = getattr(network, head)
    features = functional.dropout(features, DROPPED, network.training)
    hidden = torch.tanh(functional.linear(features, parts["dense"].weight.float(), parts["dense"].bias.float()))
    return functional.linear(hidden, parts["out"].weight.float(), parts["out"].bias.float()).squeeze(1)


def _means(states: Tensor, places: Sequence[tuple[int, tuple[int, int]]]) -> Tensor:
    """The mean of the states in each place: (p, h). places: the row, and the range of tokens; 0 where it is empty."""
    _, t, h = states.shape
    weights = torch.zeros(len(places), t)
    rows: dict[int, list[int]] = {}
    for number, (row, (start, end)) in enumerate(places):
        if end > start:
            weights[number, start:end] = 1 / (end - start)
        rows.setdefault(row, []).append(number)
    parts = [weights[numbers] @ states[row] for row, numbers in rows.items()]
    order = torch.tensor([number for numbers in rows.values() for number in numbers])
    return torch.cat(parts).index_select(0, order.argsort()) if parts else states.new_zeros(0, h)


def loss(scores: Scores, batch: Sequence[Example], groups: Sequence[int]) -> tuple[Tensor, Mapping[str, float]]:
    """What is made less, and its parts. groups: how many examples each group has, in order.

    Binary cross entropy of relevance, and half of each of: the right passage among its group; the short answer's first
    and last token, and the sentence, each among all of the group.
    """
    right = torch.tensor([float(one.right) for one in batch])
    parts: dict[str, list[Tensor]] = {"listwise": [], "span": [], "sentence": []}
    counts = [len(one.sequence.sentences) for one in batch]
    at = at_sentence = 0
    for size in groups:
        rows = slice(at, at + size)
        sentences = slice(at_sentence, at_sentence + sum(counts[rows]))
        if right[rows].any():
            parts["listwise"].append(_among(scores.relevance[rows], right[rows] > 0))
        gold = torch.zeros(sentences.stop - sentences.start, dtype=torch.bool)
        spans = torch.zeros(2, size, scores.starts.shape[1], dtype=torch.bool)
        before = 0
        for row in range(size):
            one = batch[at + row]
            gold[[before + number for number in one.gold]] = True
            before += counts[at + row]
            if one.span is not None:
                spans[0, row, one.span[0]] = spans[1, row, one.span[1]] = True
        if gold.any():
            there = torch.tensor([end > 0 for one in batch[rows] for _, end in one.sequence.sentences])
            parts["sentence"].append(_among(scores.sentences[sentences].masked_fill(~there, -1e4), gold))
        if spans.any():
            firsts, lasts = scores.starts[rows].flatten(), scores.ends[rows].flatten()
            parts["span"].append((_among(firsts, spans[0].flatten()) + _among(lasts, spans[1].flatten())) / 2)
        at, at_sentence = rows.stop, sentences.stop
    relevance = functional.binary_cross_entropy_with_logits(scores.relevance, right)
    means = {name: torch.stack(values).mean() for name, values in parts.items() if values}
    total = relevance + 0.5 * sum(means.values(), torch.zeros(()))
    return total, {"relevance": float(relevance.detach()), **{n: float(v.detach()) for n, v in means.items()}}


def _among(scores: Tensor, right: Tensor) -> Tensor:
    """Cross entropy of all that are right together, among all. Both (n,)."""
    return scores.logsumexp(0) - scores[right].logsumexp(0)
