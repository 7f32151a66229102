"""Where the time of embedding goes: each operator of one layer alone, for a batch as indexing has them.

The matrix peak bounds the multiplications by weights only. Attention's softmax, GELU and normalisation have no such
bound, and in a narrow model (384 wide, 12 heads of 32) they take more than half of the time. The multiplications of
attention are counted with them: one kernel does both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rag.models.embedding.fused_bert import _Linear

TIMES = 60
TEXTS, TOKENS = 16, 160


def operators(folder: Path) -> dict[str, Any]:
    """By operator the milliseconds of a layer (the best of TIMES, both threads) and its share.

    folder: of the model, for its config.json. The matrices are drawn: how long it takes does not depend on them.
    """
    import torch
    from torch.nn.functional import gelu, layer_norm, scaled_dot_product_attention

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    wide, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    drawn = torch.Generator().manual_seed(0)

    def matrix(*shape: int) -> Any:
        return torch.randn(shape, generator=drawn).to(torch.bfloat16)

    states, within = matrix(TEXTS * TOKENS, wide), matrix(TEXTS * TOKENS, inner)
    query, key, value = (matrix(TEXTS, heads, TOKENS, wide // heads) for _ in range(3))
    one, zero = torch.ones(wide), torch.zeros(wide)

    def linear(given: Any, to: int) -> Callable[..., Any]:
        return partial(_Linear(matrix(to, given.shape[1]), matrix(to)), given)

    multiplications = {
        "query, key and value": (linear(states, 3 * wide), 3 * wide * wide),
        "out of attention": (partial(linear(states, wide), states), wide * wide),
        "widening": (linear(states, inner), wide * inner),
        "narrowing": (partial(linear(within, wide), states), wide * inner),
    }
    others: dict[str, Callable[[], Any]] = {
        "attention": lambda: scaled_dot_product_attention(query, key, value),
        "GELU": lambda: gelu(within),
        "normalisation, twice": lambda: [layer_norm(states, (wide,), one, zero) for _ in range(2)],
    }
    with torch.inference_mode():
        taken = {name: best(run) for name, (run, _) in multiplications.items()}
        taken |= {name: best(run) for name, run in others.items()}
    every = sum(taken.values())
    multiplied = 2 * TEXTS * TOKENS * sum(n for _, n in multiplications.values())
    in_matrices = sum(taken[name] for name in multiplications)
    return {
        "batch": {"texts": TEXTS, "tokens": TOKENS},
        "ms": {name: round(1000 * seconds, 3) for name, seconds in taken.items()},
        "share": {name: round(seconds / every, 3) for name, seconds in taken.items()},
        "matrix_share": round(in_matrices / every, 3),
        "matrix_gflops": round(multiplied / in_matrices / 1e9, 1),
        "bound_passages_per_second": round(TEXTS / (config["num_hidden_layers"] * every), 1),
    }


def best(run: Callable[[], Any]) -> float:
    """Seconds of the quickest of TIMES: what the machine can do while nobody else uses it."""
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
