"""A turn as the data that the `turn` component draws. Pure: what goes in decides what comes out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rag.answering.answerability import MEASURED as ANSWERED_RIGHT
from rag.answering.answerability import confidence
from rag.conversations.corrections import corrections_said
from rag.core.i18n import say
from rag.core.locations import PAGE, headings, position_of, unit
from rag.core.types import Assistant, Citation, Hit, Sentence, Span, Turn, TurnState
from rag.documents.collection import DocumentState
from rag.retrieval.relevance import MEASURED, Level, level
from rag.ui.chat.attribution import answered_by, chain, is_cut_off, took
from rag.ui.chat.segments import flowing, segments, signs
from rag.ui.i18n import of_unit, text
from rag.ui.ledger.story import percent
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

# Okabe and Ito (2008), safe for the colour-blind, each with the ink that has at least 4.5:1 on it.
COLOURS = (
    ("#0072B2", "#FFFFFF"),
    ("#E69F00", "#000000"),
    ("#009E73", "#000000"),
    ("#CC79A7", "#000000"),
    ("#56B4E9", "#000000"),
    ("#D55E00", "#000000"),
    ("#F0E442", "#000000"),
    ("#7F7F7F", "#000000"),
)

LABELS = (
    "answer",
    "close",
    "copied",
    "copy",
    "copy_quote",
    "by_ocr",
    "evidence",
    "gone",
    "marker",
    "near_misses",
    "next",
    "open_page",
    "open_source",
    "open_text",
    "page_of",
    "page_picture",
    "pages",
    "partly",
    "place",
    "previous",
    "quotes",
    "rank",
    "by_meaning",
    "by_words",
    "coverage",
    "relevance",
    "spelling",
    "named",
    "reranked",
    "regenerate",
    "score",
    "searched",
    "show_less",
    "show_whole",
    "sources",
    "sources_used",
    "unsupported",
    "why",
    "zoom",
    "changed",
    "cited_pages",
    "continued",
    "continues",
    "go_to_page",
    "no_page_text",
    "not_exact",
    "page_text",
    "page_with_sources",
    "short_page",
    "source_number",
    "text_beside",
    "zoom_fit",
    "zoom_in",
    "zoom_out",
    "angle",
    "effect_did",
    "another_model",
    "answer_anyway",
    "ask_again",
    "ask_this",
    "quoting_model",
    "cancel",
    "compare",
    "copy_bare",
    "cut_off",
    "doubtful",
    "edit_question",
    "example_liked",
    "example_new",
    "example_of",
    "exclude",
    "exclude_document",
    "excluded",
    "excluded_document",
    "how",
    "lacks",
    "left_out",
    "let_in",
    "more",
    "more_of_card",
    "near_misses_count",
    "not_read",
    "note",
    "note_said",
    "note_save",
    "other_model",
    "panel_alone",
    "panel_answer_of",
    "panel_on_from",
    "panel_others",
    "panel_steps",
    "panel_vote",
    "panel_vote_name",
    "pin",
    "pin_name",
    "pinned",
    "right",
    "right_here",
    "right_here_help",
    "open_document",
    "saved_here",
    "select_first",
    "right_name",
    "undo",
    "variant",
    "variant_next",
    "variant_previous",
    "vote_down",
    "vote_up",
    "who_ask",
    "who_instead",
    "who_step_nothing",
    "who_step_now",
    "whole_passage",
    "wrong",
    "wrong_name",
)

_ALL_THERE: Mapping[str, DocumentState] = {}
_NONE_BY_OCR: Mapping[str, Collection[int]] = {}


def labels(language: str, of: str = PAGE) -> dict[str, str]:
    """The component's own words. of: what the pages of the document that is open are, see `rag.core.locations.unit`."""
    return {key: text(of_unit(key, of), language) for key in LABELS}


def said_in(turn: Turn, language: str) -> str:
    """The language of what is said with an answer: that of the answer, or of the page where the turn has none."""
    return turn.trace.plan.language or language


def turn_data(
    turn: Turn,
    *,
    language: str,
    states: Mapping[str, DocumentState] = _ALL_THERE,
    by_ocr: Mapping[str, Collection[int]] = _NONE_BY_OCR,
    partial: str = "",
    status: str = "",
    view: dict[str, Any] | None = None,
    asked: Assistant | None = None,
    steps: Sequence[str] = (),
    step: int = 0,
    free: bool = False,
) -> dict[str, Any]:
    """What the component draws for `turn`.

    states: whether a source's document is there, by its SHA-256; "there" where that is not said. by_ocr: the pages of a
    source's document that were read by OCR, by its SHA-256. partial: what a model has written so far; status: what is
    being done, while the turn runs. view: the evidence view, as made by `rag.ui.chat.evidence_data`, where one is open.
    asked: who is to answer, while the turn does not say it itself; steps: the names of those that the answer goes
    through, and step the number of the one at work, while it runs.
    free: say of an answer that cost nothing that it was free.
    """
    answer = turn.answer
    answered = answer is None or answer.answered
    running = turn.state is TurnState.RUNNING
    quotes = answer.quotes if answer and answered else ()
    sentences = answer.sentences if answer and answered else ()
    written = sentences if answer and answer.is_written else ()
    # quotes alone are the answer; under a written one, or one that is being written, they stand apart
    verbatim = not written and not partial
    cited = _cited(turn)
    hits = sorted(turn.hits, key=lambda hit: (answered and hit.number not in cited, hit.number))
    return {
        "labels": labels(language, unit(view["document"]) if view else PAGE),
        "turn": {
            "id": turn.id,
            "question": turn.question,
            "searched": turn.searched if turn.searched not in ("", turn.question) else "",
            "corrected": corrections_said(turn, said_in(turn, language)),
            "state": turn.state.value,
            "status": status,
            "answered": answered,
            "doubted": say("doubted", said_in(turn, language)) if answer and answer.doubted else "",
            "confidence": _confidence(turn, language)
            if verbatim and quotes and answer and not answer.doubted
            else None,
            "notice": _notice(turn, said_in(turn, language)),
            "verbatim": verbatim,
            "sentences": [
                _sentence(sentence, turn.hits, language) for sentence in (sentences if verbatim else written)
            ],
            "quotes": [] if verbatim else [_sentence(quote, turn.hits, language) for quote in quotes],
            "partial": partial,
            "cut_off": not running and is_cut_off(turn),
            "who": answered_by(turn, language, asked),
            "chain": chain(turn, steps, step),
            "seconds": _seconds(turn, language),
            "took": [] if running else took(turn, language, free=free),
        },
        "sources": [
            {
                **_source(hit, cited.get(hit.number, ()), answered, states, language),
                "by_ocr": hit.chunk.page in by_ocr.get(hit.sha256, ()),
            }
            for hit in hits
        ],
        "view": view,
        "can_regenerate": not running,
    }


def color(number: int) -> tuple[str, str]:
    """Ground and ink of a source's number."""
    return COLOURS[(number - 1) % len(COLOURS)]


def _cited(turn: Turn) -> dict[int, list[Citation]]:
    """The citations of the answer by their number."""
    cited: dict[int, list[Citation]] = {}
    if turn.answer is not None:
        for sentence in (*turn.answer.sentences, *turn.answer.quotes):
            for citation in sentence.citations:
                cited.setdefault(citation.number, []).append(citation)
    return cited


def _confidence(turn: Turn, language: str) -> dict[str, str] | None:
    """How likely the first quote answers, in words, and how often such quotes did; None where it was not recorded."""
    chance = turn.trace.answerability.chance
    if chance is None or turn.answer is None or not turn.answer.quotes or not turn.answer.answered:
        return None
    of = confidence(chance)
    right = written_number(100 * ANSWERED_RIGHT[of], 0, language)
    return {
        "level": of.value,
        "name": text(f"answer_{of.value}", language),
        "measured": text("answer_measured", language, right=right),
    }


def _sentence(sentence: Sentence, hits: Sequence[Hit], language: str) -> dict[str, Any]:
    shown = len(sentence.text.splitlines()) - 1
    return {
        "text": sentence.text,
        "verdict": sentence.verdict.value,
        "citations": list(dict.fromkeys(citation.number for citation in sentence.citations)),
        "about": _about(sentence, hits, language),
        "short": sentence.short,
        "rest": list(sentence.rest),
        "shown": text("quote_items", language, shown=shown, total=shown + len(sentence.rest)) if sentence.rest else "",
    }


def _about(sentence: Sentence, hits: Sequence[Hit], language: str) -> str:
    """Where a sentence stands: its document, place and headings, and the question or line that it stands under."""
    hit = next((hit for hit in hits if sentence.citations and hit.number == sentence.citations[0].number), None)
    if hit is None:
        return ""
    place = " · ".join(filter(None, (hit.document, position_of(hit, language, sentence.citations))))
    under = sentence.under if sentence.under not in sentence.text else ""
    path = dict.fromkeys((*headings(hit.document, hit.chunk.heading_path), *filter(None, (under,))))
    return visible(" › ".join((place, *path)))


def _source(
    hit: Hit,
    citations: Iterable[Citation],
    answered: bool,
    states: Mapping[str, DocumentState],
    language: str,
) -> dict[str, Any]:
    chunk = hit.chunk
    state = states.get(hit.sha256, "there")
    citations = [c for c in citations if answered and c.page == chunk.page]
    # a refusal cites nothing, so nothing of its closest passages is marked
    spans = [Span(c.start - chunk.start, c.end - chunk.start) for c in citations]
    ground, ink = color(hit.number)
    return {
        "number": hit.number,
        "cited": bool(spans),
        "document": visible(hit.document),
        "page": chunk.page,
        "page_label": visible(position_of(hit, language, citations)),
        "has_picture": hit.document.lower().endswith(".pdf"),
        "heading_path": list(headings(hit.document, chunk.heading_path)),
        "state": state,
        "gone": state != "there",
        "used": hit.used,
        "segments": segments(flowing(chunk.text), spans, signs(hit.document, chunk.text)),
        "rank": hit.retrieved_rank,
        "score": written_number(hit.score, 2, language),
        "dense_rank": hit.dense_rank,
        "dense_score": None if hit.dense_score is None else written_number(hit.dense_score, 3, language),
        "lexical_rank": hit.lexical_rank,
        "lexical_score": None if hit.lexical_score is None else written_number(hit.lexical_score, 2, language),
        "coverage": None if hit.coverage is None else f"{round(100 * hit.coverage)} %",
        "spelling": None if hit.spelling is None else f"{round(100 * hit.spelling)} %",
        "named": f"{round(100 * hit.named)} %" if hit.named else None,
        "reranked": None if hit.reranked is None else f"{round(100 * hit.reranked)} %",
        "relevance": None if hit.relevance is None else f"{percent(hit.relevance)} %",
        # how often each level is right was measured on questions that the documents do answer
        "fit": None if hit.relevance is None or not answered else _fit(level(hit.relevance), language),
        "color": ground,
        "ink": ink,
    }


def _fit(of: Level, language: str) -> dict[str, str]:
    """How well a passage fits, in words, and how often those were right."""
    right = written_number(10 * MEASURED[of], 0, language)
    return {
        "level": of.value,
        "name": text(f"relevance_{of.value}", language),
        "measured": text("relevance_measured", language, right=right),
    }


def _notice(turn: Turn, language: str) -> str:
    parts = []
    if turn.answer is not None and not turn.answer.answered:
        parts.append(turn.answer.text)
    if turn.notice is not None:
        parts.append(say(turn.notice.code, language, **turn.notice.values))
    elif turn.state is TurnState.STOPPED:
        parts.append(say("cancelled", language))
    elif turn.state is TurnState.FAILED:
        parts.append(say("error", language))
    return "\n".join(parts)


def _seconds(turn: Turn, language: str) -> str:
    total = turn.timings_ms.get("total")
    if total is None:
        return ""
    # "0,0 s" would read as if nothing had been done
    return text("seconds", language, seconds=written_number(max(total / 1000, 0.1), 1, language))
