"""Pictures beside text: the text is found at once, and what the pictures say follows."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from rag.core.errors import AlreadyThere, KildeError
from rag.core.types import Document, Notice, Space, State
from rag.documents import indexer
from rag.documents.loaders import load
from rag.documents.loaders.pdf import ocr
from rag.library import Library
from tests.conftest import FAKE_MODEL, WARRANTY, FakeModels
from tests.helpers import until
from tests.pdfs import DANISH, PDF, beside_text, pdf, picture_of
from tests.sleeping import sleeping

NEEDS_TESSERACT = pytest.mark.skipif(
    ocr.command() is None, reason="tesseract is not installed: OCR was not tested (.ci/ocr installs it)"
)
ROOT = Path(__file__).resolve().parents[2]
PICTURE = picture_of("Salget i juni var 4.711 cykler.").crop((0, 0, 1240, 300))


@cache  # the time is in it
def manual() -> bytes:
    """Two pages of text, of which the second has little and a picture that says more."""
    made = pdf(DANISH * 4, "Batterier er dækket, se skemaet herunder.")
    made.image(PICTURE, x=20, y=100, w=160)
    return bytes(made.output())


@pytest.fixture
def library(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    """A library without threads: `steps` does the work."""
    with Library.open(tmp_path / "store", work=False, models=models) as opened:
        assert opened.indexer.acquire()
        yield opened
        assert opened.maintenance.verify().problems == ()


def steps(library: Library, count: int = 6) -> None:
    for _ in range(count):
        for step in (library.indexer.read_next, library.indexer.embed_next, library.indexer._finish):
            with suppress(KildeError):
                step()


def the_document(library: Library) -> Document:
    (document,) = library.documents.all()
    return document


def typed(library: Library, name: str = "manual.pdf") -> Document:
    """A document of which the text was read and embedded, and the picture was not recognised."""
    added = library.documents.add(name, manual())
    assert library.indexer.read_next()
    while library.indexer.embed_next():
        pass
    return library.documents.get(added.id)


def found(library: Library, question: str) -> set[str]:
    return {hit.document for hit in library.search(question, meaning=False).hits}


def begin_space(library: Library) -> Space:
    wanted = Space(FAKE_MODEL, "", 0, "", "", 64, 0)
    return library.store.spaces.begin(library.embedding_models.embedding(FAKE_MODEL).describe(wanted))


@NEEDS_TESSERACT
def test_the_text_is_found_first_and_the_pictures_make_it_what_reading_at_once_makes(
    library: Library, tmp_path: Path
) -> None:
    document = typed(library)
    assert (document.state, document.lacking) == (State.FINDABLE, {2: "part"})
    assert (document.pages_done, document.pages) == (1, 2)
    assert 0 < document.chunks == document.chunks_done
    assert found(library, "batterier") == {"manual.pdf"}
    assert found(library, "cykler") == set()
    assert {hit.dense_rank is not None for hit in library.search("Batterier er dækket").hits} == {True}
    before = {chunk.id for chunk in library.store.chunks.of_document(document.id)}
    progress = library.documents.progress()
    assert progress.working and progress.space.pages_lacking == 1

    assert library.indexer.read_next()
    recognised = the_document(library)
    assert (recognised.lacking, recognised.pages_done) == ({}, 2)
    assert found(library, "cykler") == {"manual.pdf"}
    # the first page's passages are the same, so that they keep their vectors
    assert 0 < recognised.chunks_done < recognised.chunks
    assert before.isdisjoint(chunk.id for chunk in library.store.chunks.of_document(document.id))
    steps(library)
    ready = the_document(library)
    path = tmp_path / "manual.pdf"
    path.write_bytes(manual())
    whole = load(path, PDF, "manual.pdf")
    assert ready.state is State.READY
    assert library.store.documents.pages(document.id) == list(whole.pages)
    assert (ready.notices, ready.title, ready.loader_version) == (whole.notices, whole.title, whole.loader_version)
    assert [notice.code for notice in ready.notices] == ["pages_by_ocr"]
    assert not library.documents.progress().working


@NEEDS_TESSERACT
def test_kept_vectors_are_those_that_embedding_makes(library: Library) -> None:
    document = typed(library)
    steps(library)
    chunks = [chunk.id for chunk in library.store.chunks.of_document(document.id)]
    kept = library.store.chunks.sentence_vectors(chunks)
    scores = [(hit.chunk.text, hit.dense_score) for hit in library.search("Batterier er dækket").hits]
    library.store.queue.start_over([document.id])
    steps(library)
    again = [chunk.id for chunk in library.store.chunks.of_document(document.id)]
    assert len(again) == len(chunks) > 1
    anew = library.store.chunks.sentence_vectors(again)
    assert all((kept[old] == anew[new]).all() for old, new in zip(chunks, again, strict=True))
    assert scores == [(hit.chunk.text, hit.dense_score) for hit in library.search("Batterier er dækket").hits]


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.core import crash_points
from rag.library import Library
from tests.conftest import FakeModels

library = Library.open(Path(sys.argv[1]), work=False, models=FakeModels())
assert library.indexer.acquire()
def hook(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
crash_points.hook = hook
library.indexer.read_next()
"""


@NEEDS_TESSERACT
@pytest.mark.parametrize(
    "step", ["before commit", "index: pages written", "index: old chunks removed", "index: vectors kept"]
)
def test_a_kill_while_pictures_are_recognised_leaves_the_text_and_loses_nothing(
    tmp_path: Path, models: FakeModels, step: str
) -> None:
    with Library.open(tmp_path / "s", work=False, models=models) as library:
        assert library.indexer.acquire()
        before = typed(library)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "s"), step]
    assert subprocess.run(command, check=False, timeout=100, cwd=ROOT).returncode == -signal.SIGKILL
    with Library.open(tmp_path / "s", work=False, models=models) as library:
        left = the_document(library)
        assert (left.state, left.lacking, left.chunks_done) == (State.FINDABLE, {2: "part"}, before.chunks)
        assert found(library, "batterier") == {"manual.pdf"}
        assert library.maintenance.verify().problems == ()
        library.work_until_done(lambda _: None)
        ready = the_document(library)
        assert (ready.state, ready.lacking, ready.pages_done) == (State.READY, {}, 2)
        assert found(library, "cykler") == {"manual.pdf"}
        texts = [chunk.text for chunk in library.store.chunks.of_document(ready.id)]
        assert len(texts) == len(set(texts)) == ready.chunks
        assert library.maintenance.verify().problems == ()


@NEEDS_TESSERACT
def test_a_restart_while_pictures_are_recognised_goes_on(
    tmp_path: Path, models: FakeModels, slow_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("manual.pdf", manual())
        until(sleeping, 20)
        until(lambda: the_document(library).chunks_done)
        assert the_document(library).state is State.FINDABLE
        assert found(library, "batterier") == {"manual.pdf"}
        # a new file is not kept waiting, by however many pictures
        for number in range(indexer.READERS):
            library.documents.add(f"{number}.pdf", beside_text(PICTURE, f"Nummer {number} er her."))
        until(lambda: len(sleeping()) == indexer.READERS - 1, 20)
        until(lambda: {d.state for d in library.documents.all()} == {State.FINDABLE}, 20)
        time.sleep(3 * indexer.IDLE_SECONDS)
        assert len(sleeping()) == indexer.READERS - 1
        small = library.documents.add("garanti.txt", WARRANTY.encode())
        until(lambda: library.documents.get(small.id).state is State.READY, 20)
    assert sleeping() == []
    monkeypatch.delenv("KILDE_TESSERACT")
    with Library.open(tmp_path / "s", models=models) as library:
        assert {d.state for d in library.documents.all()} == {State.FINDABLE, State.READY}
        assert library.wait(60)
        assert {d.state for d in library.documents.all()} == {State.READY}
        assert "manual.pdf" in found(library, "cykler")
        assert library.maintenance.verify().problems == ()


@NEEDS_TESSERACT
def test_a_stop_ends_the_recognition_and_it_can_be_taken_up_again(
    tmp_path: Path, models: FakeModels, slow_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        document = library.documents.add("manual.pdf", manual())
        until(sleeping, 20)
        library.documents.cancel([document.id])
        until(lambda: not sleeping())
        assert the_document(library).state is State.STOPPED
        assert found(library, "batterier") == {"manual.pdf"}
        monkeypatch.delenv("KILDE_TESSERACT")
        library.documents.reindex([document.id])
        assert library.wait(60)
        assert the_document(library).state is State.READY
        assert found(library, "cykler") == {"manual.pdf"}


def test_what_is_deleted_or_replaced_is_recognised_no_further(
    tmp_path: Path, models: FakeModels, slow_program: Path
) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        document = library.documents.add("manual.pdf", manual())
        until(sleeping, 20)
        library.documents.add("manual.pdf", pdf("Her er det nye om pumper.").output(), replace=True)
        assert library.wait(20)
        until(lambda: not sleeping())
        assert the_document(library).id != document.id
        assert (found(library, "pumper"), found(library, "batterier")) == ({"manual.pdf"}, set())
        again = library.documents.add("again.pdf", manual())
        until(sleeping, 20)
        library.documents.remove([again.id])
        until(lambda: not sleeping())
        assert found(library, "batterier") == set()
        assert library.wait(20)
        assert library.maintenance.verify().problems == ()


@NEEDS_TESSERACT
def test_a_file_that_is_added_again_meanwhile_is_the_same_document(library: Library) -> None:
    typed(library)
    with pytest.raises(AlreadyThere):
        library.documents.add("copy.pdf", manual())
    steps(library)
    assert the_document(library).state is State.READY
    pages = [chunk.page for chunk in library.store.chunks.of_document(the_document(library).id)]
    assert "".join(page.text for page in library.store.documents.pages(the_document(library).id)).count("cykler") == 1
    assert set(pages) == {1, 2}


@NEEDS_TESSERACT
@pytest.mark.parametrize("stopped", [False, True], ids=["going on", "stopped"])
def test_a_space_that_is_built_meanwhile_has_what_the_pictures_say(library: Library, stopped: bool) -> None:
    document = typed(library)
    building = begin_space(library)
    assert library.indexer.read_next()  # cut for the new space, from its text
    if stopped:
        library.documents.cancel([document.id])
    assert library.indexer.read_next()  # the picture
    assert library.store.spaces.building() == building
    library.documents.reindex([document.id] if stopped else [])
    while library.indexer.read_next():
        pass
    assert library.store.spaces.active() != building
    assert found(library, "cykler") == {"manual.pdf"}, "the one that is still searched has it too"
    steps(library)
    assert library.store.spaces.active() == building
    assert (the_document(library).state, the_document(library).lacking) == (State.READY, {})
    assert found(library, "cykler") == {"manual.pdf"}


@NEEDS_TESSERACT
def test_what_is_read_again_loses_nothing_meanwhile(library: Library) -> None:
    document = typed(library)
    steps(library)
    library.documents.reindex([document.id])
    assert found(library, "cykler") == {"manual.pdf"}
    assert library.indexer.read_next()
    assert the_document(library).lacking == {}
    assert found(library, "cykler") == {"manual.pdf"}


@NEEDS_TESSERACT
def test_what_is_read_again_before_its_pictures_were_is_read_as_a_whole(library: Library) -> None:
    document = typed(library)
    building = begin_space(library)
    assert library.indexer.read_next()
    library.documents.reindex([document.id])
    steps(library, 8)
    assert library.store.spaces.active() == building
    assert (the_document(library).state, the_document(library).lacking) == (State.READY, {})
    assert found(library, "cykler") == {"manual.pdf"}


@NEEDS_TESSERACT
def test_the_answer_to_a_notice_is_kept(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    document = typed(library)
    asking = Notice("limit_met", {"limit": "pages", "read": 2, "pages": 9})
    space = library.store.spaces.active()
    assert space is not None
    library.store.queue.set_state(document.id, space.id, State.FINDABLE, [asking])

    def accepting(*arguments: object, **options: object) -> ocr.Read:
        library.documents.accept_partial(document.id)
        return read(*arguments, **options)  # type: ignore[arg-type]

    read = ocr.read
    monkeypatch.setattr(ocr, "read", accepting)
    assert library.indexer.read_next()
    assert [(notice.code, notice.asks) for notice in the_document(library).notices] == [
        ("limit_met", False),
        ("pages_by_ocr", False),
    ]


@NEEDS_TESSERACT
def test_a_scan_is_read_at_once(library: Library) -> None:
    made = pdf("")
    made.image(picture_of(DANISH), 0, 0, made.w, made.h)
    library.documents.add("scan.pdf", bytes(made.output()))
    assert library.indexer.read_next()
    assert (the_document(library).state, the_document(library).lacking) == (State.FINDABLE, {})
    assert found(library, "batterier") == {"scan.pdf"}


def test_without_a_program_there_is_nothing_to_wait_for(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    library.documents.add("manual.pdf", manual())
    assert library.indexer.read_next()
    assert the_document(library).lacking == {}
    assert [notice.code for notice in the_document(library).notices] == ["pictures_beside_text"]


@NEEDS_TESSERACT
def test_pages_with_pictures_are_counted_in_the_time_left(library: Library) -> None:
    document = typed(library)
    assert (document.pages - document.pages_done, document.pages) == (1, 2)
    assert library.documents.progress().seconds_left is None  # no page tells yet how long one takes
    library.indexer.read_next()
    library.documents.add("b.pdf", beside_text(PICTURE))
    assert library.indexer.read_next()
    while library.indexer.embed_next():
        pass
    progress = library.documents.progress()
    assert progress.space.pages_lacking == 1
    assert progress.seconds_left is not None and progress.seconds_left > 0.05
