"""What a GGUF file says of itself, and files that say what is not so."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.core.errors import ModelUnavailable
from rag.models.metadata.gguf import describe
from tests.fixtures_models import GEMMA_TEMPLATE
from tests.gguf_bytes import _ARRAY, _INT32, _STRING, ENTRIES, built, said, text


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def test_a_real_file(gemma: Path) -> None:
    began = time.monotonic()
    info = describe(gemma)
    assert time.monotonic() - began < 5, "the vocabulary should be stepped over"
    assert (info.name, info.architecture, info.quantisation) == ("Gemma 3 270m", "gemma3", "Q4_K_M")
    assert (info.licence, info.context, info.size_label) == ("gemma", 32768, "270M")
    assert info.parameters == 268_098_176
    assert info.bytes == gemma.stat().st_size
    assert info.state_bytes == 18 * 1 * (256 + 256) * 2
    assert not info.has_chat_template


def test_a_chat_template_is_found(gemma_chat: Path) -> None:
    assert describe(gemma_chat).chat_template == GEMMA_TEMPLATE
    assert describe(gemma_chat).parameters == 268_098_176


def test_a_file_of_our_own(tmp_path: Path) -> None:
    info = describe(written(tmp_path, built()))
    assert (info.name, info.licence, info.parameters, info.context) == ("Lille", "apache-2.0", 1024, 2048)
    assert info.quantisation == "F32"
    assert info.state_bytes == 2 * 2 * 2 * (16 + 16)


def test_what_a_file_does_not_say_is_empty(tmp_path: Path) -> None:
    info = describe(written(tmp_path, built((said("general.architecture", "llama"),))))
    assert (info.name, info.licence, info.context, info.size_label) == ("model", "", 0, "")
    assert info.quantisation == "F32"


def test_heads_can_differ_from_layer_to_layer(tmp_path: Path) -> None:
    entries = (*(e for e in ENTRIES if b"head_count_kv" not in e), said("llama.attention.head_count_kv", [2, 0]))
    assert describe(written(tmp_path, built(entries))).state_bytes == 2 * 2 * (16 + 16)


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    assert describe(written(tmp_path, built())).name == "Lille"
    other = (*(e for e in ENTRIES if b"general.name" not in e), said("general.name", "En anden"))
    assert describe(written(tmp_path, built(other))).name == "En anden"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "not a GGUF file"),
        (b"PK\x03\x04" + bytes(100), "not a GGUF file"),
        (built()[:-1], "cut short"),
        (built()[:300], "cut short"),
        (built()[:24], "cut short"),
        (b"GGUF" + struct.pack("<IQQ", 9, 1, 1), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(100), "no model"),
        (built((struct.pack("<Q", (1 << 64) - 1),)), "cut short"),
        (built((text("a") + struct.pack("<IIQ", _ARRAY, _STRING, 1 << 62),)), "cut short"),
        (built((text("a") + struct.pack("<IIQ", _ARRAY, _INT32, 1 << 62),)), "cut short"),
        (built((text("a") + struct.pack("<IIQ", _ARRAY, _ARRAY, 1),)), "damaged"),
        (built((text("a") + struct.pack("<I", 77),)), "damaged"),
        (built(dimensions=(1 << 40, 1 << 40)), "cut short"),
        (built(dimensions=(1,) * 9), "damaged"),
    ],
)
def test_a_damaged_file_is_said(tmp_path: Path, content: bytes, detail: str) -> None:
    with pytest.raises(ModelUnavailable) as raised:
        describe(written(tmp_path, content))
    assert detail in raised.value.values["detail"]


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelUnavailable):
            describe(path)


def test_a_text_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    entries = (*(e for e in ENTRIES if b"license" not in e), said("general.license", "x" * (2 << 20)))
    assert describe(written(tmp_path, built(entries))).licence == ""


def test_a_text_that_is_none_is_shown_as_far_as_it_is_one(tmp_path: Path) -> None:
    entries = (*(e for e in ENTRIES if b"general.name" not in e), said("general.name", b"Gr\xf8n"))
    assert describe(written(tmp_path, built(entries))).name == "Gr\ufffdn"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 900), value=st.integers(0, 255), length=st.integers(1, 8))
def test_whatever_bytes_change_it_is_described_or_said_to_be_damaged(
    tmp_path: Path, at: int, value: int, length: int
) -> None:
    content = bytearray(built())
    content[at : at + length] = bytes([value]) * length
    try:
        info = describe(written(tmp_path, bytes(content)))
    except ModelUnavailable:
        return
    assert info.bytes == len(content)
