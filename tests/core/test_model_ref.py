"""A model's name reads back as what was written, whatever it is."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.model_ref import QUOTING, Kind, ModelRef

PARTS = (QUOTING, "server:", ":", "/", "\\", ".", "~", " ", "\n", "a", "Ø", "3", ".gguf", ".GGUF")
NAMES = st.text() | st.lists(st.sampled_from(PARTS), max_size=6).map("".join)


@given(NAMES)
def test_any_text_is_written_as_it_was_read(text: str) -> None:
    ref = ModelRef.parse(text)
    assert str(ref) == text and ModelRef.parse(str(ref)) == ref


@given(st.sampled_from(get_args(Kind)), NAMES | st.just(QUOTING))
def test_what_can_be_made_reads_back_as_itself(kind: Kind, name: str) -> None:
    try:
        ref = ModelRef(kind, name)
    except ValueError:
        assert ModelRef.parse(name).kind != kind
    else:
        assert ModelRef.parse(str(ref)) == ref


@pytest.mark.parametrize(
    ("text", "kind", "server", "model"),
    [
        ("quoting", "quoting", "", "quoting"),
        ("gemma.gguf", "gguf", "", "gemma.gguf"),
        ("/models/Gemma.GGUF", "gguf", "", "Gemma.GGUF"),
        ("server:ollama:llama3.2:3b", "server", "ollama", "llama3.2:3b"),
        ("server:ollama:some.gguf", "server", "ollama", "some.gguf"),
        ("server:ollama", "server", "ollama", ""),
        ("server:", "server", "", ""),
        ("org/model", "hub", "", "model"),
        ("gpt2", "hub", "", "gpt2"),
        ("/models/folder/", "folder", "", "folder"),
        ("~/models/folder", "folder", "", "folder"),
        ("C:\\models\\folder", "folder", "", "folder"),
        ("/", "folder", "", "/"),
    ],
)
def test_each_kind_by_its_text(text: str, kind: str, server: str, model: str) -> None:
    ref = ModelRef.parse(text)
    assert (ref.kind, ref.server, ref.model) == (kind, server, model)


def test_a_servers_model_is_named_by_both() -> None:
    assert str(ModelRef.at_server("office", "llama3.2:3b")) == "server:office:llama3.2:3b"
