"""The quick forward pass against the model's own, for the families it knows and those it does not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.core.errors import ModelUnavailable
from rag.models import DEFAULT_EMBEDDING, MINILM, ModelSource, resolve_embedding
from rag.models.embedding.bert_loader import load_bert
from rag.models.embedding.encoder import SentenceEncoder, load_encoder
from rag.models.embedding.fused_bert import KNOWN
from rag.models.embedding.pipeline import pipeline_of
from rag.models.embedding.protocol import Passage

TEXTS = [
    "Et pas til voksne koster 890 kr. og gælder i ti år.",
    "kort",
    "The library opens at nine and closes at five on weekdays. " * 8,
    "Batteriet holder op til 12 timer.",
]


def small(family: str, folder: Path, models_folder: Path, **options: Any) -> ModelSource:
    """A model of the family with two layers and random weights, and the tokenizer of all-MiniLM-L6-v2."""
    import torch
    import transformers

    shutil.copytree(resolve_embedding(MINILM, models_folder).path, folder)
    (folder / "model.safetensors").unlink()
    shape = {"vocab_size": 30522, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    kind = family.removesuffix("Model")
    config = getattr(transformers, f"{kind}Config")(**shape, intermediate_size=128, **options)
    torch.manual_seed(3)
    model = getattr(transformers, family)(config)
    for name, parameter in model.named_parameters():
        # nothing may be right because it is zero or one
        torch.nn.init.normal_(parameter, mean=float("LayerNorm.weight" in name), std=0.3)
    model.save_pretrained(folder)
    pooling = {"word_embedding_dimension": 64, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return ModelSource(f"small/{family}", folder, "folder", "1", "MIT", 1)


@pytest.mark.parametrize(
    ("family", "options", "known"),
    [
        ("BertModel", {}, True),
        ("RobertaModel", {"pad_token_id": 1}, True),
        ("XLMRobertaModel", {"pad_token_id": 1}, True),
        ("BertModel", {"hidden_act": "relu"}, False),
        ("BertModel", {"is_decoder": True}, False),
        ("ElectraModel", {}, False),
    ],
)
def test_it_says_what_the_model_says(
    tmp_path: Path, models_folder: Path, family: str, options: dict[str, Any], known: bool
) -> None:
    from sentence_transformers import SentenceTransformer

    source = small(family, tmp_path / "model", models_folder, **options)
    encoder = load_encoder(source, "float32")
    assert isinstance(encoder, SentenceEncoder)
    assert encoder.is_fused is known
    expected = SentenceTransformer(str(source.path), device="cpu", local_files_only=True).encode(TEXTS)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = encoder.encode_passages([Passage(text) for text in TEXTS]).vectors
    assert np.abs(found - expected).max() < 1e-5
    assert (expected @ expected.T)[~np.eye(len(TEXTS), dtype=bool)].max() < 0.999  # the texts are told apart


def test_a_model_that_calculates_otherwise_runs_as_it_is(tmp_path: Path, models_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    source = small("BertModel", tmp_path / "model", models_folder)
    model = SentenceTransformer(str(source.path), device="cpu", local_files_only=True)
    transformer: Any = model[0]
    assert type(transformer.auto_model).__name__ in KNOWN
    # a variant that keeps BERT's name and parts: here, one that scales what attention finds
    attention = transformer.auto_model.encoder.layer[1].attention.self
    attention.register_forward_hook(lambda module, given, made: (made[0] * 3, *made[1:]))
    encoder = SentenceEncoder(source.model, pipeline_of(source.model, model))
    assert not encoder.is_fused
    found = encoder.encode_passages([Passage(text) for text in TEXTS]).vectors
    assert np.abs(found - model.encode(TEXTS, normalize_embeddings=True)).max() < 1e-5


def plain_files(folder: Path, **changed: Any) -> None:
    """Makes a small model one that is read from its files. changed: values of a file, by its name without ".json"."""
    tokens = json.loads((folder / "tokenizer_config.json").read_text())
    files: dict[str, Any] = {
        "tokenizer_config": {**tokens, "tokenizer_class": "PreTrainedTokenizerFast"},
        "sentence_bert_config": {"max_seq_length": 128, "do_lower_case": False},
    }
    for name, values in {**{one: {} for one in files}, **changed}.items():
        path = folder / f"{name.replace('__', '/')}.json"
        kept = files.get(name) or json.loads(path.read_text())
        path.write_text(json.dumps({**kept, **values}))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", sorted(KNOWN))
def test_from_its_files_alone_it_says_the_same(tmp_path: Path, models_folder: Path, family: str, dtype: str) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    options = {} if family == "BertModel" else {"pad_token_id": 1}
    source = small(family, tmp_path / "model", models_folder, **options)
    plain_files(source.path)
    precision = getattr(torch, dtype)
    parts = load_bert(source.path, precision)
    assert parts is not None and parts.length == 128
    model = SentenceTransformer(
        str(source.path), device="cpu", local_files_only=True, model_kwargs={"dtype": precision}
    )
    found, expected = (
        SentenceEncoder(source.model, made).encode_passages([Passage(text, sentences=((0, 4),)) for text in TEXTS])
        for made in (parts, pipeline_of(source.model, model))
    )
    # in bfloat16, random weights may differ too much from the model's own order of rounding: then that is what runs
    least = 1 - 1e-6 if dtype == "float32" else 0.998
    ours, theirs = (np.concatenate([made.vectors, *made.sentences]) for made in (found, expected))
    assert (ours * theirs).sum(axis=1).min() > least


@pytest.mark.parametrize(
    "changed",
    [
        {"tokenizer_config": {"tokenizer_class": "BertTokenizer"}},
        {"tokenizer_config": {"pad_token": "<none>"}},
        {"sentence_bert_config": {"do_lower_case": True}},
        {"sentence_bert_config": {"max_seq_length": None}},
        {"config": {"hidden_act": "relu"}},
        {"config": {"model_type": "electra"}},
        {"config": {"auto_map": {"AutoModel": "own.Model"}}},
        {"1_Pooling__config": {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}},
        {"1_Pooling__config": {"include_prompt": False}},
    ],
    ids=str,
)
def test_what_it_does_not_know_is_left_to_sentence_transformers(
    tmp_path: Path, models_folder: Path, changed: dict[str, Any]
) -> None:
    import torch

    source = small("BertModel", tmp_path / "model", models_folder)
    plain_files(source.path)
    assert load_bert(source.path, torch.float32) is not None
    plain_files(source.path, **changed)
    assert load_bert(source.path, torch.float32) is None


def test_a_projection_after_pooling_is_left_to_sentence_transformers(tmp_path: Path, models_folder: Path) -> None:
    import torch

    source = small("BertModel", tmp_path / "model", models_folder)
    plain_files(source.path)
    modules = json.loads((source.path / "modules.json").read_text())
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (source.path / "modules.json").write_text(json.dumps(modules))
    assert load_bert(source.path, torch.float32) is None


def test_weights_that_are_missing_are_said_to_be(tmp_path: Path, models_folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    source = small("BertModel", tmp_path / "model", models_folder)
    plain_files(source.path)
    weights = source.path / "model.safetensors"
    tensors = load_file(weights)
    save_file({name: tensor for name, tensor in tensors.items() if "layer.1.output" not in name}, weights)
    with pytest.raises(ModelUnavailable) as caught:
        load_encoder(source, "float32")
    assert caught.value.values["detail"] == "model.safetensors: there are weights missing"


def test_the_default_model_is_loaded_without_sentence_transformers(models_folder: Path) -> None:
    e5 = resolve_embedding(DEFAULT_EMBEDDING, models_folder)
    said = subprocess.run(
        [sys.executable, "-c", _LOADED, e5.model, str(e5.path)], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["384", "False", "False"]


_LOADED = """
import sys
from pathlib import Path
from rag.models.embedding.encoder import load_encoder
from rag.models import ModelSource
encoder = load_encoder(ModelSource(sys.argv[1], Path(sys.argv[2]), "package", "1", "MIT", 1))
print(encoder.dimension, "sentence_transformers" in sys.modules, "transformers" in sys.modules)
"""
