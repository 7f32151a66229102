"""From a question to an answer with its sources, as a series of events that can be stopped at any point."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

from rag.answering.answerability import COMPARED, Answerability, Question, judge
from rag.answering.router import AnswerPlan, AssistantRouter
from rag.answering.writer import Writer, framed
from rag.conversations.assistants import Assistants
from rag.core.events import Done, Event, Quoted, Retrieved, Working
from rag.core.i18n import say
from rag.core.locations import rows_of
from rag.core.settings import QUOTING, Settings
from rag.core.text.sentences import stems
from rag.core.timing import Stopwatch
from rag.core.types import ROUTER, Answer, Assistant, Conditions, Hit, Turn, TurnState, Verdict, WithoutEvidence
from rag.generation import quoting
from rag.generation.protocol import Exchange, Generator
from rag.models.embedding import Encoder
from rag.models.embedding.registry import Models, ModelState
from rag.retrieval.boosting import Preferred, prefer
from rag.retrieval.followup import GOES_ON, ON_ITS_OWN, Mix, mix, mixed, standalone
from rag.retrieval.fusion import DENSE_WEIGHT, Selection, select
from rag.retrieval.searcher import Found, Searcher
from rag.store.protocol import SearchStore

NEAR_MISSES = 5
LEDGER_CANDIDATES = 40
EARLIER_TURNS = 3
"""So many earlier turns a model is shown where a question goes on from them."""


class Answering:
    """Answers over one store."""

    def __init__(
        self, store: SearchStore, models: Models, generator: Callable[[str], Generator], assistants: Assistants
    ) -> None:
        self._store = store
        self._models = models
        self.searcher = Searcher(store, models)
        self.writer = Writer(store, models, generator)
        self.chooser = AssistantRouter(store.documents, self.searcher, assistants)

    def ask(
        self,
        turn: Turn,
        settings: Settings,
        before: Sequence[Turn] = (),
        cancelled: Callable[[], bool] = lambda: False,
        documents: Collection[int] | None = None,
        assistant: Assistant | None = None,
    ) -> Iterator[Event]:
        """Answer `turn.question`; the last event is Done, also after `cancelled()`, with what there was by then.

        before: the turns that lead to it, in order. documents: ids; only in these. assistant: one that is asked as it
        stands, kept or not, in place of the one that the turn's conditions name. Raises AssistantGone.
        """
        clock = Stopwatch()
        earlier = before[-1] if before else None
        # a question that was answered as it stands takes nothing older along
        asked_before = (earlier.searched or earlier.question) if earlier is not None else ""
        together, by = standalone(turn.question, asked_before), mix(turn.question, asked_before)
        # where the earlier question may be about something else, it helps to find but not to judge and to quote
        turn = replace(turn, searched=together if by == GOES_ON else turn.question)
        yield from self._wait_for_model(cancelled)
        if assistant is None and turn.conditions.assistant == ROUTER:
            yield Working("choosing", {})
        encoder = self._encoder()
        who = self.chooser.route(turn.searched, turn.conditions, settings, encoder, assistant)
        conditions, documents = self._narrowed(turn.conditions, who.assistant, documents)
        within = self.searcher.documents(conditions, documents)
        yield Working("searching", {"documents": self._store.documents.count() if within is None else len(within)})
        # stopped while the model is being loaded: do not wait for it now
        found = self.searcher.search(turn.searched, meaning=not cancelled(), documents=within, conditions=conditions)
        if by != ON_ITS_OWN and earlier is not None:
            other = turn.question if by == GOES_ON else together
            also = self.searcher.search(other, meaning=not cancelled(), documents=within, conditions=conditions)
            found = _mixed(found, also, by, earlier)
        preferred = prefer(found.hits, who.assistant.preference)
        found = replace(found, hits=preferred.hits)
        selection = select(found.hits, who.k, turn.conditions, preferred.avoided)
        evidence = self._weigh(turn.searched, found, selection)
        turn = replace(
            turn,
            hits=selection.hits,
            notice=found.notice,
            timings_ms=found.timings_ms,
            ledger={
                **self._ledger(turn, found, selection, evidence, earlier, preferred),
                **_of_who(who, preferred),
                "searched_in": self.searcher.searched_in(conditions, within, who.assistant.scope),
                "mix": asdict(by) if by != ON_ITS_OWN else None,
                "together": together if by != ON_ITS_OWN else None,
            },
        )
        yield Retrieved(turn, found.hits)
        yield Working("reading", {"passages": len(selection.hits)})
        clock.lap("found")
        regardless = turn.conditions.regardless or who.assistant.without_evidence is WithoutEvidence.NEAREST
        answer = self._quoted(turn, found, evidence, who.language, within, regardless)
        turn = replace(turn, answer=answer, timings_ms={**turn.timings_ms, "quote": clock.lap("quote")})
        writes = answer.answered and (who.model != QUOTING or bool(who.steps)) and not cancelled()
        if not writes:
            turn = replace(turn, answer=framed(answer, [who.assistant]))
        yield Quoted(turn)
        if writes:
            examples = self.chooser.examples(turn.searched, who, encoder)
            conversation = _exchanges(before) if by != ON_ITS_OWN else ()
            writing = self.writer.write(turn, who, settings.judge_model, examples, conversation, cancelled)
            with closing(writing):
                for event in writing:
                    if isinstance(event, Done):
                        turn = event.turn
                    else:
                        yield event
        state = TurnState.STOPPED if cancelled() else TurnState.DONE
        timings = {**turn.timings_ms, "total": clock.total()}
        yield Done(replace(turn, state=state, timings_ms=timings))

    def _narrowed(
        self, conditions: Conditions, assistant: Assistant, documents: Collection[int] | None
    ) -> tuple[Conditions, Collection[int] | None]:
        """The conditions of the search itself: an assistant with a scope searches in what lies in both."""
        avoided = assistant.preference.avoided_documents
        if avoided:
            excluded = tuple(dict.fromkeys((*conditions.excluded_documents, *avoided)))
            conditions = replace(conditions, excluded_documents=excluded)
        if not assistant.scope:
            return conditions, documents
        own = self._store.documents.in_scope(assistant.scope) or set()
        return conditions, own if documents is None else own.intersection(documents)

    def _wait_for_model(self, cancelled: Callable[[], bool]) -> Iterator[Event]:
        space = self._store.spaces.active()
        if space is None or not self._store.documents.count():
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

    def _encoder(self) -> Encoder | None:
        """The embedding model, None while it is not there."""
        space = self._store.spaces.active()
        return self._models.embedding(space.model).encoder_if_ready() if space is not None else None

    def _weigh(self, searched: str, found: Found, selection: Selection) -> Answerability:
        space = self._store.spaces.active()
        compared = (*selection.hits, *selection.others)[:COMPARED]
        sentences = self._store.chunks.sentence_vectors([hit.chunk.id for hit in compared])
        question = Question(searched, found.stems, found.vector)
        model = space.model if space else ""
        encoder = None if found.vector is None else self._encoder()
        return judge(question, selection.hits, selection.others, found.rarity, sentences, model, encoder)

    def _quoted(
        self,
        turn: Turn,
        found: Found,
        evidence: Answerability,
        language: str,
        within: Collection[int] | None,
        regardless: bool,
    ) -> Answer:
        asked, hits = turn.searched, turn.hits
        if not hits:
            nothing = "refusal"
            if not self._store.documents.count():
                nothing = "refusal_empty"
            elif within is not None and not within:
                nothing = "refusal_scope"
            return Answer(False, say(nothing, language, searched=asked))
        vectors = self._store.chunks.sentence_vectors([hit.chunk.id for hit in hits])
        quotes = tuple(map(quoting.as_sentence, quoting.choose(found.vector, found.stems, hits, vectors, asked)))
        if not quotes or not (evidence.answers or regardless):
            return Answer(False, say("refusal", language, searched=asked), (), quotes)
        return Answer(True, " ".join(q.text for q in quotes), quotes, quotes, doubted=not evidence.answers)

    def _ledger(
        self,
        turn: Turn,
        found: Found,
        selection: Selection,
        evidence: Answerability,
        earlier: Turn | None,
        preferred: Preferred,
    ) -> dict[str, Any]:
        """What `rag.ui.ledger.page` shows, as JSON: of the passages used what `turn.hits` does not say already."""
        space = self._store.spaces.active()
        numbers = {hit.chunk.id: hit.rank for hit in selection.hits}
        carried = [hit.place for hit in earlier.hits] if earlier is not None else []
        near = [hit.chunk.id for hit in selection.others[:NEAR_MISSES]]
        return {
            "words": list(found.words),
            "stems": found.stems,
            "dense_weight": DENSE_WEIGHT,
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
                    "rows": rows_of(hit.chunk),
                    "score": round(hit.score, 4),
                    "found_score": round(preferred.found_scores.get(hit.rank, hit.score), 4),
                    "dense_score": hit.dense_score,
                    "dense_rank": hit.dense_rank,
                    "lexical_score": hit.lexical_score,
                    "lexical_rank": hit.lexical_rank,
                    "coverage": hit.coverage,
                    "spelling": hit.spelling,
                    "relevance": None if hit.relevance is None else round(hit.relevance, 4),
                    "why": selection.cut.get(hit.rank, "pinned" if _is_pinned(hit, turn.conditions) else "used"),
                    "carried": any(hit.place.overlaps(place) for place in carried),
                    "lacks": _lacks(hit, found),
                    # the text of near misses is kept, so that they can be shown when their document has gone
                    "text": hit.chunk.text if hit.chunk.id in near else None,
                }
                for hit in found.hits
                if hit.rank <= LEDGER_CANDIDATES or hit.chunk.id in numbers
            ],
        }


def _of_who(who: AnswerPlan, preferred: Preferred) -> dict[str, Any]:
    """What the ledger says of the one who answers; of its preference by the rank of a candidate."""
    return {
        "k": who.k,
        "answer_model": who.model,
        "language": who.language,
        "assistant": who.plain(),
        "favoured": {str(rank): terms for rank, terms in preferred.favoured.items() if rank <= LEDGER_CANDIDATES},
        "avoided": {str(rank): terms for rank, terms in preferred.avoided.items() if rank <= LEDGER_CANDIDATES},
    }


def _exchanges(before: Sequence[Turn]) -> tuple[Exchange, ...]:
    """The last turns that were answered, as a model is shown them."""
    answered = [(turn, turn.answer) for turn in before if turn.answer is not None and turn.answer.answered]
    return tuple(
        # what an assistant said on its own behalf is none of the next one's business
        Exchange(turn.question, " ".join(s.text for s in answer.sentences if s.verdict is not Verdict.PERSPECTIVE))
        for turn, answer in answered[-EARLIER_TURNS:]
    )


def _mixed(found: Found, also: Found, by: Mix, earlier: Turn) -> Found:
    """Both searches as one; the words and the vector are those of `found`, the question as it is answered."""
    timings = {step: round(ms + also.timings_ms.get(step, 0.0), 1) for step, ms in found.timings_ms.items()}
    together, alone = (found, also) if by == GOES_ON else (also, found)
    hits = mixed(together.hits, alone.hits, by, earlier.hits)
    return replace(found, hits=hits, notice=found.notice or also.notice, timings_ms=timings)


def _is_pinned(hit: Hit, conditions: Conditions) -> bool:
    return any(hit.place.overlaps(place) for place in conditions.pinned)


def _lacks(hit: Hit, found: Found) -> list[str]:
    """The words of the question that the passage and its headings do not hold."""
    there = set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language))
    return [word for word, group in zip(found.words, found.stems, strict=True) if there.isdisjoint(group)]
