"""The quick forward pass against the model's own, for the families it knows and those it does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.embedding import Passage, load_encoder
from rag.embedding.bert import KNOWN
from rag.embedding.encoder import SentenceEncoder
from rag.models import MINILM, ModelSource, resolve_embedding

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
    assert encoder.is_quick is known
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
    encoder = SentenceEncoder(source.model, model)
    assert not encoder.is_quick
    found = encoder.encode_passages([Passage(text) for text in TEXTS]).vectors
    assert np.abs(found - model.encode(TEXTS, normalize_embeddings=True)).max() < 1e-5
