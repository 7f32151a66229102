"""The parts of an embedding model, independent of the library that loaded it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.core.errors import ModelError
from rag.models.embedding.fused_bert import FusedBert, fuse

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""Maps features to features, like modules of sentence-transformers: `input_ids`, `attention_mask`,
`token_embeddings` (b, t, h), `sentence_embedding` (b, d)."""


@dataclass(frozen=True, slots=True)
class EmbeddingPipeline:
    """tokenizer, pad: a fast tokenizer and its padding id. length: maximum tokens, including special ones.

    dimension: of a vector. prompts: by name, see `prefixes`. fused, transformer: computes the states of tokens; one
    of the two is None. later_steps: applied to these states. after_pooling: the last of them, also for sentences.
    """

    tokenizer: Tokenizer
    pad: int
    length: int
    dimension: int
    prompts: Mapping[str, str | None]
    fused: FusedBert | None
    transformer: Step | None
    later_steps: Sequence[Step]
    after_pooling: Sequence[Step]


def pipeline_of(name: str, model: SentenceTransformer) -> EmbeddingPipeline:
    """The pipeline of a model that sentence-transformers loaded. Raises ModelError if it has no fast tokenizer."""
    from sentence_transformers.sentence_transformer.modules import Pooling

    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(model=name, detail="it has no fast tokenizer")
    first, *later_steps = model.eval()
    fused = fuse(first)
    pooling = next((at for at, module in enumerate(later_steps) if isinstance(module, Pooling)), None)
    return EmbeddingPipeline(
        tokenizer=backend,
        pad=model.tokenizer.pad_token_id or 0,
        length=int(min(model.max_seq_length or 512, 1 << 20)),
        dimension=int(model.get_embedding_dimension() or 0),
        prompts=model.prompts,
        fused=fused,
        transformer=first if fused is None else None,  # FusedBert has copies of its matrices
        later_steps=later_steps,
        # the steps after pooling (normalisation, sometimes a projection) are also applied to sentences
        after_pooling=[] if pooling is None else later_steps[pooling + 1 :],
    )
