"""What can be questioned in a turn, and what the user chose so far, as data for the `turn` component. Pure.

The browser names a passage by an id: "s2" is source 2, "m7" the candidate of rank 7 that was not used, "x0" the first
passage that the user left out, "d0" the first document. Where it stands is looked up here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from rag.core.locations import headings, position
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Place, Scope, Turn, TurnState
from rag.core.types.trace import CandidateTrace, SearchedIn
from rag.evaluation.saved_questions import SavedQuestion
from rag.ui.chat.turn_data import flowing, segments, signs
from rag.ui.i18n import text
from rag.ui.shell.formatting import number as written_number
from rag.ui.shell.formatting import scope_page, visible

NEAR_MISSES = 5
NAMES = 3  # documents named before the others are counted
NOT_RECORDED = CandidateTrace()
_NOBODY: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Item:
    """A passage that can be pinned, left out or marked. text: "" where it was not kept.

    candidate: what is recorded of it; an empty record where that is nothing.
    """

    place: Place
    document: str
    text: str
    candidate: CandidateTrace = NOT_RECORDED


def items(turn: Turn) -> dict[str, Item]:
    """The passages of a turn by their ids, the sources first, then those not used, best first."""
    candidates = turn.trace.retrieval.candidates or ()
    by_number = {candidate.number: candidate for candidate in candidates}
    passages = {
        f"s{hit.number}": Item(hit.place, hit.document, hit.chunk.text, by_number.get(hit.number, NOT_RECORDED))
        for hit in turn.hits
    }
    for candidate in candidates:
        if candidate.number is None and (place := candidate.place) is not None:
            passages[f"m{candidate.rank}"] = Item(place, candidate.document, candidate.text or "", candidate)
    names = {item.place.sha256: item.document for item in passages.values()}
    for n, place in enumerate(turn.conditions.excluded):
        passages[f"x{n}"] = Item(place, names.get(place.sha256, ""), "")
    return passages


def choose(wanted: Conditions, what: str, on: bool, place: Place) -> Conditions:
    """`wanted` with a passage pinned ("pin") or left out ("exclude"), or its document left out ("document"), or not."""
    sha256 = place.sha256
    pinned = _without(wanted.pinned, place)
    excluded = _without(wanted.excluded, place)
    documents = tuple(one for one in wanted.excluded_documents if one != sha256)
    match what:
        case "pin" if on:
            return replace(wanted, pinned=(*pinned, place), excluded=excluded, excluded_documents=documents)
        case "pin":
            return replace(wanted, pinned=pinned)
        case "exclude":
            return replace(wanted, pinned=pinned, excluded=(*excluded, place) if on else excluded)
        case "document":
            kept = tuple(one for one in wanted.pinned if one.sha256 != sha256)
            return replace(wanted, pinned=kept, excluded_documents=(*documents, sha256) if on else documents)
        case _:
            raise ValueError(what)


def questioning(
    turn: Turn,
    *,
    wanted: Conditions,
    variants: Sequence[int],
    said: SavedQuestion | None,
    models: Sequence[str],
    documents: Mapping[str, str],
    language: str,
    assistants: Mapping[int, str] = _NOBODY,
    compared: bool = False,
) -> dict[str, Any]:
    """What the component draws beside answer and sources.

    wanted: what the turn would be asked again with. variants: its id and its siblings', in order. said: what the user
    said of it. models: that could write the answer. documents: names by SHA-256, of those that may be left out.
    assistants: that can be asked now, their names by id. compared: whether what its perspective did can be shown.
    """
    passages = items(turn)
    asked = turn.state is not TurnState.RUNNING
    answer = turn.answer
    refused = answer is not None and not answer.answered
    marked = {passage.place: passage.right for passage in said.passages if not passage.implied} if said else {}
    return {
        "scope": asked_of(turn, language),
        "searched_in": _searched_in(turn, language) if refused else "",
        "model": visible(turn.conditions.answer_model),
        "can_answer": refused and asked and bool(turn.hits),
        "variants": stepped(turn.id, variants),
        "vote": said.vote if said else 0,
        "note": said.note if said else "",
        "chosen": _chosen(turn.conditions, wanted, language) if asked else "",
        "marks": {
            key: {
                "pin": any(item.place.overlaps(place) for place in wanted.pinned),
                "exclude": any(item.place.overlaps(place) for place in wanted.excluded),
                "document": item.place.sha256 in wanted.excluded_documents,
                "right": marked.get(item.place),
            }
            for key, item in passages.items()
        },
        "left_out": _left_out(turn, wanted, passages, documents, language),
        "near": [_near(key, item, turn, language) for key, item in near_misses(passages)],
        "lacks": {key: _lacks(item) for key, item in passages.items() if refused and key.startswith("s")},
        "models": [visible(model) for model in models],
        "instead": instead(turn, assistants, language) if asked else [],
        "liked": liked(turn, assistants) if asked else None,
        "perspective": compared,
    }


def instead(turn: Turn, assistants: Mapping[int, str], language: str) -> list[dict[str, Any]]:
    """Who else could be asked the same: by id and name; NO_ASSISTANT where an assistant was, ROUTER where one can."""
    answered = _answered_by(turn)
    found = [{"id": one, "name": visible(name)} for one, name in assistants.items() if one != answered]
    if found and len(assistants) > 1 and turn.conditions.assistant != ROUTER:
        found.append({"id": ROUTER, "name": text("choice_router", language)})
    if answered:
        found.append({"id": NO_ASSISTANT, "name": text("choice_none", language)})
    return found


def liked(turn: Turn, assistants: Mapping[int, str]) -> list[dict[str, Any]] | None:
    """Whose example an answer can become: the assistant's that gave it, else any's; None where it is no answer."""
    if turn.answer is None or not turn.answer.answered:
        return None
    answered = _answered_by(turn)
    whose = {answered: assistants[answered]} if answered in assistants else assistants
    return [{"id": one, "name": visible(name), "own": one == answered} for one, name in whose.items()]


def _answered_by(turn: Turn) -> int:
    assistant = turn.trace.plan.assistant
    return assistant.id if assistant else NO_ASSISTANT


def near_misses(passages: Mapping[str, Item]) -> list[tuple[str, Item]]:
    """The best passages that were not used and not left out, by their ids."""
    found = [
        (key, item)
        for key, item in passages.items()
        if key.startswith("m") and item.text and item.candidate.why == "beyond_k"
    ]
    return sorted(found, key=lambda pair: pair[1].candidate.rank)[:NEAR_MISSES]


def _without(places: Sequence[Place], place: Place) -> tuple[Place, ...]:
    return tuple(one for one in places if not one.overlaps(place))


def stepped(turn_id: int, variants: Sequence[int]) -> dict[str, Any] | None:
    """Where a turn is among its variants; None where it has no other."""
    if len(variants) < 2 or turn_id not in variants:
        return None
    at = variants.index(turn_id)
    return {
        "index": at + 1,
        "count": len(variants),
        "previous": variants[at - 1] if at else None,
        "next": variants[at + 1] if at + 1 < len(variants) else None,
        "other": variants[at - 1] if at else variants[1],
    }


def _chosen(now: Conditions, wanted: Conditions, language: str) -> str:
    """What differs, such as "1 pinned, 1 passage left out"; "" for nothing."""

    def added(before: Sequence[Any], after: Sequence[Any]) -> int:
        return len(set(after).difference(before))

    counts = {
        "chosen_pinned": added(now.pinned, wanted.pinned),
        "chosen_passages": added(now.excluded, wanted.excluded),
        "chosen_documents": added(now.excluded_documents, wanted.excluded_documents),
        "chosen_back": added(wanted.pinned, now.pinned)
        + added(wanted.excluded, now.excluded)
        + added(wanted.excluded_documents, now.excluded_documents),
    }
    return ", ".join(text(key, language, count=value) for key, value in counts.items() if value)


def _left_out(
    turn: Turn, wanted: Conditions, passages: Mapping[str, Item], documents: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    found = []
    for n in count():
        if (item := passages.get(f"x{n}")) is None:
            break
        name = item.document or documents.get(item.place.sha256, "")
        found.append(
            {
                "id": f"x{n}",
                "what": "exclude",
                "document": visible(name) or text("no_name", language),
                "page_label": _position(name, item, language) or text("left_out_passage", language),
                "on": any(item.place.overlaps(place) for place in wanted.excluded),
            }
        )
    for n, sha256 in enumerate(turn.conditions.excluded_documents):
        found.append(
            {
                "id": f"d{n}",
                "what": "document",
                "document": visible(documents.get(sha256, "")) or text("no_name", language),
                "page_label": text("left_out_document", language),
                "on": sha256 in wanted.excluded_documents,
            }
        )
    return found


def _near(key: str, item: Item, turn: Turn, language: str) -> dict[str, Any]:
    candidate = item.candidate
    last = min((hit.score for hit in turn.hits), default=None)
    scores = ""
    if last is not None:
        written = {"score": written_number(candidate.score, 2, language), "last": written_number(last, 2, language)}
        scores = text("near_score", language, **written)
    return {
        "id": key,
        "document": visible(item.document),
        "page_label": _position(item.document, item, language),
        "heading_path": list(headings(item.document, candidate.heading_path)),
        "segments": segments(flowing(item.text), (), signs(item.document, item.text)),
        "lacks": _lacks(item),
        "scores": scores,
    }


def _lacks(item: Item) -> str:
    return ", ".join(item.candidate.lacks or ())


def _position(document: str, item: Item, language: str) -> str:
    path, rows = item.candidate.heading_path, item.candidate.rows
    return visible(position(document, item.place.page, language, heading_path=path, rows=rows))


def asked_of(turn: Turn, language: str) -> str:
    """ "Asked of: Garanti.pdf, p. 3" where it was not all documents."""
    named = _named(turn.conditions.scope, turn.trace.retrieval.searched_in, language)
    return text("asked_of", language, scope=named) if named else ""


def _named(scope: Scope, searched_in: SearchedIn | None, language: str) -> str:
    if not scope:
        return ""
    parts = [", ".join(visible(tag) for tag in scope.tags)] if scope.tags else []
    names = [visible(name) for name in searched_in.names] if searched_in is not None else []
    all_names = searched_in.count if searched_in is not None else 0
    if names and not scope.tags:
        parts.append(", ".join(names[:NAMES]))
        if all_names > NAMES:
            parts.append(text("and_more", language, count=all_names - NAMES))
    elif scope.documents:
        parts.append(_documents(len(scope.documents), language))
    if scope.page is not None:
        parts.append(scope_page(names, scope.page, language))
    return ", ".join(parts)


def _documents(number: int, language: str) -> str:
    return text("documents_count", language, count=number)


def _searched_in(turn: Turn, language: str) -> str:
    """What a refusal is about: "Searched: 12 documents. Left out: A.pdf, 2 passages"."""
    searched_in = turn.trace.retrieval.searched_in
    if searched_in is None:
        return ""
    named = _named(turn.conditions.scope, searched_in, language) or _documents(searched_in.count, language)
    said = [text("searched_in", language, scope=named)]
    left_out = [visible(name) for name in searched_in.excluded]
    if passages := len(turn.conditions.excluded):
        left_out.append(text("passages_count", language, count=passages))
    if left_out:
        said.append(text("searched_without", language, names=", ".join(left_out)))
    return " ".join(said)
