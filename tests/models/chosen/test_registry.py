from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import ModelUnsafe, NotAReader, NotAReranker
from rag.core.settings import DEFAULTS, Settings
from rag.core.types import Chunk
from rag.models.chosen.registry import OVERRUNS, ChosenModel, ChosenModels, check
from rag.models.embedding.registry import ModelState
from tests import small_hub
from tests.tiny_models import make_judge, make_reader

QUESTION = "hvor mange dage"
CHUNK = Chunk(0, 1, 100, 108, "i 6 dage", id=7)
WAIT = 60.0


@contextmanager
def chosen(settings: Settings) -> Iterator[ChosenModels]:
    models = ChosenModels(lambda: settings)
    try:
        yield models
    finally:
        models.close()


def test_without_a_choice_nothing_is_loaded_and_nothing_said() -> None:
    with chosen(DEFAULTS) as models:
        models.wait(WAIT)
        assert models.reranker() is None and models.reader() is None
        assert models.scores(QUESTION, ["i 6 dage"]) == (None, None)
        assert models.spans(QUESTION, [CHUNK]) == ({}, None)


def test_models_are_loaded_in_the_background_measured_and_used(tmp_path: Path) -> None:
    names = (str(make_judge(tmp_path / "reranker", ())), str(make_reader(tmp_path / "reader")))
    with chosen(replace(DEFAULTS, reranker_model=names[0], reader_model=names[1])) as models:
        spans, notice = models.spans(QUESTION, [CHUNK])
        assert spans == {} and notice is not None and notice.code == "chosen_model_loading"
        models.wait(WAIT)
        for model in (models.reranker(), models.reader()):
            assert model is not None and model.status.state is ModelState.READY and 0 < model.seconds < 2
        spans, notice = models.spans(QUESTION, [CHUNK])
        assert notice is None and (spans[7].start, spans[7].end) == (102, 103)
        scores, notice = models.scores(QUESTION, ["i 6 dage", "i morgen"])
        assert notice is None and scores is not None and scores.model == names[0] and len(scores.values) == 2


@pytest.mark.parametrize("fault", ["empty", "pickle", "other kind"])
def test_what_cannot_be_used_is_said_and_nothing_else_changes(tmp_path: Path, fault: str) -> None:
    folder = make_judge(tmp_path / "m", ("neutral", "entailment") if fault == "other kind" else ())
    codes = {"empty": "model_unavailable", "pickle": "model_unsafe", "other kind": "not_a_reranker"}
    if fault == "empty":
        folder = tmp_path / "nothing"
        folder.mkdir()
    elif fault == "pickle":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with chosen(replace(DEFAULTS, reranker_model=str(folder))) as models:
        models.wait(WAIT)
        scores, notice = models.scores(QUESTION, ["i 6 dage"])
        assert scores is None and notice is not None and notice.code == codes[fault]
        model = models.reranker()
        assert model is not None and model.status.state is ModelState.FAILED


def test_a_model_of_the_hub_that_cannot_be_fetched_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with small_hub.running() as hub, chosen(replace(DEFAULTS, reader_model="someone/nothing")) as models:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        models.wait(WAIT)
        spans, notice = models.spans(QUESTION, [CHUNK])
        assert spans == {} and notice is not None and notice.code == "model_unavailable"
        assert "does not know" in notice.values["detail"]


def test_a_model_that_is_no_longer_chosen_is_let_go(tmp_path: Path) -> None:
    settings = [replace(DEFAULTS, reader_model=str(make_reader(tmp_path)))]
    models = ChosenModels(lambda: settings[-1])
    models.wait(WAIT)
    before = models.reader()
    assert before is not None and before.status.state is ModelState.READY
    settings.append(DEFAULTS)
    assert models.reader() is None and before.status.state is ModelState.ABSENT
    before.load_in_background()
    assert before.use(lambda loaded, until: loaded)[0] is None
    models.close()


def slow(tmp_path: Path, measured: float, limit: float) -> ChosenModel[str]:
    """A model whose files are real; it is measured at so many seconds."""
    model = ChosenModel(str(make_reader(tmp_path)), lambda name, path: "loaded", lambda loaded: measured, limit)
    model.wait(WAIT)
    return model


def test_a_model_that_is_too_slow_here_is_switched_off_with_a_word(tmp_path: Path) -> None:
    model = slow(tmp_path, 13.2, 2.0)
    assert model.status.state is ModelState.OFF
    result, notice = model.use(lambda loaded, until: loaded)
    assert result is None and notice is not None
    assert (notice.code, notice.values["seconds"], notice.values["limit"]) == ("model_too_slow", 14, 2)


def test_a_model_that_becomes_too_slow_is_switched_off_after_some_questions_in_a_row(tmp_path: Path) -> None:
    model = slow(tmp_path, 0.01, 0.2)

    def takes(seconds: float) -> str | None:
        result, _ = model.use(lambda loaded, until: time.sleep(seconds) or loaded)
        return result

    for seconds in (0.25, 0.0, 0.25):  # never twice in a row
        assert takes(seconds) == "loaded"
    assert model.status.state is ModelState.READY and OVERRUNS == 2
    assert takes(0.25) == "loaded"
    assert model.status.state is ModelState.OFF and takes(0.0) is None


def test_an_error_in_the_middle_of_a_question_is_said_and_the_question_goes_on(tmp_path: Path) -> None:
    model = slow(tmp_path, 0.01, 2.0)
    result, notice = model.use(lambda loaded, until: 1 / 0)
    assert result is None and notice is not None and notice.code == "model_error"
    assert "division" in notice.values["detail"]
    assert model.status.state is ModelState.FAILED


def test_folders_are_checked_before_they_are_saved(tmp_path: Path) -> None:
    reranker, reader = str(make_judge(tmp_path / "reranker", ())), str(make_reader(tmp_path / "reader"))
    check(DEFAULTS, DEFAULTS)
    check(replace(DEFAULTS, reranker_model=reranker, reader_model=reader), DEFAULTS)
    check(replace(DEFAULTS, reranker_model="some/model"), DEFAULTS)  # of the hub: looked for in the background
    with pytest.raises(NotAReranker):
        check(replace(DEFAULTS, reranker_model=reader), DEFAULTS)
    with pytest.raises(NotAReader):
        check(replace(DEFAULTS, reader_model=reranker), DEFAULTS)
    Path(reader, "model.safetensors").rename(Path(reader, "pytorch_model.bin"))
    with pytest.raises(ModelUnsafe):
        check(replace(DEFAULTS, reader_model=reader), DEFAULTS)
    gone_bad = replace(DEFAULTS, reader_model=reader)
    check(replace(gone_bad, k=6), gone_bad)  # it must not keep other settings from being saved
