"""Embeds text: one vector per chunk and one per sentence, from the same forward pass.

The rest of Kilde only uses the protocol `Encoder`. Its implementation is based on sentence-transformers; torch is not
imported before `load_encoder` is called. Counting tokens only needs the `tokenizers` library.
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
