"""The interface of embedding models, with its parameters and results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rag.core.types import Chunk, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk to embed.

    context: document title and heading path, placed before `text` on a line of its own. It contains no sentence, and is
    left out if both together are too long. sentences: offsets in `text`.
    """

    text: str
    context: str = ""
    sentences: tuple[Span, ...] = ()


def passage_of(chunk: Chunk) -> Passage:
    """The text of a chunk that is embedded: its sentences without running titles, with its headings in front."""
    text_start = min((span.start for span in chunk.sentences), default=chunk.start)
    text_end = max((span.end for span in chunk.sentences), default=chunk.end)
    return Passage(
        chunk.text[text_start - chunk.start : text_end - chunk.start],
        " › ".join(chunk.heading_path),
        tuple(Span(span.start - text_start, span.end - text_start) for span in chunk.sentences),
    )


@dataclass(frozen=True, slots=True)
class Embedded:
    """vectors: (n, d) float32, L2-normalised. sentences: n arrays (s_i, d) float32, L2-normalised."""

    vectors: Vectors
    sentences: list[Vectors]


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
        """Vectors of queries, (n, d) float32, L2-normalised."""

    def encode_passages(self, passages: Sequence[Passage], cancelled: Callable[[], bool] | None = None) -> Embedded:
        """Vectors of the passages and of their sentences, in order.

        The vector of a sentence is the mean of its tokens' states within the passage; a sentence without tokens (cut
        off, or white space) gets the passage's vector. cancelled: called before each batch; calls with it yield to
        urgent ones. Raises Cancelled.
        """
