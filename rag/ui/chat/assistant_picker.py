"""Who answers the next questions: no assistant, one of them, or the one that a router chooses; above the field."""

from __future__ import annotations

import streamlit as st

from rag.core.errors import KildeError
from rag.core.types import NO_ASSISTANT, ROUTER, Assistant
from rag.ui.assistants.widgets import icon_of
from rag.ui.i18n import t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library, place_in, said, session, show_in

ASSISTANTS = "pages/assistants.py"
_FAILED = "kilde_assistant_failed"


def choice() -> None:
    """Draws who is asked, as a button that opens the choice, in a row that is there."""
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    assistants = {one.id: one for one in library().assistants.all()}
    now = current_assistant()
    with st.popover(
        _label(assistants, now),
        type="tertiary",
        icon=icon_of(assistants[now]) if now in assistants else _ICONS[now],
        help=t("choice_help"),
    ):
        if not assistants:
            st.caption(t("choice_make_text"))
            st.page_link(ASSISTANTS, label=t("choice_make"), icon=":material/add:")
            return
        _choice(assistants, now)
        st.page_link(ASSISTANTS, label=t("choice_manage"), icon=":material/groups:")


def removed() -> None:
    """Says so where the assistant of the open conversation was removed meanwhile."""
    chosen = _chosen()
    if chosen > 0 and not library().assistants.is_there(chosen):
        try:
            name = library().assistants.get(chosen).name
        except KildeError:  # its data were put back without it
            name = "…"
        st.caption(f":material/person_off: {t('choice_removed', name=plain(name))}")


def current_assistant() -> int:
    """Who is asked next: an id, NO_ASSISTANT or ROUTER. One that was removed reads as none."""
    chosen = _chosen()
    return chosen if chosen <= 0 or library().assistants.is_there(chosen) else NO_ASSISTANT


_ICONS = {NO_ASSISTANT: ":material/person:", ROUTER: ":material/alt_route:"}


def _choice(assistants: dict[int, Assistant], now: int) -> None:
    options = [NO_ASSISTANT, *assistants]
    if len(assistants) > 1 or now == ROUTER:
        options.append(ROUTER)
    # the field stays the same one, so that the keyboard stays in it; chosen elsewhere, it shows that
    key = "assistant_choice"
    show_in(key, now)
    st.radio(
        t("choice_who"),
        options,
        index=place_in(key, options),
        format_func=lambda one: _label(assistants, one, with_mark=True),
        captions=[_text(assistants, one) for one in options],
        key=key,
        on_change=_choose,
        args=(key,),
    )
    st.caption(t("choice_note"))


def _label(assistants: dict[int, Assistant], one: int, *, with_mark: bool = False) -> str:
    if one == NO_ASSISTANT:
        return t("choice_none")
    if one == ROUTER:
        return t("choice_router")
    if one not in assistants:
        return "…"
    assistant = assistants[one]
    name = plain(visible(assistant.name))
    if not with_mark:
        return name
    # made by Kilde itself of what was uploaded: base64, so that nothing of it can be read as Markdown
    picture = f"![](data:image/png;base64,{assistant.picture})" if assistant.picture else icon_of(assistant)
    return f"{picture} {name}"


def _text(assistants: dict[int, Assistant], one: int) -> str:
    if one in assistants:
        return plain(visible(assistants[one].scenario)) or t("choice_no_scenario")
    return t("choice_router_text") if one == ROUTER else ""


def _chosen() -> int:
    state = session()
    if state.conversation_id is None:
        return state.assistant
    return library().conversations.get(state.conversation_id).assistant


def _choose(key: str) -> None:
    chosen = st.session_state.get(key)
    state = session()
    if not isinstance(chosen, int):
        return
    if state.conversation_id is None:
        state.assistant = chosen
        return
    try:
        library().conversations.set_assistant(state.conversation_id, chosen)
    except KildeError as error:  # such as a conversation that was deleted in another tab
        st.session_state[_FAILED] = said(error)
