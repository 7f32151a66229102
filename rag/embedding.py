"""Text to vectors: one for each chunk and one for each of its sentences, from the same forward pass.

`Encoder` is the seam: the rest of Kilde knows only it. Behind it is sentence-transformers; torch is imported by
`load_encoder` and not before. Counting tokens needs the `tokenizers` library alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.errors import Cancelled, ModelError, ModelUnavailable, ModelUnsafe
from rag.models import ModelSource
from rag.models.folder import transformer
from rag.models.machine import cpu_precision
from rag.types import Span

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding, Tokenizer

    Vectors = NDArray[np.float32]

__all__ = ["Embedded", "Encoder", "Passage", "TokenCounter", "Tokens", "load_encoder", "load_token_counter"]

# Tokens in one forward pass, padding included. With bfloat16 on two cores 1,024 were 20 % slower than 4,096, and 8,192
# slower again (they leave the cache); what is smaller lets a stop or a query through sooner.
BATCH_TOKENS = 2048
# what E5 was trained with: https://huggingface.co/intfloat/multilingual-e5-small and -large-instruct
E5_PREFIXES = ("query: ", "passage: ")
E5_INSTRUCT_PREFIXES = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ",
    "",
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as it is embedded.

    context: its document's title and heading path, put in front of `text` on a line of its own; no sentence lies in
    it, and it is left out where both together are too long. sentences: offsets in `text`.
    """

    text: str
    context: str = ""
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """vectors: (n, d) float32, L2-normalised. sentences: n arrays (s_i, d) float32, L2-normalised."""

    vectors: Vectors
    sentences: list[Vectors]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a model makes of each token of a text. states: (t, h) float32, L2-normalised.

    places: (t,) int, the offset in the text of each token's last character.
    """

    states: Vectors
    places: NDArray[np.int64]


class TokenCounter(Protocol):
    """Counts tokens of text, without prefixes and special tokens; safe from several threads at once."""

    def count(self, texts: Sequence[str]) -> list[int]: ...


class Encoder(Protocol):
    """Makes vectors; safe from several threads at once.

    dimension: d. max_tokens: of context and text together, in the `TokenCounter`'s count; more is cut off.
    """

    dimension: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, L2-normalised."""
        ...

    def encode_passages(self, passages: Sequence[Passage], cancelled: Callable[[], bool] | None = None) -> Embedded:
        """Vectors of the passages and of their sentences, in the order given.

        A sentence's vector is the mean of its tokens' states within the passage; one without tokens (cut off, or of
        white space) has the passage's vector. cancelled: asked before each batch. Raises Cancelled where it says so.
        """
        ...

    def encode_tokens(self, passages: Sequence[Passage], *, queries: bool = False) -> list[Tokens]:
        """Of each passage the tokens of its text, not those of its context. queries: encoded as questions are."""
        ...


def load_token_counter(source: ModelSource) -> TokenCounter:
    """Raises ModelUnavailable where the model has no `tokenizer.json`, or one that cannot be read."""
    from tokenizers import Tokenizer

    path = transformer(source.path) / "tokenizer.json"
    if not path.is_file():
        raise ModelUnavailable(model=source.model, detail="no tokenizer.json")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower for a file that it cannot read
        raise ModelUnavailable(model=source.model, detail=f"tokenizer.json: {error}") from error
    # a model's own settings may cut texts and fill them up, which would spoil the count
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return _Counter(tokenizer)


class _Counter:
    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(one) for one in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def load_encoder(source: ModelSource, precision: Literal["bfloat16", "float32"] | None = None) -> Encoder:
    """Loads the model with sentence-transformers: safetensors only, no code of the model's own, no network.

    precision: of the transformer's weights and states; None takes what this processor is quickest with. What comes
    after the transformer (pooling, normalising) is done in float32 either way.
    Sets torch's number of threads to that of the physical cores this process may use.
    Raises ModelUnsafe where the model needs foreign code, ModelUnavailable where its files cannot be loaded.
    """
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # its bars would be drawn between the lines of the command line
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(physical_cores())
    try:
        model = SentenceTransformer(
            str(source.path),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": getattr(torch, precision or cpu_precision())},
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        if "trust_remote_code" in str(error):
            raise ModelUnsafe(model=source.model) from error
        detail = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelUnavailable(model=source.model, detail=detail) from error
    return _SentenceTransformersEncoder(source.model, model)


class _SentenceTransformersEncoder:
    """The model is only read, and `tokenizers` and torch release the GIL: no lock, a query never waits for a batch."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        from sentence_transformers.sentence_transformer.modules import Pooling

        backend = getattr(model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ModelError(model=name, detail="it has no fast tokenizer")
        model.eval()
        self._tokenizer: Tokenizer = backend
        self._transformer, *self._rest = model
        self._pad: int = model.tokenizer.pad_token_id or 0
        pooling = next((at for at, module in enumerate(self._rest) if isinstance(module, Pooling)), None)
        # what comes after pooling (normalisation, at times a projection) is applied to sentences as well
        self._after_pooling = [] if pooling is None else self._rest[pooling + 1 :]
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.query_prefix, self.passage_prefix = prefixes(name, model.prompts)
        length = int(min(model.max_seq_length or 512, 1 << 20))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(length)
        room = [self._tokenizer.encode(prefix).ids for prefix in (self.query_prefix, self.passage_prefix)]
        self.max_tokens = length - max(map(len, room))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._run([Passage(text) for text in texts], self.query_prefix, None).vectors

    def encode_passages(self, passages: Sequence[Passage], cancelled: Callable[[], bool] | None = None) -> Embedded:
        return self._run(passages, self.passage_prefix, cancelled)

    def _run(self, passages: Sequence[Passage], prefix: str, cancelled: Callable[[], bool] | None) -> Embedded:
        import numpy as np

        vectors = np.zeros((len(passages), self.dimension), np.float32)
        sentences = [np.zeros((len(passage.sentences), self.dimension), np.float32) for passage in passages]
        encodings, starts = self._tokenize(passages, prefix)
        for batch in _batches([len(encoding.ids) for encoding in encodings]):
            if cancelled is not None and cancelled():
                raise Cancelled
            self._forward(batch, passages, encodings, starts, vectors, sentences)
        return Embedded(vectors, sentences)

    def encode_tokens(self, passages: Sequence[Passage], *, queries: bool = False) -> list[Tokens]:
        import numpy as np

        encodings, starts = self._tokenize(passages, self.query_prefix if queries else self.passage_prefix)
        tokens: dict[int, Tokens] = {}
        for batch in _batches([len(encoding.ids) for encoding in encodings]):
            output = self._output([encodings[at].ids for at in batch])
            for row, at in enumerate(batch):
                places = np.array(_last_characters(encodings[at], starts[at]), np.int64)
                states = _normalised(output["token_embeddings"][row, : len(places)]).numpy()
                tokens[at] = Tokens(states[places >= 0], places[places >= 0])
        return [tokens[at] for at in range(len(passages))]

    def _tokenize(self, passages: Sequence[Passage], prefix: str) -> tuple[list[Encoding], list[int]]:
        """The tokens of each passage, and the offset of its text in what was tokenised."""
        before = [prefix + (passage.context + "\n" if passage.context else "") for passage in passages]
        encodings = self._tokenizer.encode_batch([lead + p.text for lead, p in zip(before, passages, strict=True)])
        for at, passage in enumerate(passages):
            if encodings[at].overflowing and passage.context:
                before[at] = prefix
                encodings[at] = self._tokenizer.encode(prefix + passage.text)
        return encodings, [len(lead) for lead in before]

    def _forward(
        self,
        batch: list[int],
        passages: Sequence[Passage],
        encodings: list[Encoding],
        starts: list[int],
        vectors: Vectors,
        sentences: list[Vectors],
    ) -> None:
        import torch

        rows = [encodings[at].ids for at in batch]
        output = self._output(rows)
        with torch.inference_mode():
            pooled = _normalised(output["sentence_embedding"])
            vectors[batch] = pooled.numpy()
            for row, at in enumerate(batch):
                spans = passages[at].sentences
                if spans:
                    states = output["token_embeddings"][row, : len(rows[row])]
                    sentences[at][:] = self._sentences(states, encodings[at], spans, starts[at], pooled[row])

    def _output(self, rows: list[list[int]]) -> Any:
        """rows: b times the ids of tokens. Holds `sentence_embedding` (b, d) and `token_embeddings` (b, t, h)."""
        import torch

        width = max(map(len, rows))
        ids = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows])  # (b, t)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with torch.inference_mode():
            features = self._transformer({"input_ids": ids, "attention_mask": mask})
            for name, value in features.items():
                if torch.is_tensor(value) and value.dtype == torch.bfloat16:
                    features[name] = value.float()
            for module in self._rest:
                features = module(features)
            return features

    def _sentences(
        self, states: torch.Tensor, encoding: Encoding, spans: tuple[Span, ...], start: int, whole: torch.Tensor
    ) -> Any:
        """states: (t, h). whole: (d,), the passage's vector. Returns (s, d) float32, L2-normalised."""
        import torch

        last = torch.tensor(_last_characters(encoding, start))  # (t,)
        bounds = torch.tensor(spans)  # (s, 2)
        weights = ((last >= bounds[:, :1]) & (last < bounds[:, 1:])).to(states.dtype)  # (s, t)
        counts = weights.sum(dim=1, keepdim=True)
        features = {"sentence_embedding": weights @ states / counts.clamp(min=1)}
        for module in self._after_pooling:
            features = module(features)
        pooled = _normalised(features["sentence_embedding"])
        if pooled.shape[1] != whole.shape[0]:  # several ways of pooling side by side have no counterpart here
            return whole.expand(len(spans), -1).numpy()
        return torch.where(counts > 0, pooled, whole).numpy()


def prefixes(name: str, prompts: Mapping[str, str | None]) -> tuple[str, str]:
    """What goes in front of queries and passages: the model's own prompts, else E5's where the name says so, or ""."""
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or ""
    if query or passage:
        return query, passage
    last = Path(name).name.lower()
    if not re.search(r"(^|[-_])e5([-_]|$)", last):
        return "", ""
    return E5_INSTRUCT_PREFIXES if "instruct" in last else E5_PREFIXES


def physical_cores() -> int:
    """The physical cores that this process may use, at least 1: a second thread on one core makes torch no faster."""
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return max(1, os.cpu_count() or 1)
    cores = set()
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else str(cpu))
    return max(1, len(cores))


def _batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Indices in batches of similar length; a batch has at most `budget` tokens with its padding, or is one text."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[at] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _last_characters(encoding: Encoding, start: int) -> list[int]:
    """Of each token, counted from `start`; negative for one that is before it or has no characters.

    A token may begin with the space in front of its word, so that its last character tells where it belongs.
    """
    return [end - 1 - start if end > begin else -1 for begin, end in encoding.offsets]


def _normalised(vectors: torch.Tensor) -> torch.Tensor:
    from torch.nn.functional import normalize

    return normalize(vectors.float(), dim=-1)
