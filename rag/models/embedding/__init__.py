"""Text to vectors: one for each chunk and one for each of its sentences, from the same forward pass.

`Encoder` is the seam: the rest of Kilde knows only it. Behind it is sentence-transformers; torch is imported by
`load_encoder` and not before. Counting tokens needs the `tokenizers` library alone.
"""

from __future__ import annotations

from rag.models.embedding.batching import BATCH_TOKENS, physical_cores, priority_gate
from rag.models.embedding.encoder import load_encoder, prefixes
from rag.models.embedding.protocol import Embedded, Encoder, Passage, TokenCounter, Tokens
from rag.models.embedding.token_counter import load_token_counter

__all__ = [
    "BATCH_TOKENS",
    "Embedded",
    "Encoder",
    "Passage",
    "TokenCounter",
    "Tokens",
    "load_encoder",
    "load_token_counter",
    "physical_cores",
    "prefixes",
    "priority_gate",
]
