"""What the user can change about a turn and has changed so far, as data for the `turn` component. Pure.

The browser refers to a passage by an id: "s2" is source 2, "m7" the unused candidate of rank 7, "x0" the first passage
that the user excluded, "d0" the first excluded document. This module looks up their places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from rag.core.locations import headings, position
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Place, Scope, Turn, TurnState
from rag.core.types.questions import SavedQuestion
from rag.core.types.trace import CandidateTrace, SearchedIn
from rag.ui.chat.segments import flowing, segments, signs
from rag.ui.chat.turn_data import said_in
from rag.ui.i18n import text
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import scope_page, visible

NEAR_MISSES = 5
MAX_NAMES = 3  # documents named in a scope; more are counted
NOT_RECORDED = CandidateTrace()
_NO_ASSISTANTS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class PassageItem:
    """A passage that can be pinned, excluded or marked. text: "" if it was not stored.

    candidate: its record in the trace, NOT_RECORDED without one.
    """

    place: Place
    document: str
    text: str
    candidate: CandidateTrace = NOT_RECORDED


def items(turn: Turn) -> dict[str, PassageItem]:
    """The passages of a turn by id: its sources, then the unused candidates, best first, then the excluded ones."""
    candidates = turn.trace.retrieval.candidates or ()
    by_number = {candidate.number: candidate for candidate in candidates}
    passages = {
        f"s{hit.number}": PassageItem(hit.place, hit.document, hit.chunk.text, by_number.get(hit.number, NOT_RECORDED))
        for hit in turn.hits
    }
    for candidate in candidates:
        if candidate.number is None and (place := candidate.place) is not None:
            passages[f"m{candidate.rank}"] = PassageItem(place, candidate.document, candidate.text or "", candidate)
    names = {item.place.sha256: item.document for item in passages.values()}
    for n, place in enumerate(turn.conditions.excluded):
        passages[f"x{n}"] = PassageItem(place, names.get(place.sha256, ""), "")
    return passages


def with_choice(conditions: Conditions, kind: str, on: bool, place: Place) -> Conditions:
    """`conditions` with a passage pinned or excluded, or its document excluded; with `on` false, without that.

    kind: "pin", "exclude" or "document". Raises ValueError for any other.
    """
    sha256 = place.sha256
    pinned = _without(conditions.pinned, place)
    excluded = _without(conditions.excluded, place)
    documents = tuple(document for document in conditions.excluded_documents if document != sha256)
    match kind:
        case "pin" if on:
            return replace(conditions, pinned=(*pinned, place), excluded=excluded, excluded_documents=documents)
        case "pin":
            return replace(conditions, pinned=pinned)
        case "exclude":
            return replace(conditions, pinned=pinned, excluded=(*excluded, place) if on else excluded)
        case "document":
            pinned_places = tuple(document for document in conditions.pinned if document.sha256 != sha256)
            return replace(
                conditions, pinned=pinned_places, excluded_documents=(*documents, sha256) if on else documents
            )
        case _:
            raise ValueError(kind)


def questions_data(
    turn: Turn,
    *,
    next_conditions: Conditions,
    variants: Sequence[int],
    saved: SavedQuestion | None,
    models: Sequence[str],
    documents: Mapping[str, str],
    language: str,
    assistants: Mapping[int, str] = _NO_ASSISTANTS,
    can_compare: bool = False,
) -> dict[str, Any]:
    """What the component draws beside answer and sources.

    next_conditions: the conditions to ask the turn again with. variants: ids of the turn and its siblings, in order.
    saved: the user's vote, note and marks. models: the answer models on offer. documents: names by SHA-256 of documents
    that may be excluded. assistants: names by id of those on offer. can_compare: whether the effect of the perspective
    can be shown.
    """
    passages = items(turn)
    is_ended = turn.state is not TurnState.RUNNING
    answer = turn.answer
    refused = answer is not None and not answer.answered
    marked = {passage.place: passage.right for passage in saved.passages if not passage.implied} if saved else {}
    return {
        "scope": scope_text(turn, language),
        "searched_in": _searched_in(turn, said_in(turn, language)) if refused else "",
        "model": visible(turn.conditions.answer_model),
        "can_answer": refused and is_ended and bool(turn.hits),
        "variants": variant_position(turn.id, variants),
        "vote": saved.vote if saved else 0,
        "note": saved.note if saved else "",
        "chosen": _choice_summary(turn.conditions, next_conditions, language) if is_ended else "",
        "marks": {
            key: {
                "pin": any(item.place.overlaps(place) for place in next_conditions.pinned),
                "exclude": any(item.place.overlaps(place) for place in next_conditions.excluded),
                "document": item.place.sha256 in next_conditions.excluded_documents,
                "right": marked.get(item.place),
            }
            for key, item in passages.items()
        },
        "left_out": _excluded_rows(turn, next_conditions, passages, documents, language),
        "near": [_near_miss(key, item, turn, language) for key, item in near_misses(passages)],
        "lacks": {key: _missing_words(item) for key, item in passages.items() if refused and key.startswith("s")},
        "models": [visible(model) for model in models],
        "instead": alternatives(turn, assistants, language) if is_ended else [],
        "liked": example_targets(turn, assistants) if is_ended else None,
        "perspective": can_compare,
    }


def alternatives(turn: Turn, assistants: Mapping[int, str], language: str) -> list[dict[str, Any]]:
    """Who else could answer, as ids and names: other assistants, the router, and none if an assistant answered."""
    assistant_id = _assistant_id(turn)
    choices = [
        {"id": choice_id, "name": visible(name)} for choice_id, name in assistants.items() if choice_id != assistant_id
    ]
    if choices and len(assistants) > 1 and turn.conditions.assistant != ROUTER:
        choices.append({"id": ROUTER, "name": text("choice_router", language)})
    if assistant_id:
        choices.append({"id": NO_ASSISTANT, "name": text("choice_none", language)})
    return choices


def example_targets(turn: Turn, assistants: Mapping[int, str]) -> list[dict[str, Any]] | None:
    """The assistants that an answer can become an example of: its own, else any. None for a turn without an answer."""
    if turn.answer is None or not turn.answer.answered:
        return None
    assistant_id = _assistant_id(turn)
    targets = {assistant_id: assistants[assistant_id]} if assistant_id in assistants else assistants
    return [
        {"id": target_id, "name": visible(name), "own": target_id == assistant_id}
        for target_id, name in targets.items()
    ]


def _assistant_id(turn: Turn) -> int:
    assistant = turn.trace.plan.assistant
    return assistant.id if assistant else NO_ASSISTANT


def near_misses(passages: Mapping[str, PassageItem]) -> list[tuple[str, PassageItem]]:
    """The best passages that just missed the cut, with their ids."""
    misses = [
        (key, item)
        for key, item in passages.items()
        if key.startswith("m") and item.text and item.candidate.why == "beyond_k"
    ]
    return sorted(misses, key=lambda pair: pair[1].candidate.rank)[:NEAR_MISSES]


def _without(places: Sequence[Place], place: Place) -> tuple[Place, ...]:
    return tuple(other for other in places if not other.overlaps(place))


def variant_position(turn_id: int, variants: Sequence[int]) -> dict[str, Any] | None:
    """The position of a turn among its variants; None for a turn with no other variant."""
    if len(variants) < 2 or turn_id not in variants:
        return None
    index = variants.index(turn_id)
    return {
        "index": index + 1,
        "count": len(variants),
        "previous": variants[index - 1] if index else None,
        "next": variants[index + 1] if index + 1 < len(variants) else None,
        "other": variants[index - 1] if index else variants[1],
    }


def _choice_summary(current: Conditions, next_conditions: Conditions, language: str) -> str:
    """What the user has changed, such as "1 pinned, 1 passage left out"; "" for nothing."""

    def added(earlier: Sequence[Any], later: Sequence[Any]) -> int:
        return len(set(later).difference(earlier))

    counts = {
        "chosen_pinned": added(current.pinned, next_conditions.pinned),
        "chosen_passages": added(current.excluded, next_conditions.excluded),
        "chosen_documents": added(current.excluded_documents, next_conditions.excluded_documents),
        "chosen_back": added(next_conditions.pinned, current.pinned)
        + added(next_conditions.excluded, current.excluded)
        + added(next_conditions.excluded_documents, current.excluded_documents),
    }
    return ", ".join(text(key, language, count=value) for key, value in counts.items() if value)


def _excluded_rows(
    turn: Turn,
    next_conditions: Conditions,
    passages: Mapping[str, PassageItem],
    documents: Mapping[str, str],
    language: str,
) -> list[dict[str, Any]]:
    rows = []
    for n in count():
        if (item := passages.get(f"x{n}")) is None:
            break
        name = item.document or documents.get(item.place.sha256, "")
        rows.append(
            {
                "id": f"x{n}",
                "what": "exclude",
                "document": visible(name) or text("no_name", language),
                "page_label": _position(name, item, language) or text("left_out_passage", language),
                "on": any(item.place.overlaps(place) for place in next_conditions.excluded),
            }
        )
    for n, sha256 in enumerate(turn.conditions.excluded_documents):
        rows.append(
            {
                "id": f"d{n}",
                "what": "document",
                "document": visible(documents.get(sha256, "")) or text("no_name", language),
                "page_label": text("left_out_document", language),
                "on": sha256 in next_conditions.excluded_documents,
            }
        )
    return rows


def _near_miss(key: str, item: PassageItem, turn: Turn, language: str) -> dict[str, Any]:
    candidate = item.candidate
    last = min((hit.score for hit in turn.hits), default=None)
    scores = ""
    if last is not None:
        numbers = {"score": written_number(candidate.score, 2, language), "last": written_number(last, 2, language)}
        scores = text("near_score", language, **numbers)
    return {
        "id": key,
        "document": visible(item.document),
        "page_label": _position(item.document, item, language),
        "heading_path": list(headings(item.document, candidate.heading_path)),
        "segments": segments(flowing(item.text), (), signs(item.document, item.text)),
        "lacks": _missing_words(item),
        "scores": scores,
    }


def _missing_words(item: PassageItem) -> str:
    return ", ".join(item.candidate.lacks or ())


def _position(document: str, item: PassageItem, language: str) -> str:
    path, rows = item.candidate.heading_path, item.candidate.rows
    return visible(position(document, item.place.page, language, heading_path=path, rows=rows))


def scope_text(turn: Turn, language: str) -> str:
    """ "Asked of: Garanti.pdf, p. 3"; "" for a scope of all documents."""
    names = _scope_names(turn.conditions.scope, turn.trace.retrieval.searched_in, language)
    return text("asked_of", language, scope=names) if names else ""


def _scope_names(scope: Scope, searched_in: SearchedIn | None, language: str) -> str:
    if not scope:
        return ""
    parts = [", ".join(visible(tag) for tag in scope.tags)] if scope.tags else []
    names = [visible(name) for name in searched_in.names] if searched_in is not None else []
    all_names = searched_in.count if searched_in is not None else 0
    if names and not scope.tags:
        parts.append(", ".join(names[:MAX_NAMES]))
        if all_names > MAX_NAMES:
            parts.append(text("and_more", language, count=all_names - MAX_NAMES))
    elif scope.documents:
        parts.append(_document_count(len(scope.documents), language))
    if scope.page is not None:
        parts.append(scope_page(names, scope.page, language))
    return ", ".join(parts)


def _document_count(number: int, language: str) -> str:
    return text("documents_count", language, count=number)


def _searched_in(turn: Turn, language: str) -> str:
    """What was searched, for a refusal: "Searched: 12 documents. Left out: A.pdf, 2 passages"."""
    searched_in = turn.trace.retrieval.searched_in
    if searched_in is None:
        return ""
    scope_names = _scope_names(turn.conditions.scope, searched_in, language) or _document_count(
        searched_in.count, language
    )
    sentences = [text("searched_in", language, scope=scope_names)]
    left_out = [visible(name) for name in searched_in.excluded]
    if passages := len(turn.conditions.excluded):
        left_out.append(text("passages_count", language, count=passages))
    if left_out:
        sentences.append(text("searched_without", language, names=", ".join(left_out)))
    return " ".join(sentences)
