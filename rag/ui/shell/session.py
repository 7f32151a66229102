"""The one library of this process, and what a session keeps between its runs."""

from __future__ import annotations

import atexit
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from rag.core.errors import KildeError
from rag.core.i18n import say, worded
from rag.core.settings import default_folder
from rag.core.types import NO_ASSISTANT, Conditions, Document, Notice, Scope
from rag.documents.reindexing import Plan
from rag.library import Library
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain


@dataclass
class OpenSource:
    """The source whose evidence view is open. page: another page of its document, None for its own."""

    turn_id: int
    number: int
    page: int | None = None


@dataclass
class Received:
    """One file that was dropped. outcome: "accepted", "there", "refused", "taken", "replaced", "kept_both", "skipped".

    data: kept only while the user has to choose what to do about a taken name.
    """

    name: str
    outcome: str
    error: KildeError | None = None
    document: Document | None = None
    data: bytes = b""


@dataclass
class Several:
    """Who is asked at once. chosen: as `rag.ui.chat.panel_picker` writes them. scenario: None for theirs."""

    on: bool = False
    chosen: list[str] = field(default_factory=list)
    scenario: str | None = None


@dataclass
class Session:
    """What one browser tab keeps. uploads: counts what was taken in, so that the uploader begins afresh after each.

    redraw: more than the turn that was clicked in has changed. chosen: by id of a turn what it would be asked again
    with. heard: by turn component, as it names itself, the number of the last action that was heard. leave_for: the
    page to go to when the turn is drawn next, and what its address says. begin_at: the id of the turn to be brought
    into sight, None for the last one. seen_uploads: ids of the files that were taken in. left_out: how many files the
    server had no room for. scope, assistant: what and who a new conversation will be asked. several: who is asked at
    once.
    """

    conversation_id: int | None = None
    address_read: bool = False
    source: OpenSource | None = None
    redraw: bool = False
    chosen: dict[int, Conditions] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    leave_for: tuple[str, dict[str, str]] | None = None
    begin_at: int | None = None
    received: list[Received] = field(default_factory=list)
    passed_over: int = 0
    left_out: int = 0
    uploads: int = 0
    seen_uploads: set[str] = field(default_factory=set)
    all_conversations: bool = False
    scope: Scope = field(default_factory=Scope)
    assistant: int = NO_ASSISTANT
    several: Several = field(default_factory=Several)
    planned_settings: Plan | None = None


def session() -> Session:
    """The state of this tab."""
    if "kilde_session" not in st.session_state:
        st.session_state["kilde_session"] = Session()
    kept: Session = st.session_state["kilde_session"]
    return kept


def _close(library: Library) -> None:
    atexit.unregister(library.close)
    library.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def _opened(folder: str) -> Library:
    library = Library.open(folder)
    # the embedding under way is finished and the lock let go of when the server ends
    atexit.register(library.close)
    return library


def library() -> Library:
    """The library in the data folder, opened once for all sessions. Raises the errors of `Library.open`."""
    return _opened(str(default_folder()))


def close() -> None:
    """Closes what is open; to be called when no page is drawn any more."""
    _opened.clear()


def zone() -> tzinfo:
    """The time zone of the browser, UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def said(error: KildeError) -> str:
    """What went wrong, in the language of the page, as Markdown that shows names letter for letter."""
    values = {
        name: t(value) if name == "setting" else plain(str(value)) if isinstance(value, str) else value
        for name, value in worded(error.values, language()).items()
    }
    return type(error)(**values).in_language(language())


def said_notice(notice: Notice) -> str:
    """The same for what is kept as a notice."""
    values = worded(notice.values, language())
    values = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    return say(notice.code, language(), **values)


def value_in(key: str) -> Any:
    """The value that a field with this key has in the session's state, to draw the field with as its default as well.

    Until the browser has taken in the value, the field stands at its default there; what asks for a run at that moment
    sends that as if somebody had chosen it.
    """
    return st.session_state.get(key)


def values_in(key: str, options: Iterable[Any]) -> list[Any]:
    """`value_in` for a field of several of these options."""
    offered = list(options)
    return [value for value in value_in(key) or () if value in offered]


def place_in(key: str, options: Iterable[Any]) -> int:
    """`value_in` for a field that wants the place among its options; the first for what is not among them."""
    offered = list(options)
    value = value_in(key)
    return offered.index(value) if value in offered else 0


def show_in(key: str, value: Any) -> None:
    """Has the field with this key, which is drawn next, show a value that may have been changed elsewhere.

    What is put there, Streamlit has the browser show, over what the user did to the field while the page was drawn. So
    nothing is put where the value is there already; of a list, in whatever order.
    """
    there = st.session_state.get(key)
    same = sorted(there) == sorted(value) if isinstance(there, list) and isinstance(value, list) else there == value
    if key not in st.session_state or not same:
        st.session_state[key] = value
