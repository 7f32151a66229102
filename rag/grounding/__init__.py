"""Which sentence of a written answer rests on which span of which passage."""

from __future__ import annotations

from rag.grounding.verdicts import ground

__all__ = ["ground"]
