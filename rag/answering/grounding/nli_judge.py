"""Judges a sentence with a cross-encoder for natural language inference, if the user has chosen one."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rag.core.errors import NotAJudge
from rag.models.chosen.files import config, located, opening

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH = 8
"""Pairs in one forward pass, as many as the embedding model takes: a larger batch is no faster without a GPU."""
MAX_TOKENS = 512
"""Length of a pair. Models that allow more were seldom trained on longer ones."""

_Places = tuple[int | None, int | None, int | None]


class Opinion(NamedTuple):
    """How a source relates to a sentence: probabilities that sum to 1."""

    entailment: float
    neutral: float
    contradiction: float


class Judge(Protocol):
    """Estimates whether sentences follow from sources."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Opinion]:
        """pairs: (source, sentence). Returns one opinion for each pair, in order."""


def load_judge(model: str) -> Judge:
    """Load the cross-encoder from a folder or by hub id: safetensors only, no custom code, no network once cached.

    Raises ModelUnavailable if it cannot be downloaded or loaded; ModelUnsafe, DiskFull, StoreReadOnly; NotAJudge if it
    has no label for entailment, such as a reranker, whose single score proves nothing.
    """
    path = located(model)
    places = labels(model, _named(path))  # before the weights are read
    return _CrossEncoderJudge(places, _load(model, path))


def labels(model: str, names: Mapping[int, str]) -> _Places:
    """The indices of entailment, neutral and contradiction among a model's outputs; None for missing ones.

    names: by output, in any case and order, such as CONTRADICTION, entailment or not_entailment, which stands for the
    other two. Raises NotAJudge if there is no entailment, or no other label.
    """
    outputs: dict[str, int] = {}
    for place, name in names.items():
        word = name.casefold()
        if "entail" in word:
            kind = "neutral" if word.startswith(("not", "non", "no_")) else "entailment"
        elif "contradict" in word:
            kind = "contradiction"
        elif "neutral" in word:
            kind = "neutral"
        else:
            raise NotAJudge(model=model)
        if kind in outputs:
            raise NotAJudge(model=model)
        outputs[kind] = place
    if "entailment" not in outputs or len(outputs) < 2:
        raise NotAJudge(model=model)
    return outputs["entailment"], outputs.get("neutral"), outputs.get("contradiction")


def _named(path: Path) -> dict[int, str]:
    """The names of the outputs; empty if the configuration has none."""
    try:
        return {int(place): str(name) for place, name in config(path)["id2label"].items()}
    except (ValueError, LookupError, AttributeError, TypeError):
        return {}


def _load(model: str, path: Path) -> CrossEncoder:
    import torch
    from sentence_transformers import CrossEncoder

    with opening(model):
        loaded: CrossEncoder = CrossEncoder(
            str(path),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    return loaded


class _CrossEncoderJudge:
    def __init__(self, places: _Places, model: CrossEncoder) -> None:
        self._places = places
        self._model = model
        self._model.max_seq_length = min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS)
        self._one_at_a_time = threading.Lock()  # its tokenizer keeps the truncation settings of the last call

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Opinion]:
        from torch.nn import Identity

        if not pairs:
            return []
        with self._one_at_a_time:
            shares = self._model.predict(
                # the configuration may set an activation, to which softmax would be applied a second time
                list(pairs),
                batch_size=BATCH,
                activation_fn=Identity(),
                apply_softmax=True,
                show_progress_bar=False,
            )  # (n, labels) float32
        return [Opinion(*(0.0 if at is None else float(row[at]) for at in self._places)) for row in shares]
