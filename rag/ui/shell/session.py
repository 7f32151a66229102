"""The library of this process, the state of a browser tab, and helpers for widgets with state."""

import atexit
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from rag.core.errors import KildeError
from rag.core.i18n import say, worded
from rag.core.locations import notice_values
from rag.core.settings import default_folder
from rag.core.types import NO_ASSISTANT, Conditions, Document, Notice, Scope
from rag.documents.reindexing import Plan
from rag.library import Library
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown


@dataclass
class OpenSource:
    """The source whose evidence view is open. page: another page of its document, None for the page of the passage."""

    turn_id: int
    number: int
    page: int | None = None


@dataclass
class ReceivedFile:
    """What became of one dropped file.

    outcome: "accepted", "there", "refused", "taken", "replaced", "kept_both" or "skipped". data: the bytes, held only
    while the user has to decide about a name that another document has.
    """

    name: str
    outcome: str
    error: KildeError | None = None
    document: Document | None = None
    data: bytes = b""


@dataclass
class PanelSelection:
    """Who answers the next questions together.

    keys: the members, as `rag.ui.chat.panel_picker` writes them. scenario: None for the one that they share.
    """

    enabled: bool = False
    keys: list[str] = field(default_factory=list)
    scenario: str | None = None


@dataclass
class Session:
    """The state of one browser tab.

    redraw: an action changed more than its own turn, so the whole page has to run. next_conditions: by turn id, what
    the turn would be asked again with. last_actions: by the random name of a turn component, the number of the last
    action that was carried out. redirect: the page to switch to when the turn is drawn next, and its query parameters.
    scroll_turn_id: the turn to scroll to, None for the last one. uploader_version: part of the uploader's key, counted
    up so that each drop begins with an empty widget. upload_ids: ids of the files that were read. ignored_files: files
    of a dropped folder that Kilde cannot read. refused_files: files that the server had no room for. scope, assistant:
    those of a conversation that has not begun yet.
    """

    conversation_id: int | None = None
    address_read: bool = False
    source: OpenSource | None = None
    redraw: bool = False
    next_conditions: dict[int, Conditions] = field(default_factory=dict)
    last_actions: dict[str, int] = field(default_factory=dict)
    redirect: tuple[str, dict[str, str]] | None = None
    scroll_turn_id: int | None = None
    received_files: list[ReceivedFile] = field(default_factory=list)
    ignored_files: int = 0
    refused_files: int = 0
    uploader_version: int = 0
    upload_ids: set[str] = field(default_factory=set)
    show_all_conversations: bool = False
    scope: Scope = field(default_factory=Scope)
    assistant: int = NO_ASSISTANT
    panel: PanelSelection = field(default_factory=PanelSelection)
    planned_settings: Plan | None = None


def session() -> Session:
    """The state of this tab."""
    if "kilde_session" not in st.session_state:
        st.session_state["kilde_session"] = Session()
    state: Session = st.session_state["kilde_session"]
    return state


def _close(library: Library) -> None:
    atexit.unregister(library.close)
    library.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def _open_library(folder: str) -> Library:
    library = Library.open(folder)
    # so that the running embedding ends and the lock is released when the server stops
    atexit.register(library.close)
    return library


def library() -> Library:
    """The library in the data folder, opened once for all sessions. Raises the errors of `Library.open`."""
    return _open_library(str(default_folder()))


def close() -> None:
    """Closes the library. Call it once no page is drawn any more."""
    _open_library.clear()


def time_zone() -> tzinfo:
    """The time zone of the browser; UTC if the browser does not report one."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def error_text(error: KildeError) -> str:
    """The message of an error in the language of the page, as Markdown that shows names literally."""
    values = {
        name: t(value) if name == "setting" else escape_markdown(str(value)) if isinstance(value, str) else value
        for name, value in worded(error.values, language()).items()
    }
    return type(error)(**values).in_language(language())


def notice_text(notice: Notice, document: str = "") -> str:
    """The same as `error_text` for a stored notice. document: the name of the one that it is about."""
    values = worded(notice_values(notice, document), language())
    values = {name: escape_markdown(value) if isinstance(value, str) else value for name, value in values.items()}
    return say(notice.code, language(), **values)


def state_value(key: str) -> Any:
    """The session-state value of a widget, to pass as the widget's default as well.

    Until the browser has received the state's value, the widget shows its default there, and a rerun at that moment
    would send the default back as if the user had chosen it.
    """
    return st.session_state.get(key)


def state_values(key: str, options: Iterable[Any]) -> list[Any]:
    """`state_value` for a widget of which several options can be selected; values that are no option are left out."""
    allowed = list(options)
    return [value for value in state_value(key) or () if value in allowed]


def option_index(key: str, options: Iterable[Any]) -> int:
    """The index of `state_value` among the options, as `st.selectbox` takes it; 0 for a value that is no option."""
    allowed = list(options)
    value = state_value(key)
    return allowed.index(value) if value in allowed else 0


def set_if_changed(key: str, value: Any) -> None:
    """Sets the session-state value of a widget that is drawn next, if it differs. Lists are equal in any order.

    Streamlit makes the browser show a value that the script has set, over what the user did to the widget meanwhile.
    So the state is only written where another tab or page has changed the value.
    """
    current = st.session_state.get(key)
    if isinstance(current, list) and isinstance(value, list):
        is_equal = sorted(current) == sorted(value)
    else:
        is_equal = current == value
    if key not in st.session_state or not is_equal:
        st.session_state[key] = value
