"""Reads the metadata of a GGUF file without llama.cpp and without trusting the file.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. `gguf.GGUFReader` creates an object for each
of the 262,144 words in Gemma's vocabulary (11 s); this reader skips what it does not need (0.1 s) and checks every
length in the file against a limit.
"""

import mmap
import struct
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from rag.core.errors import ModelUnavailable

MOST_ENTRIES = 100_000
"""Limit of metadata entries and of tensors, far above any real model."""
LONGEST_TEXT = 1 << 20
"""Limit in bytes of a key or value; the longest chat templates have about 20 kB."""
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
# `struct` formats by type number of the GGUF format
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MOST_DIMENSIONS = 4
_KEPT_ARRAY = 1024  # numbers per layer, such as heads; longer arrays (vocabularies) are skipped


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """A file that is safe to pass to llama.cpp. Texts are copied from the file, "" if missing.

    parameters: counted. size_label: from the maker, such as "270M". quantisation: such as "Q4_K_M". context: training
    context in tokens, 0 if unknown. licence: mostly SPDX. bytes: of the file. state_bytes: upper bound of memory per
    token of context, at 16 bits.
    """

    name: str
    architecture: str
    parameters: int
    size_label: str
    quantisation: str
    context: int
    licence: str
    chat_template: str
    bytes: int
    state_bytes: int

    @property
    def has_chat_template(self) -> bool:
        return bool(self.chat_template)


def describe(path: Path) -> GgufInfo:
    """Read the metadata of the GGUF file `path`.

    Raises ModelUnavailable if it is missing, no GGUF file, or incomplete: all tensors must be within it.
    """
    try:
        stat = path.stat()
        if not path.is_file():
            raise ModelUnavailable(model=path.name, detail="not a file")
        return _describe(path.resolve(), stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise ModelUnavailable(model=path.name, detail=error.strerror or type(error).__name__) from error


@lru_cache(maxsize=64)
def _describe(path: Path, size: int, modified: int) -> GgufInfo:
    if size < 24:
        raise ModelUnavailable(model=path.name, detail="not a GGUF file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            return _read(_Reader(content), path, size)
        except (_Damaged, struct.error, OverflowError, ZeroDivisionError) as error:
            detail = str(error) if isinstance(error, _Damaged) else "the header is damaged"
            raise ModelUnavailable(model=path.name, detail=detail) from error


class _Damaged(Exception):
    """The file violates the format."""


class _Reader:
    """Reads forward from its position, never past the end."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self.at = 0

    def number(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        return struct.unpack("<" + code, self.take(size))[0]

    def take(self, size: int) -> bytes:
        self.skip(size)
        return self._content[self.at - size : self.at]

    def skip(self, size: int) -> None:
        if size < 0 or self.at + size > len(self._content):
            raise _Damaged("the file is cut short")
        self.at += size

    def text(self) -> str:
        length = self.number("Q")
        if length > LONGEST_TEXT:
            self.skip(length)
            return ""
        return self.take(length).decode("utf-8", "replace")

    def count(self) -> int:
        count = int(self.number("Q"))
        if count > MOST_ENTRIES:
            raise _Damaged("the header is damaged")
        return count

    def value(self, kind: int) -> Any:
        """A number, a text, a short list of numbers, or None for a skipped value."""
        if kind == _STRING:
            return self.text()
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind != _ARRAY:
            raise _Damaged("the header is damaged")
        inner, length = self.number("I"), int(self.number("Q"))
        if inner in _SCALARS:
            size = struct.calcsize("<" + _SCALARS[inner])
            if length <= _KEPT_ARRAY:
                return [self.number(_SCALARS[inner]) for _ in range(length)]
            self.skip(size * length)
        elif inner == _STRING:
            if length * 8 > len(self._content):  # each takes at least eight bytes
                raise _Damaged("the file is cut short")
            unpack, content, end, at = struct.Struct("<Q").unpack_from, self._content, len(self._content), self.at
            for _ in range(length):
                if at + 8 > end:
                    raise _Damaged("the file is cut short")
                at += 8 + unpack(content, at)[0]
            self.at = at
            self.skip(0)
        else:  # the format allows lists of lists, but no writer is known to use them
            raise _Damaged("the header is damaged")
        return None


def _read(reader: _Reader, path: Path, size: int) -> GgufInfo:
    if reader.take(4) != _MAGIC:
        raise _Damaged("not a GGUF file")
    if (version := reader.number("I")) not in _VERSIONS:
        raise _Damaged(f"GGUF version {version} is not known")
    tensors, entries = reader.count(), reader.count()
    values: dict[str, Any] = {}
    for _ in range(entries):
        key = reader.text()
        values[key] = reader.value(reader.number("I"))
    parameters, types = _tensors(reader, tensors, values, size)

    def text(key: str) -> str:
        return value if isinstance(value := values.get(key), str) else ""

    architecture = text("general.architecture")
    if not architecture or not tensors:
        raise _Damaged("it holds no model")
    of_architecture = {key.removeprefix(f"{architecture}."): value for key, value in values.items()}
    return GgufInfo(
        name=text("general.name") or path.stem,
        architecture=architecture,
        parameters=parameters,
        size_label=text("general.size_label"),
        quantisation=_quantisation(values.get("general.file_type"), types),
        context=_whole(of_architecture.get("context_length")),
        licence=text("general.license") or text("general.license.name"),
        chat_template=text("tokenizer.chat_template"),
        bytes=size,
        state_bytes=_state_bytes(of_architecture),
    )


def _tensors(reader: _Reader, count: int, values: dict[str, Any], size: int) -> tuple[int, dict[int, int]]:
    """(parameters in all, parameters by type); raises _Damaged if one is not within the file."""
    from gguf.constants import GGML_QUANT_SIZES

    block_sizes = {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}
    parameters, end = 0, 0
    types: dict[int, int] = {}
    for _ in range(count):
        reader.text()
        dimensions = reader.number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Damaged("the header is damaged")
        elements = prod(reader.number("Q") for _ in range(dimensions))
        kind, offset = reader.number("I"), reader.number("Q")
        parameters += elements
        types[kind] = types.get(kind, 0) + elements
        # types unknown to the gguf package are not checked
        if kind in block_sizes:
            block, block_bytes = block_sizes[kind]
            end = max(end, offset + elements // block * block_bytes)
    alignment = _whole(values.get("general.alignment", 32)) or 32
    start = -(-reader.at // alignment) * alignment
    if start + end > size:
        raise _Damaged("the file is cut short")
    return parameters, types


def _quantisation(file_type: Any, types: dict[int, int]) -> str:
    """The quantisation that the file states, else that of most of its weights."""
    from gguf.constants import GGMLQuantizationType, LlamaFileType

    try:
        return LlamaFileType(file_type).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except ValueError:
        commonest = max(types, key=lambda kind: types[kind], default=-1)
        names = {int(kind): kind.name for kind in GGMLQuantizationType}
        return names.get(commonest, "")


def _state_bytes(values: dict[str, Any]) -> int:
    """Keys and values of one token in all layers, 16 bits each."""
    layers = min(_whole(values.get("block_count")), 10_000)
    heads = _whole(values.get("attention.head_count")) or 1
    heads_of_layers = values.get("attention.head_count_kv", heads)
    total = sum(map(_whole, heads_of_layers)) if isinstance(heads_of_layers, list) else layers * _whole(heads_of_layers)
    width = _whole(values.get("embedding_length")) // heads
    keys = _whole(values.get("attention.key_length")) or width
    return 2 * total * (keys + (_whole(values.get("attention.value_length")) or width))


def _whole(value: Any) -> int:
    """The value as a non-negative number, else 0; the maximum of a list."""
    if isinstance(value, list):
        return max(map(_whole, value), default=0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
