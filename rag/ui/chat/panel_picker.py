"""The picker of a panel above the question field: two to four assistants or models that answer together."""

import streamlit as st

from rag.conversations.assistants.validation import MAX_NAME
from rag.conversations.panels import FEWEST, MOST
from rag.core.types import Assistant, Conditions, Scope
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library, option_index, session, set_if_changed, state_values

_ASSISTANT, _MODEL = "assistant:", "model:"
_CHOSEN, _SCENARIO = "several_chosen", "several_scenario"


def is_on() -> bool:
    """Whether the next question goes to a panel."""
    selection = session().panel
    return selection.enabled and FEWEST <= len(_selected_keys(_candidates())) <= MOST


def panel_conditions(scope: Scope) -> list[Conditions]:
    """The conditions of the next question, one for each member of the panel."""
    conditions = []
    for key in _selected_keys(_candidates()):
        if key.startswith(_ASSISTANT):
            conditions.append(Conditions(scope, assistant=int(key.removeprefix(_ASSISTANT))))
        else:
            conditions.append(Conditions(scope, answer_model=key.removeprefix(_MODEL)))
    return conditions


def scenario() -> str:
    """The scenario that the user chose, else the one that all selected assistants share, else ""."""
    selection = session().panel
    if selection.scenario is not None:
        return selection.scenario
    candidates = _candidates()
    scenarios = {candidates[key].scenario for key in _selected_keys(candidates) if key.startswith(_ASSISTANT)}
    return scenarios.pop() if len(scenarios) == 1 else ""


def picker() -> None:
    """Draws a button that opens the options; nothing with too few candidates. Call it in a horizontal container."""
    candidates = _candidates()
    if len(candidates) < FEWEST:
        return
    keys, on = _selected_keys(candidates), is_on()
    label = t("panel_ask")
    if on:
        names = ", ".join(_name(key, candidates) for key in keys)
        label = t("panel_asks", count=len(keys), names=escape_markdown(names))
    with st.popover(label, type="tertiary", icon=":material/view_column:", help=t("panel_help"), key="several"):
        _options(candidates, keys, on)
    if on:
        st.button(
            t("panel_off"),
            key="several_off",
            type="tertiary",
            icon=":material/close:",
            help=t("panel_off_help"),
            on_click=_set_enabled,
            args=(False,),
        )


def _options(candidates: dict[str, Assistant], keys: list[str], on: bool) -> None:
    set_if_changed(_CHOSEN, keys)
    st.multiselect(
        t("panel_who", fewest=FEWEST, most=MOST),
        list(candidates),
        default=state_values(_CHOSEN, candidates),
        format_func=lambda option: _label(option, candidates),
        max_selections=MOST,
        select_all=False,
        key=_CHOSEN,
        placeholder=t("panel_search"),
        on_change=_on_select,
    )
    current = scenario()
    set_if_changed(_SCENARIO, current)
    options = ["", *sorted({*_scenarios(candidates), current} - {""}, key=str.casefold)]
    st.selectbox(
        t("panel_scenario"),
        options,
        index=option_index(_SCENARIO, options),
        format_func=lambda option: visible(option) or t("panel_scenario_none"),
        key=_SCENARIO,
        help=t("panel_scenario_text"),
        accept_new_options=True,
        on_change=_on_scenario,
    )
    if len(keys) < FEWEST:
        st.caption(t("panel_too_few", fewest=FEWEST))
    elif not on:
        label = t("panel_on", count=len(keys))
        st.button(label, key="several_on", type="primary", on_click=_set_enabled, args=(True,))
    st.caption(t("panel_note"))


def _candidates() -> dict[str, Assistant]:
    """The possible members by key, assistants first. A model is represented by an assistant without a name."""
    assistants = {f"{_ASSISTANT}{assistant.id}": assistant for assistant in library().assistants.all()}
    models = [assistant.answer_model for assistant in assistants.values()]
    return assistants | {
        f"{_MODEL}{name}": Assistant("", answer_model=name) for name in model_options.answer_models(models)
    }


def _selected_keys(candidates: dict[str, Assistant]) -> list[str]:
    """The selected keys that are still candidates."""
    return [key for key in session().panel.keys if key in candidates]


def _name(key: str, candidates: dict[str, Assistant]) -> str:
    assistant = candidates[key]
    return visible(assistant.name) or model_name(assistant.answer_model, language())


def _label(key: str, candidates: dict[str, Assistant]) -> str:
    if key not in candidates:
        return "…"
    return t("panel_assistant" if key.startswith(_ASSISTANT) else "panel_model", name=_name(key, candidates))


def _scenarios(candidates: dict[str, Assistant]) -> set[str]:
    """The scenarios of assistants, of saved questions and of earlier panels."""
    return {
        *(item.scenario for item in candidates.values()),
        *(item.scenario for item in library().saved_questions.all()),
        *library().panels.scenarios(),
    }


def _on_select() -> None:
    selection = session().panel
    selection.keys = [str(key) for key in st.session_state.get(_CHOSEN, ())][:MOST]
    selection.enabled = len(selection.keys) >= FEWEST


def _on_scenario() -> None:
    session().panel.scenario = " ".join(str(st.session_state.get(_SCENARIO) or "").split())[:MAX_NAME]


def _set_enabled(on: bool) -> None:
    session().panel.enabled = on
