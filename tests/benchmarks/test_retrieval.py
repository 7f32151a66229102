from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import kept, retrieval
from benchmarks.metrics import NOT_FOUND
from benchmarks.question_sets import OTHERS, Question, QuestionSet, load, load_lines
from benchmarks.retrieval import (
    Target,
    Targets,
    clusters,
    compared,
    fingerprint,
    measured,
    missed,
    occurrences,
    rankings,
)
from rag.core.types import Hit, Place
from rag.library import Library
from tests.conftest import HOLIDAY, WARRANTY, FakeModels
from tests.factories import hit_at

SHA = "a" * 64
TEXTS = {"garanti.txt": WARRANTY, "holiday.md": HOLIDAY}
ANSWER = "24 måneder"
START = WARRANTY.index(ANSWER)


def passage(start: int, end: int, page: int = 1, sha256: str = SHA, **ranks: int) -> Hit:
    return hit_at(1, Place(sha256, page, start, end), **ranks)


@pytest.fixture
def cache(tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(kept, "models", lambda: models)
    return tmp_path / "cache"


@pytest.fixture
def questions() -> QuestionSet:
    return QuestionSet(
        "small",
        TEXTS,
        [
            Question("1", "Hvor længe er øvrige dele dækket?", "garanti.txt", START, START + len(ANSWER), split="dev"),
            Question(
                "2", "How many days of holiday?", "holiday.md", stands=((1, "25 days"),), split="test", kind="number"
            ),
            Question("3", "sick leave manager", "holiday.md", item=True, split="test"),
        ],
    )


def test_a_place_is_met_on_its_page_of_its_document() -> None:
    target = Target(places=(Place(SHA, 2, 100, 110),))
    assert target.is_met_by(passage(50, 105, page=2))
    assert not target.is_met_by(passage(50, 104, page=2))
    assert not target.is_met_by(passage(50, 200, page=1))
    assert not target.is_met_by(passage(50, 200, page=2, sha256="b" * 64))


def test_an_item_is_met_by_any_chunk_of_its_document() -> None:
    target = Target(documents=frozenset([SHA]))
    assert target.is_met_by(passage(900, 950, page=7))
    assert not target.is_met_by(passage(900, 950, page=7, sha256="b" * 64))


def test_places_come_from_the_library(filled: Library, questions: QuestionSet) -> None:
    targets = Targets(filled, questions)
    by_offset, by_page, item = (targets.of(question) for question in questions.questions)
    sha256 = {d.name: d.sha256 for d in filled.documents.all()}
    assert by_offset.places == (Place(sha256["garanti.txt"], 1, START, START + len(ANSWER)),)
    at = HOLIDAY.index("25 days")
    assert by_page.places == (Place(sha256["holiday.md"], 1, at, at + 7),)
    assert item.documents == {sha256["holiday.md"]}


def test_an_answer_that_stands_several_times_is_looked_for_everywhere(filled: Library) -> None:
    question = Question("1", "?", "garanti.txt", stands=((1, "dækket"),))
    found = Targets(filled, QuestionSet("x", TEXTS, [question])).of(question)
    assert [WARRANTY[p.start : p.end] for p in found.places] == ["dækket", "dækket"]


def test_an_answer_stands_as_words_of_its_own_where_it_does() -> None:
    assert occurrences("24 dage, 4 dage", "4 dage") == [(9, 15)]
    assert occurrences("hovedserveren", "server") == [(5, 11)]
    assert occurrences("a (b.c) d", "(b.c)") == [(2, 7)]
    assert occurrences("en\nto", "en to") == [(0, 5)]


def test_an_answer_that_stands_nowhere_is_a_fault_of_the_set(filled: Library) -> None:
    question = Question("q7", "?", "garanti.txt", stands=((1, "trettende"),))
    with pytest.raises(AssertionError, match="q7: 'trettende' does not stand on page 1"):
        Targets(filled, QuestionSet("x", TEXTS, [question])).of(question)


def test_white_space_in_an_answer_may_be_a_line_end(library: Library) -> None:
    text = "En linje som\nbrydes midt i."
    library.documents.add("a.txt", text.encode())
    assert library.wait(20)
    question = Question("1", "?", "a.txt", stands=((1, "som brydes"),))
    (place,) = Targets(library, QuestionSet("x", {"a.txt": text}, [question])).of(question).places
    assert text[place.start : place.end] == "som\nbrydes"


def test_a_document_with_the_content_of_another_is_that_other(filled: Library) -> None:
    question = Question("1", "?", "copy.md", item=True)
    found = Targets(filled, QuestionSet("x", {**TEXTS, "copy.md": HOLIDAY}, [question])).of(question)
    assert found.documents == {hashlib.sha256(HOLIDAY.encode()).hexdigest()}


def test_one_search_gives_three_rankings() -> None:
    both, dense, words, pinned = (
        passage(0, 1, dense_rank=2, lexical_rank=1),
        passage(1, 2, dense_rank=1),
        passage(2, 3, lexical_rank=2),
        passage(3, 4),
    )
    found = rankings([words, both, dense, pinned])
    assert found == {"fused": [words, both, dense, pinned], "dense": [dense, both], "words": [both, words]}


def test_a_set_is_measured_through_the_public_api(cache: Path, questions: QuestionSet) -> None:
    found = measured(questions)
    assert (found["questions"], found["documents"]) == (3, 2)
    assert found["chunks"] == found["built"]["chunks"] >= 2
    fused = found["rankers"]["fused"]
    ranks = [int(rank) for rank in fused["ranks"].split()]
    assert len(ranks) == 3
    # four passages in all: what is right is among them
    assert all(1 <= rank <= 4 for rank in ranks)
    assert fused["all"]["figures"]["mrr"]["value"] == pytest.approx(sum(1 / r for r in ranks) / 3, abs=1e-4)
    assert list(fused) == ["all", "dev", "test", "number", "ranks"]
    assert fused["dev"]["questions"] == fused["number"]["questions"] == 1
    assert fused["test"]["figures"]["mrr"]["value"] == pytest.approx(sum(1 / r for r in ranks[1:]) / 2, abs=1e-4)


def test_the_words_alone_miss_what_only_the_meaning_finds(cache: Path) -> None:
    asked = [Question("1", "xyzzy", "garanti.txt", START, START + len(ANSWER))]
    found = measured(QuestionSet("small", TEXTS, asked))["rankers"]
    assert found["words"]["ranks"] == str(NOT_FOUND)
    assert found["dense"]["ranks"] != str(NOT_FOUND)


def test_a_page_that_answers_as_well_is_told_apart(cache: Path) -> None:
    asked = [Question("1", "sick leave manager", "garanti.txt", stands=((1, "24 måneder"),), others=("holiday.md",))]
    fused = measured(QuestionSet("small", TEXTS, asked))["rankers"]["fused"]
    assert fused["all"]["figures"]["r_at_1"]["value"] == 0.0
    assert fused[OTHERS]["figures"]["r_at_1"]["value"] == 1.0


def test_a_library_is_built_once_and_again_after_a_change(
    cache: Path, questions: QuestionSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> set[int]:
        with kept.kept("small", texts) as library:
            assert {d.name for d in library.documents.all()} == set(texts)
        return {path.stat().st_ino for path in (cache / "small").glob("kilde.db")}

    texts = dict(TEXTS)
    first = files()
    assert files() == first
    texts["new.txt"] = "Noget nyt om printere."
    second = files()
    assert second != first
    monkeypatch.setenv("KILDE_CHUNK_SIZE", "120")
    third = files()
    assert third != second
    monkeypatch.setattr(kept, "sources_fingerprint", lambda: "other sources")
    fourth = files()
    assert fourth != third
    probed = kept.probe(kept.models().embedding("").name)
    monkeypatch.setattr(kept, "probe", lambda model: probed * 1.0005)
    assert files() == fourth
    monkeypatch.setattr(kept, "probe", lambda model: probed[:, ::-1])
    with kept.kept("small", texts, as_it_is=True):
        pass
    assert {path.stat().st_ino for path in (cache / "small").glob("kilde.db")} == fourth
    assert files() != fourth
    assert not list(cache.glob("*.building"))


def test_a_build_that_was_cut_off_goes_on(cache: Path) -> None:
    building = cache / "small.building"
    building.mkdir(parents=True)
    np.save(building / kept.PROBED, kept.probe("fake/hashing"))
    (building / kept.MADE_WITH).write_text(json.dumps(kept._made_with(TEXTS)), encoding="utf-8")
    with Library.open(building, work=False, models=kept.models()) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        (already,) = library.documents.all()
    with kept.kept("small", TEXTS) as library:
        assert {d.name: d.added for d in library.documents.all()}["garanti.txt"] == already.added
        assert len(library.documents.all()) == 2


def test_only_what_sources_say_decides(tmp_path: Path) -> None:
    path = tmp_path / "chunking.py"
    path.write_text('"""Old."""\n# a comment\nSIZE = 1\ndef f():\n    """Doc."""\n    return SIZE\n', encoding="utf-8")
    first = kept.sources_fingerprint(tmp_path)
    path.write_text('"""New."""\nSIZE = 1\n\n\ndef f():\n    return SIZE\n', encoding="utf-8")
    assert kept.sources_fingerprint(tmp_path) == first
    path.write_text("SIZE = 2\n\n\ndef f():\n    return SIZE\n", encoding="utf-8")
    assert kept.sources_fingerprint(tmp_path) != first
    before = kept.sources_fingerprint(tmp_path)
    (tmp_path / "jobs.py").write_text("def passage_of(chunk): return chunk.text\ndef other(): return 1\n", "utf-8")
    with_passages = kept.sources_fingerprint(tmp_path)
    assert with_passages != before
    (tmp_path / "jobs.py").write_text("def passage_of(chunk): return chunk.text\ndef other(): return 2\n", "utf-8")
    assert kept.sources_fingerprint(tmp_path) == with_passages


def test_what_decides_is_found_in_the_real_sources() -> None:
    found = {path.name for pattern in kept.DECIDING for path in kept.SOURCES.glob(pattern)}
    assert {"chunking.py", "sentences.py", "text.py", "render.py", "index.py"} <= found
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in kept.SOURCES.rglob("*.py")]
    functions = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(kept.FUNCTIONS) <= functions
    assert kept.sources_fingerprint() == kept.sources_fingerprint()


def result(ranks: str, questions: QuestionSet) -> dict[str, object]:
    rankers = {ranker: {"ranks": ranks} for ranker in retrieval.RANKERS}
    return {"fingerprint": fingerprint(questions.questions), "rankers": rankers}


def test_two_runs_are_compared_question_by_question(questions: QuestionSet) -> None:
    new, old = result("1 1 2", questions), result("2 1 0", questions)
    lines = compared("small", new, old, questions.questions)
    assert len(lines) == 3
    assert "r_at_1 +0.3333" in lines[0]
    assert lines[0].endswith("better 2, worse 0")
    assert compared("small", old, new, questions.questions)[0].endswith("better 0, worse 2")


def test_other_questions_are_not_compared(questions: QuestionSet) -> None:
    other = QuestionSet("small", TEXTS, questions.questions[:2])
    (line,) = compared("small", result("1 1 2", questions), result("1 1", other), questions.questions)
    assert "nothing to compare" in line


def test_questions_share_a_document_or_its_page(questions: QuestionSet) -> None:
    assert clusters(questions.questions) == [("garanti.txt",), ("holiday.md", 1), ("holiday.md",)]


def test_what_was_missed_is_told_by_split(questions: QuestionSet) -> None:
    assert [line.split()[:2] for line in missed(questions.questions, [9, 0, 1], 4, "")] == [["9", "1"], ["-", "2"]]
    assert [line.split()[:2] for line in missed(questions.questions, [9, 0, 1], 4, "test")] == [["-", "2"]]


def test_both_forms_of_files_are_read(tmp_path: Path) -> None:
    whole = tmp_path / "set.json"
    raw = {
        "documents": [{"id": "d1", "text": "Svaret er 42."}],
        "questions": [{"id": "q1", "question": "Hvad?", "doc": "d1", "answers": ["42"], "start": 10}],
    }
    whole.write_text(json.dumps(raw), encoding="utf-8")
    read = load(whole)
    assert read.documents == {"d1.txt": "Svaret er 42."}
    assert read.questions == [Question("q1", "Hvad?", "d1.txt", 10, 12)]
    lines = tmp_path / "set.jsonl"
    rows = [
        {"id": "a", "question": "Hvad?", "document": "a.pdf", "page": 3, "answer": "42", "split": "dev", "kind": "why"},
        {"id": "b", "question": "Hvor?", "document": "a.pdf", "page": 3, "answer": "43", "also": [4, 5],
         "also_answers": {"5": "treogfyrre"}},
        {"id": "c", "question": "Hvem?", "document": "a.md", "answer": "44", "package": "p", "also": ["b.md"]},
    ]  # fmt: skip
    lines.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    assert load_lines(lines) == [
        Question("a", "Hvad?", "a.pdf", stands=((3, "42"),), split="dev", kind="why"),
        Question("b", "Hvor?", "a.pdf", stands=((3, "43"), (4, "43"), (5, "treogfyrre"))),
        Question("c", "Hvem?", "p/a.md", stands=((1, "44"),), others=("p/b.md",)),
    ]
