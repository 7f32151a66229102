"""The parts of the vector index, each held against brute force; lists are made of real FAISS indexes."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.store.vectors import id_sets, ivf, snapshot
from rag.store.vectors.flat import Exact
from rag.store.vectors.ivf import Lists
from rag.store.vectors.verify import differences

D = 32


def drawn(n: int, seed: int = 1, clusters: int = 40) -> np.ndarray:
    """(n, D): unit vectors in clusters, as those of texts are."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(clusters, D))
    vectors = centres[generator.integers(0, clusters, n)] + 0.5 * generator.normal(size=(n, D))
    units: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units


def made(n: int, first: int = 1) -> tuple[Lists, np.ndarray, np.ndarray]:
    ids, vectors = np.arange(first, first + n), drawn(n)
    return ivf.joined(None, ids, vectors), ids, vectors


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
    assert ids[id_sets.within(ids, allowed)].tolist() == expected
    assert id_sets.ids_of(id_sets.only(bits, allowed)).tolist() == expected
    assert id_sets.ids_of(id_sets.without(bits, allowed)).tolist() == sorted(set(ids.tolist()) - set(expected))
    assert id_sets.count(bits) == len(ids)
    assert id_sets.among(bits, np.array([ids[0], 499_999])).tolist() == [True, False]
    other = np.array([1_000, 2])
    assert id_sets.ids_of(id_sets.both(bits, id_sets.bits_of(other))).tolist() == sorted({*ids.tolist(), 2, 1_000})
    assert not id_sets.within(ids, id_sets.ranges([])).any()


# exact ---------------------------------------------------------------------------------------------------------


def test_what_is_added_later_does_not_show_in_an_older_view() -> None:
    ids, vectors = np.arange(5_000), drawn(5_000)
    first = Exact.empty().added(1_000, D, [(ids[:1_000], vectors[:1_000])])
    before = first.search(vectors[7], 10, None)
    second = first.added(20, D, [(ids[1_000:1_010], vectors[1_000:1_010]), (ids[1_010:1_020], vectors[1_010:1_020])])
    assert second.room_for_vectors is first.room_for_vectors  # nothing was copied
    grown = second.added(3_980, D, [(ids[1_020:], vectors[1_020:])])
    assert first.search(vectors[7], 10, None) == before
    assert len(first) == 1_000
    assert [i for i, _ in grown.search(vectors[4_321], 20, None)] == truth(ids, vectors, vectors[4_321], 20)


def test_equal_scores_come_in_the_order_of_ids_also_where_not_all_fit() -> None:
    same = np.tile(drawn(1), (50, 1))
    order = np.random.default_rng(1).permutation(50)
    found = Exact.of(order, same).search(same[0], 7, None)
    assert [i for i, _ in found] == list(range(7))


def test_what_is_deleted_or_not_allowed_is_not_found_and_k_is_filled() -> None:
    ids, vectors = np.arange(300), drawn(300)
    left = Exact.of(ids, vectors).without(id_sets.ranges([(0, 99), (150, 199)]))
    rest = np.r_[100:150, 200:300]
    assert left.count == 150
    assert [i for i, _ in left.search(vectors[0], 150, None)] == truth(rest, vectors[rest], vectors[0], 150)
    some = left.search(vectors[0], 40, id_sets.ranges([(140, 210)]))
    both = np.r_[140:150, 200:211]
    assert [i for i, _ in some] == truth(both, vectors[both], vectors[0], 40)
    assert left.after(120).ids.tolist() == np.r_[120:150, 200:300].tolist()


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
    both = ivf.joined(held, more, new)
    assert (held.index.ntotal, both.index.ntotal, both.count) == (3_000, 4_000, 4_000)
    assert both.trained == held.trained  # the centres are still good
    assert 10_007 in both.search(new[6], 10, None)
    assert 10_007 not in held.search(new[6], 10, None)


def test_the_centres_are_chosen_anew_when_there_are_many_more() -> None:
    held, _, vectors = made(600)
    held = held.living(id_sets.without(held.alive, id_sets.ranges([(1, 100)])))
    more, new = np.arange(1_001, 3_501), drawn(2_500, seed=2)
    grown = ivf.joined(held, more, new)
    assert grown.trained == grown.count == grown.index.ntotal == 3_000
    assert grown.index.nlist > held.index.nlist
    assert 300 in grown.search(vectors[299], 10, None)
    assert 50 not in grown.search(vectors[49], 3_000, None)


def test_the_dead_are_taken_out_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivf, "EXACT_LIMIT", 100)
    held, _, _ = made(2_000)
    held = held.living(id_sets.without(held.alive, id_sets.ranges([(1, 900)])))
    swept = ivf.joined(held, np.array([5_000]), drawn(1, seed=8))
    assert (swept.index.ntotal, swept.count, swept.dead) == (1_101, 1_101, 0)


# checking ------------------------------------------------------------------------------------------------------


def test_each_kind_of_difference_is_counted() -> None:
    held, ids, vectors = made(2_000)
    new = drawn(10, seed=3)
    tail = Exact.of(np.arange(3_000, 3_010), new)
    everything = [(np.r_[ids, tail.ids], np.concatenate([vectors, new]))]
    assert differences(tail, held, everything) == 0
    other = vectors.copy()
    other[[4, 5]] = -other[[4, 5]]
    assert differences(tail, held, [(ids, other), (tail.ids, new)]) == 2
    assert differences(tail, held, [(ids[:-3], vectors[:-3]), (tail.ids[1:], new[1:])]) == 4  # extra in memory
    assert differences(tail, held, [*everything, (np.array([9_000]), new[:1])]) == 1  # missing in memory
    changed = new.copy()
    changed[0, 0] += 1e-6
    assert differences(tail, held, [(ids, vectors), (tail.ids, changed)]) == 1


# snapshots -----------------------------------------------------------------------------------------------------


def written(path: Path) -> tuple[str, Exact, Lists]:
    held, _, _ = made(2_000)
    held = held.living(id_sets.without(held.alive, id_sets.ranges([(10, 30)])))
    tail = Exact.of(np.arange(3_000, 3_010), drawn(10, seed=3)).without(id_sets.ranges([(3_002, 3_003)]))
    return snapshot.write(path, 7, 42, tail, held), tail, held


def test_what_was_written_is_read(tmp_path: Path) -> None:
    digest, tail, held = written(tmp_path / "s")
    found = snapshot.read(tmp_path / "s", 7)
    assert found is not None
    assert found.lists is not None
    assert (found.digest, found.generation, found.lists.count, found.lists.trained) == (digest, 42, 1_979, 2_000)
    assert found.exact.ids.tolist() == tail.ids[tail.alive].tolist()
    for query in drawn(20, seed=6):
        assert found.lists.search(query, 30, None).tolist() == held.search(query, 30, None).tolist()
        assert found.exact.search(query, 5, None) == tail.search(query, 5, None)
    with pytest.raises(snapshot.SnapshotMismatch):
        snapshot.read(tmp_path / "s", 8)


def test_no_flipped_bit_and_no_cut_is_believed(tmp_path: Path) -> None:
    digest, _, _ = written(tmp_path / "s")
    data = (tmp_path / "s").read_bytes()
    generator = np.random.default_rng(2)
    bad = (snapshot.SnapshotMismatch, OSError, ValueError, KeyError, TypeError)
    places = [*range(0, 260, 3), *generator.integers(0, len(data), 150).tolist()]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(generator.integers(0, 8))
        (tmp_path / "s").write_bytes(flipped)
        try:
            found = snapshot.read(tmp_path / "s", 7)
        except bad:
            continue
        assert found is None or found.digest != digest  # a header that still reads is not the one that is known
    for length in (0, 5, 11, 60, len(data) // 2, len(data) - 1):
        (tmp_path / "s").write_bytes(data[:length])
        with pytest.raises(bad):
            snapshot.read(tmp_path / "s", 7)
    (tmp_path / "s").write_bytes(data + b"x")
    with pytest.raises(snapshot.SnapshotMismatch):
        snapshot.read(tmp_path / "s", 7)


@pytest.mark.parametrize("change", [{"lists": 10**12}, {"count": -1}, {"dimension": 2**40}, {"bits": 10**15}])
def test_a_header_cannot_ask_for_more_memory_than_the_file_has(tmp_path: Path, change: dict[str, int]) -> None:
    written(tmp_path / "s")
    data = (tmp_path / "s").read_bytes()
    (length,) = struct.unpack_from("<I", data, 8)
    text = json.dumps({**json.loads(data[12 : 12 + length]), **change}).encode()
    (tmp_path / "s").write_bytes(data[:8] + struct.pack("<I", len(text)) + text + data[12 + length :])
    with pytest.raises(snapshot.SnapshotMismatch):
        snapshot.read(tmp_path / "s", 7)


def test_a_snapshot_of_an_older_kilde_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"KILDEIX1" + bytes(100))
    assert snapshot.read(tmp_path / "s", 7) is None


def test_what_a_killed_process_left_goes_and_what_another_is_writing_stays(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".new-left", tmp_path / ".new-fresh"
    left.write_bytes(b"x")
    fresh.write_bytes(b"x")
    long_ago = left.stat().st_mtime - 3_600
    os.utime(left, (long_ago, long_ago))
    written(tmp_path / "s")
    assert {path.name for path in tmp_path.iterdir()} == {".new-fresh", "s"}


def test_a_small_store_needs_no_faiss(tmp_path: Path) -> None:
    """It takes a third of a second to import, and the first search waits for it."""
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from rag.store.vectors.index import VectorIndex\n"
        "from rag.store.vectors import snapshot; from rag.store.vectors.flat import Exact\n"
        "v = np.eye(8, dtype=np.float32); path = Path(sys.argv[1])\n"
        "digest = snapshot.write(path, 1, 3, Exact.of(np.arange(8), v), None)\n"
        "index = VectorIndex(1, path, digest)\n"
        "print(len(index), index._view.exact.search(v[2], 1, None), 'faiss' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s")], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["8", "[(2,", "1.0)]", "False"]
