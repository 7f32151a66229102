from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import plots
from benchmarks.plot_growth import OPENED, lines_of
from benchmarks.plots import PLOTTED, wilson
from tests.benchmarks.results import estimates, retrieval_result


def test_wilson_by_hand() -> None:
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


def peers_result() -> dict[str, object]:
    row = {
        "quality": estimates([1, 2, 0])["figures"],
        "index_s": 3.2,
        "search_ms": {"p50": 4.0, "p99": 9.0},
        "peak_mib": 500,
        "helpers_peak_mib": 0,
        "disk_mib": 1.5,
    }
    return {"results": {"xquad_en": {"kilde": {"e5": row}, "chroma": {"minilm": row, "e5": row}}}}


def relevance_result() -> dict[str, object]:
    bins = [{"from": i / 5, "to": (i + 1) / 5, "n": 10 * i, "right": 2 * i * i} for i in range(5)]
    return {"bins": bins, "levels": [{"name": "strong", "n": 10, "right": 8}, {"name": "weak", "n": 10, "right": 1}]}


def scale_result() -> dict[str, object]:
    times = {"p50_ms": 9.0, "p99_ms": 20.0}
    row = {"search": {"search": times, "words": times}, "open": {"first_hits_s": 0.1, "rss_first_hits_mb": 3.0}}
    return {"sizes": [{"chunks": 1_000, **row}, {"chunks": 10_000, **row, "fresh": {"first_hits_s": 0.2}}]}


def words_result() -> dict[str, object]:
    row = {"p50_cpu_ms": 1.0, "p99_cpu_ms": 2.0, "build_cpu_s": 0.0, "disk_mb": 1.0}
    shorter = [{"chunks": 1_000, "engine": "bm25s", **row}]
    return {"rows": [*({"chunks": n, "engine": "kilde", **row} for n in (1_000, 10_000)), *shorter]}


RESULTS = {"relevance": relevance_result, "peers": peers_result, "growth": scale_result, "words": words_result}


@pytest.mark.parametrize("name", list(PLOTTED))
def test_a_plot_comes_out_the_same_again_and_says_no_date(tmp_path: Path, name: str) -> None:
    result = RESULTS.get(name, retrieval_result)()
    draw = PLOTTED[name][1]
    (first,), (again,) = (list(draw(result, tmp_path / folder)) for folder in ("1", "2"))
    drawn = first.read_text(encoding="utf-8")
    assert drawn == again.read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "dc:date" not in drawn


def test_a_result_that_is_not_there_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "relevance.json").write_text(json.dumps(relevance_result()), encoding="utf-8")
    monkeypatch.setattr(plots, "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["plots", "--to", str(tmp_path / "plots")])
    plots.main()
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["relevance.svg"]
    assert "peers: no peers.json yet" in capsys.readouterr().out


def test_one_size_does_not_grow(tmp_path: Path) -> None:
    assert not list(PLOTTED["growth"][1]({"sizes": [{"chunks": 1_000}]}, tmp_path))


def test_what_was_not_measured_is_no_point() -> None:
    found = lines_of(scale_result()["sizes"], OPENED)  # type: ignore[arg-type]
    assert found == {"with a snapshot": ([1_000.0, 10_000.0], [0.1, 0.1]), "without one": ([10_000.0], [0.2])}
