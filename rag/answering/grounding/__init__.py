"""Grounding: finds the passage span that supports each sentence of a written answer."""

from rag.answering.grounding.nli_judge import Judge, load_judge
from rag.answering.grounding.similarity import Similar, StoredSimilarity
from rag.answering.grounding.verdicts import ground

__all__ = ["Judge", "Similar", "StoredSimilarity", "ground", "load_judge"]
