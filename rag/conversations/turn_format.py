"""Encodes and decodes the stored JSON of a turn, which older and newer versions read, too. Pure.

Keys are those of the first version that stored them, whatever the fields are called now: a hit's `number` is stored as
"rank", its trace as "ledger", answerability as "evidence", the perspective effect as "angle". What an earlier version
did not store is decoded as "not recorded" and encoded by leaving the key out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.core.serialization import from_plain, to_plain
from rag.core.types import NO_ASSISTANT, Answer, Conditions, Hit, Notice, Place, Scope, Trace, Turn, TurnState
from rag.core.types.analysis import Influence, PerspectiveEffect, WrittenEffect
from rag.core.types.trace import (
    NO_TRACE,
    NOBODY,
    AnswerabilityTrace,
    AssistantTrace,
    CandidateTrace,
    Mix,
    PlanTrace,
    QueryTrace,
    RetrievalTrace,
    SearchedIn,
    SpaceTrace,
)
from rag.core.types.writing import GenerationTrace, PromptTrace, StepTrace, Used, WritingTrace
from rag.store.records_protocol import TurnRow

Stored = dict[str, Any]
"""An object of the stored JSON."""

_CONTENT = ("searched", "answer", "hits", "notice", "ledger", "timings_ms", "conditions")
_GENERATION = ("generator", "prompt", "used")


def turn_from(row: TurnRow) -> Turn:
    """The turn in a row of the store, written by this version or an earlier one; parts may be missing.

    Raises ValueError for any other content.
    """
    content: Stored = json.loads(row.content)
    trace = decode_trace(content.get("ledger", {}))
    hits = content.get("hits")
    ranks = {candidate.number: candidate.rank for candidate in trace.retrieval.candidates or ()}
    return Turn(
        row.id,
        row.conversation_id,
        row.ordinal,
        row.question,
        row.asked,
        TurnState(row.state),
        content.get("searched", ""),
        from_plain(Answer, content["answer"]) if content.get("answer") is not None else None,
        from_plain(tuple[Hit, ...], [_hit_fields(hit, ranks) for hit in hits]) if hits else (),
        Notice(**content["notice"]) if content.get("notice") else None,
        trace,
        content.get("timings_ms", {}),
        row.parent_id,
        _conditions_from(content.get("conditions", {})),
        row.panel_id,
    )


def content_of(turn: Turn) -> str:
    """The `content` of a turn, which complements the other columns of its row."""
    stored = encode_turn(turn)
    return json.dumps({name: stored[name] for name in _CONTENT}, ensure_ascii=False)


def encode_turn(turn: Turn) -> Stored:
    """A complete turn, for other programs."""
    stored: Stored = to_plain(replace(turn, hits=(), trace=NO_TRACE))
    stored["hits"] = [_encode_hit(hit) for hit in turn.hits]
    stored["trace"] = encode_trace(turn.trace)
    return {("ledger" if name == "trace" else name): part for name, part in stored.items()}


# scopes and conditions are decoded by hand: the first page needs them, and must not wait for the import of pydantic


def scope_from(stored: Stored) -> Scope:
    """The scope in a stored object."""
    return Scope(tuple(stored.get("documents", ())), tuple(stored.get("tags", ())), stored.get("page"))


def _conditions_from(stored: Stored) -> Conditions:
    return Conditions(
        scope_from(stored.get("scope", {})),
        tuple(Place(*place) for place in stored.get("pinned", ())),
        tuple(Place(*place) for place in stored.get("excluded", ())),
        tuple(stored.get("excluded_documents", ())),
        stored.get("regardless", False),
        stored.get("answer_model", ""),
        stored.get("assistant", NO_ASSISTANT),
        stored.get("assistant_version", 0),
    )


def encode_trace(trace: Trace) -> Stored:
    """The trace as the stored `ledger`; empty for an empty one."""
    query, plan, retrieval, writing = trace.query, trace.plan, trace.retrieval, trace.writing
    stored: Stored = {}
    if query.words is not None:
        stored["words"] = list(query.words)
    if query.stems or query.words is not None:
        stored["stems"] = to_plain(query.stems)
    if retrieval.dense_weight is not None:
        stored["dense_weight"] = retrieval.dense_weight
    recorded = retrieval.candidates is not None
    if recorded or query.earlier is not None:
        stored["earlier"] = query.earlier
    if recorded or retrieval.space != SpaceTrace():
        stored["space"] = {} if retrieval.space == SpaceTrace() else to_plain(retrieval.space)
    if trace.answerability != AnswerabilityTrace():
        stored["evidence"] = _encode_answerability(trace.answerability)
    if retrieval.candidates is not None:
        stored["candidates"] = to_plain(retrieval.candidates)
    if plan.k is not None:
        stored["k"] = plan.k
    if plan.model:
        stored["answer_model"] = plan.model
    if plan.language:
        stored["language"] = plan.language
    if plan.assistant is not None:
        stored["assistant"] = _encode_assistant(plan.assistant)
    if recorded or retrieval.favoured:
        stored["favoured"] = to_plain(retrieval.favoured)
    if recorded or retrieval.avoided:
        stored["avoided"] = to_plain(retrieval.avoided)
    if retrieval.searched_in is not None:
        stored["searched_in"] = to_plain(retrieval.searched_in)
    if recorded or query.mix is not None:
        stored["mix"] = to_plain(query.mix)
        stored["together"] = query.together or None
    if query.corrections:
        stored["corrections"] = to_plain(query.corrections)
    if retrieval.reranker:
        stored["reranker"] = retrieval.reranker
    stored |= _encode_generation(writing.generation)
    if writing.examples is not None:
        stored["examples"] = list(writing.examples)
    if writing.conversation is not None:
        stored["conversation"] = to_plain(writing.conversation)
    if writing.steps:
        stored["steps"] = [_encode_step(step) for step in writing.steps]
    if writing.judge:
        stored["judge"] = writing.judge
    if trace.perspective_effect is not None:
        stored["angle"] = _encode_effect(trace.perspective_effect)
    if trace.influence is not None:
        stored["influence"] = to_plain(trace.influence)
    if trace.partial:
        stored["partial"] = trace.partial
    return stored


def decode_trace(stored: Stored) -> Trace:
    """The trace of a stored `ledger`, of this version or an earlier one."""
    weighed_by_name = dict(stored.get("evidence") or {})
    candidates = stored.get("candidates")
    return Trace(
        QueryTrace(
            tuple(stored["words"]) if stored.get("words") is not None else None,
            tuple(tuple(word) for word in stored.get("stems") or ()),
            stored.get("earlier"),
            from_plain(Mix, stored["mix"]) if stored.get("mix") else None,
            stored.get("together") or "",
            tuple((asked, found) for asked, found in stored.get("corrections") or ()),
        ),
        PlanTrace(
            _decode_assistant(stored["assistant"]) if "assistant" in stored else None,
            stored.get("answer_model") or "",
            stored.get("language") or "",
            stored.get("k"),
        ),
        RetrievalTrace(
            stored.get("dense_weight"),
            from_plain(SpaceTrace, stored["space"]) if stored.get("space") else SpaceTrace(),
            None
            if candidates is None
            else from_plain(tuple[CandidateTrace, ...], list(map(_candidate_fields, candidates))),
            _by_rank(stored.get("favoured")),
            _by_rank(stored.get("avoided")),
            from_plain(SearchedIn, stored["searched_in"]) if stored.get("searched_in") else None,
            stored.get("reranker") or "",
        ),
        AnswerabilityTrace(
            weighed_by_name.pop("probability", None), weighed_by_name.pop("chance", None), weighed_by_name
        ),
        WritingTrace(
            _decode_generation(stored),
            tuple(stored["examples"]) if "examples" in stored else None,
            tuple((question, answer) for question, answer in stored["conversation"])
            if "conversation" in stored
            else None,
            tuple(map(_decode_step, stored.get("steps", ()))),
            stored.get("judge") or "",
        ),
        from_plain(Influence, stored["influence"]) if stored.get("influence") else None,  # type: ignore[arg-type]
        from_plain(PerspectiveEffect, stored["angle"]) if stored.get("angle") else None,  # type: ignore[arg-type]
        stored.get("partial", ""),
    )


def _encode_hit(hit: Hit) -> Stored:
    # its rank among all candidates is stored with the candidates
    stored = to_plain(hit)
    del stored["retrieved_rank"]
    return {"rank": stored.pop("number"), **stored}


def _hit_fields(stored: Stored, ranks: Mapping[int | None, int]) -> Stored:
    number = stored["rank"]
    return {**stored, "number": number, "retrieved_rank": ranks.get(number, number)}


def _encode_answerability(answerability: AnswerabilityTrace) -> Stored:
    figures = {"probability": answerability.probability, "chance": answerability.chance}
    return {**{name: figure for name, figure in figures.items() if figure is not None}, **answerability.signals}


def _encode_assistant(assistant: AssistantTrace) -> Stored | None:
    if not assistant:
        return None
    stored = to_plain(assistant)
    weighed = [{"angle": fit.pop("perspective"), **fit} for fit in stored.pop("weighed")]
    return {**stored, "routed": {"weighed": weighed} if weighed else None}


def _decode_assistant(stored: Stored | None) -> AssistantTrace:
    if not stored:
        return NOBODY
    weighed = (stored.get("routed") or {}).get("weighed", ())
    return from_plain(
        AssistantTrace, {**stored, "weighed": [{**fit, "perspective": fit.get("angle", 0.0)} for fit in weighed]}
    )


def _candidate_fields(stored: Stored) -> Stored:
    # the first version stored only whether a candidate was used; its number was its rank
    reason = stored.get("why") or ("used" if stored.get("used") else "beyond_k")
    number = stored.get("number", stored.get("rank")) if reason in ("used", "pinned") else None
    return {**stored, "why": reason, "number": number}


def _by_rank(stored: Mapping[str, Sequence[str]] | None) -> dict[int, tuple[str, ...]]:
    return {int(rank): tuple(terms) for rank, terms in (stored or {}).items()}


def _encode_generation(generation: GenerationTrace) -> Stored:
    stored = {
        "generator": to_plain(generation.generator),
        "prompt": to_plain(generation.prompt),
        "used": _encode_used(generation.used),
    }
    return {name: part for name, part in stored.items() if part}


def _encode_used(used: Used | None) -> Stored | None:
    # includes the speed, a computed property
    return None if used is None else {**to_plain(used), "tokens_per_second": used.tokens_per_second}


def _encode_effect(effect: PerspectiveEffect) -> Stored:
    stored: Stored = to_plain(effect)
    return {**stored, "used": _encode_used(effect.used)} if isinstance(effect, WrittenEffect) else stored


def _decode_generation(stored: Stored) -> GenerationTrace:
    prompt, used = stored.get("prompt"), stored.get("used")
    return GenerationTrace(
        stored.get("generator") or {},
        None if prompt is None else _decode_prompt(prompt),
        from_plain(Used, used) if used else None,
    )


def _decode_prompt(stored: Stored) -> PromptTrace:
    if "text" not in stored:  # an early version stored two messages without their length
        return PromptTrace("\n\n".join(stored[part] for part in ("system", "user") if stored.get(part)))
    left_out = stored.get("left_out")
    return from_plain(PromptTrace, {**stored, "left_out": left_out if isinstance(left_out, Mapping) else None})


def _encode_step(step: StepTrace) -> Stored:
    stored: Stored = to_plain(step) | _encode_generation(step.generation)
    del stored["generation"]
    if step.notice is None:
        del stored["notice"]
    return stored


def _decode_step(stored: Stored) -> StepTrace:
    step_fields = {name: part for name, part in stored.items() if name not in _GENERATION}
    return replace(from_plain(StepTrace, step_fields), generation=_decode_generation(stored))
