"""What models there are: files, folders, the hub's cache and servers, damaged ones too; and what deleting takes."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.core.errors import KildeError, NotFound, ServerRefused
from rag.core.types import Notice
from rag.generation import model_catalog as catalogues
from rag.generation.model_catalog import AnswerModel, catalogue, count_text, delete, good_for
from rag.models.download import provenance
from rag.models.errors import ModelBusy
from rag.models.servers import Configured, Server, ServerModel
from rag.models.servers.monitor import ServerMonitor, ServerState, find_servers
from tests.small_gguf import write
from tests.tiny_models import TEMPLATE, make

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The hub's cache with one language model and one that makes vectors."""
    for name, architecture in (("someone/llama", None), ("someone/vectors", ["BertModel"])):
        repository = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
        snapshot = make(repository / "snapshots" / COMMIT, template=TEMPLATE)
        (repository / "blobs").mkdir()
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(COMMIT)
        for path in list(snapshot.iterdir()):
            path.rename(repository / "blobs" / path.name)
            path.symlink_to(Path("../../blobs") / path.name)
        if architecture:
            config = repository / "blobs" / "config.json"
            config.write_text(json.dumps({**json.loads(config.read_text()), "architectures": architecture}))
    return tmp_path / "hub"


def named(models: Sequence[AnswerModel], name: str) -> AnswerModel:
    [found] = [model for model in models if model.name == name]
    return found


def free(name: str) -> bool:
    return False


def test_quoting_is_always_there_and_first(tmp_path: Path) -> None:
    [only] = catalogue(tmp_path / "none", hub_cache=tmp_path / "none")
    assert (only.name, only.kind, only.origin, only.removable, only.usable) == (
        "quoting",
        "quoting",
        "packaged",
        False,
        True,
    )


def test_a_file_with_what_it_says_of_itself(folder: Path, tmp_path: Path) -> None:
    write(folder / "tiny.gguf")
    write(folder / "base.gguf", "Aaa base", template=False)
    write(folder / "mmproj-tiny.gguf")
    write(folder / ".hidden.gguf")
    write(folder / "bert.gguf", "Bert", architecture="bert")
    models = catalogue(folder, hub_cache=tmp_path)
    assert [model.name for model in models] == ["quoting", "base.gguf", "bert.gguf", "tiny.gguf"]
    tiny = named(models, "tiny.gguf")
    assert (tiny.kind, tiny.title, tiny.origin, tiny.licence) == ("gguf", "Tiny", "file", "mit")
    assert (tiny.context, tiny.quantisation, tiny.chat, tiny.good_for) == (2048, "F32", True, "good_tiny")
    assert tiny.bytes == (folder / "tiny.gguf").stat().st_size and tiny.removable and tiny.usable
    assert named(models, "base.gguf").good_for == "good_base"
    problem = named(models, "bert.gguf").problem
    assert problem is not None and problem.code == "model_writes_not"


def test_where_a_fetched_file_came_from(folder: Path, tmp_path: Path) -> None:
    write(folder / "tiny.gguf")
    provenance.note(
        folder,
        "tiny.gguf",
        provenance.Provenance("someone/tiny-GGUF", COMMIT, "apache-2.0", "2026-01-01T00:00:00+00:00"),
    )
    model = named(catalogue(folder, hub_cache=tmp_path), "tiny.gguf")
    assert (model.origin, model.detail, model.licence) == ("hub", "someone/tiny-GGUF", "apache-2.0")
    delete(model, folder, free, tmp_path)
    assert provenance.of(folder, "tiny.gguf") is None and not (folder / "tiny.gguf").exists()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"GGUF", b"GGUF\x03\x00\x00\x00" + b"\xff" * 40, None])
def test_a_damaged_file_is_listed_with_what_is_wrong_and_can_be_deleted(
    folder: Path, tmp_path: Path, content: bytes | None
) -> None:
    if content is None:
        content = write(folder / "whole.gguf").read_bytes()[:-300]
        (folder / "whole.gguf").unlink()
    (folder / "broken.gguf").write_bytes(content)
    model = named(catalogue(folder, hub_cache=tmp_path), "broken.gguf")
    assert model.problem is not None and model.problem.code == "model_damaged" and not model.usable
    delete(model, folder, free, tmp_path)
    assert list(folder.iterdir()) == []


def test_parts_are_one_model_and_a_missing_one_is_said(folder: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        write(folder / f"big-0000{number}-of-00002.gguf")
    write(folder / "torn-00001-of-00003.gguf")
    write(folder / "late-00002-of-00002.gguf")
    models = catalogue(folder, hub_cache=tmp_path)
    big = named(models, "big-00001-of-00002.gguf")
    assert big.usable and big.bytes == 2 * (folder / "big-00001-of-00002.gguf").stat().st_size
    assert len(models) == 4
    for name in ("torn-00001-of-00003.gguf", "late-00002-of-00002.gguf"):
        problem = named(models, name).problem
        assert problem is not None and problem.values["detail"] == "parts are missing"
    delete(big, folder, free, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["late-00002-of-00002.gguf", "torn-00001-of-00003.gguf"]


def test_a_folder_with_a_language_model(folder: Path, tmp_path: Path) -> None:
    make(folder / "llama", template=TEMPLATE)
    make(folder / "vectors")
    config = folder / "vectors" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "architectures": ["BertModel"]}))
    models = catalogue(folder, hub_cache=tmp_path)
    assert len(models) == 2
    model = models[1]
    assert (model.name, model.kind, model.title) == (str(folder / "llama"), "transformers", "llama")
    assert (model.context, model.quantisation, model.chat, model.problem) == (1024, "F32", True, None)
    assert model.parameters.endswith("M") or model.parameters == "0M"
    (folder / "llama" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").touch()
    delete(model, folder, free, tmp_path)
    assert not (folder / "llama").exists() and (tmp_path / "outside" / "precious").exists()


@pytest.mark.parametrize("harm", ["cut", "header", "pickle", "tokenizer"])
def test_a_folder_that_cannot_be_used_is_listed_with_its_reason(folder: Path, tmp_path: Path, harm: str) -> None:
    weights = make(folder / "llama") / "model.safetensors"
    if harm == "cut":
        weights.write_bytes(weights.read_bytes()[:-10])
    elif harm == "header":
        weights.write_bytes(b"\xff" * 100)
    elif harm == "pickle":
        weights.rename(folder / "llama" / "pytorch_model.bin")
    else:
        (folder / "llama" / "tokenizer.json").unlink()
    problem = catalogue(folder, hub_cache=tmp_path)[1].problem
    codes = {
        "cut": "model_damaged",
        "header": "model_damaged",
        "pickle": "model_unsafe",
        "tokenizer": "model_unavailable",
    }
    assert problem is not None and problem.code == codes[harm]


def test_the_hub_s_cache(folder: Path, cache: Path) -> None:
    models = catalogue(folder, hub_cache=cache)
    assert [model.name for model in models] == ["quoting", "someone/llama"]
    assert (models[1].origin, models[1].removable, models[1].problem) == ("hub", True, None)
    delete(models[1], folder, free, cache)
    assert [path.name for path in cache.iterdir() if path.name.startswith("models--")] == ["models--someone--vectors"]


def test_what_is_in_use_or_not_ours_stays(folder: Path, tmp_path: Path) -> None:
    write(folder / "tiny.gguf")
    outside = write(tmp_path / "outside.gguf")
    models = catalogue(folder, in_use=[str(outside)], hub_cache=tmp_path / "none")
    with pytest.raises(ModelBusy):
        delete(named(models, "tiny.gguf"), folder, lambda name: name == "tiny.gguf", tmp_path / "none")
    for model in (models[0], named(models, str(outside))):
        with pytest.raises(NotFound):
            delete(model, folder, free, tmp_path / "none")
    made_up = AnswerModel("../outside.gguf", "gguf", "x", "file", path=folder / ".." / "outside.gguf", removable=True)
    with pytest.raises(NotFound):
        delete(made_up, folder, free, tmp_path / "none")
    assert outside.exists() and (folder / "tiny.gguf").exists()


def test_a_link_is_taken_away_and_not_what_it_leads_to(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.gguf")
    (folder / "linked.gguf").symlink_to(outside)
    make(tmp_path / "elsewhere")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    for model in catalogue(folder, hub_cache=tmp_path / "none")[1:]:
        delete(model, folder, free, tmp_path / "none")
    assert list(folder.iterdir()) == [] and outside.exists() and (tmp_path / "elsewhere" / "config.json").exists()


def test_what_settings_name_and_is_elsewhere_or_gone(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.gguf")
    here = make(tmp_path / "here")
    names = [str(outside), str(here), "gone.gguf", "server:office:big", "someone/gone", "quoting", ""]
    models = catalogue(folder, in_use=names, hub_cache=tmp_path / "none")
    assert [model.name for model in models] == ["quoting", *names[:5]]
    assert [model.usable for model in models] == [True, True, True, False, False, False]
    assert [model.kind for model in models[1:]] == ["gguf", "transformers", "gguf", "server", "transformers"]
    assert not any(model.removable for model in models)


def test_what_a_model_is_good_for() -> None:
    sizes = (5e8, 1.5e9, 4e9, 8e9, 12e9)
    assert len({good_for(size, True) for size in sizes}) == len(sizes)
    assert good_for(8e9, False) == "good_base" and good_for(0, True) == ""
    assert [count_text(n) for n in (0, 268e6, 1.54e9, 8e9)] == ["", "268M", "1.5B", "8B"]


OFFICE = Server("office", "http://127.0.0.1:9", key="secret")
OTHER = Server("other", "http://127.0.0.1:10")


def test_servers_are_asked_in_the_background_each_with_its_state(folder: Path, tmp_path: Path) -> None:
    asked = threading.Event()

    def ask(server: Server) -> list[ServerModel]:
        assert asked.wait(10)
        if server is OTHER:
            raise ServerRefused(server=server.name, detail="refused")
        return [ServerModel("llama", 8192), ServerModel("odd:name", None)]

    passed_over = Notice("server_entry_refused", {"server": "x", "detail": "url"})
    watch = ServerMonitor(lambda: Configured((OFFICE, OTHER), (passed_over,)), ask)
    assert all(state.state == "asked" for state in watch.states()) and watch.asking
    watch.refresh()  # nothing more is begun
    asked.set()
    watch.wait(10)
    there, silent = watch.states()
    assert (there.state, silent.state, watch.notices) == ("there", "silent", (passed_over,))
    assert silent.notice is not None and silent.notice.code == "server_refused"
    models = catalogue(folder, watch.states(), hub_cache=tmp_path)
    assert [model.name for model in models[1:]] == ["server:office:llama", "server:office:odd:name"]
    assert (models[1].context, models[1].detail, models[1].removable) == (8192, "office", False)
    assert "secret" not in repr(models) and "secret" not in repr(watch.states())


def test_a_watch_that_fails_keeps_what_it_knew() -> None:
    answers: list[Configured] = [Configured((OFFICE,), ())]

    def find() -> Configured:
        return answers.pop()

    watch = ServerMonitor(find, lambda server: [])
    watch.states()
    watch.wait(10)
    watch.refresh()
    watch.wait(10)
    assert watch.states() == (ServerState(OFFICE, "there"),)


def test_those_that_are_named_come_before_those_that_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILDE_FIND_SERVERS", "0")
    monkeypatch.setenv("KILDE_SERVER_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("KILDE_SERVER_NAME", "office")
    assert [server.name for server in find_servers(tmp_path).servers] == ["office"]


def test_a_full_disk_or_no_permission_is_said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder / "llama")

    def fail(path: Path) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(catalogues, "_remove", fail)
    with pytest.raises(KildeError):
        delete(catalogue(folder, hub_cache=tmp_path)[1], folder, free, tmp_path)
    assert shutil.disk_usage(folder).free > 0
