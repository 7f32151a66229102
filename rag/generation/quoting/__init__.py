"""Answers by quoting verbatim the parts of the passages that answer best."""

from rag.generation.quoting.choosing import MOST_QUOTES, Choice, Known, as_sentence, choose, quote
from rag.generation.quoting.quotable import READ_ON

__all__ = ["MOST_QUOTES", "READ_ON", "Choice", "Known", "as_sentence", "choose", "quote"]
