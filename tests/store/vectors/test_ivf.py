"""The parts of the vector index, each held against brute force; lists are made of real FAISS indexes."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from rag.store.vectors import id_sets, ivf, snapshot
from rag.store.vectors.flat import FlatIndex, ranked
from rag.store.vectors.ivf import IvfIndex
from rag.store.vectors.verify import differences
from tests.vectors import D, drawn


def made(n: int, first: int = 1) -> tuple[IvfIndex, np.ndarray, np.ndarray]:
    ids, vectors = np.arange(first, first + n), drawn(n)
    return ivf.joined(None, [(ids, vectors)]), ids, vectors


def flat(ids: np.ndarray, vectors: np.ndarray) -> FlatIndex:
    return FlatIndex.empty().added(len(ids), D, [(ids, vectors)])


def nearest(index: FlatIndex, query: np.ndarray, k: int, allowed: np.ndarray | None) -> list[tuple[int, float]]:
    return ranked(*index.search(query, k, allowed), k)


def ids_in(index: FlatIndex) -> list[int]:
    return [i for ids, _ in index.parts() for i in ids.tolist()]


def truth(ids: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    best: list[int] = ids[np.argsort(-(vectors @ query), kind="stable")[:k]].tolist()
    return best


# ids -----------------------------------------------------------------------------------------------------------


def test_ranges_that_touch_become_one() -> None:
    assert id_sets.ranges([(8, 9), (1, 3), (4, 5), (2, 2), (20, 20)]).tolist() == [[1, 5], [8, 9], [20, 20]]
    assert id_sets.ranges([]).shape == (0, 2)


def test_bits_and_ranges_say_the_same_of_ids() -> None:
    generator = np.random.default_rng(3)
    ids = np.unique(generator.integers(0, 500, 200))
    allowed = id_sets.ranges([(5, 60), (100, 100), (300, 900)])
    expected = [i for i in ids.tolist() if 5 <= i <= 60 or i == 100 or 300 <= i <= 900]
    bits = id_sets.bits_of(ids)
    assert id_sets.ids_of(bits).tolist() == ids.tolist()
    assert id_sets.ids_of(id_sets.only(bits, allowed)).tolist() == expected
    assert id_sets.ids_of(id_sets.without(bits, allowed)).tolist() == sorted(set(ids.tolist()) - set(expected))
    assert id_sets.count(bits) == len(ids)
    assert id_sets.among(bits, np.array([ids[0], 499_999])).tolist() == [True, False]
    other = np.array([1_000, 2])
    assert id_sets.ids_of(id_sets.union(bits, id_sets.bits_of(other))).tolist() == sorted({*ids.tolist(), 2, 1_000})
    shared = id_sets.common(bits, id_sets.bits_of(np.array([ids[3], 1_000])))
    assert id_sets.ids_of(shared).tolist() == [ids[3]]
    assert not id_sets.among(id_sets.bits_of(np.zeros(0, np.int64)), ids).any()


# exact ---------------------------------------------------------------------------------------------------------


def brute_force(ids: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int) -> list[tuple[int, float]]:
    """What NumPy finds."""
    scores = np.einsum("nd,d->n", vectors, query).tolist()
    return sorted(zip(ids.tolist(), scores, strict=True), key=lambda hit: (-hit[1], hit[0]))[:k]


def test_the_same_is_found_as_by_numpy_to_the_last_bit_also_among_ties() -> None:
    generator = np.random.default_rng(5)
    vectors = drawn(3_000)
    vectors[generator.integers(0, 3_000, 900)] = vectors[7]  # the same text, many times over
    ids = generator.permutation(9_000)[:3_000]
    based = flat(ids[:2_000], vectors[:2_000]).merged()
    index = based.added(1_000, D, [(ids[n : n + 250], vectors[n : n + 250]) for n in range(2_000, 3_000, 250)])
    assert (based.base is not None, based.tail.n, index.base is based.base, index.tail.n) == (True, 0, True, 1_000)
    allowed = id_sets.ranges([(100, 2_000), (5_000, 5_003), (6_000, 8_500)])
    inside = np.array([any(first <= i <= last for first, last in allowed.tolist()) for i in ids])
    kept = ~((ids >= 500) & (ids <= 1_500))
    both = inside & kept
    fewer = index.without(id_sets.ranges([(500, 1_500)]))
    for k in (1, 10, 50, 700, 4_000):
        for query in (vectors[7], vectors[11], *drawn(3, seed=9)):
            for form in (index, index.merged(), flat(ids, vectors)):
                assert nearest(form, query, k, None) == brute_force(ids, vectors, query, k)
                assert nearest(form, query, k, allowed) == brute_force(ids[inside], vectors[inside], query, k)
            for form in (fewer, fewer.merged()):
                assert nearest(form, query, k, None) == brute_force(ids[kept], vectors[kept], query, k)
                assert nearest(form, query, k, allowed) == brute_force(ids[both], vectors[both], query, k)


def test_what_is_added_later_does_not_show_in_an_older_view() -> None:
    ids, vectors = np.arange(5_000), drawn(5_000)
    first = flat(ids[:1_000], vectors[:1_000])
    before = nearest(first, vectors[7], 10, None)
    blocks = [(ids[1_000:1_010], vectors[1_000:1_010]), (ids[1_010:1_020], vectors[1_010:1_020])]
    second = first.added(20, D, blocks)
    assert second.tail.room_for_vectors is first.tail.room_for_vectors  # nothing was copied
    grown = second.added(3_980, D, [(ids[1_020:], vectors[1_020:])])
    assert nearest(first, vectors[7], 10, None) == before
    assert len(first) == 1_000
    assert [i for i, _ in nearest(grown, vectors[4_321], 20, None)] == truth(ids, vectors, vectors[4_321], 20)


def test_equal_scores_come_in_the_order_of_ids_also_where_not_all_fit() -> None:
    same = np.tile(drawn(1), (50, 1))
    order = np.random.default_rng(1).permutation(50)
    for index in (flat(order, same), flat(order, same).merged()):
        assert [i for i, _ in nearest(index, same[0], 7, None)] == list(range(7))


def test_what_is_deleted_or_not_allowed_is_not_found_and_k_is_filled() -> None:
    ids, vectors = np.arange(300), drawn(300)
    left = flat(ids, vectors).without(id_sets.ranges([(0, 99), (150, 199)]))
    rest = np.r_[100:150, 200:300]
    assert left.count == 150
    assert [i for i, _ in nearest(left, vectors[0], 150, None)] == truth(rest, vectors[rest], vectors[0], 150)
    some = nearest(left, vectors[0], 40, id_sets.ranges([(140, 210)]))
    both = np.r_[140:150, 200:211]
    assert [i for i, _ in some] == truth(both, vectors[both], vectors[0], 40)
    assert ids_in(left) == ids_in(left.merged()) == rest.tolist()
    assert (len(left), len(left.merged())) == (300, 150)


# lists ---------------------------------------------------------------------------------------------------------


def test_lists_find_nearly_all_of_the_nearest() -> None:
    held, ids, vectors = made(6_000)
    assert held.index.nlist == 128
    queries = drawn(50, seed=9)
    shares = [len(set(truth(ids, vectors, q, 10)) & set(held.search(q, 20, None).tolist())) for q in queries]
    assert np.mean(shares) / 10 > 0.97


@pytest.mark.parametrize("allowed", [(1, 15), (2_000, 2_040), (500, 900), (100, 5_900)])
def test_a_filter_leaves_no_fewer_than_there_are(allowed: tuple[int, int]) -> None:
    held, ids, vectors = made(6_000)
    inside = (ids >= allowed[0]) & (ids <= allowed[1])
    for query in drawn(10, seed=4):
        found = held.search(query, 50, id_sets.ranges([allowed])).tolist()
        assert len(found) == len(set(found)) == min(50, int(inside.sum()))
        assert all(allowed[0] <= i <= allowed[1] for i in found)
        assert len(set(truth(ids[inside], vectors[inside], query, 10)) & set(found)) >= 9


def test_the_deleted_are_not_found_and_many_deletions_cost_no_recall() -> None:
    held, _, vectors = made(6_000)
    gone = id_sets.ranges([(1, 2_000), (2_300, 6_000)])
    left = held.living(id_sets.without(held.alive, gone))
    assert (left.count, left.dead) == (299, 5_701)
    rest = np.arange(2_001, 2_300)
    for query in drawn(10, seed=5):
        found = left.search(query, 40, None).tolist()
        assert len(found) == 40
        assert set(truth(rest, vectors[rest - 1], query, 10)) <= set(found)
    assert held.count == 6_000  # the older one is as it was


def test_joining_keeps_the_old_lists_as_they_were() -> None:
    held, _, _ = made(3_000)
    more = np.arange(10_001, 11_001)
    new = drawn(1_000, seed=2)
    both = ivf.joined(held, [(more, new)])
    assert (held.index.ntotal, both.index.ntotal, both.count) == (3_000, 4_000, 4_000)
    assert both.trained == held.trained  # the centres are still good
    assert 10_007 in both.search(new[6], 10, None)
    assert 10_007 not in held.search(new[6], 10, None)


def test_the_centres_are_chosen_anew_when_there_are_many_more() -> None:
    held, ids, vectors = made(600)
    held = held.living(id_sets.without(held.alive, id_sets.ranges([(1, 100)])))
    more, new = np.arange(1_001, 3_501), drawn(2_500, seed=2)
    grown = ivf.joined(held, [(more, new)], lambda: [(ids, vectors), (more, new)])
    assert grown.trained == grown.count == grown.index.ntotal == 3_000
    assert grown.index.nlist > held.index.nlist
    assert 300 in grown.search(vectors[299], 10, None)
    assert 50 not in grown.search(vectors[49], 3_000, None)


def test_the_dead_are_taken_out_when_something_joins() -> None:
    held, _, _ = made(2_000)
    held = held.living(id_sets.without(held.alive, id_sets.ranges([(1, 900)])))
    swept = ivf.joined(held, [(np.array([5_000]), drawn(1, seed=8))])
    assert (swept.index.ntotal, swept.count, swept.dead) == (1_101, 1_101, 0)
    assert (held.index.ntotal, held.dead) == (2_000, 900)  # the older one is as it was


# checking ------------------------------------------------------------------------------------------------------


def test_each_kind_of_difference_is_counted() -> None:
    held, ids, vectors = made(2_000)
    new = drawn(10, seed=3)
    new_ids = np.arange(3_000, 3_010)
    tail = flat(new_ids, new)
    everything = [(np.r_[ids, new_ids], np.concatenate([vectors, new]))]
    assert differences(tail, held, everything) == 0
    other = vectors.copy()
    other[[4, 5]] = -other[[4, 5]]
    assert differences(tail, held, [(ids, other), (new_ids, new)]) == 2
    assert differences(tail, held, [(ids[:-3], vectors[:-3]), (new_ids[1:], new[1:])]) == 4  # extra in memory
    assert differences(tail, held, [*everything, (np.array([9_000]), new[:1])]) == 1  # missing in memory
    changed = new.copy()
    changed[0, 0] += 1e-6
    assert differences(tail, held, [(ids, vectors), (new_ids, changed)]) == 1


def far_out(n: int) -> np.ndarray:
    """(n, D): unit vectors of two values, of which one is far outside the range of those that are drawn."""
    vectors = np.zeros((n, D), np.float32)
    vectors[:, 0], vectors[:, 1] = 0.95, -np.sqrt(1 - 0.95**2)
    return vectors


def test_a_vector_outside_the_range_of_the_codes_is_no_difference() -> None:
    held, ids, vectors = made(1_000)
    new_ids, new = np.array([2_000]), far_out(1)
    both = ivf.joined(held, [(new_ids, new)])
    codes = np.concatenate([codes[ids == 2_000] for ids, codes in both.parts()])
    (decoded,) = both.index.sq.decode(codes)
    assert decoded @ new[0] / np.linalg.norm(decoded) < 0.98  # not like it, but all that the codes can say
    assert differences(flat(ids[:0], vectors[:0]), both, [(ids, vectors), (new_ids, new)]) == 0


def test_two_vectors_whose_codes_are_alike_but_not_the_same_are_told_apart() -> None:
    held, ids, vectors = made(1_000)
    other = vectors.copy()
    other[4, 7] += 0.05
    other[4] /= np.linalg.norm(other[4])
    assert other[4] @ vectors[4] > 0.99
    assert differences(flat(ids[:0], vectors[:0]), held, [(ids, other)]) == 1


def test_codes_are_of_the_stored_vectors_after_the_centres_were_chosen_anew_too() -> None:
    held, ids, vectors = made(1_000)
    new_ids, new = np.array([2_000]), far_out(1)
    once = ivf.joined(held, [(new_ids, new)])
    more_ids, more = np.arange(3_000, 7_000), np.concatenate([drawn(3_500, seed=5), far_out(500)])
    stored = [(ids, vectors), (new_ids, new), (more_ids, more)]
    grown = ivf.joined(once, [(more_ids, more)], lambda: stored)
    assert grown.trained == 5_001
    decoded = np.concatenate([grown.index.sq.decode(codes[ids == 2_000]) for ids, codes in grown.parts()])
    assert decoded[0] @ new[0] / np.linalg.norm(decoded[0]) > 0.999  # as there is room for it now
    assert differences(flat(ids[:0], vectors[:0]), grown, stored) == 0


# snapshots -----------------------------------------------------------------------------------------------------


def small() -> FlatIndex:
    index = flat(np.arange(3_000, 3_200), drawn(200, seed=3))
    return index.without(id_sets.ranges([(3_002, 3_003)])).merged()


def large() -> IvfIndex:
    return ivf.joined(None, [(np.arange(1, 2_001), drawn(2_000))])


def hits(index: FlatIndex | IvfIndex, query: np.ndarray, k: int, allowed: np.ndarray | None) -> list[Any]:
    return nearest(index, query, k, allowed) if isinstance(index, FlatIndex) else [*index.search(query, k, allowed)]


@pytest.mark.parametrize("make", [small, large])
def test_what_was_written_is_read(tmp_path: Path, make: Callable[[], FlatIndex | IvfIndex]) -> None:
    index = make()
    record = snapshot.write(tmp_path / "s", 7, 42, index)
    saved = snapshot.read(tmp_path / "s", record)
    assert saved is not None
    assert (saved.generation, type(saved.index), saved.index.count) == (42, type(index), index.count)
    for query in drawn(20, seed=6):
        for k, allowed in ((30, None), (9, ALLOWED)):
            assert hits(saved.index, query, k, allowed) == hits(index, query, k, allowed)
    if isinstance(saved.index, IvfIndex) and isinstance(index, IvfIndex):
        assert (saved.index.trained, saved.index.alive.tolist()) == (index.trained, index.alive.tolist())
    assert snapshot.write(tmp_path / "again", 7, 42, saved.index) == record
    assert snapshot.read(tmp_path / "s", record.replace("42", "43")) is None


ALLOWED = id_sets.ranges([(20, 200), (3_050, 3_090)])


@pytest.mark.parametrize("make", [small, large])
def test_faiss_itself_opens_a_snapshot_and_finds_chunk_ids(
    tmp_path: Path, make: Callable[[], FlatIndex | IvfIndex]
) -> None:
    index = make()
    snapshot.write(tmp_path / "space-1.faiss", 1, 42, index)
    opened: Any = faiss.read_index(str(tmp_path / "space-1.faiss"))
    assert opened.ntotal == index.count
    for query in drawn(20, seed=6):
        _, ids = opened.search(query[None], 5)
        assert ids[0].tolist() == [hit[0] if isinstance(hit, tuple) else hit for hit in hits(index, query, 5, None)]


@pytest.mark.parametrize("make", [small, large])
def test_no_flipped_bit_and_no_cut_reaches_faiss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], FlatIndex | IvfIndex]
) -> None:
    record = snapshot.write(tmp_path / "s", 7, 42, make())
    data = (tmp_path / "s").read_bytes()

    def never(*_: object) -> None:
        raise AssertionError("FAISS was given bytes that were not checked")

    monkeypatch.setattr(faiss, "read_index", never)
    monkeypatch.setattr(faiss, "PyCallbackIOReader", never)
    monkeypatch.setattr(faiss, "ZeroCopyIOReader", never)
    with pytest.raises(AssertionError):
        snapshot.read(tmp_path / "s", record)  # or else nothing were proved
    generator = np.random.default_rng(2)
    end = len(data)
    for place in [*range(0, 260, 3), *range(end - 200, end), *generator.integers(0, end, 150).tolist()]:
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(generator.integers(0, 8))
        (tmp_path / "s").write_bytes(flipped)
        try:
            assert snapshot.read(tmp_path / "s", record) is None
        except snapshot.SnapshotDamaged:
            continue
    for cut in (b"", *(data[:length] for length in (5, 11, 60, end // 2, end - 1)), data + b"x", data[1:]):
        (tmp_path / "s").write_bytes(cut)
        with pytest.raises(snapshot.SnapshotDamaged):
            snapshot.read(tmp_path / "s", record)


def test_a_file_that_comes_in_the_place_of_the_one_that_was_checked_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = snapshot.write(tmp_path / "s", 7, 42, small())
    read_index = faiss.read_index

    def swapped(reader: object) -> object:
        (tmp_path / "s").write_bytes(b"something hostile")
        return read_index(reader)  # type: ignore[call-overload]

    monkeypatch.setattr(faiss, "read_index", swapped)
    saved = snapshot.read(tmp_path / "s", record)
    assert saved is not None
    assert saved.index.count == 198


@pytest.mark.parametrize("change", [{"count": 3}, {"count": None}, {"sha256": None}, {"sha256": 7}, {"generation": 99}])
def test_a_record_that_was_changed_is_not_believed(tmp_path: Path, change: dict[str, object]) -> None:
    record = snapshot.write(tmp_path / "s", 7, 42, small())
    data = (tmp_path / "s").read_bytes()
    text = json.dumps({k: v for k, v in {**json.loads(record), **change}.items() if v is not None})
    (tmp_path / "s").write_bytes(
        data[: -len(record) - 12] + text.encode() + struct.pack("<I", len(text)) + snapshot.MAGIC
    )
    try:
        assert snapshot.read(tmp_path / "s", record) is None
    except snapshot.SnapshotDamaged:
        assert "sha256" in change


@pytest.mark.parametrize("magic", snapshot.OLDER)
def test_a_snapshot_of_an_older_kilde_is_passed_over(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "s").write_bytes(magic + bytes(100))
    assert snapshot.read(tmp_path / "s", "0123456789abcdef") is None


def test_what_a_killed_process_left_goes_and_what_another_is_writing_stays(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".new-left", tmp_path / ".new-fresh"
    left.write_bytes(b"x")
    fresh.write_bytes(b"x")
    long_ago = left.stat().st_mtime - 3_600
    os.utime(left, (long_ago, long_ago))
    snapshot.write(tmp_path / "s", 7, 42, small())
    assert {path.name for path in tmp_path.iterdir()} == {".new-fresh", "s"}


def test_faiss_is_not_imported_for_an_empty_store(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from rag.store.sqlite import SqliteStore; from tests.store.conformance.builders import SPACE, put, vector\n"
        "store = SqliteStore(Path(sys.argv[1])); store.spaces.ensure(SPACE)\n"
        "assert store.chunks.search(vector(1, 0, 0, 0), [], 3) == []\n"
        "store.save_snapshot(); print('faiss' in sys.modules)\n"
        "put(store, 'a.txt', 'apples'); store.save_snapshot()\n"
        "print(len(store.chunks.search(vector(1, 0, 0, 0), [], 3)), 'faiss' in sys.modules)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s")], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["False", "1", "True"]
