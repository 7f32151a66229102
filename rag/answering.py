"""From a question to an answer with its sources, as a series of events that can be stopped at any point."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from rag.errors import KildeError, ModelChanged, NotFound
from rag.evidence import COMPARED, Evidence, Question, weigh
from rag.followup import GOES_ON, ON_ITS_OWN, Mix, mix, mixed, standalone
from rag.generation import quoting
from rag.generation.protocol import Generator, Sent, build_prompt, says_nothing
from rag.grounding import Judge, Similar, StoredSimilarity, ground, load_judge
from rag.holder import Models, ModelState
from rag.messages import say
from rag.retrieval import CANDIDATES, DENSE_WEIGHT, Selection, fuse, same, select
from rag.settings import QUOTING, Settings
from rag.stopwords import STOPWORDS
from rag.store.protocol import Vector
from rag.store.sqlite import SqliteStore
from rag.text import detect_language, query_words, stems, words
from rag.types import Answer, Conditions, Hit, Notice, Space, Turn, TurnState

NEAR_MISSES = 5
LEDGER_CANDIDATES = 40
LEDGER_NAMES = 50
_EVERYTHING = Conditions()


@dataclass(frozen=True, slots=True)
class Working:
    """What is being done: "model", "searching", "reading", "writing" or "checking"; values fill in the sentence."""

    stage: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages are there: `turn.hits`."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Quoted:
    """The answer by quoting, or the refusal, is there: `turn.answer`."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Delta:
    """A further piece of a written answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The turn as it is kept."""

    turn: Turn


Event = Working | Retrieved | Quoted | Delta | Done


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. hits: all candidates, best first. notice: why it was by words only, where it was.

    stems: of each word of the question that tells something, for which `words` are. vector: of the question, (d,).
    """

    hits: list[Hit]
    stems: list[list[str]]
    vector: Vector | None
    notice: Notice | None
    timings_ms: dict[str, float]
    words: tuple[str, ...] = ()


class Answering:
    """Searches and answers over one store."""

    def __init__(self, store: SqliteStore, models: Models, generator: Callable[[str], Generator]) -> None:
        self._store = store
        self._models = models
        self._generator = generator
        # one at a time in memory, and loaded at its first use
        self._judge = lru_cache(maxsize=1)(load_judge)

    def search(
        self,
        question: str,
        *,
        meaning: bool = True,
        documents: Collection[int] | None = None,
        conditions: Conditions = _EVERYTHING,
    ) -> Found:
        """All candidates for a question, fused. meaning: False searches by words alone, and needs no model.

        documents: ids; only in these. conditions: its scope and excluded documents narrow the search; excluded passages
        are still among the candidates, and those pinned always are.
        Loads the embedding model where it is not there yet. A model that cannot be used is said in `notice`, and
        the words decide.
        """
        clock = _Clock()
        languages = dict.fromkeys([*self._store.languages(), "da", "en"])
        asked = query_words(question, languages)
        stems = [list(alternatives) for alternatives in asked]
        allowed = self._documents(conditions, documents)
        while True:
            space = self._store.active_space()
            vector, notice = (None, None)
            if meaning and space is not None:
                vector, notice = self._embedded(question, space)
            clock.lap("embed")
            try:
                candidates = self._store.search(
                    vector,
                    stems,
                    CANDIDATES + len(conditions.excluded),
                    allowed,
                    space.id if space and vector is not None else None,
                    conditions.scope.page,
                    conditions.pinned,
                )
            except NotFound:
                continue  # another space has become the active one: the vector is not of it
            clock.lap("search")
            return Found(fuse(candidates), stems, vector, notice, clock.laps, tuple(asked.values()))

    def _documents(self, conditions: Conditions, documents: Collection[int] | None) -> set[int] | None:
        """The ids of those to search in; None means all."""
        allowed = self._store.documents_in(conditions.scope)
        if documents is not None:
            allowed = set(documents) if allowed is None else allowed.intersection(documents)
        if conditions.excluded_documents:
            excluded = set(conditions.excluded_documents)
            rest = {d.id for d in self._store.list_documents() if d.sha256 not in excluded}
            allowed = rest if allowed is None else allowed & rest
        return allowed

    def ask(
        self,
        turn: Turn,
        settings: Settings,
        earlier: Turn | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        documents: Collection[int] | None = None,
    ) -> Iterator[Event]:
        """Answer `turn.question`; the last event is Done, also after `cancelled()`, with what there was by then.

        earlier: the turn before in the conversation. documents: ids; only in these.
        """
        clock = _Clock()
        language = answer_language(turn.question)
        # a question that was answered as it stands takes nothing older along
        before = (earlier.searched or earlier.question) if earlier is not None else ""
        together, by = standalone(turn.question, before), mix(turn.question, before)
        # where the earlier question may be about something else, it helps to find but not to judge and to quote
        turn = replace(turn, searched=together if by == GOES_ON else turn.question)
        yield from self._wait_for_model(cancelled)
        within = self._documents(turn.conditions, documents)
        yield Working("searching", {"documents": self._store.count_documents() if within is None else len(within)})
        # stopped while the model is being loaded: do not wait for it now
        found = self.search(turn.searched, meaning=not cancelled(), documents=documents, conditions=turn.conditions)
        if by != ON_ITS_OWN and earlier is not None:
            other = turn.question if by == GOES_ON else together
            also = self.search(other, meaning=not cancelled(), documents=documents, conditions=turn.conditions)
            found = _mixed(found, also, by, earlier)
        selection = select(found.hits, settings.k, turn.conditions)
        hits = selection.hits
        evidence = self._weigh(turn.searched, found, selection)
        turn = replace(
            turn,
            hits=hits,
            notice=found.notice,
            timings_ms=found.timings_ms,
            ledger={
                **self._ledger(turn, found, selection, evidence, settings, earlier),
                "mix": asdict(by) if by != ON_ITS_OWN else None,
                "together": together if by != ON_ITS_OWN else None,
            },
        )
        yield Retrieved(turn)
        yield Working("reading", {"passages": len(hits)})
        clock.lap("found")
        answer = self._quoted(turn, found, evidence, language, within)
        turn = replace(turn, answer=answer, timings_ms={**turn.timings_ms, "quote": clock.lap("quote")})
        yield Quoted(turn)
        model = turn.conditions.answer_model or settings.answer_model
        if answer.answered and model != QUOTING and not cancelled():
            writing = self._written(turn, model, settings.judge_model, language, cancelled)
            with closing(writing):
                for event in writing:
                    if isinstance(event, Done):
                        turn = event.turn
                    else:
                        yield event
        state = TurnState.STOPPED if cancelled() else TurnState.DONE
        timings = {**turn.timings_ms, "total": clock.total()}
        yield Done(replace(turn, state=state, timings_ms=timings))

    def _wait_for_model(self, cancelled: Callable[[], bool]) -> Iterator[Event]:
        space = self._store.active_space()
        if space is None or not self._store.count_documents():
            return
        model = self._models.embedding(space.model)
        said: Working | None = None
        while model.encoder_if_ready() is None and not cancelled():
            model.load_in_background()
            status = model.status
            if status.state is ModelState.FAILED:
                return
            event = Working("model", {"stage": status.state.value, "share": round(status.share, 2)})
            if event != said:
                said = event
                yield event
            time.sleep(0.05)

    def _embedded(self, question: str, space: Space) -> tuple[Vector | None, Notice | None]:
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

    def _weigh(self, searched: str, found: Found, selection: Selection) -> Evidence:
        space = self._store.active_space()
        rarity = self._store.rarity({stem for word in found.stems for stem in word})
        compared = (*selection.hits, *selection.others)[:COMPARED]
        sentences = self._store.sentence_vectors([hit.chunk.id for hit in compared])
        question = Question(searched, found.stems, found.vector)
        model = space.model if space else ""
        encoder = None if found.vector is None else self._models.embedding(model).encoder_if_ready()
        return weigh(question, selection.hits, selection.others, rarity, sentences, model, encoder)

    def _quoted(
        self, turn: Turn, found: Found, evidence: Evidence, language: str, within: Collection[int] | None
    ) -> Answer:
        asked, hits = turn.searched, turn.hits
        if not hits:
            nothing = "refusal"
            if not self._store.count_documents():
                nothing = "refusal_empty"
            elif within is not None and not within:
                nothing = "refusal_scope"
            return Answer(False, say(nothing, language, searched=asked))
        vectors = self._store.sentence_vectors([hit.chunk.id for hit in hits])
        quotes = tuple(map(quoting.as_sentence, quoting.choose(found.vector, found.stems, hits, vectors, asked)))
        if not quotes or not (evidence.answers or turn.conditions.regardless):
            return Answer(False, say("refusal", language, searched=asked), (), quotes)
        return Answer(True, " ".join(q.text for q in quotes), quotes, quotes, doubted=not evidence.answers)

    def _written(
        self, turn: Turn, model: str, judge_model: str, language: str, cancelled: Callable[[], bool]
    ) -> GeneratorType[Event, None, None]:
        """Deltas, then Done with the grounded answer. What a failing model had written is kept."""
        assert turn.answer is not None
        began = time.perf_counter()
        prompt = build_prompt(turn.searched, turn.hits, language)
        ledger, hits = dict(turn.ledger), turn.hits

        def sent(read: Sent) -> None:
            nonlocal hits
            shown = len(read.prompt.passages)
            # the list that the user sees says what the model has read
            hits = (*hits[:shown], *(replace(hit, used=False, reason="no_room") for hit in hits[shown:]))
            ledger["prompt"] = {"text": read.text, "tokens": read.tokens, "context": read.context}

        written, notice = "", turn.notice
        try:
            generator = self._generator(model)
            yield Working("writing" if generator.is_loaded else "model", {"model": model})
            ledger["generator"] = generator.describe()
            pieces = generator.generate(prompt, cancelled, sent)
            with closing(pieces):  # type: ignore[type-var]
                for piece in pieces:
                    if not written:
                        yield Working("writing", {"model": model})
                    written += piece
                    yield Delta(piece)
        except KildeError as error:
            notice = error.notice()
        if says_nothing(written):
            notice = Notice("model_found_nothing", {"model": model})
            written = ""
        read = [hit for hit in hits if hit.used]
        judge = None
        if written and judge_model and not cancelled():
            yield Working("checking", {"model": judge_model})
            try:
                judge = self._judge(judge_model)
                ledger["judge"] = judge_model
            except KildeError as error:
                notice = error.notice()  # words, numbers and meaning decide without it
        answer = written_answer(turn.answer, written, read, language, self._similar(read), judge)
        elapsed = round((time.perf_counter() - began) * 1000, 1)
        timings = {**turn.timings_ms, "write": elapsed}
        yield Done(replace(turn, answer=answer, hits=hits, notice=notice, ledger=ledger, timings_ms=timings))

    def _similar(self, hits: Sequence[Hit]) -> Similar | None:
        """How near sentences are in meaning; None while the model is not there."""
        space = self._store.active_space()
        encoder = self._models.embedding(space.model).encoder_if_ready() if space is not None else None
        if space is None or encoder is None:
            return None
        vectors = self._store.sentence_vectors([hit.chunk.id for hit in hits])
        return StoredSimilarity(space.model, encoder, vectors)

    def _ledger(
        self,
        turn: Turn,
        found: Found,
        selection: Selection,
        evidence: Evidence,
        settings: Settings,
        earlier: Turn | None,
    ) -> dict[str, Any]:
        """What `rag.ui.ledger` shows, as JSON: of the passages used what `turn.hits` does not say already."""
        space = self._store.active_space()
        numbers = {hit.chunk.id: hit.rank for hit in selection.hits}
        carried = [hit.place for hit in earlier.hits] if earlier is not None else []
        near = [hit.chunk.id for hit in selection.others[:NEAR_MISSES]]
        return {
            "words": list(found.words),
            "stems": found.stems,
            "k": settings.k,
            "dense_weight": DENSE_WEIGHT,
            "answer_model": turn.conditions.answer_model or settings.answer_model,
            "searched_in": self._searched_in(turn.conditions),
            "earlier": earlier.id if earlier is not None else None,
            "space": {f: getattr(space, f) for f in ("model", "revision", "chunk_size", "overlap")} if space else {},
            "evidence": {
                "probability": round(evidence.probability, 4),
                **asdict(evidence.signals),
            },
            "candidates": [
                {
                    "rank": hit.rank,
                    "number": numbers.get(hit.chunk.id),
                    "document": hit.document,
                    "sha256": hit.sha256,
                    "page": hit.chunk.page,
                    "start": hit.chunk.start,
                    "end": hit.chunk.end,
                    "heading_path": list(hit.chunk.heading_path),
                    "score": round(hit.score, 4),
                    "dense_score": hit.dense_score,
                    "dense_rank": hit.dense_rank,
                    "lexical_score": hit.lexical_score,
                    "lexical_rank": hit.lexical_rank,
                    "why": selection.cut.get(hit.rank, "pinned" if _is_pinned(hit, turn.conditions) else "used"),
                    "carried": any(same(hit.place, place) for place in carried),
                    "lacks": _lacks(hit, found),
                    # the text of near misses is kept, so that they can be shown when their document has gone
                    "text": hit.chunk.text if hit.chunk.id in near else None,
                }
                for hit in found.hits
                if hit.rank <= LEDGER_CANDIDATES or hit.chunk.id in numbers
            ],
        }

    def _searched_in(self, conditions: Conditions) -> dict[str, Any]:
        """How many documents were searched, and, where not all of them, their names."""
        within = self._documents(conditions, None)
        excluded = [self._store.document_with_content(sha256) for sha256 in conditions.excluded_documents]
        documents = self._store.list_documents() if within is not None else []
        names = sorted(d.name for d in documents if within is not None and d.id in within)
        return {
            "count": self._store.count_documents() if within is None else len(within),
            "names": names[:LEDGER_NAMES] if conditions.scope else [],
            "tags": list(conditions.scope.tags),
            "page": conditions.scope.page,
            "excluded": [document.name for document in excluded if document is not None],
        }


def _mixed(found: Found, also: Found, by: Mix, earlier: Turn) -> Found:
    """Both searches as one; the words and the vector are those of `found`, the question as it is answered."""
    timings = {step: round(ms + also.timings_ms.get(step, 0.0), 1) for step, ms in found.timings_ms.items()}
    together, alone = (found, also) if by == GOES_ON else (also, found)
    hits = mixed(together.hits, alone.hits, by, earlier.hits)
    return replace(found, hits=hits, notice=found.notice or also.notice, timings_ms=timings)


def _is_pinned(hit: Hit, conditions: Conditions) -> bool:
    return any(same(hit.place, place) for place in conditions.pinned)


def _lacks(hit: Hit, found: Found) -> list[str]:
    """The words of the question that the passage and its headings do not hold."""
    there = set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language))
    return [word for word, group in zip(found.words, found.stems, strict=True) if there.isdisjoint(group)]


def written_answer(
    quoted: Answer,
    written: str,
    hits: Sequence[Hit],
    language: str,
    similar: Similar | None = None,
    judge: Judge | None = None,
) -> Answer:
    """The answer by quoting with what a model wrote above it, grounded; unchanged where it wrote nothing."""
    sentences = ground(written, hits, language, similar=similar, judge=judge)
    return replace(quoted, text=" ".join(s.text for s in sentences), sentences=sentences) if sentences else quoted


def answer_language(question: str) -> str:
    """ "da" or "en": the language Kilde says things in, for a question in any language.

    Function words decide, because a question is short for a classifier; Norwegian and Swedish read Danish.
    """
    tokens = words(question)
    danish = sum(word in STOPWORDS["da"] for word in tokens)
    english = sum(word in STOPWORDS["en"] for word in tokens)
    if danish != english:
        return "da" if danish > english else "en"
    if any(letter in question.casefold() for letter in "æøå"):
        return "da"
    return "da" if detect_language(question) in ("da", "no", "sv") else "en"


class _Clock:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> float:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 1)
        self._last = now
        return self.laps[name]

    def total(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 1)
