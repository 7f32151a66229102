"""The command line as a script would use it, in processes of its own for what they print and return."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import __main__ as command_line
from rag.core.types import Assistant, State
from rag.library import Library
from tests.conftest import HOLIDAY, WARRANTY, FakeModels
from tests.files import mail
from tests.helpers import break_counters


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """run("list", "--json") -> (exit code, stdout, stderr), on one library with fake models."""
    models = FakeModels()
    opened = Library.open

    def with_fakes(folder: Path, *, work: bool = True) -> Library:
        return opened(folder, work=work, models=models)

    monkeypatch.setattr(command_line.Library, "open", with_fakes)

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = command_line.main([*arguments, "--data", str(tmp_path / "data")])
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    (docs / "garanti.txt").write_text(WARRANTY, encoding="utf-8")
    (docs / "sub" / "holiday.md").write_text(HOLIDAY, encoding="utf-8")
    (docs / "film.mov").write_bytes(b"\x00")
    return docs


def test_index_then_ask_as_json(run, folder: Path) -> None:
    code, _, err = run("index", str(folder))
    assert code == 0, err
    code, out, _ = run("ask", "Hvor længe er batterier dækket?", "--json")
    assert code == 0
    answer = json.loads(out)
    assert set(answer) == {"q", "answered", "assistant", "answer", "sentences", "corrections", "hits", "timings_ms"}
    assert answer["answered"] is True and answer["corrections"] == []
    citation = answer["sentences"][0]["citations"][0]
    assert citation["document"] == "garanti.txt"
    assert citation["page"] == 1
    assert WARRANTY[citation["start"] : citation["end"]] == citation["quote"]
    hit = answer["hits"][0]
    places = {"document", "page", "position", "heading", "start", "end"}
    assert set(hit) == {*places, "rank", "text", "score", "dense_rank", "lexical_rank"}
    assert set(citation) == {*places, "quote"}
    assert hit["position"] == citation["position"] == hit["heading"] == citation["heading"] == ""
    assert hit["rank"] == 1


def test_a_misspelt_word_is_said(run, folder: Path) -> None:
    assert run("index", str(folder))[0] == 0
    code, out, err = run("ask", "Hvor længe er baterier dækket?", "--json")
    assert code == 0
    assert json.loads(out)["corrections"] == [{"asked": "baterier", "found": "Batterier"}]
    assert "“baterier” is in none of your documents. Did you mean “Batterier”?" in err


def test_a_place_is_named_with_its_heading(run, tmp_path: Path) -> None:
    text = f"# Garanti\n\n{WARRANTY}\n"
    (tmp_path / "vilkår.md").write_text(text, encoding="utf-8")
    run("index", str(tmp_path / "vilkår.md"))
    question = ("ask", "Hvor længe er batterier dækket?")
    answer = json.loads(run(*question, "--json")[1])
    assert answer["hits"][0]["heading"] == answer["sentences"][0]["citations"][0]["heading"] == "Garanti"
    assert "[vilkår.md, Garanti]" in run(*question)[1]


def test_names_are_relative_to_the_folder(run, folder: Path) -> None:
    run("index", str(folder))
    code, out, _ = run("list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["name"] for row in rows] == ["garanti.txt", "sub/holiday.md"]
    assert set(rows[0]) == {"name", "state", "pages", "chunks", "bytes", "sha256", "added"}
    assert {row["state"] for row in rows} == {"ready"}


def test_indexing_again_changes_nothing_and_a_changed_file_replaces_itself(run, folder: Path) -> None:
    run("index", str(folder))
    assert run("index", str(folder))[0] == 0
    (folder / "garanti.txt").write_text(WARRANTY.replace("6 måneder", "9 måneder"), encoding="utf-8")
    assert run("index", str(folder))[0] == 0
    rows = run("list", "--json")[1].splitlines()
    assert len(rows) == 2
    assert "9 måneder" in json.loads(run("ask", "Hvor længe er batterier dækket?", "--json")[1])["answer"]


def test_a_refusal_has_no_sentences(run, folder: Path) -> None:
    run("index", str(folder))
    answer = json.loads(run("ask", "Hvem vandt verdensmesterskabet i svømning?", "--json")[1])
    assert answer["answered"] is False
    assert answer["answer"]
    assert answer["sentences"] == []


def test_questions_from_a_file_one_line_each_and_faults_named(run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"q": "Hvor længe er batterier dækket?"}\nnot json\n{"q": "sick leave"}\n', encoding="utf-8")
    code, out, err = run("search", "--questions", str(questions), "-k", "1", "--json")
    assert code == 1
    assert "line 2" in err
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["q"] for row in rows] == ["Hvor længe er batterier dækket?", "sick leave"]
    assert all(len(row["hits"]) == 1 for row in rows)


def test_some_files_failing_is_exit_code_1_and_each_is_named(run, folder: Path) -> None:
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 no more")
    code, _, err = run("index", str(folder), str(folder / "missing"))
    assert code == 1
    for name in ("empty.txt", "bad.pdf", "missing"):
        assert name in err
    assert '"garanti.txt"' in run("list", "--json")[1]


@pytest.mark.parametrize("arguments", [["ask"], ["nonsense"], ["ask", "-k", "x", "q"], []])
def test_wrong_usage_is_exit_code_2(run, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


def test_remove(run, folder: Path) -> None:
    run("index", str(folder))
    assert run("remove", "garanti.txt")[0] == 0
    assert run("remove", "garanti.txt")[0] == 1
    hits = json.loads(run("search", "batterier", "--json")[1])["hits"]
    assert all(hit["document"] != "garanti.txt" for hit in hits)


def test_verify_says_that_all_is_well(run, folder: Path) -> None:
    run("index", str(folder))
    code, out, _ = run("verify", "--json")
    assert code == 0
    assert json.loads(out)["problems"] == []


def test_verify_says_what_is_wrong_and_mends_it(run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    (tmp_path / "data" / "files" / ("a" * 64)).write_bytes(b"Whose is this?")
    code, out, _ = run("verify")
    assert code == 1 and "1 files belong to no document. Repair" in out
    code, out, _ = run("verify", "--repair", "--json")
    assert code == 0
    said = json.loads(out)
    assert "set-aside" in said["repaired"][0] and said["problems"] == []


def test_what_was_backed_up_can_be_restored(run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    before = run("search", "sick leave", "--json")[1]
    code, out, _ = run("backup", str(tmp_path / "kilde.zip"), "--json")
    assert code == 0 and json.loads(out)["documents"] == 2
    code, _, err = run("restore", str(tmp_path / "kilde.zip"))
    assert code == 1 and "is not empty" in err
    run("remove", "garanti.txt")
    code, out, _ = run("restore", str(tmp_path / "kilde.zip"), "--replace", "--json")
    assert code == 0 and json.loads(out)["aside"]
    after = run("search", "sick leave", "--json")[1]
    assert json.loads(after)["hits"] == json.loads(before)["hits"]
    (tmp_path / "kilde.zip").write_bytes(b"no backup")
    code, _, err = run("restore", str(tmp_path / "kilde.zip"), "--replace")
    assert code == 1 and "no whole backup" in err
    assert len(run("list", "--json")[1].splitlines()) == 2


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_what_was_exported_can_be_imported(run, folder: Path, tmp_path: Path, form: str) -> None:
    run("index", str(folder))
    before = run("search", "sick leave", "--json")[1]
    assert run("export", str(tmp_path / "out"), "--format", form)[0] == 0
    assert (tmp_path / "out" / f"chunks.{form}").exists()
    run("remove", "garanti.txt", "sub/holiday.md")
    code, out, err = run("import", str(tmp_path / "out"), "--json")
    assert code == 0, err
    assert json.loads(out) == {"documents": 2, "already_there": 0, "reindexed": 0}
    after = run("search", "sick leave", "--json")[1]
    assert json.loads(after)["hits"] == json.loads(before)["hits"]


def test_a_folder_that_is_no_export_is_refused(run, tmp_path: Path) -> None:
    code, _, err = run("import", str(tmp_path))
    assert code == 1
    assert "space.json" in err


# what goes wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", ["0", "99", "-1"])
@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_number_of_passages_that_is_not_allowed_is_wrong_usage(run, folder: Path, command: str, k: str) -> None:
    run("index", str(folder))
    code, out, err = run(command, "batterier", "-k", k, "--json")
    assert (code, out) == (2, "")
    assert "1-20" in err


@pytest.mark.parametrize("below", ["", "data"])
def test_a_library_that_cannot_be_a_folder_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], below: str
) -> None:
    file = tmp_path / "a-file"
    file.write_text("no folder", encoding="utf-8")
    assert command_line.main(["list", "--data", str(file / below)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip().endswith(".")
    assert "Traceback" not in captured.err
    assert file.read_text(encoding="utf-8") == "no folder"


def test_a_file_that_cannot_be_read_does_not_end_the_indexing(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_bytes = Path.read_bytes

    def read(self: Path) -> bytes:  # file modes would not keep out a superuser
        if self == folder / "garanti.txt":
            raise PermissionError(13, "Permission denied", str(self))
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", read)
    code, _, err = run("index", str(folder))
    assert code == 1
    assert "garanti.txt" in err
    rows = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert [(row["name"], row["state"]) for row in rows] == [("sub/holiday.md", "ready")]


@pytest.mark.parametrize("command", ["search", "ask"])
def test_bytes_that_are_no_text_in_a_question_do_no_harm(run, folder: Path, tmp_path: Path, command: str) -> None:
    run("index", str(folder))
    # as the interpreter hands over an argument that is not UTF-8
    broken = b"Hvor l\xe6nge er batterier d\xe6kket?".decode("utf-8", "surrogateescape")
    code, out, err = run(command, broken, "--json")
    assert code == 0, err
    result = json.loads(out)
    result["q"].encode()
    assert result["hits"][0]["document"] == "garanti.txt"
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"q": "Hvor længe er batterier \\ud83d dækket?"}\n{"q": "sick leave"}\n', encoding="utf-8")
    code, out, err = run(command, "--questions", str(questions))
    assert code == 0, err
    best = [json.loads(line)["hits"][0]["document"] for line in out.splitlines()]
    assert best == ["garanti.txt", "sub/holiday.md"]


def test_what_failed_is_tried_again_by_the_next_index(run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        break_counters(patched)
        code, _, err = run("index", str(folder))
        assert code == 1
        assert "garanti.txt" in err
        rows = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
        assert {row["state"] for row in rows} == {"failed"}
    assert run("index", str(folder))[0] == 0
    rows = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert {row["state"] for row in rows} == {"ready"}


def test_remove_takes_away_both_that_have_the_name(run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    with command_line.Library.open(tmp_path / "data", work=False) as library:
        library.documents.add("garanti.txt", WARRANTY.replace("6", "9").encode(), replace=True)
        both = [d.state for d in library.documents.all() if d.name == "garanti.txt"]
        assert both == [State.WAITING, State.READY]
    assert run("remove", "garanti.txt")[0] == 0
    rows = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert [row["name"] for row in rows] == ["sub/holiday.md"]
    assert json.loads(run("verify", "--json")[1])["problems"] == []


def test_an_assistant_is_asked_by_its_name(run, folder: Path, tmp_path: Path) -> None:
    assert run("index", str(folder))[0] == 0
    with Library.open(tmp_path / "data", work=False) as library:
        library.assistants.save(Assistant("Service", after="Venlig hilsen"))
    question = "Hvor længe er batterier dækket?"
    code, out, _ = run("ask", question, "--assistant", "Service", "--json")
    assert code == 0
    answer = json.loads(out)
    assert answer["assistant"] == "Service"
    assert answer["answer"].endswith("Venlig hilsen")
    assert json.loads(run("ask", question, "--assistant", "?", "--json")[1])["assistant"] == "Service"
    assert json.loads(run("ask", question, "--json")[1])["assistant"] == ""
    code, _, err = run("ask", question, "--assistant", "Nobody")
    assert code == 2
    assert "Service" in err


def test_what_is_wrong_with_the_library_is_said_once(run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    (tmp_path / "data" / "kilde.db").write_text("no database")
    code, out, err = run("list")
    assert (code, out, err.count("The store is damaged")) == (1, "", 1)
    code, out, err = run("verify")
    assert code == 1 and out.startswith("The database is damaged") and out.endswith("\nProblems: 1.\n")


def test_files_inside_a_file_are_indexed_with_it(run, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    made = mail("Tilbud")
    made.set_content("Se vedhæftede.")
    made.add_attachment(b"Stilladset er lejet i seks uger.", "text", "plain", filename="noter.txt")
    made.add_attachment(b"MZ", "application", "octet-stream", filename="a.exe")
    (folder / "a.eml").write_bytes(bytes(made))
    (folder / "~$a.docx").write_bytes(b"\x05Mette")
    code, _, err = run("index", str(folder))
    assert code == 0 and "2 documents, 2 chunks ready" in err
    assert "a.eml: 1 file attached to it or inside it was added" in err
    assert "not read, because Kilde does not read files of this kind: a.exe." in err
    code, out, _ = run("list")
    assert [line.split("  ")[-1].strip() for line in out.splitlines()] == ["a.eml", "a.eml › noter.txt"]
    assert run("index", str(folder / "~$a.docx"))[0] == 0
    assert run("remove", "a.eml")[0] == 0 and run("list")[1] == ""
