"""How an answer came about, as the data that the `ledger` component draws. Pure: what goes in decides what comes out.

Turns of earlier versions lack some of what is kept now: the page says so, and shows the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.influence import kind_of_answer
from rag.core.i18n import say
from rag.core.locations import headings, position, position_of
from rag.core.settings import QUOTING
from rag.core.types import Hit, Turn
from rag.documents.collection import DocumentState
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.attribution_data import chain_data, router_data, who_data
from rag.ui.ledger.model_data import no_prompt, prompt_data, used_rows
from rag.ui.ledger.story import NOT_ASKED, counted, percent, preferred, story
from rag.ui.shell.formatting import number as written_number
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
        "used": used_rows(turn.ledger, language),
        "settings": _settings(turn, language),
        "times": _times(turn, language),
        "influence": influence(turn, measuring, language),
    }


def candidates(turn: Turn, states: Mapping[str, DocumentState], language: str) -> list[dict[str, Any]]:
    """One row a candidate, best first; `number` is that of its source where it was used, `ranks` are for the chart."""
    hits = {hit.rank: hit for hit in turn.hits}
    k = turn.ledger.get("k", len(turn.hits))
    rows = []
    for kept in turn.ledger.get("candidates", ()):
        why = kept.get("why") or ("used" if kept.get("used") else "beyond_k")
        number = kept.get("number", kept["rank"]) if why in ("used", "pinned") else None
        hit = hits.get(number) if number is not None else None
        rank = str(kept["rank"])
        said = text("why_no_room" if hit is not None and not hit.used else WHY[why], language, k=k)
        if why == "avoided" and (terms := _terms(turn, "avoided", rank)):
            said = text("why_avoided", language, terms=terms)
        liked = _terms(turn, "favoured", rank)
        ground, ink = color(number) if number is not None else ("", "")
        sha256 = kept.get("sha256", hit.sha256 if hit is not None else "")
        path = kept.get("heading_path", hit.chunk.heading_path if hit is not None else ())
        rows.append(
            {
                "rank": kept["rank"],
                "number": number,
                "color": ground,
                "ink": ink,
                "read": hit is None or hit.used,
                "document": visible(kept["document"]),
                "state": _became(states.get(sha256, "there"), language),
                "page": _position(kept, path, language),
                "heading": " › ".join(headings(kept["document"], path)),
                "score": written_number(kept["score"], 2, language),
                "dense_rank": kept["dense_rank"],
                "dense_score": _figure(kept["dense_score"], 3, language),
                "lexical_rank": kept["lexical_rank"],
                "lexical_score": _figure(kept["lexical_score"], 2, language),
                # not kept by earlier versions, nor of those that were not looked at
                **{name: None if kept.get(name) is None else written(kept[name]) for name, written in SHARES.items()},
                "why": said,
                "carried": text("why_carried", language) if kept.get("carried") else "",
                "favoured": text("why_favoured", language, terms=liked) if liked else "",
                "lacks": ", ".join(kept["lacks"]) if "lacks" in kept else None,
                "text": hit.chunk.text if hit is not None else kept.get("text") or "",
            }
        )
    return rows


def _terms(turn: Turn, name: str, rank: str) -> str:
    """What a candidate was favoured or avoided for."""
    return ", ".join(map(visible, (turn.ledger.get(name) or {}).get(rank, ())))


def influence(turn: Turn, measuring: Measuring | None, language: str) -> dict[str, Any]:
    """state: "none", "offer", "measuring", "failed" or "there"; `bars` are in -1..1, to be drawn from the middle.

    said: what the bars mean, or what went wrong. Each bar has its `number`, a `value` in words, and sentences.
    """
    kind = kind_of_answer(turn)
    if not kind:
        key = "influence_none_steps" if turn.ledger.get("steps") else "influence_none"
        return {"state": "none", "said": text(key, language), "bars": []}
    if measuring is not None and measuring.notice is None:
        progress = text("influence_progress", language, done=measuring.done, of=measuring.of)
        return {"state": "measuring", "said": progress, "bars": [], "done": measuring.done, "of": measuring.of}
    if measuring is not None and measuring.notice is not None:
        reason = say(measuring.notice.code, language, **measuring.notice.values)
        return {"state": "failed", "said": reason, "bars": []}
    kept = turn.ledger.get("influence")
    if kept and kept.get("kind") == kind:
        return {"state": "there", **_measured(turn, kept, language)}
    return {"state": "offer", "said": text(OFFERS[kind], language), "bars": []}


def _measured(turn: Turn, kept: dict[str, Any], language: str) -> dict[str, Any]:
    took = text("influence_took", language, seconds=written_number(max(kept["seconds"], 0.1), 1, language))
    bars = _written_bars(kept, language) if kept["kind"] == "written" else _quote_bars(kept, language)
    notes = []
    if kept["kind"] == "quotes":
        if not kept["as_then"]:
            notes.append(text("influence_otherwise", language))
        if kept["by_words"]:
            notes.append(counted("influence_by_words", len(kept["by_words"]), language))
    names = {hit.rank: _name_and_page(hit, language) for hit in turn.hits}
    for bar in bars:
        bar["color"], bar["ink"] = color(bar["number"])
        bar["document"] = names.get(bar["number"], "")
    said = text(MEANINGS[kept["kind"]], language)
    return {"said": said, "bars": bars, "took": took, "notes": notes, "both": any(bar["share"] < 0 for bar in bars)}


def _name_and_page(hit: Hit, language: str) -> str:
    return f"{visible(hit.document)} {visible(position_of(hit, language))}".rstrip()


def _position(kept: Mapping[str, Any], path: Sequence[str], language: str) -> str:
    rows = tuple(kept["rows"]) if kept.get("rows") else None
    return visible(position(kept["document"], kept["page"], language, heading_path=path, rows=rows))


def _written_bars(kept: dict[str, Any], language: str) -> list[dict[str, Any]]:
    most = max(FULL_BAR, *(abs(passage["nats"]) for passage in kept["passages"]))
    bars = []
    for passage in kept["passages"]:
        nats, per_token = passage["nats"], passage["nats"] / max(1, kept["tokens"])
        value = text(
            "influence_nats",
            language,
            nats=_signed(-nats, 1, language),
            each=_signed(-per_token, 3, language),
        )
        if not passage["read"]:
            value = text("why_no_room", language)
        bars.append({"number": passage["number"], "share": nats / most, "value": value, "lost": [], "instead": []})
    return bars


def _quote_bars(kept: dict[str, Any], language: str) -> list[dict[str, Any]]:
    every = len(kept["chosen"])
    return [
        {
            "number": passage["number"],
            "share": len(passage["lost"]) / max(1, every),
            "value": text("influence_lost", language, lost=len(passage["lost"]), every=every)
            if passage["lost"]
            else text("influence_unchanged" if not passage["instead"] else "influence_more", language),
            "lost": passage["lost"],
            "instead": passage["instead"],
        }
        for passage in kept["passages"]
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
    words = turn.ledger.get("words")
    rows = [[text("ledger_as_asked", language), turn.question]]
    if turn.searched:
        rows.append([text("ledger_as_searched", language), turn.searched])
    if mix := turn.ledger.get("mix"):
        share = f"{round(mix['alone'] * 100)} %"
        other = turn.question if turn.searched != turn.question else str(turn.ledger.get("together", ""))
        rows.append([text("ledger_together", language), other])
        rows.append([text("ledger_alone", language), text("ledger_alone_share", language, share=share)])
    said = text("not_recorded", language) if words is None else ", ".join(words)
    rows.append([text("ledger_words", language), said])
    before = None
    if turn.ledger.get("earlier") is not None and turn.searched != turn.question:
        gone = text("ledger_earlier_gone", language)
        before = {"id": earlier.id, "question": earlier.question} if earlier else {"id": None, "question": gone}
    return {"rows": rows, "earlier": before}


def _scope(turn: Turn, language: str) -> list[list[str]]:
    kept = turn.ledger.get("searched_in")
    if kept is None:
        return [[text("ledger_documents", language), text("not_recorded", language)]]
    rows = [[text("ledger_documents", language), counted("ledger_document_count", kept["count"], language)]]
    if kept["names"]:
        more = kept["count"] - len(kept["names"])
        names = [visible(name) for name in kept["names"]]
        rows[0][1] += ": " + ", ".join([*names, *([f"… (+{more})"] if more > 0 else [])])
    if kept["tags"]:
        rows.append([text("ledger_tags", language), ", ".join(map(visible, kept["tags"]))])
    if kept["page"]:
        rows.append([text("ledger_page_only", language), str(kept["page"])])
    if kept["excluded"]:
        rows.append([text("ledger_excluded_documents", language), ", ".join(map(visible, kept["excluded"]))])
    for name, key in (("pinned", "ledger_pinned"), ("excluded", "ledger_excluded")):
        if count := len(getattr(turn.conditions, name)):
            rows.append([text(key, language), str(count)])
    return rows


def _decision(turn: Turn, language: str) -> dict[str, Any]:
    kept = dict(turn.ledger.get("evidence", {}))
    probability = kept.pop("probability", None)
    if probability is None:
        return {"share": None, "value": text("not_recorded", language), "signals": []}
    signals = []
    for name, value in kept.items():
        key, form = SIGNALS.get(name, ("", "figure"))
        # a later version may weigh others; what a signal was called then is better than nothing
        signals.append([text(key, language) if key else name, _signal(value, form, language)])
    return {"share": probability, "value": f"{percent(probability)} %", "signals": signals}


def _signal(value: Any, form: str, language: str) -> str:
    if not isinstance(value, int | float):
        return text("signal_without", language) if value is None else str(value)
    if form == "share":
        return f"{round(100 * value)} %"
    if form == "truth":
        return text("yes" if value else "no", language)
    return written_number(value, 0 if form == "count" else 2, language)


def _prompt(turn: Turn, language: str) -> dict[str, Any]:
    """The prompt of the assistant's own model, or why there is none."""
    if "prompt" in turn.ledger:
        return prompt_data(turn.ledger, language)
    model = turn.ledger.get("answer_model")
    answered = turn.answer is not None and turn.answer.is_written and not turn.ledger.get("steps")
    return no_prompt(text("not_recorded" if model not in (None, QUOTING) and answered else NOT_ASKED, language))


def _settings(turn: Turn, language: str) -> list[list[str]]:
    kept = turn.ledger
    space = kept.get("space") or {}
    unknown = text("not_recorded", language)

    def known(value: Any) -> str:
        return unknown if value in (None, "") else visible(str(value))

    model = kept.get("answer_model")
    rows = [[text("answer_model", language), text("quoting_choice", language) if model == QUOTING else known(model)]]
    settings = [f"{name}: {_plain(value)}" for name, value in (kept.get("generator") or {}).items() if name != "model"]
    if settings:
        rows.append([text("ledger_generator", language), visible(" · ".join(settings))])
    revision = f" ({visible(str(space['revision'])[:12])})" if space.get("revision") else ""
    rows.append([text("embedding_model", language), known(space.get("model")) + revision])
    rows.append([text("chunk_size", language), known(space.get("chunk_size"))])
    rows.append([text("overlap", language), known(space.get("overlap"))])
    rows.append([text("k", language), known(kept.get("k"))])
    weight = kept.get("dense_weight")
    if weight is not None:
        meaning = round(100 * weight)
        rows.append(
            [text("ledger_weights", language), text("ledger_weight", language, meaning=meaning, words=100 - meaning)]
        )
    return rows


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _times(turn: Turn, language: str) -> list[dict[str, Any]]:
    """Each step and, where they do not make up the whole, the rest; share: of the whole, 0..1."""
    kept = {name: ms for name, ms in turn.timings_ms.items() if name != "total"}
    total = turn.timings_ms.get("total", sum(kept.values()))
    if total <= 0:
        return []
    steps = [(text(STEPS[name], language) if name in STEPS else name, ms) for name, ms in kept.items()]
    if (rest := total - sum(kept.values())) >= 1:
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
