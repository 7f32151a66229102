"""What the ledger draws of the influence of each passage."""

from typing import Any

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.influence import kind_of_answer
from rag.core.i18n import say
from rag.core.locations import position_of
from rag.core.types import Hit, Turn
from rag.core.types.analysis import QuotedInfluence, WrittenInfluence
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.story import counted
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

OFFERS = {"written": "influence_offer_written", "quotes": "influence_offer_quotes"}


MEANINGS = {"written": "influence_said_written", "quotes": "influence_said_quotes"}


FULL_BAR = 3.0
"""Nats (20 times less likely) that fill a bar where no passage changes more: else the least change would look great."""


def influence(turn: Turn, measuring: Measuring | None, language: str) -> dict[str, Any]:
    """state: "none", "offer", "measuring", "failed" or "there"; `bars` are in -1..1, to be drawn from the middle.

    said: what the bars mean, or what went wrong. Each bar has its `number`, a `value` in words, and sentences.
    """
    kind = kind_of_answer(turn)
    if not kind:
        key = "influence_none_steps" if turn.trace.writing.steps else "influence_none"
        return {"state": "none", "said": text(key, language), "bars": []}
    if measuring is not None and measuring.notice is None:
        progress = text("influence_progress", language, done=measuring.done, of=measuring.total)
        return {"state": "measuring", "said": progress, "bars": [], "done": measuring.done, "of": measuring.total}
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


def _signed(value: float, digits: int, language: str) -> str:
    value = round(value, digits)
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return sign + written_number(abs(value), digits, language)
