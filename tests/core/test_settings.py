from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from rag.core.errors import InvalidSetting
from rag.core.settings import DEFAULTS, FIELDS, REINDEXING, Settings, resolve


def test_every_setting_has_its_limits() -> None:
    assert set(FIELDS) == {field.name for field in fields(Settings)}
    assert {"chunk_size", "overlap", "embedding_model"} == REINDEXING


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("k", [1, 20], [0, 21, -1, 4.0, "4", True, None]),
        ("chunk_size", [81, 480], [63, 481, "180"]),
        ("overlap", [0, 89], [-1, 90, 200, 201]),
        ("embedding_model", ["a/b", "x" * 500], ["", "  ", "x" * 501, "a\nb", "a\x00b", None, 3]),
        ("answer_model", ["quoting", "a/b"], ["", "a\tb"]),
        ("judge_model", ["", "a/b"], [" ", "a\tb"]),
        ("reranker_model", ["", "a/b"], [" ", "a\tb"]),
        ("reader_model", ["", "a/b"], [" ", "a\tb"]),
        ("language", ["auto", "da", "en"], ["", "zz", None]),
    ],
)
def test_a_setting_takes_what_is_allowed_and_nothing_else(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(DEFAULTS.changed(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(InvalidSetting) as caught:
            DEFAULTS.changed(**{name: value})
        assert caught.value.values["setting"] == name


def test_overlap_stays_below_half_a_chunk() -> None:
    assert DEFAULTS.changed(chunk_size=64, overlap=31).overlap == 31
    with pytest.raises(InvalidSetting) as caught:
        DEFAULTS.changed(chunk_size=64, overlap=32)
    assert caught.value.values == {"setting": "overlap", "allowed": "0-31"}


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(InvalidSetting):
        DEFAULTS.changed(colour="red")


def test_the_saved_value_wins_over_the_environment_and_that_over_the_default() -> None:
    settings, origins = resolve({"k": 7}, {"KILDE_K": "9", "KILDE_LANGUAGE": "da", "KILDE_OTHER": "1"})
    assert (settings.k, settings.language, settings.chunk_size) == (7, "da", DEFAULTS.chunk_size)
    assert (origins["k"], origins["language"], origins["chunk_size"]) == ("saved", "environment", "default")


@pytest.mark.parametrize("value", ["many", "0", "21", "", "-3", "4.5", "²"])
def test_a_value_of_the_environment_that_is_not_allowed_is_passed_over(value: str) -> None:
    settings, origins = resolve({}, {"KILDE_K": value, "KILDE_LANGUAGE": "en"})
    assert (settings.k, origins["k"]) == (DEFAULTS.k, "default")
    assert (settings.language, origins["language"]) == ("en", "environment")


def test_what_was_saved_by_another_version_does_not_keep_the_app_from_starting() -> None:
    settings, origins = resolve({"k": "four", "chunk_size": 9000, "gone": 1, "language": "da"}, {})
    assert settings == DEFAULTS.changed(language="da")
    assert [name for name, origin in origins.items() if origin == "saved"] == ["language"]


def test_values_that_are_allowed_together_only_are_taken_together() -> None:
    # a chunk size of 64 does not go with the default overlap of 40, nor an overlap of 100 with the default size
    assert resolve({"chunk_size": 64, "overlap": 10}, {})[0].chunk_size == 64
    assert resolve({"chunk_size": 300, "overlap": 100}, {})[0].overlap == 100


@pytest.mark.parametrize("saved", [{"overlap": 100, "chunk_size": 300}, {"chunk_size": 64, "overlap": 10}])
def test_one_bad_value_does_not_cost_those_that_need_each_other(saved: dict[str, int]) -> None:
    settings, _ = resolve({**saved, "k": 99}, {})
    assert (settings.chunk_size, settings.overlap) == (saved["chunk_size"], saved["overlap"])
    assert settings.k == DEFAULTS.k
