from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.core.errors import ModelUnavailable, NotAReranker
from rag.models.chosen.reranker import BATCH, check, load_reranker
from tests.tiny_models import make, make_judge, make_logit_reranker, make_reader

QUESTION = "hvor længe er batteriet dækket"
PASSAGES = [f"batteriet er dækket i {n} dage" + " og mere" * n for n in range(2 * BATCH + 1)]


def test_each_passage_gets_the_score_of_the_model_whatever_is_beside_it(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = make_judge(tmp_path, ())
    scores = load_reranker("m", folder, "float32").scores(QUESTION, PASSAGES)
    assert scores is not None
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for passage, score in zip(PASSAGES, scores, strict=True):
        with torch.inference_mode():
            pair = tokenizer(QUESTION, passage, truncation=True, return_tensors="pt")
            assert score == pytest.approx(model(**pair).logits.sigmoid().item(), abs=1e-4)
    assert len({round(score, 3) for score in scores}) > BATCH


def test_in_the_fastest_precision_the_scores_are_nearly_the_same(tmp_path: Path) -> None:
    folder = make_judge(tmp_path, ())
    exact = load_reranker("m", folder, "float32").scores(QUESTION, PASSAGES)
    assert load_reranker("m", folder).scores(QUESTION, PASSAGES) == pytest.approx(exact, abs=0.1)


def test_a_language_model_ranks_by_what_it_says_next(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = make_logit_reranker(tmp_path / "reranker")
    scores = load_reranker("m", folder, "float32").scores("Er den rød?", ["Ja.", "Den er rød og stor.", "Nej."])
    assert scores is not None
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    yes, no = tokenizer.convert_tokens_to_ids(["y", "n"])
    for passage, score in zip(("Ja.", "Den er rød og stor.", "Nej."), scores, strict=True):
        with torch.inference_mode():
            said = model(**tokenizer(f"Er den rød?|{passage}|", return_tensors="pt")).logits[0, -1]
        assert score == pytest.approx((said[yes] - said[no]).sigmoid().item(), abs=1e-4)
    assert len(set(scores)) == 3


def test_a_model_with_layers_of_its_own_on_top_ranks_too(tmp_path: Path) -> None:
    """As sentence-transformers puts them together: a plain transformer, pooling, and a layer that gives the score."""
    import torch
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    transformer = Transformer(str(make_judge(tmp_path / "plain", ())), transformer_task="feature-extraction")
    torch.manual_seed(1)
    layer = Dense(32, 1, activation_function=torch.nn.Identity(), module_output_name="scores")
    whole = CrossEncoder(modules=[transformer, Pooling(32, "cls"), layer], device="cpu")
    whole.save_pretrained(str(tmp_path / "whole"))
    expected = whole.predict([(QUESTION, passage) for passage in PASSAGES])
    scores = load_reranker("m", tmp_path / "whole", "float32").scores(QUESTION, PASSAGES)
    assert scores == pytest.approx(expected.tolist(), abs=1e-4) and len(set(scores)) > BATCH


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    reranker = load_reranker("m", make_judge(tmp_path, ()))
    assert reranker.scores(QUESTION, PASSAGES, until=time.monotonic() - 1) is None


def test_models_of_other_kinds_are_refused(tmp_path: Path) -> None:
    judge = make_judge(tmp_path / "judge", ("contradiction", "entailment", "neutral"))
    with pytest.raises(NotAReranker):
        load_reranker("m", judge)
    for folder in (make_reader(tmp_path / "reader"), make(tmp_path / "language-model"), tmp_path):
        with pytest.raises(NotAReranker) as caught:
            check("min/model", folder)
        assert "min/model" in caught.value.in_language("da") and "reranker" in caught.value.in_language("en")


def test_damaged_weights_are_said(tmp_path: Path) -> None:
    folder = make_judge(tmp_path, ())
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelUnavailable):
        load_reranker("m", folder)
