"""The forward pass of BERT and related models, optimised for an encoder on a CPU.

transformers runs each operator separately. Here query, key and value are one multiplication, weights are packed for
oneDNN in advance, and the residual is added while the product is written. Other models run unchanged.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rag.models.embedding.batching import priority_gate

if TYPE_CHECKING:
    import torch
    from torch import Tensor

KNOWN = {"BertModel", "RobertaModel", "XLMRobertaModel"}
LEAST_COSINE = 0.999
"""Least cosine to the states of the original model; bfloat16 rounds differently in another order (0.9999 measured)."""
_CHECKED_ROWS = 4
_PACK_ROWS = 1024  # number of rows that oneDNN optimises the packing for; others are correct, too


class FusedBert:
    """Computes token states of a model of the BERT family; thread-safe, without gradients."""

    def __init__(self, model: Any, family: str) -> None:
        """model: with the layers of one of `KNOWN`, in the final precision. Its embeddings are shared, its matrices
        copied. family: the one of `KNOWN`.
        """
        config, embeddings = model.config, model.embeddings
        self._heads: int = config.num_attention_heads
        self._words = embeddings.word_embeddings.weight.detach()  # (v, h)
        # RoBERTa counts positions from after the padding id
        start = 0 if family == "BertModel" else embeddings.padding_idx + 1
        kinds = embeddings.token_type_embeddings.weight[0]
        positions = embeddings.position_embeddings.weight[start:].float() + kinds.float()
        self._positions = positions.detach().to(kinds.dtype)
        self._normalise = _normalising(embeddings.LayerNorm)
        self.eps: float = embeddings.LayerNorm.eps
        self._layers = [_Layer(layer, self._heads) for layer in model.encoder.layer]

    @property
    def dtype(self) -> torch.dtype:
        """The precision of weights and states."""
        dtype: torch.dtype = self._words.dtype
        return dtype

    def with_layers(self, kept: int, layers: Sequence[Any] = ()) -> FusedBert:
        """A model with the embeddings and the first `kept` layers of this one, shared in memory, and others above.

        layers: as `model.encoder.layer` has them, of the same width and number of heads. Raises ValueError where there
        are fewer layers to keep.
        """
        if kept > len(self._layers):
            raise ValueError(f"{kept} layers of {len(self._layers)}")
        other = copy.copy(self)
        other._layers = self._layers[:kept] + [_Layer(layer, self._heads) for layer in layers]
        return other

    def __call__(self, ids: Tensor, mask: Tensor | None) -> Tensor:
        """ids, mask: (b, t), int64 and bool; None without padding. Returns (b, t, h), in the model's precision."""
        import torch

        with torch.inference_mode():
            states = self._normalise(self._words[ids].add_(self._positions[: ids.shape[1]]))  # (b, t, h)
            flat = states.view(-1, states.shape[-1])  # (b * t, h)
            attention_mask = None if mask is None else mask[:, None, None, :]
            for layer in self._layers:
                priority_gate.give_way()
                flat = layer(flat, ids.shape, attention_mask)
            return flat.view(states.shape)


class _Layer:
    def __init__(self, layer: Any, heads: int) -> None:
        import torch

        attention, attention_output = layer.attention.self, layer.attention.output
        parts = (attention.query, attention.key, attention.value)
        self._heads = heads
        self._asked = _Linear(torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts]))
        self._answered = _Linear(attention_output.dense.weight, attention_output.dense.bias)
        self._first = _normalising(attention_output.LayerNorm)
        self._widened = _Linear(layer.intermediate.dense.weight, layer.intermediate.dense.bias)
        self._narrowed = _Linear(layer.output.dense.weight, layer.output.dense.bias)
        self._second = _normalising(layer.output.LayerNorm)

    def __call__(self, states: Tensor, shape: torch.Size, attention_mask: Tensor | None) -> Tensor:
        """states: (b * t, h). seen: (b, 1, 1, t) bool. Returns (b * t, h)."""
        from torch.nn.functional import gelu, scaled_dot_product_attention

        split = self._asked(states).view(*shape, 3, self._heads, -1)  # (b, t, 3, heads, h / heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)  # (b, heads, t, h / heads)
        attended = attended.transpose(1, 2).reshape(states.shape)
        states = self._first(self._answered(attended, states))
        return self._second(self._narrowed(gelu(self._widened(states)), states))


class _Linear:
    """weight: (o, i). bias: (o,)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        import torch

        weight, self._bias = weight.detach().contiguous(), bias.detach()
        available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        self._packed = available and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        self._weight = weight
        if self._packed:
            self._pack()

    def _pack(self) -> None:
        """Pack the weights for oneDNN, unless the products then differ, as its kernels depend on the processor."""
        import torch

        generator = torch.Generator().manual_seed(0)
        rows = torch.randn((_CHECKED_ROWS, self._weight.shape[1]), generator=generator).to(self._weight.dtype)
        with torch.inference_mode():
            expected = torch.nn.functional.linear(rows, self._weight, self._bias).float()
            plain = self._weight
            try:
                self._weight = torch.ops.mkldnn._reorder_linear_weight(plain, _PACK_ROWS)
                actual = self(rows).float()
            except RuntimeError:
                self._weight, self._packed = plain, False
                return
            least = float(torch.nn.functional.cosine_similarity(actual, expected, dim=-1).min())
        if not least >= LEAST_COSINE:
            self._weight, self._packed = plain, False

    def __call__(self, states: Tensor, added: Tensor | None = None) -> Tensor:
        """states: (n, i). added: (n, o), added to the product. Returns (n, o)."""
        import torch

        if not self._packed:
            product = torch.nn.functional.linear(states, self._weight, self._bias)
            return product if added is None else product.add_(added)
        linear = torch.ops.mkldnn._linear_pointwise
        output: Tensor = (
            linear(states, self._weight, self._bias, "none", [], "")
            if added is None
            else linear.binary(states, added, self._weight, self._bias, "add")
        )
        return output


def _normalising(norm: Any) -> Callable[[Tensor], Tensor]:
    """Layer normalisation with float32 weights, as torch accumulates in float32 for every precision."""
    from torch.nn.functional import layer_norm

    weight, bias, eps = norm.weight.detach().float(), norm.bias.detach().float(), norm.eps
    return lambda states: layer_norm(states, weight.shape, weight, bias, eps)


def fuse(transformer: Any) -> FusedBert | None:
    """A `FusedBert` of a sentence-transformers `Transformer`; None for unknown models, or if its states differ."""
    import torch

    model = getattr(transformer, "auto_model", None)
    config: Any = getattr(model, "config", None)
    if type(model).__name__ not in KNOWN or getattr(config, "hidden_act", "") != "gelu":
        return None
    if getattr(config, "is_decoder", False) or getattr(config, "position_embedding_type", "absolute") != "absolute":
        return None
    # a short and a longer text of arbitrary tokens, as only the calculation is compared
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, config.vocab_size, (2, 32), generator=generator)
    mask = torch.arange(32) < torch.tensor([[32], [19]])
    with torch.inference_mode():
        expected = transformer({"input_ids": ids, "attention_mask": mask.long()})["token_embeddings"][mask].float()
    try:
        fused = FusedBert(model, type(model).__name__)
        actual = fused(ids, mask)[mask].float()
    except RuntimeError:  # oneDNN rejects operations that this processor lacks
        return None
    least = float(torch.nn.functional.cosine_similarity(actual, expected, dim=-1).min())
    return fused if math.isfinite(least) and least >= LEAST_COSINE else None
