"""Two answers side by side, as the data that the `compare` component draws. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from rag.conversations.comparison import Compared, Comparison, Mark, Piece, Side, Source, model
from rag.core.locations import headings_of, position, position_of
from rag.core.model_ref import QUOTING
from rag.core.types import Place, Turn
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.attribution_data import named
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import scope_page, visible

LABELS = (
    "answer",
    "compare_conditions",
    "compare_differs",
    "compare_legend",
    "compare_no_answer",
    "compare_no_sources",
    "mark_changed",
    "mark_only",
    "mark_same",
    "sources",
)
SIGNS = {Mark.SAME: "=", Mark.CHANGED: "≈", Mark.ONLY: "+"}


def compare_data(
    comparison: Comparison, *, names: Mapping[str, str], language: str, titles: tuple[str, str]
) -> dict[str, Any]:
    """What the component draws. names: of documents, by SHA-256. titles: what each side is called."""
    return {
        "labels": {key: text(key, language) for key in LABELS},
        "sides": [
            _side(side, title, comparison, names, language)
            for side, title in zip((comparison.before, comparison.after), titles, strict=True)
        ],
    }


def names_in(*turns: Turn) -> dict[str, str]:
    """The names that documents had in these turns, by SHA-256."""
    names = {
        candidate.sha256: candidate.document
        for turn in turns
        for candidate in turn.trace.retrieval.candidates or ()
        if candidate.sha256
    }
    return names | {hit.sha256: hit.document for turn in turns for hit in turn.hits}


def _side(side: Side, title: str, comparison: Comparison, names: Mapping[str, str], language: str) -> dict[str, Any]:
    answer = side.turn.answer
    return {
        "title": title,
        "question": _pieces(side.question),
        "conditions": [
            *_who(side.turn, (comparison.before.turn, comparison.after.turn), language),
            *_conditions(side.turn, comparison.differing, names, language),
        ],
        "refused": answer is not None and not answer.answered,
        "sentences": [_sentence(one) for one in side.sentences],
        "sources": [_source(one, language) for one in side.sources],
    }


def _sentence(one: Compared) -> dict[str, Any]:
    numbers = dict.fromkeys(citation.number for citation in one.sentence.citations)
    return {
        "mark": one.mark.value,
        "sign": SIGNS[one.mark],
        "pieces": _pieces(one.pieces),
        "numbers": [{"number": number, "color": color(number)[0], "ink": color(number)[1]} for number in numbers],
    }


def _pieces(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    return [{"text": piece.text, "changed": piece.changed} for piece in pieces]


def _source(one: Source, language: str) -> dict[str, Any]:
    hit = one.hit
    ground, ink = color(hit.number)
    caption = text("mark_only", language)
    if one.number is not None:
        key = "compare_same_rank" if one.number == hit.number else "compare_rank"
        caption = text(key, language, number=one.number)
    return {
        "number": hit.number,
        "color": ground,
        "ink": ink,
        "mark": one.mark.value,
        "sign": SIGNS[one.mark],
        "said": caption,
        "document": visible(hit.document),
        "page": visible(position_of(hit, language)),
        "heading": headings_of(hit),
    }


def _who(turn: Turn, both: Iterable[Turn], language: str) -> list[dict[str, Any]]:
    """Who answered, where an assistant gave one of the answers: of a router's two choices, or of two versions, too."""
    assistants = [_assistant(one, language) for one in both]
    nobody = text("who_none_short", language)
    if set(assistants) == {nobody}:
        return []
    own = _assistant(turn, language)
    return [{"name": text("who_assistant", language), "value": own, "differs": len(set(assistants)) > 1}]


def _assistant(turn: Turn, language: str) -> str:
    assistant = turn.trace.plan.assistant
    return named(assistant, language) if assistant else text("who_none_short", language)


def _conditions(turn: Turn, differing: frozenset[str], names: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """The answer model, what was asked and the time always; the others only where the two turns differ in them."""
    conditions = turn.conditions
    nothing = text("compare_nothing", language)
    chosen = model(turn)
    known = visible(chosen) or text("not_recorded", language)
    rows = [
        ("answer_model", "compare_model", text("quoting_choice", language) if chosen == QUOTING else known),
        ("scope", "compare_scope", _scope(turn, language)),
    ]
    others = (
        ("pinned", "compare_pinned", _places(conditions.pinned, names, language) or nothing),
        ("excluded", "compare_excluded", _places(conditions.excluded, names, language) or nothing),
        (
            "excluded_documents",
            "compare_excluded_documents",
            ", ".join(visible(names.get(sha256, sha256[:8])) for sha256 in conditions.excluded_documents) or nothing,
        ),
        ("regardless", "compare_regardless", text("yes" if conditions.regardless else "no", language)),
    )
    rows += [row for row in others if row[0] in differing]
    shown = [{"name": text(key, language), "value": value, "differs": name in differing} for name, key, value in rows]
    total = turn.timings_ms.get("total")
    if total is not None:
        seconds = text("seconds", language, seconds=written_number(max(total / 1000, 0.1), 1, language))
        shown.append({"name": text("compare_seconds", language), "value": seconds, "differs": False})
    return shown


def _scope(turn: Turn, language: str) -> str:
    scope, searched_in = turn.conditions.scope, turn.trace.retrieval.searched_in
    if not scope:
        return text("compare_everything", language)
    names = searched_in.names if searched_in is not None else ()
    # tags stand for the documents that had them
    parts = [visible(name) for name in (scope.tags or names)]
    if scope.page is not None:
        parts.append(scope_page(names, scope.page, language))
    return ", ".join(parts)


def _places(places: Iterable[Place], names: Mapping[str, str], language: str) -> str:
    def written(place: Place) -> str:
        name = names.get(place.sha256, place.sha256[:8])
        return f"{visible(name)} {position(name, place.page, language)}".rstrip()

    return ", ".join(map(written, places))
