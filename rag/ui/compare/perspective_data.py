"""What the perspective did to an answer, as the data that the `perspective` component draws. Pure."""

from collections.abc import Sequence
from typing import Any

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.perspective_effect import NEITHER, PERSPECTIVE, SOURCES, comes_from, is_fixed, why_not
from rag.conversations.comparison import Compared, Mark, sentences
from rag.core.i18n import say
from rag.core.locations import headings_of, position, position_of
from rag.core.model_ref import QUOTING
from rag.core.types import Assistant, Citation, Hit, Sentence, Turn, TurnState, Verdict
from rag.core.types.analysis import QuotedEffect, WrittenEffect
from rag.core.types.trace import AssistantTrace
from rag.core.types.writing import Used
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.story import counted
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

LABELS = (
    "effect_again",
    "effect_legend",
    "effect_legend_words",
    "effect_measure",
    "effect_no_sentence",
    "effect_passage_text",
    "effect_passages",
    "effect_perspective",
    "effect_show_quote",
    "cancel",
)
SIGNS = {SOURCES: "■", PERSPECTIVE: "◆", NEITHER: "?"}
WORDS = {SOURCES: "effect_from_sources", PERSPECTIVE: "effect_from_perspective", NEITHER: "effect_from_neither"}
REASONS = {
    "running": "effect_not_running",
    "no_assistant": "effect_not_no_assistant",
    "no_answer": "effect_not_no_answer",
}


def perspective_data(
    turn: Turn, *, language: str, chain: Sequence[Assistant] = (), measuring: Measuring | None = None
) -> dict[str, Any]:
    """What the component draws for `turn`.

    chain: who answered and those that the answer was handed on to, as far as they are still there: says which texts
    are fixed. measuring: of the answer without the perspective, under way or failed.
    state: "none", "offer", "measuring", "failed" or "there"; `said` is what is under way or went wrong. `left` is None
    until it has been measured; `left` and `right` have a title, sentences, a count and notes.
    """
    data: dict[str, Any] = {
        "labels": {key: text(key, language) for key in LABELS},
        "question": turn.question,
        "explained": text("effect_explained", language),
    }
    if reason := why_not(turn):
        return {**data, "state": "none", "said": text(REASONS[reason], language)}
    effect = turn.trace.perspective_effect
    measured = effect if isinstance(effect, WrittenEffect | QuotedEffect) else None
    there = measured is not None
    state, said = _state(turn, there, measuring, language)
    assistant = turn.trace.plan.assistant
    assert turn.answer is not None and assistant is not None
    left, right = sentences(measured.without if measured is not None else (), turn.answer.sentences)
    title = text("effect_with_name", language, name=visible(assistant.name))
    return {
        **data,
        "state": state,
        "said": said,
        "assistants": [_assistant(assistant, language), *(_assistant(step, language) for step in chain[1:])],
        "facts": [[text("effect_model", language), _model(turn, language)]],
        "notes": _notes(turn, chain, language),
        "legend": [
            {"mark": mark, "sign": SIGNS[mark], "word": text(WORDS[mark], language)}
            for mark in (SOURCES, PERSPECTIVE, NEITHER)
        ],
        "difference": _difference(left, right, chain, language) if there else "",
        "left": None
        if measured is None
        else _side(
            text("effect_without", language), left, (), language, _notes_left(measured, language), _took(measured)
        ),
        "left_title": text("effect_without", language),
        "right": _side(title, right, chain, language, _notes_right(turn, language), _took_then(turn), marked=there),
        "sources": [_source(hit, language) for hit in sorted(turn.hits, key=lambda hit: hit.number)],
    }


def _state(turn: Turn, there: bool, measuring: Measuring | None, language: str) -> tuple[str, str]:
    if measuring is not None and measuring.notice is None:
        return "measuring", text("effect_working", language)
    if measuring is not None and measuring.notice is not None:
        reason = say(measuring.notice.code, language, **measuring.notice.values)
        return "failed", text("effect_failed", language, reason=reason)
    if there:
        return "there", ""
    if turn.trace.writing.generation.prompt is not None:
        return "offer", text("effect_offer_written", language, model=visible(turn.trace.plan.model))
    return "offer", text("effect_offer_quotes", language)


def _assistant(assistant: Assistant | AssistantTrace, language: str) -> dict[str, Any]:
    perspective = assistant.perspective.strip()
    return {
        "name": visible(assistant.name),
        "version": text("effect_version", language, version=assistant.version),
        "icon": assistant.icon or "person",
        "picture": assistant.picture,
        "perspective": perspective or text("effect_no_perspective", language),
        "has_words": bool(perspective),
        "tone": text("effect_tone", language, tone=visible(assistant.tone)) if assistant.tone else "",
    }


def _side(
    title: str,
    compared: Sequence[Compared],
    chain: Sequence[Assistant],
    language: str,
    notes: Sequence[str],
    took: tuple[float, float | None] | None,
    *,
    marked: bool = True,
) -> dict[str, Any]:
    rows = [_sentence(one, chain, language, marked) for one in compared]
    return {
        "title": title,
        "sentences": rows,
        "count": _count([one.sentence for one in compared], language) if rows else "",
        "notes": list(notes),
        "took": _said_took(took, language),
    }


def _sentence(one: Compared, chain: Sequence[Assistant], language: str, marked: bool) -> dict[str, Any]:
    mark = comes_from(one.sentence)
    word = WORDS[mark]
    fixed = is_fixed(one.sentence, *(words for assistant in chain for words in (assistant.before, assistant.after)))
    if fixed:
        word = "effect_from_fixed"
    elif one.sentence.verdict is Verdict.PARTLY:
        word = "effect_from_sources_partly"
    pieces = one.pieces if marked else ()
    return {
        "mark": mark,
        "sign": SIGNS[mark],
        "word": text(word, language),
        "pieces": [{"text": piece.text, "changed": piece.changed} for piece in pieces]
        or [{"text": one.sentence.text, "changed": False}],
        "numbers": _numbers(one.sentence.citations, language),
    }


def _numbers(citations: Sequence[Citation], language: str) -> list[dict[str, Any]]:
    """One entry a source, with all that is quoted of it."""
    by_number: dict[int, dict[str, Any]] = {}
    for citation in citations:
        ground, ink = color(citation.number)
        entry = by_number.setdefault(
            citation.number,
            {
                "number": citation.number,
                "color": ground,
                "ink": ink,
                "document": visible(citation.document),
                "page": position(citation.document, citation.page, language),
                "quotes": [],
            },
        )
        entry["quotes"].append(" ".join(citation.quote.split()))
    return list(by_number.values())


def _count(counted_sentences: Sequence[Sentence], language: str) -> str:
    from_each = [comes_from(sentence) for sentence in counted_sentences]
    partly = sum(sentence.verdict is Verdict.PARTLY for sentence in counted_sentences)
    parts = [text("effect_count", language, count=from_each.count(SOURCES), all=len(counted_sentences))]
    if partly:
        parts.append(text("effect_count_partly", language, count=partly))
    for mark, key in ((PERSPECTIVE, "effect_count_perspective"), (NEITHER, "effect_count_neither")):
        if count := from_each.count(mark):
            parts.append(text(key, language, count=count))
    return ", ".join(parts) + "."


def _difference(left: Sequence[Compared], right: Sequence[Compared], chain: Sequence[Assistant], language: str) -> str:
    fixed = [words for one in chain for words in (one.before, one.after)]
    own = [one for one in right if not is_fixed(one.sentence, *fixed)]
    same = sum(one.mark is Mark.SAME for one in left)
    if left and same == len(left) == len(own):
        places = [one.partner or 0 for one in own]
        if places != sorted(places):
            return text("effect_same_moved", language)
        return text("effect_same" if len(own) == len(right) else "effect_only_fixed", language)
    counts = (
        ("effect_difference_same", same),
        ("effect_difference_changed", sum(one.mark is Mark.CHANGED for one in left)),
        ("effect_difference_left", sum(one.mark is Mark.ONLY for one in left)),
        ("effect_difference_right", sum(one.mark is Mark.ONLY for one in right)),
    )
    parts = ", ".join(text(key, language, count=count) for key, count in counts if count)
    return text("effect_difference", language, parts=parts)


def _notes(turn: Turn, chain: Sequence[Assistant], language: str) -> list[str]:
    """What has to be known to read both sides."""
    retrieval, writing = turn.trace.retrieval, turn.trace.writing
    candidates, prompt, notes = retrieval.candidates or (), writing.generation.prompt, []
    if prompt is None:
        notes.append(text("effect_quoting", language))
    numbers = {candidate.rank: candidate.number for candidate in candidates}
    favoured = [
        text("effect_favoured_one", language, number=numbers[rank], terms=", ".join(map(visible, terms)))
        for rank, terms in retrieval.favoured.items()
        if numbers.get(rank) is not None
    ]
    if favoured:
        notes.append(text("effect_favoured", language, passages=", ".join(favoured)))
    if avoided := sum(candidate.why == "avoided" for candidate in candidates):
        notes.append(counted("effect_avoided", avoided, language))
    if steps := writing.steps:
        names = " → ".join(visible(step.name) for step in steps)
        notes.append(text("effect_steps", language, count=len(steps), names=names))
    if chain and chain[0].temperature and prompt is not None:
        temperature = written_number(chain[0].temperature, 1, language)
        notes.append(text("effect_temperature", language, temperature=temperature))
    return notes


def _notes_left(effect: WrittenEffect | QuotedEffect, language: str) -> list[str]:
    if isinstance(effect, WrittenEffect):
        remarks = (
            (effect.nothing, "effect_nothing"),
            (effect.cut_off, "effect_cut_off"),
            (effect.unjudged, "effect_unjudged"),
        )
        return [text(key, language) for applies, key in remarks if applies]
    notes = [] if effect.as_then else [text("effect_otherwise", language)]
    if effect.by_words:
        notes.append(counted("influence_by_words", len(effect.by_words), language))
    return notes


def _notes_right(turn: Turn, language: str) -> list[str]:
    assert turn.answer is not None
    remarks = (
        (turn.state is TurnState.STOPPED, "effect_stopped"),
        (turn.answer.cut_off and turn.state is not TurnState.STOPPED, "effect_cut_off"),
        (turn.notice is not None and turn.notice.code == "model_found_nothing", "effect_model_quoted"),
    )
    return [text(key, language) for applies, key in remarks if applies]


def _took(effect: WrittenEffect | QuotedEffect) -> tuple[float, float | None] | None:
    """Seconds, and tokens per second where that is known."""
    used = effect.used if isinstance(effect, WrittenEffect) else None
    return None if effect.took is None else (effect.took, _speed(used))


def _speed(used: Used | None) -> float | None:
    return None if used is None else used.tokens_per_second


def _took_then(turn: Turn) -> tuple[float, float | None] | None:
    """The same of the turn: of all its steps together."""
    writing = turn.trace.writing
    generations = [writing.generation, *(step.generation for step in writing.steps[1:])]
    used = [generation.used for generation in generations if generation.used is not None]
    if used:
        return sum(one.seconds for one in used), _speed(used[0]) if len(used) == 1 else None
    ms = turn.timings_ms.get("quote")
    return None if ms is None else (ms / 1000, None)


def _said_took(took: tuple[float, float | None] | None, language: str) -> str:
    if took is None:
        return ""
    seconds, speed = took
    written = written_number(max(seconds, 0.01), 1 if seconds >= 0.1 else 2, language)
    if not speed:
        return text("effect_took", language, seconds=written)
    return text(
        "effect_took_speed", language, seconds=written, speed=written_number(speed, 0 if speed >= 10 else 1, language)
    )


def _model(turn: Turn, language: str) -> str:
    model = turn.trace.plan.model
    return text("quoting_choice", language) if model == QUOTING else visible(model)


def _source(hit: Hit, language: str) -> dict[str, Any]:
    ground, ink = color(hit.number)
    return {
        "number": hit.number,
        "color": ground,
        "ink": ink,
        "document": visible(hit.document),
        "page": visible(position_of(hit, language)),
        "heading": headings_of(hit),
        "read": "" if hit.used else text("effect_unread", language),
        "text": hit.chunk.text,
    }
