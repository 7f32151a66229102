"""Getting a model from the hub: what is worth having here, what a repository holds, and what is on its way."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.core.errors import KildeError
from rag.generation.model_catalog import AnswerModel
from rag.models.download import repository
from rag.models.download.candidates import DownloadCandidate
from rag.models.download.manager import Download, DownloadState
from rag.models.hardware import Machine, carries
from rag.models.recommended import Advised
from rag.ui.i18n import language, t
from rag.ui.models.data import carried_text, key_of, named, preselected, size_text
from rag.ui.shell.formatting import number, plain, time_left, visible
from rag.ui.shell.session import library, said, said_notice

POLL_SECONDS = 0.5
_ASKED = "kilde_models_asked"
_OFFER = "kilde_models_offer"
_FAULT = "kilde_models_fault"
_CAME = "kilde_models_came"
_ICONS = {"well": ":material/check_circle:", "slowly": ":material/hourglass_bottom:", "not": ":material/block:"}
_Measured = Sequence[tuple[int, float]]


def section(models: Sequence[AnswerModel]) -> None:
    """Draws suggestions, the field for another model, and the downloads. models: what is here already."""
    shelf, tongue = library().answer_models, language()
    st.subheader(t("models_get"), anchor=False)
    st.caption(t("models_get_text", host=plain(repository.host())))
    _downloads()
    machine, measured = shelf.machine(), shelf.measured()
    figures = {
        "memory": number(machine.memory_bytes / 1e9, 0, tongue),
        "cores": machine.cores,
        "disk": number(machine.free_disk / 1e9, 0, tongue),
    }
    st.markdown(t("models_machine", **figures))
    here = {model.detail for model in models if model.origin == "hub"}
    coming = {download.model for download in shelf.downloads.all() if download.state is not DownloadState.DONE}
    for advised in shelf.suggestions():
        _suggestion(advised, advised.suggested.model in here, advised.suggested.model in coming)
    with st.form("models_other", border=False):
        st.text_input(t("models_other"), key="models_id", max_chars=200, width=480)
        st.caption(t("models_other_help"))
        st.form_submit_button(t("models_look"), icon=":material/travel_explore:", on_click=_ask_typed)
    _asked()
    if (fault := st.session_state.pop(_FAULT, None)) is not None:
        st.error(fault, icon=":material/error:")
    offer = st.session_state.get(_OFFER)
    if isinstance(offer, DownloadCandidate):
        _offered(offer, machine, measured)


def _suggestion(advised: Advised, here: bool, coming: bool) -> None:
    one, tongue = advised.suggested, language()
    licence = f"{one.licence} ({t('models_terms')})" if one.terms else one.licence
    with st.container(border=True, key=f"suggested_{key_of(one.model)}", gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(one.title)}**  ·  {size_text(one.size, tongue)}", width="stretch")
            if here or coming:
                icon = ":material/check:" if here else ":material/downloading:"
                st.badge(t("models_is_here" if here else "models_coming"), icon=icon, color="green")
            else:
                st.button(
                    named(t("models_fetch"), one.title),
                    key=f"named_fetch_{key_of(one.model)}",
                    icon=":material/download:",
                    disabled=advised.carried == "not",
                    on_click=_ask,
                    args=(one.model, one.pattern),
                )
        words = carried_text(one.size, advised.carried, advised.tokens_per_second, tongue)
        st.markdown(f"{_ICONS[advised.carried]} {words}. {t(one.good_for)}")
        st.caption(plain(f"{one.model} · {t('models_licence', licence=licence)}"))


# what the hub has --------------------------------------------------------------------------------------------


def _ask(model: str, pattern: str) -> None:
    st.session_state[_ASKED] = (model, pattern)


def _ask_typed() -> None:
    if typed := str(st.session_state["models_id"]).strip():
        _ask(typed, "")


def _asked() -> None:
    """Asks the hub, where that was wished for; a suggestion is begun at once where it is clear which file is meant."""
    asked = st.session_state.pop(_ASKED, None)
    if asked is None:
        return
    model, pattern = asked
    st.session_state.pop(_OFFER, None)
    try:
        with st.spinner(t("models_asking")):
            offer = library().answer_models.offer(model)
        fitting = [n for n, choice in enumerate(offer.choices) if pattern and pattern in choice.name.lower()]
        if len(fitting) != 1:
            st.session_state[_OFFER] = offer
            return
        library().answer_models.downloads.start(offer, offer.choices[fitting[0]])
    except KildeError as error:
        st.session_state[_FAULT] = said(error)
        return
    st.rerun()


def _offered(offer: DownloadCandidate, machine: Machine, measured: _Measured) -> None:
    tongue = language()

    def label(number_: int) -> str:
        choice = offer.choices[number_]
        carried = carries(choice.size, machine, measured)
        words = carried_text(choice.size, carried, machine.tokens_per_second(choice.size, measured), tongue)
        return visible(f"{choice.name} · {size_text(choice.size, tongue)} · {words}")

    with st.container(border=True, key="models_offer"):
        licence = f" · {t('models_licence', licence=offer.licence)}" if offer.licence else ""
        st.caption(plain(f"{offer.model}{licence}"))
        if len(offer.choices) > 1:
            st.selectbox(
                t("models_which", name=visible(offer.model)),
                range(len(offer.choices)),
                index=preselected(offer.choices, machine, measured),
                format_func=label,
                key="models_choice",
            )
        else:
            st.markdown(plain(label(0)))
        with st.container(horizontal=True):
            st.button(
                t("models_fetch"), key="models_fetch", type="primary", icon=":material/download:", on_click=_fetch
            )
            st.button(t("cancel"), key="models_leave", on_click=lambda: st.session_state.pop(_OFFER, None))


def _fetch() -> None:
    offer = st.session_state.pop(_OFFER, None)
    if isinstance(offer, DownloadCandidate):
        number_ = int(st.session_state.get("models_choice") or 0)
        try:
            library().answer_models.downloads.start(offer, offer.choices[min(number_, len(offer.choices) - 1)])
        except KildeError as error:
            st.session_state[_FAULT] = said(error)


# what is on its way ------------------------------------------------------------------------------------------


def _downloads() -> None:
    working = library().answer_models.downloads.working
    # always a fragment, and always this one: a click that comes just when the last is done finds it there
    st.fragment(_progress, run_every=POLL_SECONDS if working else None)(working)


def _progress(polled: bool) -> None:
    downloads = library().answer_models.downloads.all()
    came = sum(download.state is DownloadState.DONE for download in downloads)
    if any(download.working for download in downloads) != polled or st.session_state.get(_CAME, came) != came:
        st.session_state[_CAME] = came
        st.rerun()  # with more or less polling, and what has come among the models
    st.session_state[_CAME] = came
    for download in downloads:
        with st.container(border=True, key=f"download_{download.id}"):
            _one(download)


def _one(download: Download) -> None:
    shelf, tongue = library().answer_models, language()
    name = visible(download.name)
    sizes = {"done": _amount(download.done), "size": _amount(download.size)}
    st.markdown(f"**{plain(name)}**")
    match download.state:
        case DownloadState.RUNNING:
            left = time_left(download.seconds_left, tongue)
            words = " · ".join(filter(None, (t("models_done_of", **sizes), left)))
        case DownloadState.CHECKING:
            words = t("models_checking", **sizes)
        case DownloadState.DONE:
            words = t("models_came", size=sizes["size"])
        case _:
            words = t("models_stopped", **sizes)
    if download.notice is not None:
        st.error(said_notice(download.notice), icon=":material/error:")
    if download.state is DownloadState.DONE:
        st.markdown(f":material/check_circle: {words}")
    else:
        st.progress(min(1.0, download.done / download.size), words)
    with st.container(horizontal=True):
        if download.working:
            stopping = shelf.downloads.stopping(download.id)
            st.button(
                named(t("models_stopping" if stopping else "stop"), name),
                key=f"named_stop_{download.id}",
                icon=":material/stop_circle:",
                disabled=stopping,
                on_click=shelf.downloads.cancel,
                args=(download.id,),
            )
        elif download.state is DownloadState.DONE:
            st.button(
                named(t("models_hide"), name),
                key=f"named_hide_{download.id}",
                on_click=_forget,
                args=(download.id,),
            )
        else:
            st.button(
                named(t("models_resume"), name),
                key=f"named_resume_{download.id}",
                icon=":material/play_arrow:",
                on_click=_resume,
                args=(download.id,),
            )
            st.button(
                named(t("models_discard"), name),
                key=f"named_discard_{download.id}",
                icon=":material/delete:",
                on_click=_forget,
                args=(download.id,),
            )
    if (fault := st.session_state.pop(f"{_FAULT}_{download.id}", None)) is not None:
        st.error(fault, icon=":material/error:")


def _amount(size: int) -> str:
    return size_text(size, language()) or "0 kB"


def _resume(download_id: str) -> None:
    try:
        library().answer_models.downloads.resume(download_id)
    except KildeError as error:
        st.session_state[f"{_FAULT}_{download_id}"] = said(error)


def _forget(download_id: str) -> None:
    library().answer_models.downloads.forget(download_id)
