"""Cosine similarity between the sentences of an answer and those of the passages."""

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
    """Cosines between sentences. model: the embedding model; cosines of different models are not comparable."""

    @property
    def model(self) -> str: ...

    def cosines(self, claims: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
        """For each hit (len(claims), sentences of its chunk) float32, with 0 columns if it has no vectors."""


class Embeds(Protocol):
    """The part of an encoder that is needed here."""

    def encode_passages(self, passages: Sequence[Passage]) -> Embedded: ...


@dataclass(frozen=True, slots=True)
class StoredSimilarity:
    """Compares newly embedded sentences with vectors stored during indexing.

    vectors: by chunk id, (s, d) float32, L2-normalised, of the sentences of that chunk; chunks may be missing. encoder:
    of `model`, which the vectors are from.
    """

    model: str
    encoder: Embeds
    vectors: Mapping[int, Vector]

    def cosines(self, claims: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
        # embedded as passages: both sides are statements, and the prefix of a query would make one a question
        embedded = self.encoder.encode_passages([Passage(text) for text in claims]).vectors
        cosines = []
        for hit in hits:
            vectors = self.vectors.get(hit.chunk.id)
            complete = vectors is not None and len(vectors) == len(hit.chunk.sentences)
            cosines.append(
                embedded @ vectors.T if complete and vectors is not None else np.zeros((len(claims), 0), np.float32)
            )
        return cosines
