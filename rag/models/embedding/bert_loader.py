"""Loads a model of the BERT family without sentence-transformers.

Importing sentence-transformers takes twice as long as importing torch, and such a model does not need it: tokens come
from `tokenizers`, states from `FusedBert`, and the vector is their mean. Models whose configuration needs anything else
are loaded by sentence-transformers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rag.models.embedding.fused_bert import FusedBert
from rag.models.embedding.pipeline import EmbeddingPipeline
from rag.models.embedding.token_counter import read_tokenizer

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_FAMILIES = {"bert": "BertModel", "roberta": "RobertaModel", "xlm-roberta": "XLMRobertaModel"}
_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_MEAN = "pooling_mode_mean_tokens"


def load_bert(folder: Path, dtype: torch.dtype) -> EmbeddingPipeline | None:
    """The model in a folder of sentence-transformers' layout; None if this module cannot run it.

    dtype: of weights and states. Raises OSError, ValueError or SafetensorError if a file cannot be read.
    """
    config, tokens = _read(folder / "config.json"), _read(folder / "tokenizer_config.json")
    settings, pooling = _read(folder / "sentence_bert_config.json"), _read(folder / _pooling(folder) / "config.json")
    if not (_is_known(config) and _takes_tokens_as_they_are(tokens, settings) and _is_mean(pooling)):
        return None
    weights, vocabulary = folder / "model.safetensors", folder / "tokenizer.json"
    if not weights.is_file() or not vocabulary.is_file():
        return None
    tokenizer = read_tokenizer(vocabulary)
    pad = tokenizer.token_to_id(str(tokens.get("pad_token")))
    model = _bert(weights, config, dtype)
    if pad is None or model is None:
        return None
    prompts = _read(folder / "config_sentence_transformers.json").get("prompts") or {}
    return EmbeddingPipeline(
        tokenizer=tokenizer,
        pad=pad,
        length=min(settings["max_seq_length"], config["max_position_embeddings"]),
        dimension=config["hidden_size"],
        prompts=prompts,
        fused=model,
        transformer=None,
        later_steps=[_mean],
        after_pooling=[],
    )


def _read(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def _pooling(folder: Path) -> str:
    """The name of the folder with the pooling's configuration; "-" if the model has other modules."""
    path = folder / "modules.json"
    modules = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    return str(modules[1]["path"]) if kinds in _MODULES and not modules[0]["path"] else "-"


def _is_known(config: Mapping[str, Any]) -> bool:
    return (
        config.get("model_type") in _FAMILIES
        and config.get("hidden_act") == "gelu"
        and not config.get("is_decoder")
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not {"auto_map", "quantization_config"} & config.keys()
        and {"max_position_embeddings", "hidden_size", "num_attention_heads", "layer_norm_eps"} <= config.keys()
    )


def _takes_tokens_as_they_are(tokens: Mapping[str, Any], bert: Mapping[str, Any]) -> bool:
    """Whether `tokenizer.json` alone defines the tokenizer; some classes of transformers change its behaviour."""
    return (
        tokens.get("tokenizer_class") == "PreTrainedTokenizerFast"
        and isinstance(bert.get("max_seq_length"), int)
        and not bert.get("do_lower_case")
    )


def _is_mean(pooling: Mapping[str, Any]) -> bool:
    modes = [name for name, value in pooling.items() if name.startswith("pooling_mode_") and value]
    return modes == [_MEAN] and pooling.get("include_prompt", True)


def _bert(weights: Path, config: Mapping[str, Any], dtype: torch.dtype) -> FusedBert | None:
    from safetensors.torch import load_file

    tensors = load_file(weights)
    prefix = next((n.removesuffix(_WORDS) for n in tensors if n.endswith(_WORDS)), None)
    if prefix is None:
        return None
    prefixes = (f"{prefix}embeddings.", f"{prefix}encoder.")
    weights_by_name = {
        name.removeprefix(prefix): tensor.to(dtype)
        for name, tensor in tensors.items()
        if name.startswith(prefixes) and tensor.is_floating_point()
    }
    model = _tree(weights_by_name, config["layer_norm_eps"])
    model.config = SimpleNamespace(**config)
    model.embeddings.padding_idx = config.get("pad_token_id")
    family = _FAMILIES[config["model_type"]]
    if family != "BertModel" and model.embeddings.padding_idx is None:
        return None
    try:
        return FusedBert(model, family)
    except AttributeError as error:
        raise ValueError(f"{weights.name}: there are weights missing") from error


def layers_of(tensors: Mapping[str, Tensor], eps: float) -> list[Any]:
    """The layers among tensors whose names begin with `layer.` and their number, as `FusedBert` takes them.

    eps: of layer normalisation. Raises AttributeError where there are none.
    """
    own = {name: tensor for name, tensor in tensors.items() if name.startswith("layer.")}
    layers: list[Any] = _tree(own, eps).layer
    return layers


_WORDS = "embeddings.word_embeddings.weight"


def _tree(tensors: Mapping[str, Tensor], eps: float) -> Any:
    """Nested objects with attributes from dotted names; numbered parts become lists."""
    root: dict[str, Any] = {}
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {"eps": eps} if part == "LayerNorm" else {})
        node[last] = tensor
    return _objects(root)


def _objects(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isdecimal() for name in node):
        return [_objects(node[name]) for name in sorted(node, key=int)]
    return SimpleNamespace(**{name: _objects(value) for name, value in node.items()})


def _mean(features: dict[str, Any]) -> dict[str, Any]:
    """Mean of the states (b, t, h) that are not padding: (b, h)."""
    states = features["token_embeddings"]
    mask = features["attention_mask"].unsqueeze(-1).to(states.dtype)  # (b, t, 1)
    return {**features, "sentence_embedding": (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)}
