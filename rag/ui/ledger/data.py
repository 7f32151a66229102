"""How an answer came about, as the data that the `ledger` component draws. Pure: what goes in decides what comes out.

Turns of earlier versions lack some of what is kept now: the page says so, and shows the rest.
"""

import json
from collections.abc import Mapping
from typing import Any

from rag.answering.analysis.background import Measuring
from rag.core.model_ref import QUOTING
from rag.core.types import Turn
from rag.documents.collection import DocumentState
from rag.ui.i18n import text
from rag.ui.ledger.attribution_data import chain_data, router_data, who_data
from rag.ui.ledger.candidates_data import candidates
from rag.ui.ledger.influence_data import influence
from rag.ui.ledger.model_data import no_prompt, prompt_data, used_rows
from rag.ui.ledger.story import NOT_ASKED, counted, percent, preferred, story
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

LABELS = (
    "budget",
    "by_meaning",
    "by_words",
    "cancel",
    "chain",
    "chain_input",
    "chain_output",
    "chain_prompt",
    "chain_said",
    "copied",
    "copy",
    "coverage_short",
    "filter_candidates",
    "influence",
    "influence_again",
    "influence_left_out",
    "influence_measure",
    "ledger_candidates",
    "ledger_chart",
    "ledger_conversation",
    "ledger_copy_link",
    "ledger_decision",
    "ledger_earlier",
    "ledger_examples",
    "ledger_found",
    "ledger_lacks",
    "ledger_nothing_lacks",
    "ledger_passage",
    "ledger_prompt",
    "ledger_prompt_text",
    "ledger_question",
    "ledger_scope",
    "ledger_settings",
    "ledger_signals",
    "ledger_since",
    "ledger_text",
    "ledger_threshold",
    "ledger_times",
    "ledger_why",
    "no_candidate_found",
    "not_recorded",
    "rank",
    "relevance_short",
    "router",
    "router_angle",
    "router_chosen",
    "router_example",
    "router_fit",
    "router_key_angle",
    "router_key_example",
    "router_key_scope",
    "router_scope",
    "source_number",
    "spelling_short",
    "named_short",
    "reranked_short",
    "threshold",
    "used",
    "who",
    "who_assistant",
    "who_perspective",
)

# what each signal is called and how it is written: as it is, as a share in percent, or as yes and no
SIGNALS = {
    "stands": ("signal_stands", "share"),
    "share": ("signal_share", "figure"),
    "leads": ("signal_leads", "truth"),
    "holds": ("signal_holds", "figure"),
    "count": ("signal_count", "count"),
    "best": ("signal_best", "figure"),
    "relevance": ("signal_relevance", "figure"),
    "sentence": ("signal_sentence", "figure"),
    # of earlier versions alone
    "match": ("signal_match", "figure"),
    "ahead": ("signal_ahead", "figure"),
    "outlier": ("signal_outlier", "figure"),
    "coverage": ("signal_coverage", "share"),
    "words": ("signal_words", "share"),
    "missing": ("signal_missing", "count"),
    "together": ("signal_together", "share"),
    "second": ("signal_second", "truth"),
    "lexical": ("signal_lexical", "figure"),
    "rarity": ("signal_rarity", "figure"),
}
STEPS = {
    "embed": "step_embed",
    "search": "step_search",
    "rank": "step_rank",
    "quote": "step_quote",
    "write": "step_write",
}
SINCE = {"changed": "since_changed", "gone": "since_gone"}
_ALL_THERE: Mapping[str, DocumentState] = {}


def ledger_data(
    turn: Turn,
    *,
    language: str,
    asked: str = "",
    states: Mapping[str, DocumentState] = _ALL_THERE,
    earlier: Turn | None = None,
    measuring: Measuring | None = None,
) -> dict[str, Any]:
    """What the component draws for `turn`.

    asked: when, in words. states: by SHA-256 whether a document is there, changed or gone; without it: there.
    earlier: the turn before, where that is still there. measuring: of the influence of the passages, under way or
    failed.
    """
    return {
        "labels": {key: text(key, language) for key in LABELS},
        "language": language,
        "turn": {"id": turn.id, "question": turn.question, "asked": asked},
        "story": story(turn, language),
        "who": who_data(turn, language),
        "router": router_data(turn, language),
        "chain": chain_data(turn, language),
        "since": _since(turn, states, language),
        "question": _question(turn, earlier, language),
        "scope": _scope(turn, language),
        "preferred": " ".join(preferred(turn, language)),
        "candidates": candidates(turn, states, language),
        "decision": _decision(turn, language),
        "prompt": _prompt(turn, language),
        "used": used_rows(turn.trace.writing.generation.used, language),
        "settings": _settings(turn, language),
        "times": _times(turn, language),
        "influence": influence(turn, measuring, language),
    }


def _since(turn: Turn, states: Mapping[str, DocumentState], language: str) -> list[str]:
    """What became of the documents whose passages were used."""
    documents = {hit.sha256: visible(hit.document) for hit in turn.hits}
    return [
        text(SINCE[state], language, name=name)
        for sha256, name in documents.items()
        if (state := states.get(sha256, "there")) != "there"
    ]


def _question(turn: Turn, earlier: Turn | None, language: str) -> dict[str, Any]:
    query = turn.trace.query
    rows = [[text("ledger_as_asked", language), turn.question]]
    if turn.searched:
        rows.append([text("ledger_as_searched", language), turn.searched])
    if query.mix is not None:
        share = f"{round(query.mix.alone * 100)} %"
        other = turn.question if turn.searched != turn.question else query.together
        rows.append([text("ledger_together", language), other])
        rows.append([text("ledger_alone", language), text("ledger_alone_share", language, share=share)])
    words = text("not_recorded", language) if query.words is None else ", ".join(query.words)
    rows.append([text("ledger_words", language), words])
    if query.corrections:
        corrected = ", ".join(f"{asked} → {found}" for asked, found in query.corrections)
        rows.append([text("ledger_corrected", language), visible(corrected)])
    before = None
    if query.earlier is not None and turn.searched != turn.question:
        gone = text("ledger_earlier_gone", language)
        before = {"id": earlier.id, "question": earlier.question} if earlier else {"id": None, "question": gone}
    return {"rows": rows, "earlier": before}


def _scope(turn: Turn, language: str) -> list[list[str]]:
    searched_in = turn.trace.retrieval.searched_in
    if searched_in is None:
        return [[text("ledger_documents", language), text("not_recorded", language)]]
    rows = [[text("ledger_documents", language), counted("ledger_document_count", searched_in.count, language)]]
    if searched_in.names:
        more = searched_in.count - len(searched_in.names)
        names = [visible(name) for name in searched_in.names]
        rows[0][1] += ": " + ", ".join([*names, *([f"… (+{more})"] if more > 0 else [])])
    if searched_in.tags:
        rows.append([text("ledger_tags", language), ", ".join(map(visible, searched_in.tags))])
    if searched_in.page:
        rows.append([text("ledger_page_only", language), str(searched_in.page)])
    if searched_in.excluded:
        rows.append([text("ledger_excluded_documents", language), ", ".join(map(visible, searched_in.excluded))])
    for name, key in (("pinned", "ledger_pinned"), ("excluded", "ledger_excluded")):
        if count := len(getattr(turn.conditions, name)):
            rows.append([text(key, language), str(count)])
    return rows


def _decision(turn: Turn, language: str) -> dict[str, Any]:
    answerability = turn.trace.answerability
    probability = answerability.probability
    if probability is None:
        return {"share": None, "value": text("not_recorded", language), "signals": []}
    signals = []
    if answerability.chance is not None:
        signals.append([text("ledger_chance", language), f"{percent(answerability.chance)} %"])
    for name, value in answerability.signals.items():
        key, form = SIGNALS.get(name, ("", "figure"))
        # another version may weigh others; the name of a signal is better than nothing
        signals.append([text(key, language) if key else name, _signal(value, form, language)])
    return {"share": probability, "value": f"{percent(probability)} %", "signals": signals}


def _signal(value: float | None, form: str, language: str) -> str:
    if value is None:
        return text("signal_without", language)
    if form == "share":
        return f"{round(100 * value)} %"
    if form == "truth":
        return text("yes" if value else "no", language)
    return written_number(value, 0 if form == "count" else 2, language)


def _prompt(turn: Turn, language: str) -> dict[str, Any]:
    """The prompt of the assistant's own model, or why there is none."""
    writing, model = turn.trace.writing, turn.trace.plan.model
    if writing.generation.prompt is not None:
        return prompt_data(writing.generation, language, writing)
    answered = turn.answer is not None and turn.answer.is_written and not writing.steps
    return no_prompt(text("not_recorded" if model not in ("", QUOTING) and answered else NOT_ASKED, language))


def _settings(turn: Turn, language: str) -> list[list[str]]:
    plan, retrieval = turn.trace.plan, turn.trace.retrieval
    space = retrieval.space
    unknown = text("not_recorded", language)

    def known(value: str | int | None) -> str:
        return unknown if value in (None, "") else visible(str(value))

    model = text("quoting_choice", language) if plan.model == QUOTING else known(plan.model)
    rows = [[text("answer_model", language), model]]
    generator = turn.trace.writing.generation.generator
    settings = [f"{name}: {_plain(value)}" for name, value in generator.items() if name != "model"]
    if settings:
        rows.append([text("ledger_generator", language), visible(" · ".join(settings))])
    revision = f" ({visible(space.revision[:12])})" if space.revision else ""
    rows.append([text("embedding_model", language), known(space.model) + revision])
    rows.append([text("chunk_size", language), known(space.chunk_size)])
    rows.append([text("overlap", language), known(space.overlap)])
    rows.append([text("k", language), known(plan.k)])
    if retrieval.dense_weight is not None:
        meaning = round(100 * retrieval.dense_weight)
        rows.append(
            [text("ledger_weights", language), text("ledger_weight", language, meaning=meaning, words=100 - meaning)]
        )
    return rows


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _times(turn: Turn, language: str) -> list[dict[str, Any]]:
    """Each step and, where they do not make up the whole, the rest; share: of the whole, 0..1."""
    timings = {name: ms for name, ms in turn.timings_ms.items() if name != "total"}
    total = turn.timings_ms.get("total", sum(timings.values()))
    if total <= 0:
        return []
    steps = [(text(STEPS[name], language) if name in STEPS else name, ms) for name, ms in timings.items()]
    if (rest := total - sum(timings.values())) >= 1:
        steps.append((text("step_rest", language), rest))
    times = [(name, ms, ms / total) for name, ms in steps]
    return [
        {"name": name, "value": _milliseconds(ms, language), "share": round(share, 4)}
        for name, ms, share in [*times, (text("step_total", language), total, 1.0)]
    ]


def _milliseconds(ms: float, language: str) -> str:
    return f"{written_number(ms / 1000, 1, language)} s" if ms >= 1000 else f"{max(1, round(ms))} ms"
