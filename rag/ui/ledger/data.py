"""How an answer came about, as the data that the `ledger` component draws. Pure: what goes in decides what comes out.

Turns of earlier versions lack some of what is kept now: the page says so, and shows the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.influence import kind_of_answer
from rag.core.i18n import say
from rag.core.locations import headings, position, position_of
from rag.core.model_ref import QUOTING
from rag.core.types import Hit, Turn
from rag.core.types.analysis import QuotedInfluence, WrittenInfluence
from rag.core.types.trace import CandidateTrace
from rag.documents.collection import DocumentState
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.attribution_data import chain_data, router_data, who_data
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
    "threshold",
    "used",
    "who",
    "who_assistant",
    "who_perspective",
)

# what each signal is called and how it is written: as it is, as a share in percent, or as yes and no
SIGNALS = {
    "match": ("signal_match", "figure"),
    "ahead": ("signal_ahead", "figure"),
    "sentence": ("signal_sentence", "figure"),
    "outlier": ("signal_outlier", "figure"),
    "coverage": ("signal_coverage", "share"),
    "words": ("signal_words", "share"),
    "missing": ("signal_missing", "count"),
    "together": ("signal_together", "share"),
    "second": ("signal_second", "truth"),
    "lexical": ("signal_lexical", "figure"),
    "rarity": ("signal_rarity", "figure"),
}
SHARES: Mapping[str, Callable[[float], int]] = {
    "relevance": percent,
    "coverage": lambda share: round(100 * share),
    "spelling": lambda share: round(100 * share),
}
"""What a candidate was ranked and judged by beside the two searches, and how it is written, as on its card."""
STEPS = {"embed": "step_embed", "search": "step_search", "quote": "step_quote", "write": "step_write"}
OFFERS = {"written": "influence_offer_written", "quotes": "influence_offer_quotes"}
MEANINGS = {"written": "influence_said_written", "quotes": "influence_said_quotes"}
SINCE = {"changed": "since_changed", "gone": "since_gone"}
NOW = {"changed": "now_changed", "gone": "now_gone"}
WHY = {
    "used": "why_used",
    "pinned": "why_pinned",
    "beyond_k": "why_beyond_k",
    "excluded": "why_excluded",
    "avoided": "why_avoided_unknown",
}
FULL_BAR = 3.0
"""Nats (20 times less likely) that fill a bar where no passage changes more: else the least change would look great."""
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


def candidates(turn: Turn, states: Mapping[str, DocumentState], language: str) -> list[dict[str, Any]]:
    """One row a candidate, best first; `number` is that of its source where it was used, `ranks` are for the chart."""
    hits = {hit.number: hit for hit in turn.hits}
    return [
        _candidate(turn, candidate, hits.get(candidate.number or 0), states, language)
        for candidate in turn.trace.retrieval.candidates or ()
    ]


def _candidate(
    turn: Turn, candidate: CandidateTrace, hit: Hit | None, states: Mapping[str, DocumentState], language: str
) -> dict[str, Any]:
    """hit: the passage that the candidate became, None where it was not used."""
    retrieval, number, rank = turn.trace.retrieval, candidate.number, candidate.rank
    # an early version recorded content and headings with the passages used only
    sha256 = candidate.sha256 or (hit.sha256 if hit is not None else "")
    path = candidate.heading_path or (hit.chunk.heading_path if hit is not None else ())
    favoured = ", ".join(map(visible, retrieval.favoured.get(rank, ())))
    ground, ink = color(number) if number is not None else ("", "")
    shares = {name: getattr(candidate, name) for name in SHARES}
    return {
        "rank": rank,
        "number": number,
        "color": ground,
        "ink": ink,
        "read": hit is None or hit.used,
        "document": visible(candidate.document),
        "state": _became(states.get(sha256, "there"), language),
        "page": visible(position(candidate.document, candidate.page, language, heading_path=path, rows=candidate.rows)),
        "heading": " › ".join(headings(candidate.document, path)),
        "score": written_number(candidate.score, 2, language),
        "dense_rank": candidate.dense_rank,
        "dense_score": _figure(candidate.dense_score, 3, language),
        "lexical_rank": candidate.lexical_rank,
        "lexical_score": _figure(candidate.lexical_score, 2, language),
        # not recorded by earlier versions, nor of those that were not read once more
        **{name: None if share is None else SHARES[name](share) for name, share in shares.items()},
        "why": _why(turn, candidate, hit, language),
        "carried": text("why_carried", language) if candidate.carried else "",
        "favoured": text("why_favoured", language, terms=favoured) if favoured else "",
        "lacks": None if candidate.lacks is None else ", ".join(candidate.lacks),
        "text": hit.chunk.text if hit is not None else candidate.text or "",
    }


def _why(turn: Turn, candidate: CandidateTrace, hit: Hit | None, language: str) -> str:
    """Why a candidate was used or not, in words."""
    k = turn.trace.plan.k
    avoided = ", ".join(map(visible, turn.trace.retrieval.avoided.get(candidate.rank, ())))
    if candidate.why == "avoided" and avoided:
        return text("why_avoided", language, terms=avoided)
    key = "why_no_room" if hit is not None and not hit.used else WHY[candidate.why]
    return text(key, language, k=len(turn.hits) if k is None else k)


def influence(turn: Turn, measuring: Measuring | None, language: str) -> dict[str, Any]:
    """state: "none", "offer", "measuring", "failed" or "there"; `bars` are in -1..1, to be drawn from the middle.

    said: what the bars mean, or what went wrong. Each bar has its `number`, a `value` in words, and sentences.
    """
    kind = kind_of_answer(turn)
    if not kind:
        key = "influence_none_steps" if turn.trace.writing.steps else "influence_none"
        return {"state": "none", "said": text(key, language), "bars": []}
    if measuring is not None and measuring.notice is None:
        progress = text("influence_progress", language, done=measuring.done, of=measuring.of)
        return {"state": "measuring", "said": progress, "bars": [], "done": measuring.done, "of": measuring.of}
    if measuring is not None and measuring.notice is not None:
        reason = say(measuring.notice.code, language, **measuring.notice.values)
        return {"state": "failed", "said": reason, "bars": []}
    measured = turn.trace.influence
    if isinstance(measured, WrittenInfluence | QuotedInfluence) and measured.kind == kind:
        return {"state": "there", **_measured(turn, measured, language)}
    return {"state": "offer", "said": text(OFFERS[kind], language), "bars": []}


def _measured(turn: Turn, measured: WrittenInfluence | QuotedInfluence, language: str) -> dict[str, Any]:
    took = text("influence_took", language, seconds=written_number(max(measured.seconds, 0.1), 1, language))
    notes = []
    if isinstance(measured, WrittenInfluence):
        bars = _written_bars(measured, language)
    else:
        bars = _quote_bars(measured, language)
        if not measured.as_then:
            notes.append(text("influence_otherwise", language))
        if measured.by_words:
            notes.append(counted("influence_by_words", len(measured.by_words), language))
    names = {hit.number: _name_and_page(hit, language) for hit in turn.hits}
    for bar in bars:
        bar["color"], bar["ink"] = color(bar["number"])
        bar["document"] = names.get(bar["number"], "")
    meaning = text(MEANINGS[measured.kind], language)
    return {"said": meaning, "bars": bars, "took": took, "notes": notes, "both": any(bar["share"] < 0 for bar in bars)}


def _name_and_page(hit: Hit, language: str) -> str:
    return f"{visible(hit.document)} {visible(position_of(hit, language))}".rstrip()


def _written_bars(measured: WrittenInfluence, language: str) -> list[dict[str, Any]]:
    most = max(FULL_BAR, *(abs(passage.nats) for passage in measured.passages))
    bars: list[dict[str, Any]] = []
    for passage in measured.passages:
        nats, per_token = passage.nats, passage.nats / max(1, measured.tokens)
        value = text(
            "influence_nats",
            language,
            nats=_signed(-nats, 1, language),
            each=_signed(-per_token, 3, language),
        )
        if not passage.read:
            value = text("why_no_room", language)
        bars.append({"number": passage.number, "share": nats / most, "value": value, "lost": [], "instead": []})
    return bars


def _quote_bars(measured: QuotedInfluence, language: str) -> list[dict[str, Any]]:
    every = len(measured.chosen)
    return [
        {
            "number": passage.number,
            "share": len(passage.lost) / max(1, every),
            "value": text("influence_lost", language, lost=len(passage.lost), every=every)
            if passage.lost
            else text("influence_unchanged" if not passage.instead else "influence_more", language),
            "lost": list(passage.lost),
            "instead": list(passage.instead),
        }
        for passage in measured.passages
    ]


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


def _figure(value: float | None, digits: int, language: str) -> str | None:
    return None if value is None else written_number(value, digits, language)


def _signed(value: float, digits: int, language: str) -> str:
    value = round(value, digits)
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return sign + written_number(abs(value), digits, language)


def _became(state: DocumentState, language: str) -> str:
    return "" if state == "there" else text(NOW[state], language)
