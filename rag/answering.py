"""From a question to an answer with its sources, as a series of events that can be stopped at any point."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

from rag.errors import KildeError, ModelChanged, NotFound
from rag.evidence import COMPARED, Evidence, Question, weigh
from rag.followup import standalone
from rag.generation import quoting
from rag.generation.protocol import Generator, Prompt, build_prompt, says_nothing
from rag.grounding import ground
from rag.holder import Models, ModelState
from rag.messages import say
from rag.retrieval import CANDIDATES, DENSE_WEIGHT, fuse
from rag.settings import Settings
from rag.stopwords import STOPWORDS
from rag.store.protocol import Vector
from rag.store.sqlite import SqliteStore
from rag.text import detect_language, query_stems, words
from rag.types import Answer, Hit, Notice, Space, Turn, TurnState

NEAR_MISSES = 5
LEDGER_CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class Working:
    """What is being done: "model", "searching", "reading" or "writing"; values fill in the sentence that says so."""

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
    """What a search came to. hits: all candidates, best first. notice: why it was by words only, where it was."""

    hits: list[Hit]
    stems: list[list[str]]
    vector: Vector | None
    notice: Notice | None
    timings_ms: dict[str, float]


class Answering:
    """Searches and answers over one store."""

    def __init__(self, store: SqliteStore, models: Models, generator: Callable[[str], Generator]) -> None:
        self._store = store
        self._models = models
        self._generator = generator

    def search(self, question: str, *, meaning: bool = True, documents: Collection[int] | None = None) -> Found:
        """All candidates for a question, fused. meaning: False searches by words alone, and needs no model.

        Loads the embedding model where it is not there yet. A model that cannot be used is said in `notice`, and
        the words decide.
        """
        clock = _Clock()
        languages = dict.fromkeys([*self._store.languages(), "da", "en"])
        stems = query_stems(question, languages)
        while True:
            space = self._store.active_space()
            vector, notice = (None, None)
            if meaning and space is not None:
                vector, notice = self._embedded(question, space)
            clock.lap("embed")
            try:
                candidates = self._store.search(
                    vector, stems, CANDIDATES, documents, space.id if space and vector is not None else None
                )
            except NotFound:
                continue  # another space has become the active one: the vector is not of it
            clock.lap("search")
            return Found(fuse(candidates), stems, vector, notice, clock.laps)

    def ask(
        self,
        turn: Turn,
        settings: Settings,
        earlier: str = "",
        cancelled: Callable[[], bool] = lambda: False,
        documents: Collection[int] | None = None,
    ) -> Iterator[Event]:
        """Answer `turn.question`; the last event is Done, also after `cancelled()`, with what there was by then.

        earlier: the previous question of the conversation as it was searched.
        """
        clock = _Clock()
        language = answer_language(turn.question)
        turn = replace(turn, searched=standalone(turn.question, earlier))
        yield from self._wait_for_model(cancelled)
        yield Working("searching", {"documents": self._store.count_documents()})
        # stopped while the model is being loaded: do not wait for it now
        found = self.search(turn.searched, meaning=not cancelled(), documents=documents)
        hits = tuple(found.hits[: settings.k])
        evidence = self._weigh(turn.searched, found, hits)
        turn = replace(
            turn,
            hits=hits,
            notice=found.notice,
            timings_ms=found.timings_ms,
            ledger=self._ledger(found, hits, evidence, settings),
        )
        yield Retrieved(turn)
        yield Working("reading", {"passages": len(hits)})
        clock.lap("found")
        answer = self._quoted(turn.searched, found, hits, evidence, language)
        turn = replace(turn, answer=answer, timings_ms={**turn.timings_ms, "quote": clock.lap("quote")})
        yield Quoted(turn)
        if answer.answered and settings.answer_model != "quoting" and not cancelled():
            writing = self._written(turn, settings.answer_model, language, cancelled)
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

    def _weigh(self, searched: str, found: Found, hits: Sequence[Hit]) -> Evidence:
        space = self._store.active_space()
        rarity = self._store.rarity({stem for word in found.stems for stem in word})
        sentences = self._store.sentence_vectors([hit.chunk.id for hit in found.hits[:COMPARED]])
        question = Question(searched, found.stems, found.vector)
        return weigh(question, hits, found.hits[len(hits) :], rarity, sentences, space.model if space else "")

    def _quoted(self, searched: str, found: Found, hits: Sequence[Hit], evidence: Evidence, language: str) -> Answer:
        if not hits:
            empty = not self._store.count_documents()
            return Answer(False, say("refusal_empty" if empty else "refusal", language, searched=searched))
        vectors = self._store.sentence_vectors([hit.chunk.id for hit in hits])
        quotes = tuple(map(quoting.as_sentence, quoting.choose(found.vector, found.stems, hits, vectors, searched)))
        if not evidence.answers or not quotes:
            return Answer(False, say("refusal", language, searched=searched), (), quotes)
        return Answer(True, " ".join(q.text for q in quotes), quotes, quotes)

    def _written(
        self, turn: Turn, model: str, language: str, cancelled: Callable[[], bool]
    ) -> GeneratorType[Event, None, None]:
        """Deltas, then Done with the grounded answer. What a failing model had written is kept."""
        assert turn.answer is not None
        began = time.perf_counter()
        prompt = build_prompt(turn.searched, turn.hits, language)
        ledger = dict(turn.ledger)

        def sent(read: Prompt) -> None:
            left_out = [hit.rank for hit in turn.hits[len(read.passages) :]]
            ledger["prompt"] = {"system": read.system, "user": read.user, "left_out": left_out}

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
        answer = written_answer(turn.answer, written, turn.hits, language)
        elapsed = round((time.perf_counter() - began) * 1000, 1)
        timings = {**turn.timings_ms, "write": elapsed}
        yield Done(replace(turn, answer=answer, notice=notice, ledger=ledger, timings_ms=timings))

    def _ledger(self, found: Found, hits: Sequence[Hit], evidence: Evidence, settings: Settings) -> dict[str, Any]:
        space = self._store.active_space()
        return {
            "stems": found.stems,
            "k": settings.k,
            "dense_weight": DENSE_WEIGHT,
            "answer_model": settings.answer_model,
            "space": {f: getattr(space, f) for f in ("model", "revision", "chunk_size", "overlap")} if space else {},
            "evidence": {
                "probability": round(evidence.probability, 4),
                **asdict(evidence.signals),
            },
            "candidates": [
                {
                    "rank": hit.rank,
                    "document": hit.document,
                    "page": hit.chunk.page,
                    "start": hit.chunk.start,
                    "end": hit.chunk.end,
                    "score": round(hit.score, 4),
                    "dense_score": hit.dense_score,
                    "dense_rank": hit.dense_rank,
                    "lexical_score": hit.lexical_score,
                    "lexical_rank": hit.lexical_rank,
                    "used": hit.rank <= len(hits),
                    # the text of near misses is kept, so that they can be shown when their document has gone
                    "text": hit.chunk.text if len(hits) < hit.rank <= len(hits) + NEAR_MISSES else None,
                }
                for hit in found.hits[:LEDGER_CANDIDATES]
            ],
        }


def written_answer(quoted: Answer, written: str, hits: Sequence[Hit], language: str) -> Answer:
    """The answer by quoting with what a model wrote above it, grounded; unchanged where it wrote nothing."""
    sentences = ground(written, hits, language)
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
