"""Counts tokens, for which only the `tokenizers` library is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import ModelUnavailable
from rag.models import ModelSource
from rag.models.embedding.protocol import TokenCounter
from rag.models.sources.folder import transformer

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_token_counter(source: ModelSource) -> TokenCounter:
    """Load the tokenizer of a model. Raises ModelUnavailable if `tokenizer.json` is missing or unreadable."""
    path = transformer(source.path) / "tokenizer.json"
    if not path.is_file():
        raise ModelUnavailable(model=source.model, detail="no tokenizer.json")
    try:
        tokenizer = read_tokenizer(path)
    except ValueError as error:
        raise ModelUnavailable(model=source.model, detail=str(error)) from error
    # the model's settings may truncate and pad texts, which would falsify the count
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return _Counter(tokenizer)


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer file. Raises ValueError with the file's name if it is unreadable."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower for a file that it cannot read
        raise ValueError(f"{path.name}: {error}") from error


class _Counter:
    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
