"""The reader above a small model with random weights."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import Cancelled, ModelError
from rag.core.types import Span
from rag.models import ModelSource
from rag.models.embedding.encoder import SentenceEncoder, load_encoder
from rag.models.embedding.protocol import Passage
from rag.models.reader.reader import Reader, Reading, goes_with, load_reader
from rag.models.reader.sequences import sequences
from rag.models.reader.weights import Weights, read, write
from tests.models.embedding.test_fused_bert import small
from training.reader.network import Network, scored
from training.reader.states import Example

QUESTION = "How long is the battery covered?"
SENTENCES = ("Batteries are covered for 6 months.", "Other parts are covered for 24 months.", "Keep the receipt.")
TEXT = " ".join(SENTENCES)
SPANS = tuple(Span(TEXT.index(one), TEXT.index(one) + len(one)) for one in SENTENCES)
PASSAGES = [
    Passage(TEXT, "Warranty", SPANS),
    Passage("The canteen opens at 11.", "", (Span(0, 24),)),
    Passage(TEXT * 3, "Warranty › Again", SPANS),
]
KEPT = 1


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> ModelSource:
    return small("BertModel", tmp_path_factory.mktemp("small") / "model", models_folder)


@pytest.fixture(scope="module")
def encoder(source: ModelSource) -> SentenceEncoder:
    return load_encoder(source, "float32")


@pytest.fixture(scope="module")
def network() -> Network:
    import torch

    torch.manual_seed(11)
    made = Network(1, 64, 128, 4, 1e-12)
    for name, parameter in made.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("LayerNorm.weight" in name), std=0.3)
    return made.eval()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, network: Network, source: ModelSource) -> Path:
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    write(Weights(source.revision, KEPT, {name: one.detach() for name, one in network.named_parameters()}), path)
    return path


@pytest.fixture
def reader(encoder: SentenceEncoder, source: ModelSource, file: Path) -> Reader:
    found = load_reader(encoder, source.revision, file)
    assert found is not None
    return found


def test_it_says_what_the_modules_say_that_are_trained(
    reader: Reader, encoder: SentenceEncoder, network: Network, file: Path
) -> None:
    import torch

    network.load_state_dict(dict(read(torch.float32, file).tensors))
    fused = encoder.pipeline.fused
    assert fused is not None
    lower = fused.with_layers(KEPT)
    readings = reader.read(QUESTION, PASSAGES)
    for row, reading in zip(sequences(encoder.pipeline.tokenizer, QUESTION, PASSAGES), readings, strict=True):
        states = lower(torch.tensor([row.ids]), None)
        mask = torch.ones(1, len(row.ids), dtype=torch.bool)
        with torch.no_grad():
            expected = scored(network, states, mask, [Example(row, states.numpy(), False, (), None)])
        assert reading.relevance == pytest.approx(float(expected.relevance), abs=1e-4)
        assert list(reading.sentences) == pytest.approx(expected.sentences.tolist(), abs=1e-4)
        starts, ends = expected.starts.softmax(1), expected.ends.softmax(1)
        pairs = (starts[0, :, None] * ends[0, None]).triu()
        assert reading.probability == pytest.approx(float(pairs.max()), abs=1e-4)


def test_company_and_order_do_not_matter(reader: Reader) -> None:
    together = reader.read(QUESTION, PASSAGES * 5)
    alone = [reader.read(QUESTION, [passage])[0] for passage in PASSAGES]
    for at, reading in enumerate(together):
        assert reading.relevance == pytest.approx(alone[at % 3].relevance, abs=1e-4)
        assert list(reading.sentences) == pytest.approx(list(alone[at % 3].sentences), abs=1e-4)
        assert reading.span == alone[at % 3].span


def test_a_sentence_that_is_cut_off_has_no_score(reader: Reader) -> None:
    long = " ".join(f"Sentence number {n} is about a thing." for n in range(90))
    (reading,) = reader.read(QUESTION, [Passage(long, "", (Span(0, 20), Span(len(long) - 20, len(long))))])
    assert math.isfinite(reading.sentences[0])
    assert reading.sentences[1] == -math.inf


def test_passages_without_text_and_no_passages(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []
    (reading,) = reader.read(QUESTION, [Passage("", "", ())])
    assert math.isfinite(reading.relevance)
    assert reading == Reading(reading.relevance, (), Span(0, 0), 0.0)


def test_the_span_lies_in_the_text(reader: Reader) -> None:
    for passage, reading in zip(PASSAGES, reader.read(QUESTION, PASSAGES), strict=True):
        start, end = reading.span
        assert 0 <= start < end <= len(passage.text)
        assert 0 < reading.probability <= 1


def test_it_goes_with_one_embedding_model_alone(encoder: SentenceEncoder, source: ModelSource, file: Path) -> None:
    assert load_reader(encoder, "another", file) is None
    assert load_reader(encoder, source.revision, file.with_name("missing")) is None
    assert goes_with(source.revision, file)
    assert not goes_with(source.revision, file.with_name("missing"))


def test_weights_that_lack_something_are_said_to_be_damaged(encoder: SentenceEncoder, file: Path) -> None:
    import torch

    whole = read(torch.float32, file)
    for missing in ("layer.0.output.dense.weight", "sentence.out.bias"):
        fewer = {name: tensor for name, tensor in whole.tensors.items() if name != missing}
        with pytest.raises(ModelError):
            Reader(encoder, replace(whole, tensors=fewer))
    with pytest.raises(ModelError):
        Reader(encoder, replace(whole, kept=9))


def test_a_closed_one_reads_no_more(encoder: SentenceEncoder, source: ModelSource, file: Path) -> None:
    reader = load_reader(encoder, source.revision, file)
    assert reader is not None
    reader.close()
    with pytest.raises(Cancelled):
        reader.read(QUESTION, PASSAGES)
