"""GGUF files byte by byte."""

from __future__ import annotations

import struct

_UINT32, _INT32, _STRING, _ARRAY = 4, 5, 8, 9


def text(value: str | bytes) -> bytes:
    encoded = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(encoded)) + encoded


def said(key: str, value: str | bytes | int | list[int] | list[str]) -> bytes:
    """One entry of metadata."""
    if isinstance(value, int):
        return text(key) + struct.pack("<II", _UINT32, value)
    if isinstance(value, list):
        words = [word for word in value if isinstance(word, str)]
        inner = b"".join(map(text, words)) if words else struct.pack(f"<{len(value)}i", *value)
        return text(key) + struct.pack("<IIQ", _ARRAY, _STRING if words else _INT32, len(value)) + inner
    return text(key) + struct.pack("<I", _STRING) + text(value)


ENTRIES = (
    said("general.architecture", "llama"),
    said("general.name", "Lille"),
    said("general.license", "apache-2.0"),
    said("general.size_label", "1K"),
    said("general.file_type", 0),
    said("llama.context_length", 2048),
    said("llama.block_count", 2),
    said("llama.embedding_length", 64),
    said("llama.attention.head_count", 4),
    said("llama.attention.head_count_kv", 2),
    said("tokenizer.ggml.tokens", [f"word{n}" for n in range(3000)]),
    said("tokenizer.ggml.token_type", list(range(3000))),
)


def built(
    entries: tuple[bytes, ...] = ENTRIES, dimensions: tuple[int, ...] = (32, 32), kind: int = 0, data: int = 4096
) -> bytes:
    """A file of one tensor, with `data` bytes after its header."""
    info = text("w") + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, 0)
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries) + info
    return header + bytes(-len(header) % 32) + bytes(data)
