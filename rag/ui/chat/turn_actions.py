"""The actions that a user can take on a turn."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.settings import FIELDS
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Hit, Turn
from rag.evaluation.saved_questions import MAX_NOTE
from rag.ui.chat.turn_questions import items, with_choice
from rag.ui.i18n import t
from rag.ui.shell.session import OpenSource, error_text, library, session
from rag.ui.shell.untrusted import as_id, as_int, as_text

FAILED = "kilde_chat_failed"
MAX_QUESTION = 2000  # characters
MAX_SELECTED = 5000  # characters
_MAX_SENDER = 64
_MAX_MODEL = 501  # characters; one more than the setting allows, so that its check refuses a longer name
LEDGER, COMPARE, DOCUMENT = "pages/ledger.py", "pages/compare.py", "pages/document.py"
ASSISTANTS = "pages/assistants.py"


def next_conditions(turn: Turn) -> Conditions:
    """The conditions to ask a turn again with: its own, or those that the user has changed since."""
    return session().next_conditions.get(turn.id, turn.conditions)


def on_action(turn_id: int) -> Callable[[str, Any], None]:
    """The callback of a turn's component. Invalid values from the browser are ignored."""

    def act(name: str, value: Any) -> None:
        state = session()
        try:
            match name:
                case "open" if as_int(value) is not None:
                    state.redraw = state.source is not None and state.source.turn_id != turn_id
                    state.source = OpenSource(turn_id, value)
                case "page" if as_int(value) is not None and state.source is not None:
                    state.source.page = value
                case "close":
                    state.source = None
                case "acts" if isinstance(value, dict):
                    _run_actions(turn_id, value)
        except KildeError as error:
            st.session_state[FAILED] = error_text(error)
            state.redraw = True

    return act


def _run_actions(turn_id: int, message: dict[str, Any]) -> None:
    """Runs the new actions of a message. The browser repeats an action until the server has confirmed its number."""
    last_actions = session().last_actions
    sender, acts = as_text(message.get("from"), _MAX_SENDER), message.get("acts")
    for entry in acts if isinstance(acts, list) else ():
        entry_number, name, value = entry if isinstance(entry, list) and len(entry) == 3 else (None, "", None)
        number = as_int(entry_number)
        if number is not None and number > last_actions.get(sender, 0):
            last_actions[sender] = number
            if isinstance(name, str) and name in _ACTIONS:
                _ACTIONS[name](library().conversations.live(turn_id).turn, value)


def _ask_again(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, next_conditions(turn))


def _regenerate(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, turn.conditions)


def _ask_edited(turn: Turn, value: Any) -> None:
    question = as_text(value, MAX_QUESTION).strip()
    if question:
        # pinned and excluded passages belong to the old question
        conditions = turn.conditions
        _ask(
            turn,
            question,
            Conditions(conditions.scope, answer_model=conditions.answer_model, assistant=conditions.assistant),
        )


def _ask_model(turn: Turn, value: Any) -> None:
    name = as_text(value, _MAX_MODEL).strip()
    FIELDS["answer_model"].check("answer_model", name)
    _ask(turn, turn.question, replace(next_conditions(turn), answer_model=name))


def _ask_assistant(turn: Turn, value: Any) -> None:
    """Asks another assistant, or none, with that assistant's own model."""
    if _is_one_of(value, (NO_ASSISTANT, ROUTER)) or _is_assistant(value):
        _ask(turn, turn.question, replace(next_conditions(turn), assistant=value, assistant_version=0, answer_model=""))


def _answer_anyway(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, replace(next_conditions(turn), regardless=True))


def _ask(turn: Turn, question: str, conditions: Conditions) -> None:
    state = session()
    state.source = None
    state.redraw = True
    library().conversations.ask_again(turn.id, question=question, conditions=conditions)
    state.next_conditions.pop(turn.id, None)


def _choose(turn: Turn, value: Any) -> None:
    if not isinstance(value, dict):
        return
    kind, on, key = (
        as_text(value.get("what"), _MAX_SENDER),
        value.get("on") is True,
        as_text(value.get("id"), _MAX_SENDER),
    )
    conditions = next_conditions(turn)
    item = items(turn).get(key)
    if item is not None and kind in ("pin", "exclude", "document"):
        session().next_conditions[turn.id] = with_choice(conditions, kind, on, item.place)
    elif kind == "document" and key.startswith("d") and (n := as_id(key[1:])) is not None:
        for sha256 in turn.conditions.excluded_documents[n : n + 1]:
            documents = tuple(other for other in conditions.excluded_documents if other != sha256)
            session().next_conditions[turn.id] = replace(
                conditions, excluded_documents=(*documents, sha256) if on else documents
            )


def _undo(turn: Turn, value: Any) -> None:
    session().next_conditions.pop(turn.id, None)


def _show_variant(turn: Turn, value: Any) -> None:
    if _is_one_of(value, library().conversations.variants(turn.id)):
        session().source = None
        session().redraw = True
        library().conversations.show_variant(value)


def _open_comparison(turn: Turn, value: Any) -> None:
    if _is_one_of(value, library().conversations.variants(turn.id)):
        first_id, second_id = sorted((turn.id, value))
        session().redirect = (COMPARE, {"turns": f"{first_id},{second_id}"})


def _open_ledger(turn: Turn, value: Any) -> None:
    session().redirect = (LEDGER, {"turn": str(turn.id)})


def _open_perspective(turn: Turn, value: Any) -> None:
    session().redirect = (COMPARE, {"angle": str(turn.id)})


def _make_example(turn: Turn, value: Any) -> None:
    """Opens the assistants page, where the answer becomes an example of an assistant or of a new one."""
    if _is_one_of(value, (NO_ASSISTANT,)) or _is_assistant(value):
        address = {"example_of": str(turn.id)}
        session().redirect = (ASSISTANTS, {"assistant": str(value), **address} if value else address)


def _is_assistant(value: Any) -> bool:
    number = as_int(value)
    return bool(number) and library().assistants.is_there(value)


def _is_one_of(value: Any, numbers: Collection[int]) -> bool:
    return type(value) is int and value in numbers  # not isinstance, which accepts True


def _vote_best(turn: Turn, value: Any) -> None:
    session().source = None
    session().redraw = True
    library().panels.vote(turn.id)


def _vote(turn: Turn, value: Any) -> None:
    if _is_one_of(value, (1, -1, 0)):
        library().saved_questions.vote(turn.id, value)


def _save_note(turn: Turn, value: Any) -> None:
    if isinstance(value, str):
        library().saved_questions.note(turn.id, as_text(value, MAX_NOTE))


def _mark_passage(turn: Turn, value: Any) -> None:
    if not isinstance(value, dict):
        return
    item, right = items(turn).get(as_text(value.get("id"), _MAX_SENDER)), value.get("right")
    if item is not None and item.text and (right is None or isinstance(right, bool)):
        library().saved_questions.mark(turn.id, item.place, item.document, item.text, right)


def _open_document(turn: Turn, value: Any) -> None:
    """Opens the page of a source's document, where the user can ask about it or a page of it."""
    if not isinstance(value, dict):
        return
    hit = _source(turn, value)
    document = library().documents.with_content(hit.sha256) if hit is not None else None
    if document is not None and as_int(value.get("page")) is not None:
        session().redirect = (DOCUMENT, {"id": str(document.id), "page": str(value["page"])})


def _mark_selection(turn: Turn, value: Any) -> None:
    """Saves the text selected on a page of a source's document as the right passage."""
    if not isinstance(value, dict):
        return
    hit, page = _source(turn, value), as_int(value.get("page"))
    text = as_text(value.get("text"), MAX_SELECTED)
    if hit is None or page is None:
        return
    match = library().documents.find_on_page(hit.sha256, page, text)
    if match is None:
        st.session_state[FAILED] = t("selection_not_found")
        session().redraw = True
        return
    place, exact = match
    library().saved_questions.mark(turn.id, place, hit.document, exact, True)


def _source(turn: Turn, value: dict[str, Any]) -> Hit | None:
    """The source whose number the browser sent."""
    number = as_int(value.get("number"))
    return next((hit for hit in turn.hits if hit.number == number), None)


_ACTIONS: dict[str, Callable[[Turn, Any], None]] = {
    "again": _ask_again,
    "perspective": _open_perspective,
    "anyway": _answer_anyway,
    "best": _vote_best,
    "choose": _choose,
    "compare": _open_comparison,
    "document": _open_document,
    "edit": _ask_edited,
    "example": _make_example,
    "here": _mark_selection,
    "how": _open_ledger,
    "instead": _ask_assistant,
    "mark": _mark_passage,
    "model": _ask_model,
    "note": _save_note,
    "regenerate": _regenerate,
    "show": _show_variant,
    "undo": _undo,
    "vote": _vote,
}
