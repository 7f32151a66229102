"""A trained network as the file that Kilde brings along, and the card that says how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kept import CACHE, models
from benchmarks.machine import machine
from rag.core.settings import DEFAULT_EMBEDDING_MODEL
from rag.models import resolve_embedding
from rag.models.embedding.encoder import SentenceEncoder
from rag.models.reader.reader import Reader, load_reader
from rag.models.reader.weights import FILE, Weights, write
from rag.models.sources.packaged import E5_SHA256
from training.reader.asked import asked, measured_sets
from training.reader.loop import weights
from training.reader.measuring import read_all, table
from training.reader.sets import KnownSet

BASE_LAYERS = 12
CARD = "model_card.json"


def packed(checkpoint: Path, path: Path = FILE) -> Path:
    """Write a checkpoint's weights as int8 to `path`."""
    tensors, said = weights(checkpoint)
    write(Weights(E5_SHA256, BASE_LAYERS - json.loads(said["recipe"])["layers"], tensors), path)
    return path


def measured(path: Path) -> dict[str, Any]:
    """The figures of the reader in a file, by set."""
    handle = models().embedding(DEFAULT_EMBEDDING_MODEL)
    encoder = handle.encoder()
    assert isinstance(encoder, SentenceEncoder)
    reader = load_reader(encoder, E5_SHA256, path)
    assert isinstance(reader, Reader)
    return {known.name: table(read_all(reader, asked(known))) for known in measured_sets()}


def card(
    checkpoint: Path, path: Path, sets: Sequence[KnownSet], counts: Mapping[str, int], figures: Mapping[str, Any]
) -> None:
    """Write the card beside a packed file. sets: trained on, counts: the groups of each."""
    _, said = weights(checkpoint)
    source = resolve_embedding(DEFAULT_EMBEDDING_MODEL, CACHE / "models")
    with (source.path / "model.safetensors").open("rb") as file:
        unpacked = hashlib.file_digest(file, "sha256").hexdigest()
    result = {
        "model": "Reads a question with passages: relevance, sentence, span. See rag/models/reader.",
        "base": {"model": source.model, "packaged_sha256": E5_SHA256, "unpacked_sha256": unpacked, "licence": "MIT"},
        "weights": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "recipe": json.loads(said["recipe"]),
        "steps": int(said["done"]),
        "data": {one.name: {"sha256": dict(one.source), "groups": counts[one.name]} for one in sets},
        "machine": machine(),
        "measured": dict(figures),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    path.with_name(CARD).write_text(text, encoding="utf-8")
