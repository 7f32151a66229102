"""What the reader is trained on: licences, labels that hold, and nothing that answers are measured on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.everyday import questions as everyday
from benchmarks.everyday.files import text
from benchmarks.everyday.sources import sources
from training.reader.sets import ARTICLES, DATA, MEASURED, articles, everyday_set


@pytest.mark.parametrize("name", ARTICLES)
def test_answers_stand_where_the_sets_say(name: str) -> None:
    known = articles(name)
    assert len(known.questions) > 1_000
    for question in known.questions:
        answer, support = question.places({})
        place = answer or support
        assert place is not None
        page, start, end = place
        document = known.documents[question.document]
        assert isinstance(document, str)
        assert page == 1
        assert question.right(document[start:end])
        assert not question.right("Noget helt andet.")


def test_the_readme_names_a_source_and_a_licence_for_each_file() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in readme.splitlines() if line.startswith("| `")}
    assert set(rows) == {path.name for path in DATA.glob("*.xz")} == {f"{name}.json.xz" for name in ARTICLES}
    for row in rows.values():
        assert "https://" in row
        assert row.rstrip("| ").endswith(("CC0", "CC BY 4.0", "Apache-2.0"))


def test_no_article_is_one_that_is_measured_on() -> None:
    trained = {" ".join(str(one).split()) for name in ARTICLES for one in articles(name).documents.values()}
    for path in MEASURED.glob("*.json"):
        raw = json.loads(path.read_text(encoding="utf-8"))
        measured = [" ".join(one["text"].split()) for one in raw["documents"]]
        assert measured
        assert not trained & set(measured)


def test_no_everyday_document_is_one_that_is_measured_on() -> None:
    trained, measured = everyday.read(everyday.TRAINING), everyday.read(everyday.SET)
    of_training = {name for row in trained for name in (*row.files, row.document)}
    of_measuring = {name for row in measured for name in (*row.files, row.document)}
    assert not of_training & of_measuring
    said = sources()
    paragraphs = {line for name in of_measuring for line in text(said[name]).splitlines() if len(line) > 80}
    assert paragraphs
    assert not paragraphs & {line for name in of_training for line in text(said[name]).splitlines()}


def test_questions_of_the_test_half_are_never_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("training.reader.sets.FOLDER", tmp_path)
    kept_apart = {row.id for row in everyday.read(everyday.SET) if row.split == "test"}
    found = {question.id for question in everyday_set("everyday_dev", everyday.SET).questions}
    assert found
    assert not found & kept_apart
