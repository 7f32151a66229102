"""Which generator a model's name stands for, and how many stay in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.core import model_ref
from rag.core.errors import ModelUnavailable
from rag.core.model_ref import QUOTING
from rag.generation.backends import Recipe
from rag.generation.backends.llama_cpp import LlamaCppGenerator
from rag.generation.backends.openai import OpenAIGenerator
from rag.generation.backends.quoting import QuotingGenerator
from rag.generation.backends.transformers import TransformersGenerator
from rag.generation.protocol import Likelihood, Prompt
from rag.generation.registry import BACKENDS, Backend, Generators, Limits
from rag.generation.slots import ModelSlots, SlotLimitedGenerator
from rag.library import Library
from rag.models.servers import Server
from tests.scripted import Scripted

SERVER = Server("ollama", "http://127.0.0.1:11434/v1")


def generators(folder: Path) -> Generators:
    return Generators(folder, {"ollama": SERVER}.get)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (QUOTING, QuotingGenerator),
        ("gemma.gguf", LlamaCppGenerator),
        ("/models/Gemma.GGUF", LlamaCppGenerator),
        ("server:ollama:llama3.2:3b", OpenAIGenerator),
        ("org/model", TransformersGenerator),
        ("/models/folder", TransformersGenerator),
    ],
)
def test_each_name_has_its_kind_and_is_made_once(tmp_path: Path, name: str, kind: type) -> None:
    made = generators(tmp_path)
    found = made.get(name)
    assert type(found.model if isinstance(found, SlotLimitedGenerator) else found) is kind
    assert made.get(name) is made.get(name)
    assert made.get(name).name == name


@pytest.mark.parametrize("name", ["server:nobody:model", "server:ollama", "server:ollama:", "server:"])
def test_a_server_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelUnavailable):
        generators(tmp_path).get(name)


def test_a_kind_of_its_own_is_a_prefix_and_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Backend(
        lambda ref, surroundings: Recipe(Scripted, (ref.name,)), takes_memory=False, offers=("toy:hello",)
    )
    monkeypatch.setitem(model_ref._PREFIXES, "toy", "toy:")
    monkeypatch.setitem(BACKENDS, "toy", backend)
    with Library.open(tmp_path) as library:
        (model,) = (model for model in library.answer_models.models() if model.name == "toy:hello")
        toy = library.generators.get("toy:hello")
    assert (model.title, model.usable) == ("hello", True)
    assert isinstance(toy, Scripted) and toy.pieces == ("hello",)


class Heavy(Scripted):
    """Says whether it is in memory."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.is_loaded = False

    def generate(self, *given: Any, **named: Any) -> Iterator[str]:
        self.is_loaded = True
        yield from super().generate(*given, **named)
        assert self.is_loaded, "it was sent away while it wrote"

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        self.is_loaded = True
        return Likelihood(0.0, 1)

    def close(self) -> None:
        self.is_loaded = False


PROMPT = Prompt("s", (), "q")


def written(model: SlotLimitedGenerator, cancelled: threading.Event | None = None) -> str:
    return "".join(model.generate(PROMPT, (cancelled or threading.Event()).is_set, lambda said: None))


def test_only_some_local_models_stay_in_memory_the_last_used_ones() -> None:
    room = ModelSlots(2)
    one, other, third = (SlotLimitedGenerator(Heavy("a"), room) for _ in range(3))
    assert [written(one), written(other), written(one), written(third)] == ["a"] * 4
    assert [one.is_loaded, other.is_loaded, third.is_loaded] == [True, False, True]
    assert other.likelihood(PROMPT, "a") == Likelihood(0.0, 1)
    assert [one.is_loaded, other.is_loaded, third.is_loaded] == [False, True, True]


def test_a_model_that_writes_keeps_its_place_and_the_next_one_waits_or_is_stopped() -> None:
    room, go = ModelSlots(1), threading.Event()
    busy, waiting = SlotLimitedGenerator(Heavy("a", "b", wait=go), room), SlotLimitedGenerator(Heavy("c"), room)
    texts: dict[str, str] = {}
    first = threading.Thread(target=lambda: texts.update(first=written(busy)))
    first.start()
    while not busy.is_loaded:
        time.sleep(0.01)
    stop = threading.Event()
    stop.set()
    assert written(waiting, stop) == ""
    second = threading.Thread(target=lambda: texts.update(second=written(waiting)))
    second.start()
    second.join(0.3)
    assert second.is_alive() and not waiting.is_loaded
    go.set()
    first.join(10)
    second.join(10)
    assert texts == {"first": "ab", "second": "c"}
    assert not busy.is_loaded and waiting.is_loaded


def test_other_limits_are_another_model(tmp_path: Path) -> None:
    limits = Limits()
    made = Generators(tmp_path, {"ollama": SERVER}.get, lambda: limits)
    first = made.get("a.gguf")
    folder = made.get("org/model")
    limits = Limits(2048, 1)
    assert made.get("a.gguf") is not first
    assert made.get("a.gguf").describe()["threads"] == 1
    assert made.get("org/model") is folder


def test_a_model_can_be_let_go(tmp_path: Path) -> None:
    made = generators(tmp_path)
    first = made.get("a.gguf")
    made.unload("a.gguf")
    made.unload("never.gguf")
    assert made.get("a.gguf") is not first
    assert not made.is_loaded("a.gguf")
    made.close()


def test_a_server_configured_otherwise_is_another_one(tmp_path: Path) -> None:
    known = {"ollama": SERVER}
    made = Generators(tmp_path, known.get)
    first = made.get("server:ollama:m")
    known["ollama"] = Server("ollama", "http://127.0.0.1:9999/v1")
    assert made.get("server:ollama:m") is not first
