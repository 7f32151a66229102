"""What large stores are made of: real chunks with their vectors, real questions, and more chunks that are like them.

Embedding a million texts would take hours, so the vectors of a large store are drawn from real ones: a real vector,
plus noise, normalised. The noise is Gaussian, with half the covariance of the differences between a real chunk and its
`NEIGHBOURS` nearest real chunks. So two chunks drawn from the same one are about as far from each other as real
neighbours are, and in the directions in which those differ: neighbours are neither clones nor random. The vectors of a
chunk's sentences are moved by the same noise.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

import apsw
import numpy as np
import numpy.typing as npt

from benchmarks.question_sets import CACHE, available, indexed
from rag.core.settings import Settings
from rag.core.types import Chunk
from rag.models.embedding.registry import LocalModels
from rag.store import rows
from rag.store.integrity import checksums

FILE = CACHE / "big" / "material-2.npz"
"""What a Kilde kept whose chunks had other columns has another name."""
NEIGHBOURS = 10
LEAST_CHUNKS = 1_000
QUESTIONS_OF_EACH_SET = 250
_BLOCK = 4096

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Material:
    """chunks: n real ones, each text once. vectors: (n, d). sentences: of each chunk (s, d) float16.

    noise: (d, d), a square root of its covariance. questions: real ones, with their vectors (q, d).
    Vectors are L2-normalised.
    """

    chunks: list[Chunk]
    vectors: Floats
    sentences: list[npt.NDArray[np.float16]]
    noise: Floats
    questions: list[str]
    question_vectors: Floats

    def drawn(self, n: int, seed: int) -> Iterator[tuple[Chunk, Floats, Floats]]:
        """n chunks like the real ones: a real chunk, a drawn vector (d,) and those of its sentences (s, d)."""
        for places, moves in self._moves(n, seed):
            vectors = normalised(self.vectors[places] + moves)
            for place, vector, move in zip(places.tolist(), vectors, moves, strict=True):
                yield self.chunks[place], vector, normalised(self.sentences[place].astype(np.float32) + move)

    def drawn_vectors(self, n: int, seed: int) -> Floats:
        """(n, d): the vectors that `drawn` gives for the same n and seed."""
        blocks = [normalised(self.vectors[places] + moves) for places, moves in self._moves(n, seed)]
        return np.concatenate(blocks)

    def _moves(self, n: int, seed: int) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
        generator = np.random.default_rng(seed)
        places = generator.integers(0, len(self.chunks), n)
        for start in range(0, n, _BLOCK):
            block = places[start : start + _BLOCK]
            yield block, generator.standard_normal((len(block), len(self.noise)), np.float32) @ self.noise


def material() -> Material:
    """The chunks of the libraries under `benchmarks/cache`, kept at the first call, so that all runs use the same.

    Where there are none yet, the question sets are indexed.
    """
    if not FILE.exists():
        _gather()
    with np.load(FILE) as kept:
        return Material(
            [rows.ChunkRow(*json.loads(row)).chunk() for row in kept["chunks"].tolist()],
            kept["vectors"],
            np.split(kept["sentences"], np.cumsum(kept["counts"])[:-1]),
            kept["noise"],
            kept["questions"].tolist(),
            kept["question_vectors"],
        )


def normalised(vectors: Floats) -> Floats:
    """Each row divided by its length."""
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def noise_of(vectors: Floats) -> Floats:
    """(d, d) float32 M, so that z @ M with z standard normal has the covariance of what the module's docstring says.

    vectors: (n, d), L2-normalised, of different texts.
    """
    d = vectors.shape[1]
    second = np.zeros((d, d))
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        cosines = block @ vectors.T
        # the nearest of all is the chunk itself
        near = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]
        differences = (vectors[near] - block[:, None]).reshape(-1, d).astype(np.float64)
        second += differences.T @ differences
    second /= 2 * len(vectors) * NEIGHBOURS  # half: two drawn chunks differ by the noise of both
    values, directions = np.linalg.eigh(second)
    root: Floats = ((directions * np.sqrt(np.maximum(values, 0))) @ directions.T).astype(np.float32)
    return root


def _gather() -> None:
    found = _chunks()
    if len(found) < LEAST_CHUNKS:
        for one in available():
            indexed(one).close()
        found = _chunks()
    chunks = [row for row, _, _ in found.values()]
    vectors = np.stack([vector for _, vector, _ in found.values()])
    sentences = [parts for _, _, parts in found.values()]
    questions = _questions()
    encoder = LocalModels(CACHE / "models").embedding(Settings().embedding_model).encoder()
    FILE.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        FILE,
        chunks=np.array([rows.to_json(row) for row in chunks]),
        vectors=vectors,
        sentences=np.concatenate(sentences),
        counts=np.array([len(parts) for parts in sentences]),
        noise=noise_of(vectors),
        questions=np.array(questions),
        question_vectors=encoder.encode_queries(questions),
    )


def _chunks() -> dict[str, tuple[list[object], Floats, npt.NDArray[np.float16]]]:
    """By text: a chunk's row, its vector and those of its sentences, from all libraries with one and the same model."""
    found: dict[str, tuple[list[object], Floats, npt.NDArray[np.float16]]] = {}
    revision = ""
    for path in sorted(CACHE.glob("*/kilde.db")):
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        space = db.execute("SELECT id, revision, dimension FROM space WHERE state = 'active'").fetchone()
        if space is None or (revision and space[1] != revision):
            continue
        revision = space[1]
        for row in db.execute(
            f"SELECT {rows.CHUNK_COLUMNS}, e.vector, e.sentences FROM chunk c JOIN embedding e ON e.chunk_id = c.id"
            " WHERE c.space_id = ? ORDER BY c.id",
            (space[0],),
        ):
            *chunk, vector, parts = row
            sentences = np.frombuffer(checksums.verify_both(chunk[9], vector, parts), np.float16).reshape(-1, space[2])
            found.setdefault(row[4], (chunk, np.frombuffer(vector, np.float32), sentences))
        db.close()
    return found


def _questions() -> list[str]:
    chosen: list[str] = []
    for questions in available():
        texts = [question.text for question in questions.questions]
        chosen += random.Random(1).sample(texts, min(QUESTIONS_OF_EACH_SET, len(texts)))
    return chosen
