"""Drafts of the assistants page. They outlive reruns and visits to other pages in the same tab."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from rag.core.errors import AssistantGone, InvalidAssistant, InvalidSetting, KildeError, NotFound
from rag.core.types import Assistant
from rag.ui.assistants.form_data import normalize, to_fields, with_fields
from rag.ui.assistants.tryout_runner import Trial
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import error_text, library
from rag.ui.shell.untrusted import as_id

PREFIX = "assistant_"
_STATE = "kilde_assistants"
_EMPTY = Assistant("")
MESSAGE_SECONDS = 60
"""How long the message about the last click stays, unless the user clicks something else."""


@dataclass
class Draft:
    """An assistant as it is saved (id 0 if it is not yet) and as it stands in the form."""

    saved: Assistant
    current: Assistant

    @property
    def is_changed(self) -> bool:
        return replace(normalize(self.current), id=self.saved.id, version=self.saved.version) != self.saved


@dataclass
class Message:
    """The result of the last click. kind: "success", "info", "warning" or "error".

    undo: the assistant's id and the version that the undo button restores.
    """

    kind: str
    text: str
    undo: tuple[int, int] | None = None
    since: float = field(default_factory=time.monotonic)

    @property
    def is_old(self) -> bool:
        return time.monotonic() - self.since > MESSAGE_SECONDS


@dataclass
class EditState:
    """The state of the page in one tab.

    drafts, trials: by the assistant's id, or by a negative number for a new assistant. form_key: the draft whose fields
    are drawn. uploads: part of the uploaders' keys, counted up so that each file begins with an empty widget.
    open_version: the earlier version that is shown.
    """

    drafts: dict[int, Draft] = field(default_factory=dict)
    form_key: int | None = None
    message: Message | None = None
    uploads: int = 0
    open_version: int | None = None
    trials: dict[int, Trial] = field(default_factory=dict)


def edit_state() -> EditState:
    """The page's state in this tab."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = EditState()
    state: EditState = st.session_state[_STATE]
    return state


def form_error_text(error: KildeError) -> str:
    """The message of an error as Markdown, with the name of the invalid field in the language of the page."""
    if type(error) is InvalidAssistant:
        part = str(error.values.get("part", ""))
        error = InvalidAssistant(part=t(f"part_{part}"), allowed=escape_markdown(str(error.values.get("allowed", ""))))
        return error.in_language(language())
    if isinstance(error, InvalidSetting):
        name, allowed = str(error.values.get("setting", "")), str(error.values.get("allowed", ""))
        return InvalidAssistant(part=t(f"part_{name}"), allowed=escape_markdown(allowed)).in_language(language())
    return error_text(error)


def attempt(action: Callable[[], Any]) -> None:
    """Runs `action`; the message of a KildeError is drawn in the next run of the page."""
    edit_state().message = None
    try:
        action()
    except KildeError as error:
        edit_state().message = Message("error", form_error_text(error))


# opening -----------------------------------------------------------------------------------------------------


def open_form(key: int) -> None:
    """Switches to the form of the draft `key`. Call it before the page is drawn."""
    edit_state().message = None
    st.query_params.from_dict({"assistant": str(key)})


def close_form() -> None:
    """Switches to the list; changes stay in the draft."""
    edit_state().message = None
    st.query_params.clear()


def key_from_address() -> int | None:
    """The draft that the query parameters name; None for the list, and for an assistant that does not exist."""
    value = st.query_params.get("assistant", "")
    state = edit_state()
    number = as_id(value.removeprefix("-"))
    if number is None:
        return None
    key = -number if value.startswith("-") else number
    if key in state.drafts:
        return key
    try:
        if key <= 0 or not library().assistants.is_there(key):
            raise AssistantGone
        saved = library().assistants.get(key)
    except NotFound as error:
        close_form()
        state.message = Message("error", error_text(error))
        return None
    state.drafts[key] = Draft(saved, saved)
    return key


def new_draft(assistant: Assistant) -> int:
    """Creates and opens a draft of a new assistant that begins as `assistant`. Returns its key."""
    state = edit_state()
    key = min([0, *state.drafts]) - 1
    state.drafts[key] = Draft(_EMPTY, replace(assistant, id=0, version=0))
    open_form(key)
    return key


def refresh(key: int) -> None:
    """Loads a version that was saved in another tab, if the draft has no changes of its own."""
    draft = edit_state().drafts[key]
    if key > 0 and not draft.is_changed and library().assistants.is_there(key):
        newest = library().assistants.get(key)
        if newest != draft.saved:
            draft.saved = draft.current = newest
            write_fields(key)


# the fields --------------------------------------------------------------------------------------------------


def write_fields(key: int) -> None:
    """Writes a draft into the widgets' state. Call it before they are drawn or in a callback."""
    for name in [name for name in st.session_state if str(name).startswith(f"{PREFIX}example_")]:
        del st.session_state[name]
    for name, value in to_fields(edit_state().drafts[key].current).items():
        st.session_state[PREFIX + name] = value


def restore_fields(key: int) -> None:
    """Writes a draft into the widgets that lost their state while another page was shown."""
    for name, value in to_fields(edit_state().drafts[key].current).items():
        st.session_state.setdefault(PREFIX + name, value)


def read_fields(key: int) -> Draft:
    """Stores the widgets' values in the draft and returns it.

    Every callback begins with it, because Streamlit may run the callbacks of two simultaneous changes in any order.
    """
    draft = edit_state().drafts[key]
    edit_state().message = None
    if edit_state().form_key == key:
        values = {str(name)[len(PREFIX) :]: st.session_state[name] for name in _fields()}
        draft.current = with_fields(draft.current, values)
    return draft


def on_field_change(key: int) -> None:
    """The callback of every field."""
    read_fields(key)


def _fields() -> list[Any]:
    return [name for name in st.session_state if str(name).startswith(PREFIX)]


def update_draft(key: int, update: Callable[[Assistant], Assistant]) -> None:
    """Changes a draft by something other than a field, such as a button."""
    draft = read_fields(key)
    draft.current = update(draft.current)
    write_fields(key)
