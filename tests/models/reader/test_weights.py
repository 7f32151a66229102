"""The file of the reader's weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import ModelError
from rag.models.reader.weights import Weights, read, read_base, rounded, write


def test_a_matrix_comes_back_within_half_a_step_of_each_row(tmp_path: Path) -> None:
    import torch

    generator = torch.Generator().manual_seed(5)
    # rows of very different size: one scale for all would lose the small ones
    matrix = torch.randn(7, 40, generator=generator) * torch.logspace(-3, 1, 7)[:, None]
    vector = torch.randn(40, generator=generator)
    path = tmp_path / "reader.safetensors"
    write(Weights("abc", 6, {"layer.0.output.dense.weight": matrix, "span.bias": vector}), path)
    back = read(torch.float32, path)
    assert (back.base, back.kept, set(back.tensors)) == ("abc", 6, {"layer.0.output.dense.weight", "span.bias"})
    assert torch.equal(back.tensors["span.bias"], vector)
    steps = matrix.abs().amax(1, keepdim=True) / 127
    assert ((back.tensors["layer.0.output.dense.weight"] - matrix).abs() <= steps * 0.5001).all()


def test_a_row_of_zeros_stays_one() -> None:
    import torch

    values, scale = rounded(torch.zeros(2, 3))
    assert torch.equal(values, torch.zeros(2, 3, dtype=torch.int8))
    assert torch.isfinite(scale).all()


def test_layers_come_in_the_precision_asked_for_and_heads_in_full(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "reader.safetensors"
    write(Weights("abc", 6, {"layer.0.a.weight": torch.ones(2, 2), "span.weight": torch.ones(2, 2)}), path)
    tensors = read(torch.bfloat16, path).tensors
    assert tensors["layer.0.a.weight"].dtype == torch.bfloat16
    assert tensors["span.weight"].dtype == torch.float32


def test_what_it_stands_on_is_told_without_reading_it_whole(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "reader.safetensors"
    assert read_base(path) is None
    write(Weights("abc", 6, {"span.bias": torch.ones(2)}), path)
    assert read_base(path) == "abc"
    path.write_bytes(path.read_bytes()[:20])
    assert read_base(path) is None
    path.write_bytes(b"\xff" * 64)
    assert read_base(path) is None


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "reader.safetensors"
    write(Weights("abc", 6, {"span.weight": torch.ones(20, 20)}), path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ModelError, match="reader"):
        read(torch.float32, path)
