"""The parts of an embedding model, whichever library loaded it."""

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
"""From features to features, as modules of sentence-transformers hand them on: `input_ids`, `attention_mask`,
`token_embeddings` (b, t, h), `sentence_embedding` (b, d)."""


@dataclass(frozen=True, slots=True)
class EmbeddingPipeline:
    """tokenizer, pad: a fast one, and the id it fills up with. length: tokens that fit, special ones included.

    dimension: of a vector. prompts: by name, see `prefixes`. fused, transformer: what makes the states of tokens, one
    of the two. rest: what is made of these. after_pooling: the last steps of `rest`, for sentences as well.
    """

    tokenizer: Tokenizer
    pad: int
    length: int
    dimension: int
    prompts: Mapping[str, str | None]
    fused: FusedBert | None
    transformer: Step | None
    rest: Sequence[Step]
    after_pooling: Sequence[Step]


def pipeline_of(name: str, model: SentenceTransformer) -> EmbeddingPipeline:
    """The pipeline of a model that sentence-transformers loaded. Raises ModelError where it has no fast tokenizer."""
    from sentence_transformers.sentence_transformer.modules import Pooling

    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(model=name, detail="it has no fast tokenizer")
    first, *rest = model.eval()
    fused = fuse(first)
    pooling = next((at for at, module in enumerate(rest) if isinstance(module, Pooling)), None)
    return EmbeddingPipeline(
        tokenizer=backend,
        pad=model.tokenizer.pad_token_id or 0,
        length=int(min(model.max_seq_length or 512, 1 << 20)),
        dimension=int(model.get_embedding_dimension() or 0),
        prompts=model.prompts,
        fused=fused,
        transformer=first if fused is None else None,  # its matrices have been copied
        rest=rest,
        # what comes after pooling (normalisation, at times a projection) is applied to sentences as well
        after_pooling=[] if pooling is None else rest[pooling + 1 :],
    )
