"""The file of the reader's weights: matrices as int8 with a scale for each row, all else as float32.

The file names the embedding model that it was trained above, by the SHA-256 of its packaged weights: it makes nonsense
of the states of another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FILE = Path(__file__).parent / "reader.safetensors"
NAME = "Kilde's reader"
_SCALE = ".scale"


@dataclass(frozen=True, slots=True)
class Weights:
    """base: SHA-256 of the packaged weights of the embedding model. kept: its layers that are used, from the lowest.

    tensors: by name, of the layers above (`layer.0.attention.self.query.weight` ...) and of the heads.
    """

    base: str
    kept: int
    tensors: Mapping[str, Tensor]


def write(weights: Weights, path: Path = FILE) -> None:
    """Write the file. weights: in float32; each matrix loses up to 1/254 of the largest value of its row."""
    from safetensors.torch import save_file

    packed = {}
    for name, tensor in weights.tensors.items():
        if tensor.dim() == 2:
            packed[name], packed[name + _SCALE] = rounded(tensor)
        else:
            packed[name] = tensor.float().contiguous()
    save_file(packed, path, {"base": weights.base, "kept": str(weights.kept)})


def read_base(path: Path = FILE) -> str | None:
    """The SHA-256 of what the reader stands on; None where there is no reader. Imports no torch."""
    import json

    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return str(header["__metadata__"]["base"])
    except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError):
        return None


def read(dtype: torch.dtype, path: Path = FILE) -> Weights:
    """The weights in this precision; those of the heads in float32. Raises ModelError where the file is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            metadata, names = file.metadata(), set(file.keys())
            tensors = {}
            for name in names:
                if not name.endswith(_SCALE):
                    tensor = file.get_tensor(name).float()
                    if name + _SCALE in names:
                        tensor *= file.get_tensor(name + _SCALE)[:, None]
                    tensors[name] = tensor.to(dtype) if name.startswith("layer.") else tensor
        return Weights(metadata["base"], int(metadata["kept"]), tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(model=NAME, detail=str(error)[:200]) from error


def rounded(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """(o, i) as int8 in -127..127, and the scale of each row, (o,) float32: their product is the matrix again."""
    import torch

    scale = matrix.float().abs().amax(1).clamp(min=1e-12) / 127
    return (matrix.float() / scale[:, None]).round().to(torch.int8), scale
