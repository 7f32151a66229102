"""What is being changed on the assistants page: drafts that outlive reruns and a visit to other pages of this tab."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from rag.core.errors import AssistantGone, InvalidAssistant, InvalidSetting, KildeError, NotFound
from rag.core.types import Assistant
from rag.ui.assistants.form_data import cleaned, fields_of, with_fields
from rag.ui.assistants.tryout_runner import Trial
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain
from rag.ui.shell.session import library, said
from rag.ui.shell.untrusted import as_id

PREFIX = "assistant_"
_STATE = "kilde_assistants"
_NOTHING = Assistant("")
MESSAGE_SECONDS = 60
"""How long it is said what came of a click, where nothing else was clicked since."""


@dataclass
class Draft:
    """An assistant as it is kept (without an id where it is not yet) and as it stands in the form."""

    kept: Assistant
    now: Assistant

    @property
    def is_changed(self) -> bool:
        return replace(cleaned(self.now), id=self.kept.id, version=self.kept.version) != self.kept


@dataclass
class Message:
    """What came of the last click. kind: "success", "info", "warning" or "error".

    undo: the id of an assistant and the version that it goes back to.
    """

    kind: str
    words: str
    undo: tuple[int, int] | None = None
    since: float = field(default_factory=time.monotonic)

    @property
    def is_old(self) -> bool:
        return time.monotonic() - self.since > MESSAGE_SECONDS


@dataclass
class Editing:
    """drafts: by the id of the assistant, or a negative number for a new one. shown: the one whose fields are drawn.

    uploads: counts files that were taken in, so that each uploader begins afresh. looking_at: a version that is shown.
    """

    drafts: dict[int, Draft] = field(default_factory=dict)
    shown: int | None = None
    message: Message | None = None
    uploads: int = 0
    looking_at: int | None = None
    trials: dict[int, Trial] = field(default_factory=dict)


def editing() -> Editing:
    """The state of this tab."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = Editing()
    kept: Editing = st.session_state[_STATE]
    return kept


def said_of(error: KildeError) -> str:
    """What went wrong, with the part that is wrong in the language of the page, as Markdown."""
    if type(error) is InvalidAssistant:
        part = str(error.values.get("part", ""))
        error = InvalidAssistant(part=t(f"part_{part}"), allowed=plain(str(error.values.get("allowed", ""))))
        return error.in_language(language())
    if isinstance(error, InvalidSetting):
        name, allowed = str(error.values.get("setting", "")), str(error.values.get("allowed", ""))
        return InvalidAssistant(part=t(f"part_{name}"), allowed=plain(allowed)).in_language(language())
    return said(error)


def attempt(change: Callable[[], Any]) -> None:
    """Does something; what keeps it from being done is said when the page is drawn."""
    editing().message = None
    try:
        change()
    except KildeError as error:
        editing().message = Message("error", said_of(error))


# opening -----------------------------------------------------------------------------------------------------


def open_one(key: int) -> None:
    """Goes to the form of an assistant, or of a new one that is not kept yet. To be called before it is drawn."""
    editing().message = None
    st.query_params.from_dict({"assistant": str(key)})


def close() -> None:
    """Goes back to the list; what was changed stays a draft."""
    editing().message = None
    st.query_params.clear()


def opened() -> int | None:
    """What the address names, and is there; None for the list."""
    wanted = st.query_params.get("assistant", "")
    state = editing()
    number = as_id(wanted.removeprefix("-"))
    if number is None:
        return None
    key = -number if wanted.startswith("-") else number
    if key in state.drafts:
        return key
    try:
        if key <= 0 or not library().assistants.is_there(key):
            raise AssistantGone
        kept = library().assistants.get(key)
    except NotFound as error:
        close()
        state.message = Message("error", said(error))
        return None
    state.drafts[key] = Draft(kept, kept)
    return key


def new_draft(assistant: Assistant) -> int:
    """A new one, not kept yet, that begins as `assistant`."""
    state = editing()
    key = min([0, *state.drafts]) - 1
    state.drafts[key] = Draft(_NOTHING, replace(assistant, id=0, version=0))
    open_one(key)
    return key


def refresh(key: int) -> None:
    """Where nothing was changed here, what was changed in another tab is taken over."""
    draft = editing().drafts[key]
    if key > 0 and not draft.is_changed and library().assistants.is_there(key):
        newest = library().assistants.get(key)
        if newest != draft.kept:
            draft.kept = draft.now = newest
            show(key)


# the fields --------------------------------------------------------------------------------------------------


def show(key: int) -> None:
    """Puts a draft into the fields. Before they are drawn, or in a callback."""
    for name in [name for name in st.session_state if str(name).startswith(f"{PREFIX}example_")]:
        del st.session_state[name]
    for name, value in fields_of(editing().drafts[key].now).items():
        st.session_state[PREFIX + name] = value


def fill(key: int) -> None:
    """Puts a draft into those fields that are empty because another page was shown in between."""
    for name, value in fields_of(editing().drafts[key].now).items():
        st.session_state.setdefault(PREFIX + name, value)


def gather(key: int) -> Draft:
    """Takes what stands in the fields into the draft; every callback begins so.

    Of two clicks that arrive at once, Streamlit may hear the second one first.
    """
    draft = editing().drafts[key]
    editing().message = None
    if editing().shown == key:
        there = {str(name)[len(PREFIX) :]: st.session_state[name] for name in _fields()}
        draft.now = with_fields(draft.now, there)
    return draft


def _fields() -> list[Any]:
    return [name for name in st.session_state if str(name).startswith(PREFIX)]


def change(key: int, how: Callable[[Assistant], Assistant]) -> None:
    """Changes the draft by something other than a field."""
    draft = gather(key)
    draft.now = how(draft.now)
    show(key)
