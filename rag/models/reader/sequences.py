"""Question and passage as one sequence of tokens, and where in it the question and the sentences are.

`<s> query: question </s> passage: headings, text </s>`, with the prefixes and the tokenizer of multilingual-e5-small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.models.embedding.protocol import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

LENGTH = 256
"""Most tokens of a sequence: the end of a passage is cut off."""
MOST_OF_QUESTION = 64
MOST_OF_CONTEXT = 64
"""Tokens of the headings: the outer ones are cut off."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A question with one passage. ids: t tokens.

    question: the range of its tokens, the prefix among them. text: that of the passage's text. sentences: that of each
    sentence of the passage, (0, 0) where it was cut off. characters: (n, 2) int32, where each token of `text` begins
    and ends in the passage's text.
    """

    ids: list[int]
    question: Range
    text: Range
    sentences: tuple[Range, ...]
    characters: NDArray[np.int32]


def sequences(tokenizer: Tokenizer, question: str, passages: Sequence[Passage]) -> list[Sequenced]:
    """tokenizer: with the special tokens <s> and </s>, without padding."""
    asked = tokenizer.encode(f"query: {question}")
    end = asked.ids[-1]
    head = [*asked.ids[:-1][:MOST_OF_QUESTION], end]
    contexts = tokenizer.encode_batch([f"passage: {p.context}".rstrip() for p in passages])
    texts = tokenizer.encode_batch([passage.text for passage in passages])
    return [
        _sequenced(head, end, context, text, passage)
        for context, text, passage in zip(contexts, texts, passages, strict=True)
    ]


def _sequenced(head: list[int], end: int, context: Encoding, text: Encoding, passage: Passage) -> Sequenced:
    import numpy as np

    prefix, *headings = context.ids[1:-1]
    lead = [*head, prefix, *headings[max(0, len(headings) - MOST_OF_CONTEXT) :]]
    room = LENGTH - len(lead) - 1
    words = text.ids[1:-1][:room]
    characters = np.array(text.offsets[1 : 1 + len(words)], np.int32).reshape(-1, 2)
    # the last character assigns a token to a sentence, as the first may be the space before a word
    last = characters[:, 1] - 1
    first = len(lead)
    return Sequenced(
        [*lead, *words, end],
        (1, len(head) - 1),
        (first, first + len(words)),
        tuple(_range(last, span.start, span.end, first) for span in passage.sentences),
        characters,
    )


def _range(last: Any, start: int, end: int, first: int) -> Range:
    """The tokens whose last character lies in start..end; (0, 0) where none does."""
    import numpy as np

    inside = np.flatnonzero((last >= start) & (last < end))
    return (first + int(inside[0]), first + int(inside[-1]) + 1) if len(inside) else (0, 0)
