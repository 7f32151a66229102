"""Quotes a turn's passages again under other conditions, with the vectors that the turn was quoted by."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.answering.grounding import Similar, StoredSimilarity
from rag.core.errors import KildeError
from rag.core.text.sentences import query_words
from rag.core.types import Hit, Sentence, Turn
from rag.generation import quoting
from rag.models.embedding.protocol import Encoder
from rag.models.embedding.registry import Models
from rag.retrieval.reading import Readings, read
from rag.store.protocol import SearchStore
from rag.store.values import Question, Vector

logger = logging.getLogger(__name__)


@dataclass
class Requoting:
    """Quotes from the passages of one turn. by_words: the numbers of those without vectors.

    question: the vector of the question, (d,). known: of the passages. similar: how near sentences are to
    those of the passages in meaning; None where there are no vectors.
    """

    turn: Turn
    question: Vector | None
    known: quoting.Known
    similar: Similar | None = None
    stems: Sequence[Sequence[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.stems = self.turn.trace.query.stems or tuple(query_words(self.turn.searched, ("da", "en")))

    @property
    def by_words(self) -> tuple[int, ...]:
        vectors = {} if self.question is None else self.known.vectors
        return tuple(hit.number for hit in self.turn.hits if hit.chunk.id not in vectors)

    def quotes(self, hits: Sequence[Hit]) -> tuple[Sentence, ...]:
        """The quotes from some of the turn's passages."""
        return quoting.quote(Question(self.turn.searched, self.stems, self.question), hits, self.known)


class Requoter:
    """Looks up in one store the vectors that a turn was quoted by."""

    def __init__(self, store: SearchStore, models: Models) -> None:
        self._store = store
        self._models = models

    def of(self, turn: Turn) -> Requoting:
        """Loads the embedding model if needed. Passages without vectors are quoted by their words alone."""
        known = self._known(turn)
        encoder = self._encoder(turn) if known.vectors else None
        if encoder is None:
            return Requoting(turn, None, known)
        question: Vector = encoder.encode_queries([turn.searched])[0]
        similar = StoredSimilarity(turn.trace.retrieval.space.model, encoder, known.vectors)
        known = replace(known, readings=self._readings(turn, known))
        return Requoting(turn, question, known, similar)

    def _known(self, turn: Turn) -> quoting.Known:
        """Of the passages whose chunks have not changed since."""
        space, searched_space = self._store.spaces.active(), turn.trace.retrieval.space
        if space is None or (space.model, space.revision) != (searched_space.model, searched_space.revision):
            return quoting.Known()
        # indexing a document again gives its chunks new ids
        chunks = {chunk.id: chunk for chunk in self._store.chunks.get([hit.chunk.id for hit in turn.hits])}
        unchanged = [
            hit.chunk.id
            for hit in turn.hits
            if (chunk := chunks.get(hit.chunk.id)) is not None
            and (chunk.page, chunk.start, chunk.text) == (hit.chunk.page, hit.chunk.start, hit.chunk.text)
        ]
        vectors = self._store.chunks.sentence_vectors(unchanged)
        return quoting.Known(vectors, self._store.chunks.continued(unchanged, quoting.READ_ON))

    def _readings(self, turn: Turn, known: quoting.Known) -> Readings:
        """Of the passages that have vectors, where the model has a reader."""
        reader = self._models.embedding(turn.trace.retrieval.space.model).reader()
        chunks = [hit.chunk for hit in turn.hits if hit.chunk.id in known.vectors]
        return {} if reader is None else read(reader, turn.searched, chunks)

    def _encoder(self, turn: Turn) -> Encoder | None:
        """The model that the turn was searched with; None where it cannot be used."""
        try:
            return self._models.embedding(turn.trace.retrieval.space.model).encoder()
        except KildeError as error:
            logger.warning("%s", error)
            return None
