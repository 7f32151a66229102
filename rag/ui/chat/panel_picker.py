"""Who is asked at once: two to four assistants or models, chosen above the question field until it is switched off."""

from __future__ import annotations

import streamlit as st

from rag.conversations.assistants.validation import MAX_NAME
from rag.conversations.panels import FEWEST, MOST
from rag.core.types import Assistant, Conditions, Scope
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library, place_in, session, show_in, values_in

_ASSISTANT, _MODEL = "assistant:", "model:"
_CHOSEN, _SCENARIO = "several_chosen", "several_scenario"


def is_on() -> bool:
    """Whether the next question is put to several."""
    several = session().several
    return several.on and FEWEST <= len(_chosen(_there())) <= MOST


def asked(scope: Scope) -> list[Conditions]:
    """What the next question is put to, each in its own words."""
    found = []
    for one in _chosen(_there()):
        if one.startswith(_ASSISTANT):
            found.append(Conditions(scope, assistant=int(one.removeprefix(_ASSISTANT))))
        else:
            found.append(Conditions(scope, answer_model=one.removeprefix(_MODEL)))
    return found


def scenario() -> str:
    """The scenario chosen, else the one that all assistants that are asked are for."""
    several = session().several
    if several.scenario is not None:
        return several.scenario
    there = _there()
    scenarios = {there[one].scenario for one in _chosen(there) if one.startswith(_ASSISTANT)}
    return scenarios.pop() if len(scenarios) == 1 else ""


def choice() -> None:
    """Draws it as a button that opens the choice, in a row that is there; nothing where there is nobody to choose."""
    there = _there()
    if len(there) < FEWEST:
        return
    chosen, on = _chosen(there), is_on()
    label = t("panel_ask")
    if on:
        names = ", ".join(_name(one, there) for one in chosen)
        label = t("panel_asks", count=len(chosen), names=plain(names))
    with st.popover(label, type="tertiary", icon=":material/view_column:", help=t("panel_help"), key="several"):
        _choice(there, chosen, on)
    if on:
        st.button(
            t("panel_off"),
            key="several_off",
            type="tertiary",
            icon=":material/close:",
            help=t("panel_off_help"),
            on_click=_switch,
            args=(False,),
        )


def _choice(there: dict[str, Assistant], chosen: list[str], on: bool) -> None:
    show_in(_CHOSEN, chosen)
    st.multiselect(
        t("panel_who", fewest=FEWEST, most=MOST),
        list(there),
        default=values_in(_CHOSEN, there),
        format_func=lambda one: _labelled(one, there),
        max_selections=MOST,
        select_all=False,
        key=_CHOSEN,
        placeholder=t("panel_search"),
        on_change=_choose,
    )
    now = scenario()
    show_in(_SCENARIO, now)
    offered = ["", *sorted({*_scenarios(there), now} - {""}, key=str.casefold)]
    st.selectbox(
        t("panel_scenario"),
        offered,
        index=place_in(_SCENARIO, offered),
        format_func=lambda one: visible(one) or t("panel_scenario_none"),
        key=_SCENARIO,
        help=t("panel_scenario_text"),
        accept_new_options=True,
        on_change=_choose_scenario,
    )
    if len(chosen) < FEWEST:
        st.caption(t("panel_too_few", fewest=FEWEST))
    elif not on:
        label = t("panel_on", count=len(chosen))
        st.button(label, key="several_on", type="primary", on_click=_switch, args=(True,))
    st.caption(t("panel_note"))


def _there() -> dict[str, Assistant]:
    """All that can be asked, the assistants first. Of a model the assistant is one without a perspective."""
    assistants = {f"{_ASSISTANT}{one.id}": one for one in library().assistants.all()}
    used = [one.answer_model for one in assistants.values()]
    return assistants | {f"{_MODEL}{name}": Assistant("", answer_model=name) for name in model_options.known(used)}


def _chosen(there: dict[str, Assistant]) -> list[str]:
    """Those chosen that are still there."""
    return [one for one in session().several.chosen if one in there]


def _name(one: str, there: dict[str, Assistant]) -> str:
    found = there[one]
    return visible(found.name) or model_name(found.answer_model, language())


def _labelled(one: str, there: dict[str, Assistant]) -> str:
    if one not in there:
        return "…"
    return t("panel_assistant" if one.startswith(_ASSISTANT) else "panel_model", name=_name(one, there))


def _scenarios(there: dict[str, Assistant]) -> set[str]:
    """Those of assistants, of saved questions and of what was asked before."""
    return {
        *(one.scenario for one in there.values()),
        *(one.scenario for one in library().saved_questions.all()),
        *library().panels.scenarios(),
    }


def _choose() -> None:
    several = session().several
    several.chosen = [str(one) for one in st.session_state.get(_CHOSEN, ())][:MOST]
    several.on = len(several.chosen) >= FEWEST


def _choose_scenario() -> None:
    session().several.scenario = " ".join(str(st.session_state.get(_SCENARIO) or "").split())[:MAX_NAME]


def _switch(on: bool) -> None:
    session().several.on = on
