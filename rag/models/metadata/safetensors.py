"""Reads the metadata of a transformers folder with a language model, without transformers."""

import json
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.core.errors import KildeError
from rag.core.types import Notice
from rag.models.download.repository import writes
from rag.models.errors import ModelDamaged
from rag.models.sources import folder

_LARGEST_JSON = 25_000_000  # bytes; the header of a file of weights is some hundred kB


@dataclass(frozen=True, slots=True)
class SafetensorsMetadata:
    """bytes: of weights and other files. parameters: counted, 0 on failure. context: tokens, 0 if unknown.

    dtype: as stored, such as "BF16". chat: has a chat template. problem: why it cannot be used.
    """

    bytes: int
    parameters: int
    context: int
    dtype: str
    licence: str
    chat: bool
    problem: Notice | None = None


def causal(path: Path) -> SafetensorsMetadata | None:
    """The metadata of a folder's language model; None if it has no model that generates text."""
    config = path / "config.json"
    try:
        stamp = (config.stat().st_mtime_ns, path.stat().st_mtime_ns)
    except OSError:
        return None
    return _causal(path, stamp)


@lru_cache(maxsize=64)
def _causal(path: Path, stamp: tuple[int, int]) -> SafetensorsMetadata | None:
    config = _json(path / "config.json")
    if not writes(config.get("architectures")):
        return None
    weights = sorted(path.glob("*.safetensors"))
    parameters, kinds, damaged = 0, dict[str, int](), ""
    for file in weights:
        try:
            for kind, count in _tensors(file).items():
                parameters += count
                kinds[kind] = kinds.get(kind, 0) + count
        except (OSError, ValueError) as error:
            damaged = damaged or f"{file.name}: {error}"
    problem = ModelDamaged(name=path.name, detail=damaged).notice() if damaged else None
    try:
        folder.check(path.name, path)
    except KildeError as error:
        problem = problem or error.notice()
    nested = config.get("text_config")
    settings = {**nested, **config} if isinstance(nested, dict) else config
    context = settings.get("max_position_embeddings")
    tokenizer = _json(path / "tokenizer_config.json")
    return SafetensorsMetadata(
        sum(file.stat().st_size for file in path.iterdir() if file.is_file()),
        parameters,
        context if isinstance(context, int) and 0 < context < 100_000_000 else 0,
        max(kinds, key=lambda kind: kinds[kind], default=""),
        folder.licence(path),
        bool(tokenizer.get("chat_template")) or (path / "chat_template.jinja").is_file(),
        problem,
    )


def _tensors(path: Path) -> dict[str, int]:
    """Parameters by type, from the header of a safetensors file: u64 length, JSON, values. Raises ValueError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > min(size - 8, _LARGEST_JSON):
            raise ValueError("cut short")
        header = json.loads(file.read(length))
    counts: dict[str, int] = {}
    if not isinstance(header, dict):
        raise ValueError("no header")
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        try:
            kind, count, end = (
                str(tensor["dtype"]),
                math.prod(map(int, tensor["shape"])),
                int(tensor["data_offsets"][1]),
            )
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("no header") from error
        if 8 + length + end > size:
            raise ValueError("cut short")
        counts[kind] = counts.get(kind, 0) + count
    return counts


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
