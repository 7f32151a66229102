"""Answers a question from its sources, as a stream of events that can be stopped at any point.

A plan and a query are made for the question. Five calls follow, whose results are immutable and passed on: `retrieve`
finds the candidates, `select` picks the passages used, `judge` decides whether they answer, `quote` quotes them, and
`write` writes an answer if the plan has a language model. The result of each is recorded in the turn's trace.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from rag.answering.answerability import COMPARED, Answerability, judge
from rag.answering.router import AnswerPlan, AssistantRouter
from rag.answering.tracing import trace_of
from rag.answering.writer import Writer, WritingTask, framed
from rag.conversations.assistants import Assistants
from rag.core.events import Done, Event, Quoted, Retrieved, Working
from rag.core.i18n import say
from rag.core.settings import Settings
from rag.core.timing import Stopwatch
from rag.core.types import ROUTER, Answer, Assistant, Conditions, Space, Turn, TurnState, Verdict, WithoutEvidence
from rag.generation import quoting
from rag.generation.protocol import Exchange, Generator
from rag.models.embedding.registry import Models, ModelState
from rag.retrieval.followup import ON_ITS_OWN, FollowUp, classify
from rag.retrieval.fusion import Selection, select
from rag.retrieval.query import Query
from rag.retrieval.searcher import Searcher
from rag.store.protocol import SearchStore
from rag.store.values import Vector

EARLIER_TURNS = 3
"""Earlier turns that a model sees if the question is a follow-up."""

Vectors = Mapping[int, Vector]
"""Sentence vectors by chunk id, (s, d) float32."""


class Answering:
    """Answers questions from one store."""

    def __init__(
        self, store: SearchStore, models: Models, generator: Callable[[str], Generator], assistants: Assistants
    ) -> None:
        self._store = store
        self._models = models
        self.searcher = Searcher(store, models)
        self.router = AssistantRouter(store.documents, self.searcher, assistants)
        self.writer = Writer(store, models, generator)

    def ask(
        self,
        turn: Turn,
        settings: Settings,
        before: Sequence[Turn] = (),
        cancelled: Callable[[], bool] = lambda: False,
        documents: Collection[int] | None = None,
        assistant: Assistant | None = None,
    ) -> Iterator[Event]:
        """Answer `turn.question`. The last event is Done, with the partial result if `cancelled()`.

        before: the earlier turns of the conversation, in order. documents: ids to search in. assistant: replaces the
        one in the turn's conditions; need not be saved. Raises AssistantGone.
        """
        clock = Stopwatch()
        follow_up, space = classify(turn.question, before), self._store.spaces.active()
        yield from self._wait_for_model(space, cancelled)
        if assistant is None and turn.conditions.assistant == ROUTER:
            yield Working("choosing", {})
        encoder = self.searcher.encoder(space)
        plan = self.router.route(follow_up.searched, turn.conditions, settings, encoder, assistant)
        query = self._query(follow_up, plan.assistant, turn.conditions, documents)
        searched_in = self.searcher.searched_in(query, plan.assistant.scope)
        yield Working("searching", {"documents": searched_in.count})

        retrieval = self.searcher.retrieve(query, cancelled)
        selection = select(retrieval.hits, plan.k, turn.conditions, retrieval.avoided)
        vectors = self._sentence_vectors(selection)
        after = self._store.chunks.continued([hit.chunk.id for hit in selection.hits], quoting.READ_ON)
        known = quoting.Known(vectors, after, retrieval.readings)
        choices = quoting.choose(retrieval.question, selection.hits, known)
        first = next(iter(choices), None)
        model = retrieval.space.model if retrieval.space is not None else ""
        rarity = retrieval.rarity
        answerability = judge(retrieval.question, first, selection.hits, selection.others, rarity, known, model)
        turn = replace(
            turn,
            searched=query.searched,
            hits=selection.hits,
            notice=retrieval.notice,
            timings_ms=retrieval.timings_ms,
            trace=trace_of(plan, retrieval, selection, answerability, turn.conditions, searched_in),
        )
        yield Retrieved(turn, retrieval.hits)
        yield Working("reading", {"passages": len(selection.hits)})

        clock.lap("retrieve")
        answer = self._quote(choices, retrieval.query, answerability, plan, turn.conditions)
        turn = replace(turn, answer=answer, timings_ms={**turn.timings_ms, "quote": clock.lap("quote")})
        writes = answer.answered and plan.writes and not cancelled()
        if not writes:
            turn = replace(turn, answer=framed(answer, [plan.assistant]))
        yield Quoted(turn)
        if writes:
            examples = self.router.examples(query.searched, plan, encoder)
            conversation = _exchanges(before) if follow_up.mix != ON_ITS_OWN else ()
            task = WritingTask(turn, plan, retrieval.space, examples, conversation)
            with closing(self.writer.write(task, cancelled)) as writing:
                for event in writing:
                    if isinstance(event, Done):
                        turn = event.turn
                    else:
                        yield event
        state = TurnState.STOPPED if cancelled() else TurnState.DONE
        yield Done(replace(turn, state=state, timings_ms={**turn.timings_ms, "total": clock.total()}))

    def _wait_for_model(self, space: Space | None, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Report the loading of the embedding model until it is loaded, has failed, or is no longer awaited."""
        if space is None or not self._store.documents.count():
            return
        model = self._models.embedding(space.model)
        last: Working | None = None
        while model.encoder_if_ready() is None and not cancelled():
            model.load_in_background()
            status = model.status
            if status.state is ModelState.FAILED:
                return
            event = Working("model", {"stage": status.state.value, "share": round(status.share, 2)})
            if event != last:
                last = event
                yield event
            time.sleep(0.05)

    def _query(
        self, follow_up: FollowUp, assistant: Assistant, conditions: Conditions, documents: Collection[int] | None
    ) -> Query:
        """The query for the question; the scope of an assistant is intersected with that of the conversation."""
        avoided = assistant.preference.avoided_documents
        if avoided:
            excluded = tuple(dict.fromkeys((*conditions.excluded_documents, *avoided)))
            conditions = replace(conditions, excluded_documents=excluded)
        if assistant.scope:
            assistant_documents = self._store.documents.in_scope(assistant.scope) or set()
            documents = assistant_documents if documents is None else assistant_documents.intersection(documents)
        return self.searcher.query(follow_up.searched, conditions, documents, assistant.preference, follow_up)

    def _sentence_vectors(self, selection: Selection) -> Vectors:
        """Vectors of the passages used and of the candidates that they are compared with."""
        passages = (*selection.hits, *selection.others[: max(0, COMPARED - len(selection.hits))])
        return self._store.chunks.sentence_vectors([hit.chunk.id for hit in passages])

    def _quote(
        self,
        choices: Sequence[quoting.Choice],
        query: Query,
        answerability: Answerability,
        plan: AnswerPlan,
        conditions: Conditions,
    ) -> Answer:
        """The quotes; a refusal if the passages do not answer and the user did not ask for the nearest ones."""
        if not choices:
            return Answer(False, say(self._refusal(query), plan.language, searched=query.searched))
        quotes = tuple(map(quoting.as_sentence, choices))
        regardless = conditions.regardless or plan.assistant.without_evidence is WithoutEvidence.NEAREST
        if not (answerability.answers or regardless):
            return Answer(False, say("refusal", plan.language, searched=query.searched), (), quotes)
        text = " ".join(sentence.text for sentence in quotes)
        return Answer(True, text, quotes, quotes, doubted=not answerability.answers)

    def _refusal(self, query: Query) -> str:
        """The message for a question without any hits."""
        if not self._store.documents.count():
            return "refusal_empty"
        return "refusal" if query.documents is None or query.documents else "refusal_scope"


def _exchanges(before: Sequence[Turn]) -> tuple[Exchange, ...]:
    """The last answered turns, in the form that a model reads."""
    answered = [(turn, turn.answer) for turn in before if turn.answer is not None and turn.answer.answered]
    return tuple(
        # fixed texts and opinions of an assistant do not concern the next one
        Exchange(turn.question, " ".join(s.text for s in answer.sentences if s.verdict is not Verdict.PERSPECTIVE))
        for turn, answer in answered[-EARLIER_TURNS:]
    )
