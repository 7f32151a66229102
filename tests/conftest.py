"""Fixtures and fakes. A fake stands in only for what is slow; the real model has tests of its own."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from rag.core.types import Space
from rag.library import Library
from rag.models.embedding.protocol import Embedded, Passage
from rag.models.embedding.registry import ModelState, ModelStatus
from tests.sleeping import SLEEP

pytest_plugins = ["tests.fixtures_models"]

DIMENSION = 64
FAKE_MODEL = "fake/hashing"


class HashingEncoder:
    """Words hashed into a vector: texts that share words are near each other."""

    dimension = DIMENSION
    max_tokens = 500
    query_prefix = "q: "
    passage_prefix = "p: "

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, passages: Sequence[Passage], cancelled: Callable[[], bool] | None = None) -> Embedded:
        vectors = self.encode_queries([f"{p.context} {p.text}" for p in passages])
        sentences = [
            np.stack([self._vector(p.text[s.start : s.end]) for s in p.sentences])
            if p.sentences
            else np.zeros((0, DIMENSION), np.float32)
            for p in passages
        ]
        return Embedded(vectors, sentences)

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        vector = np.full(DIMENSION, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.casefold()):
            vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % DIMENSION] += 1.0
        return vector / np.linalg.norm(vector)


class WordCounter:
    """One token a word."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


@dataclass
class FakeModel:
    """An embedding model that is there at once.

    revision: change it to play a model that was exchanged. reads: whether there is a reader above it.
    """

    name: str
    revision: str = "1"
    reads: bool = False
    encoder_fake: HashingEncoder = field(default_factory=HashingEncoder)

    @property
    def status(self) -> ModelStatus:
        return ModelStatus(self.name, ModelState.READY, share=1.0, reads=self.reads)

    def counter(self) -> WordCounter:
        return WordCounter()

    def encoder(self) -> HashingEncoder:
        return self.encoder_fake

    def encoder_if_ready(self) -> HashingEncoder | None:
        return self.encoder_fake

    def reader(self) -> None:
        return None

    def load_in_background(self) -> None:
        pass

    def describe(self, space: Space) -> Space:
        encoder = self.encoder_fake
        return replace(
            space,
            model=self.name,
            revision=self.revision,
            dimension=encoder.dimension,
            query_prefix=encoder.query_prefix,
            passage_prefix=encoder.passage_prefix,
        )


class FakeModels:
    """`rag.models.embedding.registry.Models` with fakes."""

    def __init__(self) -> None:
        self.made: dict[str, FakeModel] = {}

    def embedding(self, name: str) -> FakeModel:
        return self.made.setdefault(name, FakeModel(name))


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
def library(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    """A library in a folder, working in the background, with a fake model."""
    with Library.open(tmp_path / "store", models=models) as opened:
        yield opened


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    """Puts the bytes of a PDF into a file."""

    def save(content: bytes) -> Path:
        path = tmp_path / "file.pdf"
        path.write_bytes(content)
        return path

    return save


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    of_servers = ("SERVER_URL", "SERVER_KEY", "SERVER_NAME", "SERVER_CONTEXT", "SERVERS_FILE")
    for name in ("K", "CHUNK_SIZE", "OVERLAP", "ANSWER_MODEL", "LANGUAGE", *of_servers):
        monkeypatch.delenv(f"KILDE_{name}", raising=False)
    monkeypatch.setenv("KILDE_EMBEDDING_MODEL", FAKE_MODEL)
    monkeypatch.setenv("KILDE_FIND_SERVERS", "0")  # what runs on the usual ports of this machine is none of ours
    monkeypatch.setenv("KILDE_DATA", str(tmp_path / "default-store"))


WARRANTY = """Garanti

Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder fra købsdatoen.

Reklamation

Skriv til service@example.dk inden for 14 dage. Vedlæg kvitteringen.
"""
HOLIDAY = """# Holiday rules

Every employee has 25 days of holiday a year. Unused days lapse on 31 December.

## Sick leave

Report sick leave before 9:00 to your manager.
"""


@pytest.fixture
def filled(library: Library) -> Library:
    """`library` with two indexed documents."""
    library.documents.add("garanti.txt", WARRANTY.encode())
    library.documents.add("holiday.md", HOLIDAY.encode())
    assert library.wait(20)
    return library


@pytest.fixture
def slow_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of tesseract one that never ends; `tests/sleeping.py` finds it at work."""
    program = tmp_path / "slow-tesseract"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --list-langs ] && {{ printf "List\\ndan\\neng\\n"; exit 0; }}\nexec sleep {SLEEP}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("KILDE_TESSERACT", str(program))
    return program
