"""The picker above the question field for who answers: no assistant, an assistant, or the router's choice."""

import streamlit as st

from rag.core.errors import KildeError
from rag.core.types import NO_ASSISTANT, ROUTER, Assistant
from rag.ui.assistants.widgets import material_icon
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import error_text, library, option_index, session, set_if_changed

ASSISTANTS = "pages/assistants.py"
_FAILED = "kilde_assistant_failed"


def picker() -> None:
    """Draws a button with the current assistant that opens the options. Call it inside a horizontal container."""
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    assistants = {assistant.id: assistant for assistant in library().assistants.all()}
    current = current_assistant()
    with st.popover(
        _label(assistants, current),
        type="tertiary",
        icon=material_icon(assistants[current]) if current in assistants else _ICONS[current],
        help=t("choice_help"),
    ):
        if not assistants:
            st.caption(t("choice_make_text"))
            st.page_link(ASSISTANTS, label=t("choice_make"), icon=":material/add:")
            return
        _options(assistants, current)
        st.page_link(ASSISTANTS, label=t("choice_manage"), icon=":material/groups:")


def removed_notice() -> None:
    """Draws a notice if the assistant of the open conversation was removed."""
    selected = _selected_id()
    if selected > 0 and not library().assistants.is_there(selected):
        try:
            name = library().assistants.get(selected).name
        except KildeError:  # such as after a backup without it was restored
            name = "…"
        st.caption(f":material/person_off: {t('choice_removed', name=escape_markdown(name))}")


def current_assistant() -> int:
    """Who answers next: an assistant's id, NO_ASSISTANT (also for one that was removed) or ROUTER."""
    selected = _selected_id()
    return selected if selected <= 0 or library().assistants.is_there(selected) else NO_ASSISTANT


_ICONS = {NO_ASSISTANT: ":material/person:", ROUTER: ":material/alt_route:"}


def _options(assistants: dict[int, Assistant], current: int) -> None:
    options = [NO_ASSISTANT, *assistants]
    if len(assistants) > 1 or current == ROUTER:
        options.append(ROUTER)
    # the key stays the same, so that the widget keeps the focus; a choice made elsewhere is set in its state
    key = "assistant_choice"
    set_if_changed(key, current)
    st.radio(
        t("choice_who"),
        options,
        index=option_index(key, options),
        format_func=lambda option: _label(assistants, option, with_mark=True),
        captions=[_caption(assistants, option) for option in options],
        key=key,
        on_change=_on_select,
        args=(key,),
    )
    st.caption(t("choice_note"))


def _label(assistants: dict[int, Assistant], option: int, *, with_mark: bool = False) -> str:
    if option == NO_ASSISTANT:
        return t("choice_none")
    if option == ROUTER:
        return t("choice_router")
    if option not in assistants:
        return "…"
    assistant = assistants[option]
    name = escape_markdown(visible(assistant.name))
    if not with_mark:
        return name
    # Kilde encoded the picture itself; base64 has no characters that Markdown interprets
    picture = f"![](data:image/png;base64,{assistant.picture})" if assistant.picture else material_icon(assistant)
    return f"{picture} {name}"


def _caption(assistants: dict[int, Assistant], option: int) -> str:
    if option in assistants:
        return escape_markdown(visible(assistants[option].scenario)) or t("choice_no_scenario")
    return t("choice_router_text") if option == ROUTER else ""


def _selected_id() -> int:
    state = session()
    if state.conversation_id is None:
        return state.assistant
    return library().conversations.get(state.conversation_id).assistant


def _on_select(key: str) -> None:
    selected = st.session_state.get(key)
    state = session()
    if not isinstance(selected, int):
        return
    if state.conversation_id is None:
        state.assistant = selected
        return
    try:
        library().conversations.set_assistant(state.conversation_id, selected)
    except KildeError as error:  # such as a conversation that was deleted in another tab
        st.session_state[_FAILED] = error_text(error)
