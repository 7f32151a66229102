"""Orders the first passages of a search by what the reader makes of each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.core.types import Chunk, Hit
from rag.models.embedding.protocol import passage_of
from rag.models.reader.reader import Reader, Reading

READ = 10
"""Passages that are read with the question, in a good tenth of a second on two cores."""
READING_WEIGHT = 0.5
"""The share of the reader's chance in the score of a passage that was read; the rest is the score of the search."""

Readings = Mapping[int, Reading]
"""By chunk id what the reader made of a passage."""


def read(reader: Reader, question: str, chunks: Sequence[Chunk]) -> Readings:
    """What the reader makes of some passages."""
    readings = reader.read(question, [passage_of(chunk) for chunk in chunks])
    return {chunk.id: reading for chunk, reading in zip(chunks, readings, strict=True)}


def chance(reading: Reading) -> float:
    """That a passage answers, 0..1, as the reader alone judges it."""
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, reading.relevance))))


def reordered(hits: Sequence[Hit], readings: Readings) -> list[Hit]:
    """All hits, those that were read ordered by search and reader together, with new ranks; the others behind them."""
    first = [hit for hit in hits if hit.chunk.id in readings]
    if not first:
        return list(hits)
    scored = [
        ((1.0 - READING_WEIGHT) * hit.score + READING_WEIGHT * chance(readings[hit.chunk.id]), hit) for hit in first
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1].retrieved_rank))
    least = scored[-1][0]
    scored += [(min(least, hit.score), hit) for hit in hits if hit.chunk.id not in readings]
    return [replace(hit, retrieved_rank=rank, score=score) for rank, (score, hit) in enumerate(scored, 1)]
