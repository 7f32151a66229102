"""A change of space that is foretold, interrupted by other changes, and called off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.core.settings import Settings
from rag.core.types import Space, State
from rag.documents.reindexing import TYPICAL_LOADING_SECONDS, Reindexer
from rag.library import Library
from tests.conftest import FAKE_MODEL, HOLIDAY, FakeModel, FakeModels
from tests.helpers import SlowEncoder, until

OTHER_MODEL = "other/slow"


class LateModel(FakeModel):
    """Says what it is only when it is allowed to, as one that is still being fetched."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.there = threading.Event()

    def describe(self, space: Space) -> Space:
        assert self.there.wait(20)
        return super().describe(space)


@pytest.fixture
def slow(models: FakeModels) -> Iterator[SlowEncoder]:
    """The encoder of OTHER_MODEL, which waits until it is told to go."""
    encoder = SlowEncoder()
    models.embedding(OTHER_MODEL).encoder_fake = encoder
    yield encoder
    encoder.go.set()


@pytest.fixture
def begun(library: Library, monkeypatch: pytest.MonkeyPatch) -> list[Space]:
    """The spaces that were begun, in order."""
    spaces: list[Space] = []
    begin_space = library.store.spaces.begin

    def begin(space: Space) -> Space:
        spaces.append(begin_space(space))
        return spaces[-1]

    monkeypatch.setattr(library.store.spaces, "begin", begin)
    return spaces


def changes_ended() -> None:
    """Return when no thread is making a model ready any more."""
    for thread in threading.enumerate():
        if thread.name == "kilde-change":
            thread.join(20)


def build(library: Library, **wanted: Any) -> Space:
    """Save settings, and return the space that is then being built."""
    library.settings.save(library.settings.current().changed(**wanted))
    changes_ended()
    building = library.store.spaces.building()
    assert building is not None
    return building


def test_another_setting_saved_while_a_space_is_built_does_not_start_it_anew(
    filled: Library, slow: SlowEncoder, begun: list[Space]
) -> None:
    building = build(filled, embedding_model=OTHER_MODEL)
    wanted = filled.settings.current().changed(k=7)
    assert not filled.settings.plan(wanted).reindexes
    filled.settings.save(wanted)
    changes_ended()
    assert begun == [building]
    slow.go.set()
    assert filled.wait(20)
    assert filled.store.spaces.active() == building
    assert (filled.settings.current().k, filled.settings.current().embedding_model) == (7, OTHER_MODEL)


def test_another_setting_saved_while_the_model_is_made_ready_is_kept(filled: Library, models: FakeModels) -> None:
    model = models.made["late/model"] = LateModel("late/model")
    filled.settings.save(filled.settings.current().changed(k=3, embedding_model="late/model"))
    assert until(filled.settings.change).model is not None
    filled.settings.save(filled.settings.current().changed(k=9, language="da"))
    assert until(filled.settings.change).model is not None  # goes on
    model.there.set()
    changes_ended()
    assert filled.wait(20)
    now = filled.settings.current()
    assert (now.k, now.language, now.embedding_model) == (9, "da", "late/model")


def test_changing_back_calls_it_off(filled: Library, slow: SlowEncoder) -> None:
    before, space = filled.settings.current(), filled.store.spaces.active()
    build(filled, embedding_model=OTHER_MODEL, chunk_size=100)
    assert filled.settings.current().embedding_model == OTHER_MODEL
    assert not filled.settings.plan(before).reindexes
    filled.settings.save(before)
    assert filled.settings.change() is None
    assert filled.store.spaces.building() is None
    slow.go.set()
    assert filled.wait(20)
    assert filled.store.spaces.active() == space
    assert filled.settings.current() == before
    assert not filled.settings.plan(filled.settings.current().changed(k=5)).reindexes
    assert {d.state for d in filled.documents.all()} == {State.READY}
    assert filled.maintenance.verify().problems == ()


def test_another_space_takes_the_place_of_the_one_being_built(
    filled: Library, slow: SlowEncoder, begun: list[Space]
) -> None:
    first = build(filled, embedding_model=OTHER_MODEL)
    wanted = filled.settings.current().changed(chunk_size=100, embedding_model=FAKE_MODEL)
    assert filled.settings.plan(wanted).reindexes
    filled.settings.save(wanted)
    changes_ended()
    slow.go.set()  # a batch under way for the old one ends, and is passed over
    assert filled.wait(20)
    assert filled.maintenance.verify().problems == ()
    active = filled.store.spaces.active()
    assert active is not None
    assert [s.id for s in begun] == [first.id, active.id]
    assert (active.model, active.chunk_size) == (FAKE_MODEL, 100)


# what a change is foretold to take ----------------------------------------------------------------------


class Unloaded(FakeModel):
    """Not in memory."""

    def encoder_if_ready(self) -> None:
        return None


def planned(library: Library, models: FakeModels, chunks_per_second: float, **wanted: Any) -> tuple[int, float]:
    """(chunks, seconds) of a plan from 10 chunks of 180 tokens that overlap by 40."""
    changer = Reindexer(library.store.spaces, models, lambda: None)
    now: Settings = library.settings.current()
    plan = changer.plan(now, now.changed(**wanted), chunks_per_second)
    assert plan.reindexes
    assert plan.documents == 1
    return plan.chunks, plan.seconds


@pytest.fixture
def ten(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    """A library of one document in ten chunks."""
    with Library.open(tmp_path / "ten", work=False, models=models) as library:
        library.documents.add("holiday.md", HOLIDAY.encode())
        library.work_until_done(lambda _: None)
        with library.store.database.write() as db:
            db.execute("UPDATE task SET chunks = 10, chunks_done = 10")
        yield library


def test_the_time_is_foretold_from_the_speed_measured_here(ten: Library, models: FakeModels) -> None:
    assert planned(ten, models, 5.0, embedding_model=OTHER_MODEL) == (10, pytest.approx(2.0))
    # 140 new tokens a chunk become 350; a chunk of 360 takes twice as long as one of 180
    assert planned(ten, models, 5.0, chunk_size=360, overlap=10) == (4, pytest.approx(4 / 2.5))


def test_the_time_of_a_machine_not_yet_measured_goes_by_the_tokens(ten: Library, models: FakeModels) -> None:
    assert planned(ten, models, 0.0, embedding_model=OTHER_MODEL) == (10, pytest.approx(10 / 12))
    assert planned(ten, models, 0.0, chunk_size=360, overlap=10) == (4, pytest.approx(4 / 6))
    with ten.store.database.write() as db:
        db.execute("UPDATE space SET chunk_size = 360, overlap = 10")
    # 12 a second is of 180 tokens, whatever the chunks of now are
    assert planned(ten, models, 0.0, chunk_size=180, overlap=5) == (20, pytest.approx(20 / 12))


def test_loading_a_model_is_part_of_the_time(ten: Library, models: FakeModels) -> None:
    models.made["new/model"] = Unloaded("new/model")
    assert planned(ten, models, 5.0, embedding_model="new/model") == (10, pytest.approx(2.0 + TYPICAL_LOADING_SECONDS))


def test_nothing_is_foretold_for_an_empty_library_or_the_space_there_is(library: Library, ten: Library) -> None:
    assert not library.settings.plan(library.settings.current().changed(chunk_size=64, overlap=0)).reindexes
    assert not ten.settings.plan(ten.settings.current().changed(k=9)).reindexes
    ten.documents.remove([d.id for d in ten.documents.all()])
    plan = ten.settings.plan(ten.settings.current().changed(chunk_size=64, overlap=0))
    assert (plan.reindexes, plan.documents, plan.seconds) == (True, 0, 0.0)
