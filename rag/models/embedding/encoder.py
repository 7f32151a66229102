"""Implements `Encoder` for a model in sentence-transformers' layout, in batches on threads of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.core.errors import Cancelled, ModelUnavailable, ModelUnsafe
from rag.models import ModelSource
from rag.models.embedding.batching import batches, physical_cores, priority_gate, threads
from rag.models.embedding.bert_loader import load_bert
from rag.models.embedding.pipeline import EmbeddingPipeline, pipeline_of
from rag.models.embedding.protocol import Embedded, Passage
from rag.models.hardware import cpu_precision

if TYPE_CHECKING:
    import numpy as np
    import torch
    from tokenizers import Encoding

    from rag.models.embedding.protocol import Vectors

# what E5 was trained with: https://huggingface.co/intfloat/multilingual-e5-small and -large-instruct
E5_PREFIXES = ("query: ", "passage: ")
E5_INSTRUCT_PREFIXES = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ",
    "",
)
# torch's attention in bfloat16 took 6.7 ms for 14 texts of 146 tokens, 4.5 ms for 144 and 5.0 ms for 160
WIDTH_STEP = 16


def load_encoder(source: ModelSource, precision: Literal["bfloat16", "float32"] | None = None) -> SentenceEncoder:
    """Load a model: safetensors only, no custom code, no network. Models of the BERT family are loaded by
    `rag.models.embedding.bert_loader`, all others by sentence-transformers.

    precision: of the transformer's weights and states; None chooses the fastest on this processor. Later steps
    (pooling, normalisation) always use float32. Sets torch's number of threads to the number of physical cores that
    this process may use. Raises ModelUnsafe if the model needs custom code, ModelUnavailable if it cannot be loaded.
    """
    import torch
    from safetensors import SafetensorError

    for urgent in (True, False):
        threads(urgent)
    torch.set_num_threads(physical_cores())  # after the threads were started, as new ones would inherit this number
    dtype: torch.dtype = getattr(torch, precision or cpu_precision())
    try:
        return SentenceEncoder(source.model, load_bert(source.path, dtype) or _loaded(source, dtype))
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        if "trust_remote_code" in str(error):
            raise ModelUnsafe(model=source.model) from error
        detail = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelUnavailable(model=source.model, detail=detail) from error


def _loaded(source: ModelSource, dtype: torch.dtype) -> EmbeddingPipeline:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # its progress bars would disturb the output of the command line
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = SentenceTransformer(
        str(source.path),
        device="cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": dtype},
    )
    return pipeline_of(source.model, model)


class SentenceEncoder:
    """Encodes without locks: the model is read-only, and `tokenizers` and torch release the GIL. Queries never wait."""

    def __init__(self, name: str, pipeline: EmbeddingPipeline) -> None:
        self._loaded: EmbeddingPipeline | None = pipeline
        self._length = pipeline.length
        self.dimension = pipeline.dimension
        self.query_prefix, self.passage_prefix = prefixes(name, pipeline.prompts)
        pipeline.tokenizer.no_padding()
        pipeline.tokenizer.enable_truncation(self._length)
        room = [pipeline.tokenizer.encode(prefix).ids for prefix in (self.query_prefix, self.passage_prefix)]
        self.max_tokens = self._length - max(map(len, room))

    @property
    def is_fused(self) -> bool:
        """Whether `FusedBert` runs the model instead of transformers."""
        return self.pipeline.fused is not None

    def close(self) -> None:
        """Free the memory, even while others hold this object. Later calls raise Cancelled."""
        self._loaded = None

    @property
    def pipeline(self) -> EmbeddingPipeline:
        """The parts of the model. Raises Cancelled once it is closed."""
        if (pipeline := self._loaded) is None:
            raise Cancelled
        return pipeline

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedded([Passage(text) for text in texts], self.query_prefix, None).vectors

    def encode_passages(self, passages: Sequence[Passage], cancelled: Callable[[], bool] | None = None) -> Embedded:
        return self._embedded(passages, self.passage_prefix, cancelled)

    def _embedded(self, passages: Sequence[Passage], prefix: str, cancelled: Callable[[], bool] | None) -> Embedded:
        import numpy as np

        vectors = np.zeros((len(passages), self.dimension), np.float32)
        sentences = [np.zeros((len(passage.sentences), self.dimension), np.float32) for passage in passages]
        encodings, starts = self._tokenize(passages, prefix)

        def embed(batch: list[int]) -> None:
            import torch

            with torch.inference_mode():
                output = self._output([encodings[at].ids for at in batch])
                pooled = _normalised(output["sentence_embedding"])
                vectors[batch] = pooled.numpy()
                states = output["token_embeddings"]
                places = [_last_characters(encodings[at], starts[at]) for at in batch]
                vectors_of_batch = self._sentences(states, places, [passages[at].sentences for at in batch], pooled)
                for at, sentence_vectors in zip(batch, vectors_of_batch, strict=True):
                    sentences[at][:] = sentence_vectors

        self._run(embed, encodings, cancelled)
        return Embedded(vectors, sentences)

    def _run(
        self, embed: Callable[[list[int]], None], encodings: list[Encoding], cancelled: Callable[[], bool] | None
    ) -> None:
        working = threads(cancelled is None)
        lengths = [self._width(len(encoding.ids)) for encoding in encodings]
        tasks = (partial(embed, batch) for batch in batches(lengths, working.number))
        with priority_gate.hold() if cancelled is None else nullcontext():
            working.run(tasks, cancelled)

    def _width(self, tokens: int) -> int:
        return max(tokens, min(-(-tokens // WIDTH_STEP) * WIDTH_STEP, self._length))

    def _tokenize(self, passages: Sequence[Passage], prefix: str) -> tuple[list[Encoding], list[int]]:
        """The tokens of each passage, and the offset of its text in the tokenised string."""
        leads = [prefix + (passage.context + "\n" if passage.context else "") for passage in passages]
        tokenizer = self.pipeline.tokenizer
        encodings = tokenizer.encode_batch([lead + p.text for lead, p in zip(leads, passages, strict=True)])
        for at, passage in enumerate(passages):
            if encodings[at].overflowing and passage.context:
                leads[at] = prefix
                encodings[at] = tokenizer.encode(prefix + passage.text)
        return encodings, [len(lead) for lead in leads]

    def _output(self, rows: list[list[int]]) -> Any:
        """rows: b lists of token ids. Returns `sentence_embedding` (b, d) and `token_embeddings` (b, t, h), float32."""
        import torch

        pipeline = self.pipeline
        # a single text has no padding, and attention without a mask is faster
        width = self._width(max(map(len, rows))) if len(rows) > 1 else len(rows[0])
        ids = torch.tensor([row + [pipeline.pad] * (width - len(row)) for row in rows])  # (b, t)
        mask = torch.arange(width) < torch.tensor([[len(row)] for row in rows])
        with torch.inference_mode():
            features: dict[str, Any] = {"input_ids": ids, "attention_mask": mask.long()}
            if pipeline.fused is not None:
                features["token_embeddings"] = pipeline.fused(ids, None if bool(mask.all()) else mask)
            elif pipeline.transformer is not None:
                features = pipeline.transformer(features)
            for name, value in features.items():
                if torch.is_tensor(value) and value.dtype == torch.bfloat16:
                    features[name] = value.float()
            for module in pipeline.later_steps:
                features = module(features)
            return features

    def _sentences(
        self,
        states: torch.Tensor,
        places: list[np.ndarray[Any, np.dtype[np.int64]]],
        spans: list[tuple[Any, ...]],
        passage_vectors: torch.Tensor,
    ) -> list[Vectors]:
        """states: (b, t, h). places: b times (t_i,). passage_vectors: (b, d). b times (s_i, d), L2-normalised."""
        import torch

        counts = [len(bounds) for bounds in spans]
        if not any(counts):
            return [passage_vectors[:0].numpy()] * len(spans)
        weights = torch.zeros(len(spans), max(counts), states.shape[1])  # (b, s, t)
        for row, (characters, bounds) in enumerate(zip(places, spans, strict=True)):
            if bounds:
                at, ends = torch.from_numpy(characters), torch.tensor(bounds)  # (t_i,), (s_i, 2)
                weights[row, : len(bounds), : len(characters)] = (at >= ends[:, :1]) & (at < ends[:, 1:])
        tokens = weights.sum(dim=2, keepdim=True)
        means = torch.bmm(weights, states) / tokens.clamp(min=1)  # (b, s, h)
        features = {"sentence_embedding": means.flatten(0, 1)}
        for module in self.pipeline.after_pooling:
            features = module(features)
        pooled = _normalised(features["sentence_embedding"])
        passage_rows = passage_vectors[:, None]  # (b, 1, d)
        if pooled.shape[1] == passage_rows.shape[2]:
            selected = torch.where(tokens > 0, pooled.view(*means.shape[:2], -1), passage_rows)  # (b, s, d)
        else:  # combined pooling modes are not supported for sentences
            selected = passage_rows.expand(*means.shape[:2], -1)
        return [vectors[:count] for vectors, count in zip(selected.numpy(), counts, strict=True)]


def prefixes(name: str, prompts: Mapping[str, str | None]) -> tuple[str, str]:
    """The prefixes of queries and passages: the model's own prompts, else E5's if the name says so, or ""."""
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or ""
    if query or passage:
        return query, passage
    folder_name = Path(name).name.lower()
    if not re.search(r"(^|[-_])e5([-_]|$)", folder_name):
        return "", ""
    return E5_INSTRUCT_PREFIXES if "instruct" in folder_name else E5_PREFIXES


def _last_characters(encoding: Encoding, start: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The offset of each token's last character from `start`; negative for earlier and for empty tokens.

    The last character assigns a token to a sentence, as the first may be the space before a word.
    """
    import numpy as np

    begins, ends = np.array(encoding.offsets, np.int64).reshape(-1, 2).T
    return np.where(ends > begins, ends - 1 - start, -1)


def _normalised(vectors: torch.Tensor) -> torch.Tensor:
    from torch.nn.functional import normalize

    return normalize(vectors.float(), dim=-1)
