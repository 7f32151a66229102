"""How near the sentences of an answer are in meaning to those of the passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rag.core.types import Hit
from rag.models.embedding.protocol import Embedded, Passage
from rag.store.values import Vector

Cosines = npt.NDArray[np.float32]


class Similar(Protocol):
    """Cosines between sentences. model: the embedding model they are of; each has a scale of its own."""

    @property
    def model(self) -> str: ...

    def cosines(self, claims: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
        """For each hit (len(claims), sentences of its chunk) float32; no columns where it has no vectors."""


class Embeds(Protocol):
    """What is needed of an encoder."""

    def encode_passages(self, passages: Sequence[Passage]) -> Embedded: ...


@dataclass(frozen=True, slots=True)
class StoredSimilarity:
    """Compares sentences, embedded now, with vectors that were stored while indexing.

    vectors: by chunk id, (s, d) float32, L2-normalised, of the sentences of that chunk; one may be missing. encoder: of
    the model that made them, `model`.
    """

    model: str
    encoder: Embeds
    vectors: Mapping[int, Vector]

    def cosines(self, claims: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
        # as passages: both sides are statements, and a query's prefix would make one a question
        embedded = self.encoder.encode_passages([Passage(text) for text in claims]).vectors
        cosines = []
        for hit in hits:
            vectors = self.vectors.get(hit.chunk.id)
            whole = vectors is not None and len(vectors) == len(hit.chunk.sentences)
            cosines.append(
                embedded @ vectors.T if whole and vectors is not None else np.zeros((len(claims), 0), np.float32)
            )
        return cosines
