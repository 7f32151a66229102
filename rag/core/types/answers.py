"""Retrieved passages, and the answers that rest on them."""

from dataclasses import dataclass
from enum import StrEnum

from rag.core.types.documents import Chunk, Place


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage and why it was retrieved.

    retrieved_rank: 1-based place among all candidates of the search. number: 1-based place among the passages used, by
    which an answer cites it and its card is numbered; 0 for a candidate that is not used.
    score: fused, 0..1.
    dense_score: cosine in -1..1, None while the chunk has no vector. lexical_score: BM25, higher is better, None
    where no word matched. dense_rank, lexical_rank: 1-based places in each list of candidates, None where it was not
    in it.
    coverage: share (0..1) of the question's words, by rarity, in the passage or right before or after it; spelling:
    of its runs of letters, in the passage; named: share of its words, by rarity, in the name of the document; reranked:
    the score (0..1) of the user's reranker, by which it was ordered; None where they were not computed. relevance: how
    likely (0..1) it is the passage looked for, see `rag.retrieval.relevance`; None in turns of earlier versions.
    used: False where a model's context had no room for it; reason: "", "pinned" or "no_room".
    document, sha256: name and hash of its document when it was retrieved: they outlive the document.
    """

    retrieved_rank: int
    chunk: Chunk
    document: str
    sha256: str
    score: float
    dense_score: float | None = None
    dense_rank: int | None = None
    lexical_score: float | None = None
    lexical_rank: int | None = None
    used: bool = True
    reason: str = ""
    coverage: float | None = None
    spelling: float | None = None
    named: float | None = None
    reranked: float | None = None
    relevance: float | None = None
    number: int = 0

    @property
    def place(self) -> Place:
        return Place(self.sha256, self.chunk.page, self.chunk.start, self.chunk.end)


@dataclass(frozen=True, slots=True)
class Citation:
    """The span of a passage that a sentence rests on. number: `Hit.number`; `quote` is exactly the page's slice."""

    number: int
    document: str
    sha256: str
    page: int
    start: int
    end: int
    quote: str


class Verdict(StrEnum):
    """What the sources say of a sentence."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    PERSPECTIVE = "perspective"  # it speaks of the perspective asked for; says nothing about the documents


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, or one quote, with what it rests on.

    under: what a quote stands under inside its passage, such as a question or the line before a list; its headings are
    those of the passage. rest: the further items of a list of which only the first ones are quoted. short: the words in
    `text` that answer, where that is sure; "" elsewhere.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verdict: Verdict = Verdict.SUPPORTED
    under: str = ""
    rest: tuple[str, ...] = ()
    short: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """answered: False means a refusal: `text` says what was looked for and `sentences` is empty.

    doubted: the documents were judged not to answer, and the user wanted what comes nearest all the same.
    quotes: the sentences by quoting. sentences: what `text` consists of: the same quotes, or a written answer, with an
    assistant's fixed texts before and after. cut_off: a written answer did not come to its end. by_model: `sentences`
    were written by a language model; False in turns of earlier versions.
    """

    answered: bool
    text: str
    sentences: tuple[Sentence, ...] = ()
    quotes: tuple[Sentence, ...] = ()
    doubted: bool = False
    cut_off: bool = False
    by_model: bool = False

    @property
    def is_written(self) -> bool:
        """Whether a language model wrote it, although it may have written just what is quoted."""
        factual = tuple(sentence for sentence in self.sentences if sentence.verdict is not Verdict.PERSPECTIVE)
        return self.by_model or (bool(self.sentences) and factual != self.quotes)
