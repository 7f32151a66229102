from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from rag.core.errors import NotAReader
from rag.core.types import Chunk
from rag.models.chosen.reader import BATCH, SpanReader, check, load_reader
from tests.tiny_models import make_judge, make_reader

QUESTION = "hvor mange dage"


def chunk(number: int, text: str, start: int = 0) -> Chunk:
    return Chunk(number, 1, start, start + len(text), text, id=number)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SpanReader:
    return load_reader("m", make_reader(tmp_path_factory.mktemp("reader")))


def test_the_span_is_given_in_offsets_of_the_page(reader: SpanReader) -> None:
    text = "batteriet er dækket i 6 dage."
    span = reader.spans(QUESTION, [chunk(3, text, start=1000)])[3]
    assert text[span.start - 1000 : span.end - 1000] == "6"
    assert span.score > 0.9


def test_a_passage_that_does_not_answer_scores_low_and_each_has_its_own(reader: SpanReader) -> None:
    texts = [f"der er {n} dage" if n % 2 else "der er ingen dage" + " her" * n for n in range(2 * BATCH + 1)]
    spans = reader.spans(QUESTION, [chunk(n, text) for n, text in enumerate(texts)])
    for n, text in enumerate(texts):
        assert (spans[n].score > 0.9) == bool(n % 2)
        if n % 2:
            assert text[spans[n].start : spans[n].end] == str(n)


def test_the_answer_at_the_end_of_a_long_passage_is_found(reader: SpanReader) -> None:
    text = "der er ikke noget her. " * 20 + "svaret er 8."  # some 470 tokens, where a window has 128
    span = reader.spans(QUESTION, [chunk(1, text)])[1]
    assert text[span.start : span.end] == "8" and span.score > 0.9


def test_a_question_that_is_longer_than_the_window_leaves_room_for_the_passage(reader: SpanReader) -> None:
    spans = reader.spans("hvor længe " * 200, [chunk(1, "i 6 dage")])
    assert (spans[1].start, spans[1].end) == (2, 3)


def test_nothing_to_read_has_no_spans(reader: SpanReader) -> None:
    assert reader.spans(QUESTION, []) == reader.spans(" ", [chunk(1, "i 6 dage")]) == {}
    assert reader.spans(QUESTION, [chunk(1, "  "), chunk(2, "i 6 dage")]).keys() == {2}


def test_a_question_in_digits_is_never_the_answer(reader: SpanReader) -> None:
    spans = reader.spans("5 eller 7", [chunk(1, "vi har 4 dage")])
    assert (spans[1].start, spans[1].end) == (7, 8)


def test_spans_are_those_of_transformers_in_the_same_precision(tmp_path: Path) -> None:
    """With random weights: each window alone, without padding, and the best of all spans by a plain search."""
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    folder = make_reader(tmp_path)
    weights = load_file(folder / "model.safetensors")
    torch.manual_seed(3)
    save_file(
        {name: torch.randn_like(of) for name, of in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    texts = ["batteriet er dækket i 6 dage.", "kort", "skriv til os inden for 14 dage"]
    spans = load_reader("m", folder, "float32").spans(QUESTION, [chunk(n, text) for n, text in enumerate(texts)])
    model, tokenizer = (
        AutoModelForQuestionAnswering.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    for n, text in enumerate(texts):
        pair = tokenizer(QUESTION, text, return_tensors="pt", return_offsets_mapping=True)
        offsets = pair.pop("offset_mapping")[0].tolist()
        inside = [at for at, of in enumerate(pair.sequence_ids(0)) if of == 1]
        with torch.inference_mode():
            output = model(**pair)
        starts, ends = output.start_logits[0], output.end_logits[0]
        pairs = [(i, j) for i in inside for j in inside if i <= j < i + 30]
        first, last = max(pairs, key=lambda ij: starts[ij[0]] + ends[ij[1]])
        margin = starts[first] + ends[last] - starts[0] - ends[0]
        expected = text[offsets[first][0] : offsets[last][1]].strip()
        assert text[spans[n].start : spans[n].end] == expected
        assert spans[n].score == pytest.approx(margin.sigmoid().item(), abs=1e-4)


def test_what_takes_too_long_is_given_up(reader: SpanReader) -> None:
    assert reader.spans(QUESTION, [chunk(1, "i 6 dage")], until=time.monotonic() - 1) == {}


def test_models_of_other_kinds_are_refused(tmp_path: Path) -> None:
    for folder in (make_judge(tmp_path / "reranker", ()), tmp_path):
        with pytest.raises(NotAReader) as caught:
            check("min/model", folder)
        assert "min/model" in caught.value.in_language("da") and "question answering" in caught.value.in_language("en")


def test_a_model_that_only_says_that_it_is_one_is_refused(tmp_path: Path) -> None:
    """transformers makes up the last layer at random where the weights have none."""
    folder = make_judge(tmp_path, ())
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertForQuestionAnswering"]}))
    with pytest.raises(NotAReader):
        load_reader("m", folder)
