"""The reader that comes along, above the packaged embedding model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import Cancelled
from rag.core.types import Span
from rag.models import DEFAULT_EMBEDDING, resolve_embedding
from rag.models.embedding.protocol import Passage
from rag.models.embedding.registry import EmbeddingModelHandle, LocalModels, ModelState
from rag.models.reader.reader import Reader
from rag.models.reader.weights import FILE, read, read_base, write
from rag.models.sources.packaged import E5_SHA256
from tests.models.reader.test_reader import PASSAGES, QUESTION


@pytest.fixture(scope="module")
def packaged(models_folder: Path) -> Iterator[Reader]:
    """The reader that comes along."""
    models = LocalModels(models_folder)
    handle = models.embedding(DEFAULT_EMBEDDING)
    assert handle.reader() is None  # it waits for nothing
    handle.encoder()
    reader = handle.reader()
    assert reader is not None
    assert handle.status.state is ModelState.READY
    assert handle.status.reads
    assert handle.reader() is reader
    yield reader
    models.close()
    assert handle.reader() is None
    with pytest.raises(Cancelled):
        reader.read(QUESTION, PASSAGES)


def test_the_packaged_reader_prefers_the_passage_and_the_sentence_that_answer(packaged: Reader) -> None:
    asked = {
        QUESTION: ("months", 0),
        "Hvad koster medlemskabet om året?": ("450 kr.", 1),
        "Hvem er formand for foreningen?": ("Grethe Holm", 2),
    }
    club = "Foreningen blev stiftet i 1962. Medlemskabet koster 450 kr. om året. Formand er Grethe Holm."
    sentences = ["Foreningen blev stiftet i 1962.", "Medlemskabet koster 450 kr. om året.", "Formand er Grethe Holm."]
    spans = tuple(Span(club.index(one), club.index(one) + len(one)) for one in sentences)
    passages = [
        Passage("Kantinen er åben fra 11 til 13. Kaffe er gratis.", "Kantine", (Span(0, 31), Span(32, 48))),
        PASSAGES[0],
        Passage(club, "Om foreningen", spans),
    ]
    for question, (words, number) in asked.items():
        readings = packaged.read(question, passages)
        best = max(range(3), key=lambda at: readings[at].relevance)
        assert words in passages[best].text, question
        assert max(range(3), key=lambda n: readings[best].sentences[n]) == number, question


def test_the_packaged_reader_is_small_and_stands_on_the_packaged_weights(models_folder: Path) -> None:
    assert read_base() == E5_SHA256 == resolve_embedding(DEFAULT_EMBEDDING, models_folder).revision
    assert FILE.stat().st_size <= 25_000_000
    assert (FILE.with_name("model_card.json")).is_file()


def test_a_reader_for_other_weights_is_not_used(models_folder: Path, tmp_path: Path) -> None:
    import torch

    file = tmp_path / "reader.safetensors"
    write(replace(read(torch.float32), base="0" * 64), file)
    handle = EmbeddingModelHandle(DEFAULT_EMBEDDING, models_folder, reader_file=file)
    handle.encoder()
    assert not handle.status.reads
    assert handle.reader() is None
    handle.close()


def test_answers_come_without_a_reader_whose_file_is_damaged(models_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "reader.safetensors"
    file.write_bytes(FILE.read_bytes()[:-1000])
    handle = EmbeddingModelHandle(DEFAULT_EMBEDDING, models_folder, reader_file=file)
    assert handle.encoder().encode_queries(["Hvad?"]).shape == (1, 384)
    assert handle.reader() is None
    assert not handle.status.reads
    assert handle.status.state is ModelState.READY
    handle.close()


def test_it_is_loaded_with_the_model_in_the_background(models_folder: Path) -> None:
    handle = EmbeddingModelHandle(DEFAULT_EMBEDDING, models_folder)
    handle.load_in_background()
    handle._loading.wait(60)
    assert handle._reader is not None
    assert handle.reader() is handle._reader
    handle.close()
