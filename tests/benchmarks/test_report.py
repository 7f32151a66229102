from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import report, security_tables
from benchmarks.__main__ import LAST, STEPS, run_all
from benchmarks.readme_rows import percent, table
from benchmarks.report import PART, TEXTS, filled, read
from benchmarks.result_tables import grid, tables
from tests.benchmarks.results import retrieval_result

RESULTS = read()


def test_a_part_is_made_from_the_results_alone() -> None:
    text = "before\n<!-- figures: results -->\nold\n<!-- end of figures -->\nafter\n"
    new = filled(text, {"retrieval": retrieval_result()})
    assert new.startswith("before\n<!-- figures: results -->\n")
    assert new.endswith("<!-- end of figures -->\nafter\n")
    assert "old" not in new
    assert "### Retrieval" in new
    assert filled(new, {"retrieval": retrieval_result()}) == new


def test_a_part_of_an_unknown_name_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="nothing"):
        filled("<!-- figures: nothing -->\n<!-- end of figures -->", {})


def test_each_part_stands_in_a_text() -> None:
    names = [part[1] for path in TEXTS for part in PART.findall(path.read_text(encoding="utf-8"))]
    assert names == list(report.PARTS)


def test_security_tables_follow_their_results() -> None:
    files = {"pdf": {"files": 9, "documents": 5, "refusals": {"DamagedFile": 3}, "faults": 1, "slowest_s": 1.25}}
    values = {"names": {"said": {"shown": 1200}, "faults": 0, "seconds": 2.0}}
    library = {"files": 9, "ends": {"ready": 5}, "seconds": 3.0, "answer_as_before": True, "problems": 0}
    result = {"seed": 1, "examples": 7, "files": files, "values": values, "library": library}
    made = security_tables.hostile({"hostile": result})
    assert "| PDFs | 9 | 5 | 3 | 1 | 1.2 s |" in made and "| names | 1,200 | shown 1,200 | 0 | 2 s |" in made
    changed = {**result, "library": {**library, "answer_as_before": False}}
    assert "was ANOTHER afterwards" in security_tables.hostile({"hostile": changed})
    row = {"name": "kill -9", "cases": 200, "wrong": {"lost": 0}, "told": {"p50": 1.5}, "seconds": 9.0, "not_run": ""}
    assert "| kill -9 | 200 | lost 0 | p50 1.5 | 9 s |" in security_tables.faults({"faults": {"rows": {"kill": row}}})
    for part in security_tables.PARTS.values():
        assert part({}).startswith("Not measured yet")


def test_what_leaked_is_told() -> None:
    kinds = {
        "threat": {"asked": 2, "leaked": 1, "passed": 1},
        "no order at all": {"asked": 8, "leaked": 0, "passed": 0},
    }
    model = {"asked": 2, "leaked": 1, "leaked_and_called_supported": 1, "kinds": kinds,
             "right_answer": {"with": [1, 2], "without": [6, 8]}}  # fmt: skip
    quoting = {"asked": 2, "quoted": 0, "kinds": {"threat": {"asked": 2, "leaked": 0}},
               "others": {"asked": 3, "unchanged": 3, "leaked": 0}}  # fmt: skip
    result = {"documents": 2, "models": {"qwen": model}, "quoting": quoting}
    made = security_tables.injections({"injections": result})
    assert "| threat | 0 of 2 | 1 of 2 |" in made and "| *all* | 0 of 2 (0 %) | 1 of 2 (50 %) |" in made
    assert "of 1 answers that leaked, 1 had the sentence called supported" in made


def test_a_check_tells_which_text_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "README.md"
    text.write_text("<!-- figures: how-well-it-does -->\n| a wrong figure |\n<!-- end of figures -->\n", "utf-8")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "TEXTS", (text,))
    monkeypatch.setattr("sys.argv", ["report", "--check"])
    with pytest.raises(SystemExit, match=r"README\.md: not what the results say"):
        report.main()
    assert "a wrong figure" in text.read_text(encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["report"])
    report.main()
    assert "a wrong figure" not in text.read_text(encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["report", "--check"])
    report.main()
    assert capsys.readouterr().out.endswith("nothing to change\n")


def test_each_row_comes_from_a_result_that_is_there() -> None:
    rows = table(RESULTS).splitlines()[2:]
    assert len(rows) >= 12
    assert all(re.fullmatch(r"\| [^|]+ \| [^|]+ \| (`python -m benchmarks\.[^`]+` )?\|", row) for row in rows)
    assert table({}).splitlines() == table(RESULTS).splitlines()[:2]


def test_rows_follow_their_results() -> None:
    changed = json.loads(json.dumps(RESULTS["start"]))
    changed["first_page_median_s"] = 7.77
    assert "7.8 s (an app of one line" in table({"start": changed})


def test_a_figure_of_retrieval_is_in_the_row_and_in_the_table() -> None:
    result = retrieval_result()
    row = table({"retrieval": result}).splitlines()[2]
    # those of the half that was not tuned on: ranks 1, 0 and 5
    assert "| 33.3 %; 33.3 % | `python -m benchmarks.retrieval` |" in row
    made = tables({"retrieval": result})
    value = result["sets"]["xquad_en"]["rankers"]["fused"]["all"]["figures"]["r_at_4"]
    assert f"{value['value']:.3f} [{value['interval'][0]:.3f}, {value['interval'][1]:.3f}]" in made
    assert "| *target* |" in made
    assert "Kilde, test" in made
    assert "| why |" in made


def test_shares_are_rounded_once() -> None:
    assert percent(0.9933, 1.0) == "99 to 100 %"
    assert percent(0.8384) == "84 %"
    assert percent(0.0, 0.001) == "0 %"


def test_a_grid_has_a_rule_of_its_width() -> None:
    assert grid(["a", "b"], [["1", "2"]]).splitlines() == ["| a | b |", "| --- | ---: |", "| 1 | 2 |"]


def test_a_run_that_was_cut_off_goes_on_and_one_that_fails_does_not_stop_the_rest(tmp_path: Path) -> None:
    ran: list[str] = []
    broken = {"b"}

    def run(name: str) -> bool:
        ran.append(name)
        return name not in broken

    note = tmp_path / "cache" / "bench.json"
    assert run_all(["a", "b", "c"], note, run) == ["b"]
    assert ran == ["a", "b", "c", *LAST]
    ran.clear()
    broken.clear()
    assert run_all(["a", "b", "c"], note, run) == []
    assert ran == ["b", *LAST]
    ran.clear()
    assert run_all(["a", "b", "c"], note, run) == []  # the round before came to its end
    assert ran == ["a", "b", "c", *LAST]


def test_the_texts_that_are_written_come_last() -> None:
    assert not set(LAST) & set(STEPS)
    assert LAST[-1] == "report"
