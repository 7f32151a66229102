"""What a click in a turn does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.settings import FIELDS
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Hit, Turn
from rag.evaluation.saved_questions import MAX_NOTE
from rag.ui.chat.turn_questions import choose, items
from rag.ui.i18n import t
from rag.ui.shell.session import OpenSource, library, said, session
from rag.ui.shell.untrusted import as_id, as_int, as_text

FAILED = "kilde_chat_failed"
MAX_QUESTION = 2000  # characters
MAX_SELECTED = 5000  # characters
_MAX_SENDER = 64
_MAX_MODEL = 501  # one more than a setting allows
LEDGER, COMPARE, DOCUMENT = "pages/ledger.py", "pages/compare.py", "pages/document.py"
ASSISTANTS = "pages/assistants.py"


def wanted(turn: Turn) -> Conditions:
    """What a turn would be asked again with: its own conditions, changed by what the user has chosen since."""
    return session().chosen.get(turn.id, turn.conditions)


def on_action(turn_id: int) -> Callable[[str, Any], None]:
    """The callback of a turn's component. What comes from the browser is checked: the rest is passed over."""

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
                    _heed(turn_id, value)
        except KildeError as error:
            st.session_state[FAILED] = said(error)
            state.redraw = True

    return act


def _heed(turn_id: int, sent: dict[str, Any]) -> None:
    """Does what was not done yet: the browser sends an action again until it has seen that it was heard."""
    heard = session().heard
    sender, acts = as_text(sent.get("from"), _MAX_SENDER), sent.get("acts")
    for one in acts if isinstance(acts, list) else ():
        given, act, value = one if isinstance(one, list) and len(one) == 3 else (None, "", None)
        number = as_int(given)
        if number is not None and number > heard.get(sender, 0):
            heard[sender] = number
            if isinstance(act, str) and act in _ACTIONS:
                _ACTIONS[act](library().conversations.live(turn_id).turn, value)


def _again(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, wanted(turn))


def _regenerate(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, turn.conditions)


def _edit(turn: Turn, value: Any) -> None:
    question = as_text(value, MAX_QUESTION).strip()
    if question:
        # what was pinned and left out was chosen for the old question
        now = turn.conditions
        _ask(turn, question, Conditions(now.scope, answer_model=now.answer_model, assistant=now.assistant))


def _model(turn: Turn, value: Any) -> None:
    name = as_text(value, _MAX_MODEL).strip()
    FIELDS["answer_model"].check("answer_model", name)
    _ask(turn, turn.question, replace(wanted(turn), answer_model=name))


def _instead(turn: Turn, value: Any) -> None:
    """Another assistant, or none, with the model that it has: what was chosen for the turn is overruled."""
    if _is_one_of(value, (NO_ASSISTANT, ROUTER)) or _is_assistant(value):
        _ask(turn, turn.question, replace(wanted(turn), assistant=value, assistant_version=0, answer_model=""))


def _anyway(turn: Turn, value: Any) -> None:
    _ask(turn, turn.question, replace(wanted(turn), regardless=True))


def _ask(turn: Turn, question: str, conditions: Conditions) -> None:
    state = session()
    state.source = None
    state.redraw = True
    library().conversations.ask_again(turn.id, question=question, conditions=conditions)
    state.chosen.pop(turn.id, None)


def _choose(turn: Turn, value: Any) -> None:
    if not isinstance(value, dict):
        return
    what, on, key = (
        as_text(value.get("what"), _MAX_SENDER),
        value.get("on") is True,
        as_text(value.get("id"), _MAX_SENDER),
    )
    now = wanted(turn)
    item = items(turn).get(key)
    if item is not None and what in ("pin", "exclude", "document"):
        session().chosen[turn.id] = choose(now, what, on, item.place)
    elif what == "document" and key.startswith("d") and (n := as_id(key[1:])) is not None:
        for sha256 in turn.conditions.excluded_documents[n : n + 1]:
            rest = tuple(one for one in now.excluded_documents if one != sha256)
            session().chosen[turn.id] = replace(now, excluded_documents=(*rest, sha256) if on else rest)


def _undo(turn: Turn, value: Any) -> None:
    session().chosen.pop(turn.id, None)


def _show(turn: Turn, value: Any) -> None:
    if _is_one_of(value, library().conversations.variants(turn.id)):
        session().source = None
        session().redraw = True
        library().conversations.show_variant(value)


def _compare(turn: Turn, value: Any) -> None:
    if _is_one_of(value, library().conversations.variants(turn.id)):
        first, second = sorted((turn.id, value))
        session().leave_for = (COMPARE, {"turns": f"{first},{second}"})


def _how(turn: Turn, value: Any) -> None:
    session().leave_for = (LEDGER, {"turn": str(turn.id)})


def _perspective(turn: Turn, value: Any) -> None:
    session().leave_for = (COMPARE, {"angle": str(turn.id)})


def _example(turn: Turn, value: Any) -> None:
    """To the assistants page, where the answer becomes an example of an assistant, or begins a new one."""
    if _is_one_of(value, (NO_ASSISTANT,)) or _is_assistant(value):
        address = {"example_of": str(turn.id)}
        session().leave_for = (ASSISTANTS, {"assistant": str(value), **address} if value else address)


def _is_assistant(value: Any) -> bool:
    number = as_int(value)
    return bool(number) and library().assistants.is_there(value)


def _is_one_of(value: Any, numbers: Collection[int]) -> bool:
    return type(value) is int and value in numbers  # True is no number here


def _best(turn: Turn, value: Any) -> None:
    session().source = None
    session().redraw = True
    library().panels.vote(turn.id)


def _vote(turn: Turn, value: Any) -> None:
    if _is_one_of(value, (1, -1, 0)):
        library().saved_questions.vote(turn.id, value)


def _note(turn: Turn, value: Any) -> None:
    if isinstance(value, str):
        library().saved_questions.note(turn.id, as_text(value, MAX_NOTE))


def _mark(turn: Turn, value: Any) -> None:
    if not isinstance(value, dict):
        return
    item, right = items(turn).get(as_text(value.get("id"), _MAX_SENDER)), value.get("right")
    if item is not None and item.text and (right is None or isinstance(right, bool)):
        library().saved_questions.mark(turn.id, item.place, item.document, item.text, right)


def _document(turn: Turn, value: Any) -> None:
    """To the page of a source's document, where it and its page can be asked."""
    if not isinstance(value, dict):
        return
    hit = _source(turn, value)
    found = library().documents.with_content(hit.sha256) if hit is not None else None
    if found is not None and as_int(value.get("page")) is not None:
        session().leave_for = (DOCUMENT, {"id": str(found.id), "page": str(value["page"])})


def _here(turn: Turn, value: Any) -> None:
    """What was selected on a page of a source's document is where the answer stands."""
    if not isinstance(value, dict):
        return
    hit, page = _source(turn, value), as_int(value.get("page"))
    text = as_text(value.get("text"), MAX_SELECTED)
    if hit is None or page is None:
        return
    found = library().documents.find_on_page(hit.sha256, page, text)
    if found is None:
        st.session_state[FAILED] = t("selection_not_found")
        session().redraw = True
        return
    place, exact = found
    library().saved_questions.mark(turn.id, place, hit.document, exact, True)


def _source(turn: Turn, value: dict[str, Any]) -> Hit | None:
    """The source with the number that was sent."""
    number = as_int(value.get("number"))
    return next((hit for hit in turn.hits if hit.number == number), None)


_ACTIONS: dict[str, Callable[[Turn, Any], None]] = {
    "again": _again,
    "perspective": _perspective,
    "anyway": _anyway,
    "best": _best,
    "choose": _choose,
    "compare": _compare,
    "document": _document,
    "edit": _edit,
    "example": _example,
    "here": _here,
    "how": _how,
    "instead": _instead,
    "mark": _mark,
    "model": _model,
    "note": _note,
    "regenerate": _regenerate,
    "show": _show,
    "undo": _undo,
    "vote": _vote,
}
