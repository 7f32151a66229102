"""Which sentence of a written answer rests on which span of which passage."""

from __future__ import annotations

from rag.grounding.judge import Judge, load_judge
from rag.grounding.similarity import Similar, StoredSimilarity
from rag.grounding.verdicts import ground

__all__ = ["Judge", "Similar", "StoredSimilarity", "ground", "load_judge"]
