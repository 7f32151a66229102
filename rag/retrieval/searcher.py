"""Searching one store by meaning and by words, under the conditions that the user and an assistant set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.core.errors import KildeError, ModelChanged, NotFound
from rag.core.text.sentences import query_words
from rag.core.timing import Stopwatch
from rag.core.types import Conditions, Hit, Notice, Scope, Space
from rag.models.embedding import priority_gate
from rag.models.embedding.registry import Models, ModelState
from rag.retrieval.coverage import Wanted, spelling
from rag.retrieval.fusion import CANDIDATES, LOOKED_AT, fuse, rerank
from rag.retrieval.relevance import with_relevance
from rag.store.protocol import Candidate, ChunkSearch, SearchStore, Vector

LEDGER_NAMES = 50
EVERYTHING = Conditions()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. hits: all candidates, best first. notice: why it was by words only, where it was.

    stems: of each word of the question that tells something, for which `words` are. vector: of the question, (d,).
    rarity: by stem, its inverse document frequency.
    """

    hits: list[Hit]
    stems: list[list[str]]
    vector: Vector | None
    notice: Notice | None
    timings_ms: dict[str, float]
    words: tuple[str, ...] = ()
    rarity: Mapping[str, float] = field(default_factory=dict)


def ranked(
    chunks: ChunkSearch,
    candidates: Sequence[Candidate],
    asked: Mapping[tuple[str, ...], str],
    rarity: Mapping[str, float],
) -> list[Hit]:
    """The candidates of a question fused, ranked and judged, best first. asked: its words, as `query_words` gives them.

    rarity: as in `Found`.
    """
    hits = fuse(candidates)
    first = hits[:LOOKED_AT]
    wanted = Wanted([*asked], rarity)
    near = chunks.neighbours([hit.chunk.id for hit in first])
    coverage, own = {}, [" ".join((*hit.chunk.heading_path, hit.chunk.text)) for hit in first]
    for hit, text in zip(first, own, strict=True):
        coverage[hit.chunk.id] = wanted.share([(text, hit.chunk.language), *near.get(hit.chunk.id, ())])
    letters = dict(zip((hit.chunk.id for hit in first), spelling(asked.values(), own), strict=True))
    return with_relevance(rerank(hits, coverage, letters))


class Searcher:
    """Searches one store. Safe to use from many threads."""

    def __init__(self, store: SearchStore, models: Models) -> None:
        self._store = store
        self._models = models

    def search(
        self,
        question: str,
        *,
        meaning: bool = True,
        documents: Collection[int] | None = None,
        conditions: Conditions = EVERYTHING,
    ) -> Found:
        """All candidates for a question, fused. meaning: False searches by words alone, and needs no model.

        documents: ids; only in these. conditions: its scope and excluded documents narrow the search; excluded passages
        are still among the candidates, and those pinned always are.
        Loads the embedding model where it is not there yet. A model that cannot be used is said in `notice`, and
        the words decide.
        """
        with priority_gate.hold():
            return self._searched(question, meaning, documents, conditions)

    def _searched(
        self, question: str, meaning: bool, documents: Collection[int] | None, conditions: Conditions
    ) -> Found:
        clock = Stopwatch()
        while True:
            searchable = self._store.chunks.searchable(conditions.scope, conditions.excluded_documents)
            space = searchable.space
            asked = query_words(question, dict.fromkeys([*searchable.languages, "da", "en"]))
            stems = [list(alternatives) for alternatives in asked]
            vector, notice = (None, None)
            if meaning and space is not None:
                vector, notice = self.embedded(question, space)
            clock.lap("embed")
            try:
                candidates = self._store.chunks.search(
                    vector,
                    stems,
                    CANDIDATES + len(conditions.excluded),
                    _intersection(searchable.documents, documents),
                    space.id if space and vector is not None else None,
                    conditions.scope.page,
                    conditions.pinned,
                )
            except NotFound:
                continue  # another space has become the active one: the vector is not of it
            clock.lap("search")
            rarity = self._store.chunks.rarity({stem for word in stems for stem in word})
            hits = ranked(self._store.chunks, candidates, asked, rarity)
            clock.lap("rank")
            return Found(hits, stems, vector, notice, clock.laps, tuple(asked.values()), rarity)

    def documents(self, conditions: Conditions, documents: Collection[int] | None) -> set[int] | None:
        """The ids of those to search in; None means all."""
        in_scope = self._store.documents.in_scope(conditions.scope, conditions.excluded_documents)
        return _intersection(in_scope, documents)

    def embedded(self, question: str, space: Space) -> tuple[Vector | None, Notice | None]:
        """The vector of a question, (d,), or why there is none. Loads the model where it is not there yet."""
        model = self._models.embedding(space.model)
        if model.status.state is ModelState.FAILED:
            return None, model.status.notice  # it is tried again after a while, not by every question
        try:
            encoder = model.encoder()
            if space.dimension and model.describe(space) != space:
                raise ModelChanged(model=space.model)
        except KildeError as error:
            return None, error.notice()
        vector: Vector = encoder.encode_queries([question])[0]
        return vector, None

    def searched_in(self, conditions: Conditions, within: Collection[int] | None, own: Scope) -> dict[str, Any]:
        """How many documents were searched, and, where not all of them, their names. within: ids, None for all.

        own: the scope of the assistant.
        """
        excluded = [self._store.documents.with_content(sha256) for sha256 in conditions.excluded_documents]
        documents = self._store.documents.all() if within is not None else []
        names = sorted(d.name for d in documents if within is not None and d.id in within)
        return {
            "count": self._store.documents.count() if within is None else len(within),
            "names": names[:LEDGER_NAMES] if conditions.scope or own else [],
            "tags": list(conditions.scope.tags),
            "page": conditions.scope.page,
            "excluded": [document.name for document in excluded if document is not None],
        }


def _intersection(in_scope: set[int] | None, documents: Collection[int] | None) -> set[int] | None:
    """Ids that are in both; None means all."""
    if documents is None:
        return in_scope
    return set(documents) if in_scope is None else in_scope.intersection(documents)
