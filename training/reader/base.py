"""The embedding model that the reader stands on: its lower layers as they are, its upper ones to begin with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import torch
from safetensors.torch import load_file

from benchmarks.kept import CACHE
from rag.models import DEFAULT_EMBEDDING, ModelSource, resolve_embedding
from rag.models.embedding.bert_loader import load_bert
from rag.models.embedding.fused_bert import FusedBert
from rag.models.embedding.pipeline import EmbeddingPipeline
from training.reader.network import Network


@dataclass(frozen=True, slots=True)
class Base:
    """lower: the model without its upper layers. upper: the layers to train, of which there are `layers`, with heads
    whose weights are drawn by a seed.
    """

    source: ModelSource
    pipeline: EmbeddingPipeline
    lower: FusedBert
    upper: Network
    layers: int

    def weights_sha256(self) -> str:
        """Of the unpacked weights."""
        with (self.source.path / "model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def base(layers: int, seed: int) -> Base:
    """The packaged model in bfloat16, the network in float32."""
    source = resolve_embedding(DEFAULT_EMBEDDING, CACHE / "models")
    pipeline = load_bert(source.path, torch.bfloat16)
    assert pipeline is not None
    assert pipeline.fused is not None
    config = json.loads((source.path / "config.json").read_text(encoding="utf-8"))
    below = config["num_hidden_layers"] - layers
    torch.manual_seed(seed)
    network = Network(
        layers,
        config["hidden_size"],
        config["intermediate_size"],
        config["num_attention_heads"],
        config["layer_norm_eps"],
    )
    tensors = load_file(source.path / "model.safetensors")
    own = {
        f"layer.{number}.{name}": tensors[f"encoder.layer.{below + number}.{name}"]
        for number in range(layers)
        for name in network.layer[number].state_dict()
    }
    missing = network.load_state_dict(own, strict=False)
    assert not missing.unexpected_keys
    assert all(not name.startswith("layer.") for name in missing.missing_keys)
    return Base(source, pipeline, pipeline.fused.with_layers(below), network, layers)
