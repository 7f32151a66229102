"""Builds the trace of an answer from the results of each stage. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rag.answering.answerability import Answerability
from rag.answering.router import AnswerPlan
from rag.conversations.assistants.matching import AssistantMatch
from rag.core.locations import rows_of
from rag.core.text.sentences import stems
from rag.core.types import Assistant, Conditions, Hit, Notice, Space, Trace
from rag.core.types.trace import (
    NOBODY,
    AnswerabilityTrace,
    AssistantTrace,
    CandidateTrace,
    PlanTrace,
    QueryTrace,
    RetrievalTrace,
    SearchedIn,
    SpaceTrace,
    WeighedAssistant,
)
from rag.core.types.writing import GenerationTrace, PromptTrace, StepTrace, Used
from rag.generation.prompts.budget import left_out
from rag.generation.protocol import Prompt, Sent
from rag.retrieval.followup import ON_ITS_OWN
from rag.retrieval.fusion import DENSE_WEIGHT, Selection
from rag.retrieval.query import Query, Retrieval

NEAR_MISSES = 5
"""Unused candidates that are recorded with their text."""
MOST_CANDIDATES = 40
"""Unused candidates that are recorded at all."""
NO_GENERATION = GenerationTrace()
MOST_WEIGHED = 6
"""Assistants weighed by the router that are recorded."""


def trace_of(
    plan: AnswerPlan,
    retrieval: Retrieval,
    selection: Selection,
    answerability: Answerability,
    conditions: Conditions,
    searched_in: SearchedIn,
) -> Trace:
    """The trace up to the passages used. conditions: as the user set them."""
    return Trace(
        _query(retrieval.query),
        PlanTrace(_assistant(plan), plan.model, plan.language, plan.k),
        RetrievalTrace(
            DENSE_WEIGHT,
            _space(retrieval.space),
            _candidates(retrieval, selection),
            _first(retrieval.favoured),
            _first(retrieval.avoided),
            searched_in,
            retrieval.reranker,
        ),
        AnswerabilityTrace(
            round(answerability.probability, 4), round(answerability.chance, 4), asdict(answerability.signals)
        ),
    )


def generation_of(
    generator: Mapping[str, Any], prompt: Prompt, prompt_sent: Sent | None, used: Used | None
) -> GenerationTrace:
    """The trace of one model call. prompt: as built; prompt_sent: as the model read it, None if it never did."""
    read = None
    if prompt_sent is not None:
        missing = left_out(prompt, prompt_sent.prompt)
        read = PromptTrace(prompt_sent.text, prompt_sent.tokens, prompt_sent.context, prompt_sent.estimated, missing)
    return GenerationTrace(generator, read, used)


def step_of(
    assistant: Assistant,
    model: str,
    draft: str,
    output: str,
    generation: GenerationTrace = NO_GENERATION,
    notice: Notice | None = None,
) -> StepTrace:
    """The trace of one step of a chain. draft: its input, "" for the first."""
    return StepTrace(
        assistant.id, assistant.version, assistant.name, assistant.icon, model, draft, output, generation, notice
    )


def _query(query: Query) -> QueryTrace:
    follow_up = query.follow_up
    if follow_up is None or follow_up.mix == ON_ITS_OWN:
        earlier = follow_up.earlier if follow_up else None
        return QueryTrace(query.words, query.stems, earlier, corrections=query.corrections)
    return QueryTrace(query.words, query.stems, follow_up.earlier, follow_up.mix, follow_up.together, query.corrections)


def _assistant(plan: AnswerPlan) -> AssistantTrace:
    assistant = plan.assistant
    if not assistant.name:
        return NOBODY
    return AssistantTrace(
        assistant.id,
        assistant.version,
        assistant.name,
        assistant.icon,
        assistant.picture,
        assistant.scenario,
        assistant.perspective,
        assistant.tone,
        tuple(map(_weighed, plan.weighed[:MOST_WEIGHED])),
    )


def _weighed(match: AssistantMatch) -> WeighedAssistant:
    assistant = match.assistant
    return WeighedAssistant(
        assistant.id,
        assistant.version,
        assistant.name,
        match.score,
        match.nearest,
        match.example,
        match.scope,
        match.perspective,
    )


def _space(space: Space | None) -> SpaceTrace:
    return SpaceTrace() if space is None else SpaceTrace(space.model, space.revision, space.chunk_size, space.overlap)


def _candidates(retrieval: Retrieval, selection: Selection) -> tuple[CandidateTrace, ...]:
    """All used candidates and the best of the others. The text of a used passage is in the turn's hits."""
    numbers = {hit.chunk.id: hit.number for hit in selection.hits}
    near = {hit.chunk.id for hit in selection.others[:NEAR_MISSES]}
    follow_up = retrieval.query.follow_up
    used_before = follow_up.used_before if follow_up is not None else ()

    pinned = {hit.chunk.id for hit in selection.hits if hit.reason == "pinned"}

    def why(hit: Hit) -> str:
        return selection.cut.get(hit.retrieved_rank, "pinned" if hit.chunk.id in pinned else "used")

    return tuple(
        CandidateTrace(
            hit.retrieved_rank,
            numbers.get(hit.chunk.id),
            hit.document,
            hit.sha256,
            hit.chunk.page,
            hit.chunk.start,
            hit.chunk.end,
            hit.chunk.heading_path,
            rows_of(hit.chunk),
            round(hit.score, 4),
            round(retrieval.scores_before.get(hit.retrieved_rank, hit.score), 4),
            hit.dense_score,
            hit.dense_rank,
            hit.lexical_score,
            hit.lexical_rank,
            hit.coverage,
            hit.spelling,
            hit.named,
            None if hit.reranked is None else round(hit.reranked, 4),
            None if hit.relevance is None else round(hit.relevance, 4),
            why(hit),
            any(hit.place.overlaps(before.place) for before in used_before),
            _lacks(hit, retrieval.query),
            hit.chunk.text if hit.chunk.id in near else None,
        )
        for hit in retrieval.hits
        if hit.retrieved_rank <= MOST_CANDIDATES or hit.chunk.id in numbers
    )


def _lacks(hit: Hit, query: Query) -> tuple[str, ...]:
    """The words of the question that are neither in the passage nor in its headings."""
    present = set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language))
    return tuple(word for word, group in zip(query.words, query.stems, strict=True) if present.isdisjoint(group))


def _first(by_rank: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    return {rank: terms for rank, terms in by_rank.items() if rank <= MOST_CANDIDATES}
