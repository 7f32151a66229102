"""What this machine carries: the rule, the container's limits, and the models that are suggested."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.models import hardware
from rag.models.hardware import Machine, as_fast_as_reading, carries, largest, needed_memory
from rag.models.recommended import KNOWN, recommendations

GB = 1_000_000_000


def of(memory: float = 16, bandwidth: float = 40) -> Machine:
    return Machine(round(memory * GB), round(memory * GB), 4, frozenset(), 100 * GB, bandwidth * GB)


def test_this_machine_is_as_the_system_says() -> None:
    import psutil

    found = hardware.machine(Path())
    assert 0 < found.memory_bytes <= psutil.virtual_memory().total
    assert 0 <= found.free_memory <= found.memory_bytes
    assert 1 <= found.cores <= (psutil.cpu_count() or 1)
    assert found.features <= {"avx2", "avx512", "bf16"}
    assert found.free_disk > 0
    assert 0.5 * GB < found.bandwidth < 4000 * GB


def test_the_rule() -> None:
    assert needed_memory(5 * GB) == 7_100_000_000
    assert carries(1 * GB, of()) == "well"  # 18 tokens a second
    assert carries(5 * GB, of()) == "slowly"  # 3.6
    assert carries(5 * GB, of(bandwidth=60)) == "well"
    assert carries(11 * GB, of(bandwidth=1000)) == "slowly"  # 13.8 of 16 GB
    assert carries(13 * GB, of(bandwidth=1000)) == "not"  # 16.1
    assert carries(largest(of()), of()) == "slowly" and carries(largest(of()) + GB, of()) == "not"
    assert largest(of(memory=1)) == 0
    assert of().tokens_per_second(as_fast_as_reading(of())) == pytest.approx(hardware.AS_FAST_AS_READING)


def test_what_was_measured_counts_more_than_the_rule() -> None:
    assert of().tokens_per_second(2 * GB) == pytest.approx(9.0)
    assert of().tokens_per_second(2 * GB, [(1 * GB, 30.0), (250_000_000, 40.0)]) == pytest.approx(15.0)
    assert of().tokens_per_second(2 * GB, [(0, 30.0), (GB, 0.0)]) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("group", "files", "limit"),
    [
        ("0::/app\n", {"app/memory.max": "2000000000\n", "app/memory.current": "500000000\n"}, (2 * GB, GB // 2)),
        ("0::/app\n", {"app/memory.max": "max\n", "memory.max": "max"}, None),
        (
            "4:memory:/docker/1\n1:cpu:/\n",
            {"memory/docker/1/memory.limit_in_bytes": "3000000000", "memory/docker/1/memory.usage_in_bytes": "7"},
            (3 * GB, 7),
        ),
        ("4:memory:/docker/1\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, None),
        ("nonsense\n", {}, None),
    ],
)
def test_a_container_s_limit_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    files: dict[str, str],
    limit: tuple[int, int] | None,
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "said").write_text(group)
    groups = hardware._groups.__wrapped__
    monkeypatch.setattr(hardware, "_groups", lambda controller: groups(controller, tmp_path, tmp_path / "said"))
    assert hardware._container() == (limit or (1 << 60, 0))
    if limit:
        assert hardware.machine(tmp_path).memory_bytes == limit[0]
        assert hardware.machine(tmp_path).free_memory <= limit[0] - limit[1]


def test_a_container_s_share_of_the_cores_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    monkeypatch.setattr(hardware, "_groups", lambda controller: [tmp_path])
    assert hardware._cores() == 1


def test_features_are_read_from_the_processor(tmp_path: Path) -> None:
    said = tmp_path / "cpuinfo"
    said.write_text("processor : 0\nflags : fpu avx2 avx512f amx_bf16\n")
    assert hardware._features.__wrapped__(said) == {"avx2", "avx512", "bf16"}
    said.write_text("Features : fp asimd bf16\n")
    assert hardware._features.__wrapped__(said) == {"bf16"}
    assert hardware._features.__wrapped__(tmp_path / "none") == frozenset()


def test_suggestions_go_from_small_to_large_and_say_what_fits() -> None:
    sizes = [one.size for one in KNOWN]
    assert sizes == sorted(sizes) and len({one.model for one in KNOWN}) == len(KNOWN)
    small = {advised.model.title: advised for advised in recommendations(of(memory=6))}
    assert small["Qwen2.5 1.5B"].carried == "well" and small["Qwen2.5 14B"].carried == "not"
    assert small["Qwen2.5 1.5B"].tokens_per_second > small["Gemma 3 4B"].tokens_per_second
    assert all(one.terms == (one.licence not in ("Apache-2.0", "MIT")) for one in KNOWN)
