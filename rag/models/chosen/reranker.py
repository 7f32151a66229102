"""Ranks passages with a cross-encoder that the user has chosen: it reads the question and a passage together."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.core.errors import NotAReranker
from rag.models.chosen.files import is_for, opening, read_json
from rag.models.hardware import cpu_precision

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH = 4
"""Pairs in one forward pass: few, so that a model that is too slow is noticed soon."""
MAX_TOKENS = 512
"""Length of a pair, as most rerankers were trained; a chunk has at most 480 tokens of the embedding model."""


class Reranker:
    """A loaded cross-encoder. Calls must not overlap: its tokenizer keeps the settings of the last call."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self._model.max_seq_length = min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS)

    def scores(self, question: str, passages: Sequence[str], until: float = math.inf) -> list[float] | None:
        """How well each passage answers, 0..1, in order; comparable for one question only.

        until: by the monotonic clock, when to give up; then None.
        """
        from torch.nn import Sigmoid

        found: list[float] = []
        for start in range(0, len(passages), BATCH):
            if time.monotonic() > until:
                return None
            pairs = [(question, passage) for passage in passages[start : start + BATCH]]
            # its configuration may name another activation, or none
            shares = self._model.predict(pairs, batch_size=BATCH, activation_fn=Sigmoid(), show_progress_bar=False)
            found += (float(share) for share in shares)
        return found


def check(model: str, path: Path) -> None:
    """Raises NotAReranker unless the files are those of a cross-encoder.

    sentence-transformers notes it in a file of its own where the model is not one for classification, but a language
    model whose logits of "yes" and "no" are compared, or has layers of its own on top.
    """
    noted = read_json(path / "config_sentence_transformers.json").get("model_type") == "CrossEncoder"
    if not noted and not is_for(path, "SequenceClassification"):
        raise NotAReranker(model=model)


def load_reranker(model: str, path: Path, precision: Literal["bfloat16", "float32"] | None = None) -> Reranker:
    """The cross-encoder in a folder. precision: None for the fastest on this processor.

    Raises NotAReranker if it has more than one score, such as a model for NLI; ModelUnavailable, ModelUnsafe.
    """
    import torch
    from sentence_transformers import CrossEncoder

    check(model, path)
    with opening(model):
        loaded: CrossEncoder = CrossEncoder(
            str(path),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": getattr(torch, precision or cpu_precision())},
        )
    if loaded.num_labels != 1:
        raise NotAReranker(model=model)
    return Reranker(loaded)
