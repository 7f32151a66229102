"""Downloads from a real server on this machine: broken off, resumed, checked; and what is refused before they begin."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.core.errors import KildeError, ModelUnsafe
from rag.models import hardware
from rag.models.download import manager, provenance, repository, resumable
from rag.models.download.candidates import Choice, DownloadCandidate, find_candidate, gguf_choices
from rag.models.download.manager import Download, Downloads, DownloadState
from rag.models.download.repository import HubFile, hub_file
from rag.models.errors import (
    HubGated,
    HubNotAllowed,
    HubOffline,
    HubSilent,
    HubUnknown,
    ModelThere,
    NoModelFiles,
    NoModelId,
    NoRoom,
)
from tests import small_hub
from tests.small_hub import COMMIT, SmallHub

MODEL = "someone/some-model-GGUF"
NAME = "some-model-Q4_K_M.gguf"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    from huggingface_hub import constants

    monkeypatch.setattr(resumable, "WAIT_S", 0.01)
    with small_hub.running() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        folder = tmp_path / "served"
        folder.mkdir()
        (folder / NAME).write_bytes(os.urandom(3_000_000))
        (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
        running.folders[MODEL] = folder
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def downloads(folder: Path) -> Iterator[Downloads]:
    made = Downloads(folder)
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def only(downloads: Downloads) -> Download:
    [one] = downloads.all()
    return one


def begin(downloads: Downloads, model: str = MODEL) -> str:
    offer = find_candidate(model)
    return downloads.start(offer, offer.choices[0])


def ended(downloads: Downloads) -> Download:
    downloads.wait(20)
    return only(downloads)


def test_a_file_comes_whole_checked_and_with_its_origin(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    begin(downloads)
    one = ended(downloads)
    assert (one.state, one.done, one.size, one.notice) == (DownloadState.DONE, 3_000_000, 3_000_000, None)
    assert (folder / NAME).read_bytes() == (hub.folders[MODEL] / NAME).read_bytes()
    origin = provenance.of(folder, NAME)
    assert origin is not None and (origin.model, origin.commit, origin.licence) == (MODEL, COMMIT, "apache-2.0")
    assert list((folder / manager.FOLDER).iterdir()) == []
    assert hub.requests == [(NAME, "")]
    with pytest.raises(ModelThere):
        begin(downloads)


def test_cancelled_then_resumed_asks_only_for_the_rest(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.pause_s = 0.02
    job = begin(downloads)
    until(lambda: only(downloads).done > 200_000)
    assert only(downloads).working and downloads.working
    downloads.cancel(job)
    stopped = ended(downloads)
    assert stopped.state is DownloadState.STOPPED and 200_000 < stopped.done < 3_000_000
    assert not (folder / NAME).exists()
    hub.pause_s = 0.0
    downloads.resume(job)
    assert ended(downloads).state is DownloadState.DONE
    assert hub.requests == [(NAME, ""), (NAME, f"bytes={stopped.done}-")]
    assert (folder / NAME).read_bytes() == (hub.folders[MODEL] / NAME).read_bytes()


def test_it_goes_on_after_the_program_was_started_anew(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.pause_s = 0.02
    begin(downloads)
    until(lambda: only(downloads).done > 200_000)
    downloads.stop()
    (folder / manager.FOLDER / "nonsense").mkdir()
    (folder / manager.FOLDER / "ffffffffffff").mkdir()
    (folder / manager.FOLDER / "ffffffffffff" / "job.json").write_text('{"offer": 1}')
    hub.pause_s = 0.0
    again = Downloads(folder)
    kept = only(again)
    assert kept.state is DownloadState.STOPPED and 200_000 < kept.done < 3_000_000
    again.resume(kept.id)
    assert ended(again).state is DownloadState.DONE
    assert hub.requests[-1] == (NAME, f"bytes={kept.done}-")
    assert (folder / NAME).read_bytes() == (hub.folders[MODEL] / NAME).read_bytes()


def test_dropped_connections_are_gone_on_from(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.drop_after, hub.busy = 1_000_000, 2
    begin(downloads)
    assert ended(downloads).state is DownloadState.DONE
    assert (folder / NAME).read_bytes() == (hub.folders[MODEL] / NAME).read_bytes()
    assert [asked.partition("-")[0] for _, asked in hub.requests[:3]] == ["", "", ""]
    assert len(hub.requests) >= 5 and all(asked.startswith("bytes=") for _, asked in hub.requests[3:])


def test_a_hub_that_stays_away_is_given_up_and_what_came_is_kept(hub: SmallHub, downloads: Downloads) -> None:
    hub.drop_after = 0
    begin(downloads)
    one = ended(downloads)
    assert one.state is DownloadState.FAILED and one.notice is not None and one.notice.code == HubSilent.code
    assert len(hub.requests) == resumable.ATTEMPTS
    hub.drop_after = None
    downloads.resume(one.id)
    assert ended(downloads).state is DownloadState.DONE


def test_a_server_that_knows_no_ranges_sends_all_again(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.pause_s, hub.ignores_range = 0.02, True
    job = begin(downloads)
    until(lambda: only(downloads).done > 200_000)
    downloads.cancel(job)
    ended(downloads)
    hub.pause_s = 0.0
    downloads.resume(job)
    assert ended(downloads).state is DownloadState.DONE
    assert (folder / NAME).read_bytes() == (hub.folders[MODEL] / NAME).read_bytes()


def test_a_wrong_hash_is_said_and_nothing_of_it_is_kept(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.wrong = {NAME}
    begin(downloads)
    one = ended(downloads)
    assert one.state is DownloadState.FAILED and one.done == 0
    assert one.notice is not None and (one.notice.code, one.notice.values["name"]) == ("wrong_hash", NAME)
    assert not (folder / NAME).exists() and provenance.of(folder, NAME) is None
    hub.wrong = set()
    downloads.resume(one.id)
    assert ended(downloads).state is DownloadState.DONE


def test_what_was_discarded_leaves_nothing(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    hub.pause_s = 0.02
    job = begin(downloads)
    until(lambda: only(downloads).done > 0)
    downloads.forget(job)
    assert downloads.all() == [] and list((folder / manager.FOLDER).iterdir()) == []


def test_a_disk_without_room_is_refused_before_anything_is_fetched(
    hub: SmallHub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "free_disk", lambda folder: 3_200_000)
    with pytest.raises(NoRoom) as refused:
        begin(downloads)
    assert refused.value.values["needed"] == 1 and downloads.all() == [] and hub.requests == []
    monkeypatch.setattr(manager, "free_disk", lambda folder: 3_300_001)
    begin(downloads)
    assert ended(downloads).state is DownloadState.DONE


def test_parts_come_together_and_the_right_files_are_offered(hub: SmallHub, folder: Path, downloads: Downloads) -> None:
    served = hub.folders[MODEL]
    for name in ("big-00001-of-00002.gguf", "big-00002-of-00002.gguf", "torn-00001-of-00002.gguf", "mmproj-f16.gguf"):
        (served / name).write_bytes(name.encode() * 100)
    (served / "Q8_0").mkdir()
    (served / "Q8_0" / "some-model-Q8_0.gguf").write_bytes(b"y" * 5000)
    offer = find_candidate(MODEL)
    assert (offer.kind, offer.licence, offer.commit) == ("gguf", "apache-2.0", COMMIT)
    assert [choice.name for choice in offer.choices] == ["big-00001-of-00002.gguf", "some-model-Q8_0.gguf", NAME]
    assert offer.choices[0].size == 4600
    downloads.start(offer, offer.choices[0])
    downloads.wait(20)
    downloads.start(offer, offer.choices[1])
    downloads.wait(20)
    assert sorted(path.name for path in folder.glob("*.gguf")) == [
        "big-00001-of-00002.gguf",
        "big-00002-of-00002.gguf",
        "some-model-Q8_0.gguf",
    ]


def test_names_that_lead_elsewhere_are_no_files_of_ours() -> None:
    digest = "0" * 64
    inside = HubFile("a/b-Q4.gguf", 5, digest, "sha256")
    assert [choice.name for choice in gguf_choices([inside])] == ["b-Q4.gguf"]

    class Sibling:
        def __init__(self, name: str, size: int | None = 5, blob: str | None = "0" * 40) -> None:
            self.rfilename, self.size, self.lfs, self.blob_id = name, size, None, blob

    for odd in ("../a.gguf", "/a.gguf", ".hidden.gguf", "a/../../b.gguf", "a b.gguf", "a\nb.gguf", "a\\b.gguf"):
        assert hub_file(Sibling(odd)) is None
    assert hub_file(Sibling("a.gguf", blob=None)) is None and hub_file(Sibling("a.gguf", size=None)) is None
    assert hub_file(Sibling("a.gguf")) == HubFile("a.gguf", 5, "0" * 40, "git")


def safetensors_model(path: Path) -> Path:
    from tests.tiny_models import TEMPLATE, make

    return make(path, template=TEMPLATE)


def test_a_safetensors_model_becomes_a_folder(
    hub: SmallHub, folder: Path, downloads: Downloads, tmp_path: Path
) -> None:
    served = safetensors_model(tmp_path / "llama")
    (served / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    (served / "modeling.py").write_text("raise SystemExit")
    hub.folders["someone/llama"] = served
    begin(downloads, "someone/llama")
    one = ended(downloads)
    assert (one.state, one.name, one.notice) == (DownloadState.DONE, "someone--llama", None)
    came = {path.name for path in (folder / "someone--llama").iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= came
    assert not {"pytorch_model.bin", "modeling.py"} & came


def test_a_model_that_does_not_write_is_given_up_before_its_weights(
    hub: SmallHub, downloads: Downloads, tmp_path: Path
) -> None:
    served = safetensors_model(tmp_path / "bert")
    config = json.loads((served / "config.json").read_text())
    (served / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    hub.folders["someone/bert"] = served
    begin(downloads, "someone/bert")
    one = ended(downloads)
    assert one.notice is not None and one.notice.code == NoModelFiles.code
    assert "model.safetensors" not in {name for name, _ in hub.requests}


def test_a_safetensors_model_that_needs_code_is_not_taken(
    hub: SmallHub, folder: Path, downloads: Downloads, tmp_path: Path
) -> None:
    served = safetensors_model(tmp_path / "coded")
    config = json.loads((served / "config.json").read_text())
    config.update(model_type="made_up", auto_map={"AutoModel": "modeling.Model"})
    (served / "config.json").write_text(json.dumps(config))
    hub.folders["someone/coded"] = served
    begin(downloads, "someone/coded")
    one = ended(downloads)
    assert one.notice is not None and one.notice.code == ModelUnsafe.code
    assert not (folder / "someone--coded").exists()


@pytest.mark.parametrize(
    "typed", ["", "nonsense", "a/b/c", "../../etc/passwd", "https://example.org/a/b", "a b/c", "a--b/c", "x/..", "-a/b"]
)
@pytest.mark.usefixtures("hub")
def test_what_is_no_model_id_is_refused(typed: str) -> None:
    with pytest.raises(NoModelId):
        find_candidate(typed)


def test_what_the_hub_does_not_have_is_said(hub: SmallHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(HubUnknown):
        find_candidate("someone/nothing")
    for name, content, fault in (("pickles", "pytorch_model.bin", ModelUnsafe), ("words", "README.md", NoModelFiles)):
        hub.folders[f"someone/{name}"] = tmp_path / name
        (tmp_path / name).mkdir()
        (tmp_path / name / content).write_bytes(b"x")
        with pytest.raises(fault):
            find_candidate(f"someone/{name}")
    hub.gated = True
    with pytest.raises(HubGated):
        find_candidate(MODEL)
    assert hub.requests == []


def test_without_a_network_it_is_said_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(HubSilent):
        find_candidate(MODEL)
    assert time.monotonic() - began < 10
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubOffline):
        find_candidate(MODEL)


@pytest.mark.parametrize(
    ("url", "of", "allowed"),
    [
        ("https://huggingface.co/a", "https://huggingface.co", True),
        ("https://cdn.example/a", "https://huggingface.co", True),
        ("http://huggingface.co/a", "https://huggingface.co", False),
        ("http://127.0.0.1:80/a", "https://huggingface.co", False),
        ("http://127.0.0.1:80/a", "http://127.0.0.1:8000", True),
        ("http://10.0.0.1/a", "http://127.0.0.1:8000", False),
        ("file:///etc/passwd", "https://huggingface.co", False),
        ("http://hub.example", "http://hub.example", False),
    ],
)
def test_only_encrypted_addresses_and_a_hub_of_this_machine(url: str, of: str, allowed: bool) -> None:
    if allowed:
        repository.check_address(url, of)
    else:
        with pytest.raises(HubNotAllowed):
            repository.check_address(url, of)


def test_a_file_that_is_sent_on_to_an_open_address_is_not_fetched(hub: SmallHub, downloads: Downloads) -> None:
    hub.sends_on = "http://example.invalid/x"
    begin(downloads)
    one = ended(downloads)
    assert one.notice is not None and one.notice.values["host"] == "example.invalid"


def test_the_token_is_for_the_hub_alone(hub: SmallHub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_secret")
    with small_hub.running() as elsewhere:
        elsewhere.folders = hub.folders
        hub.sends_on = f"{elsewhere.url}/{MODEL}/resolve/{COMMIT}/{NAME}"
        begin(downloads)
        assert ended(downloads).state is DownloadState.DONE
        assert hub.tokens[-1] == "Bearer hf_secret" and elsewhere.tokens == [""]


def test_another_repository_with_a_file_of_the_same_name_waits(hub: SmallHub, downloads: Downloads) -> None:
    hub.pause_s = 0.05
    begin(downloads)
    file = HubFile(NAME, 10, "0" * 64, "sha256")
    other = DownloadCandidate("another/model", COMMIT, "", "gguf", (Choice(NAME, (file,)),))
    with pytest.raises(ModelThere):
        downloads.start(other, other.choices[0])


def test_every_fault_has_a_sentence() -> None:
    from rag.models import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__]
    assert len(kinds) == 12
    for kind in kinds:
        assert issubclass(kind, KildeError)
        assert "…" not in str(kind(model="<m>", name="<n>", detail="<d>", host="<h>", needed=1, free=0))


def test_free_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert hardware.free_disk(tmp_path / "a" / "b") > 0
