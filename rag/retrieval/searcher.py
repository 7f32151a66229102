"""Searches one store by meaning and by words, under the conditions of the user and an assistant."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from rag.core.errors import KildeError, ModelChanged, NotFound
from rag.core.text.letters import spelling
from rag.core.text.sentences import query_words, stem_of
from rag.core.timing import Stopwatch
from rag.core.types import Conditions, Hit, Notice, Preference, Scope, Space
from rag.core.types.assistants import NO_CONDITIONS, NO_PREFERENCE
from rag.core.types.trace import SearchedIn
from rag.models.embedding.batching import priority_gate
from rag.models.embedding.protocol import Encoder
from rag.models.embedding.registry import Models, ModelState
from rag.retrieval.abbreviations import other_forms
from rag.retrieval.boosting import prefer
from rag.retrieval.corrections import Corrections, SearchedChunks
from rag.retrieval.coverage import QuestionWords
from rag.retrieval.followup import GOES_ON, ON_ITS_OWN, FollowUp, mixed
from rag.retrieval.fusion import CANDIDATES, LOOKED_AT, fuse, rerank
from rag.retrieval.query import Query, Retrieval
from rag.retrieval.reading import READ, read, reordered
from rag.retrieval.references import References
from rag.retrieval.relevance import with_relevance
from rag.retrieval.reranking import Reranking, reranked
from rag.store.protocol import ChunkSearch, SearchStore
from rag.store.values import Candidate, Vector

MOST_NAMES = 50
"""The most document names recorded for a search that is limited to some documents."""


def ranked(
    chunks: ChunkSearch,
    candidates: Sequence[Candidate],
    terms: Mapping[tuple[str, ...], str],
    rarity: Mapping[str, float],
    question: str,
) -> list[Hit]:
    """The candidates of a question, fused, reranked and with their relevance, best first.

    terms: the words of the question, as `query_words` gives them. rarity: as in `Retrieval`.
    """
    hits = fuse(candidates)
    first = hits[:LOOKED_AT]
    question_words = QuestionWords([*terms], rarity)
    neighbours = chunks.neighbours([hit.chunk.id for hit in first])
    coverage, texts = {}, [" ".join((*hit.chunk.heading_path, hit.chunk.text)) for hit in first]
    for hit, text in zip(first, texts, strict=True):
        texts_nearby = [(text, hit.chunk.language), *neighbours.get(hit.chunk.id, ())]
        coverage[hit.chunk.id] = question_words.share(texts_nearby)
    letters = dict(zip((hit.chunk.id for hit in first), spelling(terms.values(), texts), strict=True))
    languages = {hit.document: hit.chunk.language for hit in hits}
    named = {name: question_words.share([(PurePath(name).stem, language)]) for name, language in languages.items()}
    references = References(question)
    referred = {hit.chunk.id: references.share(hit.chunk.text, hit.chunk.heading_path) for hit in hits}
    return with_relevance(rerank(hits, coverage, letters, named, referred))


class Searcher:
    """Searches one store. Safe to use from many threads.

    reranker: orders the first candidates of `retrieve`; None for none.
    """

    def __init__(self, store: SearchStore, models: Models, reranker: Reranking | None = None) -> None:
        self._store = store
        self._models = models
        self.reranker = reranker

    def query(
        self,
        question: str,
        conditions: Conditions = NO_CONDITIONS,
        documents: Collection[int] | None = None,
        preference: Preference = NO_PREFERENCE,
        follow_up: FollowUp | None = None,
    ) -> Query:
        """The query for a question. documents: ids to search in.

        conditions: scope and excluded documents narrow the search. Excluded passages are still candidates, and pinned
        ones always are.
        """
        searchable = self._store.chunks.searchable(conditions.scope, conditions.excluded_documents)
        languages = tuple(dict.fromkeys([*searchable.languages, "da", "en"]))
        in_scope = searchable.documents
        if documents is not None:
            in_scope = set(documents) if in_scope is None else in_scope.intersection(documents)
        return Query(
            question,
            languages,
            query_words(question, languages),
            searchable.space,
            None if in_scope is None else frozenset(in_scope),
            conditions,
            preference,
            follow_up,
        )

    def search(
        self,
        question: str,
        *,
        meaning: bool = True,
        documents: Collection[int] | None = None,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Retrieval:
        """All candidates for a question on its own. meaning: False searches by words alone, without a model."""
        query = self.query(question, conditions, documents)
        return self._read(self._search(query, question, by_meaning=meaning))

    def retrieve(self, query: Query, cancelled: Callable[[], bool] = lambda: False) -> Retrieval:
        """All candidates for a question, merged with those of a follow-up, reranked, under the assistant's preference.

        Loads the embedding model if needed. If it cannot be used, words alone decide, and `Retrieval.notice` has the
        reason. Once `cancelled()`, words alone decide, too, without waiting for a model.
        """
        retrieval = self._search(query, query.searched, by_meaning=not cancelled())
        follow_up = query.follow_up
        if follow_up is not None and follow_up.mix != ON_ITS_OWN:
            retrieval = _mixed(retrieval, self._search(query, follow_up.other, by_meaning=not cancelled()), follow_up)
        if self.reranker is not None and not cancelled():
            retrieval = reranked(retrieval, self.reranker)
        retrieval = self._read(retrieval)
        preferred = prefer(retrieval.hits, query.preference)
        return replace(
            retrieval,
            hits=preferred.hits,
            favoured=preferred.favoured,
            avoided=preferred.avoided,
            scores_before=preferred.scores_before,
        )

    def encoder(self, space: Space | None) -> Encoder | None:
        """The embedding model of a space, None while it is not loaded."""
        return None if space is None else self._models.embedding(space.model).encoder_if_ready()

    def searched_in(self, query: Query, assistant_scope: Scope) -> SearchedIn:
        """The number of documents searched and, if a scope limits them, their names."""
        conditions, documents = query.conditions, query.documents
        names: list[str] = []
        if documents is not None and (conditions.scope or assistant_scope):
            names = sorted(document.name for document in self._store.documents.all() if document.id in documents)
        excluded = [self._store.documents.with_content(sha256) for sha256 in conditions.excluded_documents]
        return SearchedIn(
            self._store.documents.count() if documents is None else len(documents),
            tuple(names[:MOST_NAMES]),
            conditions.scope.tags,
            conditions.scope.page,
            tuple(document.name for document in excluded if document is not None),
        )

    def _search(self, query: Query, text: str, *, by_meaning: bool) -> Retrieval:
        """The candidates for one text. text: `query.searched` or the text mixed in."""
        with priority_gate.hold():
            clock = Stopwatch()
            space, is_expanded = query.space, False
            vector, notice = self._embed(text, space) if by_meaning and space is not None else (None, None)
            clock.lap("embed")
            corrections = self._corrections(query, text)
            terms = _with_corrections(query.terms_of(text), corrections)
            while True:
                try:
                    candidates = self._candidates(query, terms, vector, space)
                except NotFound:  # another space has become active, and the vector belongs to the old one
                    space = self._store.spaces.active()
                    vector, notice = self._embed(text, space) if by_meaning and space is not None else (None, None)
                    continue
                expanded = terms if is_expanded else self._expanded(terms, text, candidates, query.languages)
                if expanded == terms:
                    break
                terms, is_expanded = expanded, True
            clock.lap("search")
            rarity = self._store.chunks.rarity({stem for word in terms for stem in word})
            hits = ranked(self._store.chunks, candidates, terms, rarity, text)
            clock.lap("rank")
            if text == query.searched:
                said = tuple(dict.fromkeys((one.asked, one.found) for one in corrections.values()))
                query = replace(query, terms=terms, corrections=said)
            return Retrieval(query, hits, space, vector, notice, clock.laps, rarity)

    def _candidates(
        self, query: Query, terms: Mapping[tuple[str, ...], str], vector: Vector | None, space: Space | None
    ) -> list[Candidate]:
        """Raises NotFound if the vector is not of the active space."""
        conditions = query.conditions
        return self._store.chunks.search(
            vector,
            [list(alternatives) for alternatives in terms],
            CANDIDATES + len(conditions.excluded),
            query.documents,
            space.id if space and vector is not None else None,
            conditions.scope.page,
            conditions.pinned,
        )

    def _corrections(self, query: Query, text: str) -> Corrections:
        """What words of a text are taken for that are in no document."""
        searched = SearchedChunks(self._store.chunks, query.languages, query.documents, query.conditions.scope.page)
        return searched.corrections(
            text, query.terms_of(text), lambda: [document.name for document in self._store.documents.all()]
        )

    def _read(self, retrieval: Retrieval) -> Retrieval:
        """The first passages read with the question and ordered by that, where the model has a reader."""
        space, pinned = retrieval.space, retrieval.query.conditions.pinned
        first = [
            hit
            for place, hit in enumerate(retrieval.hits)
            if place < READ or any(hit.place.overlaps(one) for one in pinned)
        ]
        reader = None if space is None or retrieval.vector is None else self._models.embedding(space.model).reader()
        if reader is None or not first:
            return retrieval
        clock = Stopwatch()
        readings = read(reader, retrieval.query.searched, [hit.chunk for hit in first])
        clock.lap("read")
        timings = {**retrieval.timings_ms, **clock.laps}
        # the user's choice of a reranker has the last word on the order
        hits = retrieval.hits if retrieval.reranker else reordered(retrieval.hits, readings)
        return replace(retrieval, hits=hits, readings=readings, timings_ms=timings)

    def _expanded(
        self,
        terms: Mapping[tuple[str, ...], str],
        text: str,
        candidates: Sequence[Candidate],
        languages: Sequence[str],
    ) -> Mapping[tuple[str, ...], str]:
        """The terms of a question; those that an abbreviation or a full form is in have the other one as alternative.

        Of a form with several words the rarest one stands for it, as alternatives are single words.
        """
        forms = other_forms(text, [candidate.chunk.text for candidate in candidates])
        if not forms:
            return terms
        added = {word: [_stems(part, languages) for form in of for part in form] for word, of in forms.items()}
        rarity = self._store.chunks.rarity({stem for of in added.values() for found in of for stem in found})
        expanded: dict[tuple[str, ...], str] = {}
        for alternatives, word in terms.items():
            more: list[str] = []
            for form in forms.get(word, ()):
                more += max((_stems(part, languages) for part in form), key=lambda found: max(rarity[s] for s in found))
            expanded[tuple(dict.fromkeys((*alternatives, *more)))] = word
        return expanded

    def _embed(self, text: str, space: Space) -> tuple[Vector | None, Notice | None]:
        """The vector of a text, (d,), or the notice why there is none. Loads the model if needed."""
        model = self._models.embedding(space.model)
        if model.status.state is ModelState.FAILED:
            return None, model.status.notice  # retried after a while, not by every question
        try:
            encoder = model.encoder()
            if space.dimension and model.describe(space) != space:
                raise ModelChanged(model=space.model)
        except KildeError as error:
            return None, error.notice()
        vector: Vector = encoder.encode_queries([text])[0]
        return vector, None


def _with_corrections(terms: Mapping[tuple[str, ...], str], corrections: Corrections) -> Mapping[tuple[str, ...], str]:
    """The terms of a question; the stems of what a word is taken for are further alternatives of it."""
    return {
        tuple(dict.fromkeys((*stems, *(corrections[stems].stems if stems in corrections else ())))): word
        for stems, word in terms.items()
    }


def _stems(word: str, languages: Sequence[str]) -> list[str]:
    return [stem for language in languages for stem in stem_of(word, language)]


def _mixed(retrieval: Retrieval, second: Retrieval, follow_up: FollowUp) -> Retrieval:
    """Both searches merged; space, vector and rarity are those of `retrieval`, for the text to be answered."""
    timings = {step: round(ms + second.timings_ms.get(step, 0.0), 1) for step, ms in retrieval.timings_ms.items()}
    together, alone = (retrieval, second) if follow_up.mix == GOES_ON else (second, retrieval)
    hits = mixed(together.hits, alone.hits, follow_up.mix, follow_up.used_before)
    return replace(retrieval, hits=hits, notice=retrieval.notice or second.notice, timings_ms=timings)
