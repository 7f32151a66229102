"""The candidates of a turn, for the ledger's drawing and table."""

from collections.abc import Callable, Mapping
from typing import Any

from rag.core.locations import headings, position
from rag.core.types import Hit, Turn
from rag.core.types.trace import CandidateTrace
from rag.documents.collection import DocumentState
from rag.ui.chat.turn_data import color
from rag.ui.i18n import text
from rag.ui.ledger.story import percent
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

SHARES: Mapping[str, Callable[[float], int]] = {
    "relevance": percent,
    "coverage": lambda share: round(100 * share),
    "spelling": lambda share: round(100 * share),
    "named": lambda share: round(100 * share),
    "reranked": lambda share: round(100 * share),
}
"""What a candidate was ranked and judged by beside the two searches, and how it is written, as on its card."""


NOW = {"changed": "now_changed", "gone": "now_gone"}


WHY = {
    "used": "why_used",
    "pinned": "why_pinned",
    "beyond_k": "why_beyond_k",
    "excluded": "why_excluded",
    "avoided": "why_avoided_unknown",
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


def _figure(value: float | None, digits: int, language: str) -> str | None:
    return None if value is None else written_number(value, digits, language)


def _became(state: DocumentState, language: str) -> str:
    return "" if state == "there" else text(NOW[state], language)
