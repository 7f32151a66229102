"""The part of the models page that fetches models: recommendations, a repository's files, downloads."""

from collections.abc import Sequence

import streamlit as st

from rag.core.errors import KildeError
from rag.generation.model_catalog import AnswerModel
from rag.models.download import repository
from rag.models.download.candidates import DownloadCandidate
from rag.models.download.manager import Download, DownloadState
from rag.models.hardware import Machine, carries
from rag.models.recommended import Recommendation
from rag.ui.i18n import language, t
from rag.ui.models.data import carried_text, key_of, label_for, preselected, size_text
from rag.ui.shell.formatting import escape_markdown, format_number, time_left, visible
from rag.ui.shell.session import error_text, library, notice_text

POLL_SECONDS = 0.5
_REQUEST = "kilde_models_asked"
_CANDIDATE = "kilde_models_offer"
_ERROR = "kilde_models_fault"
_DONE = "kilde_models_came"
_ICONS = {"well": ":material/check_circle:", "slowly": ":material/hourglass_bottom:", "not": ":material/block:"}
_Measured = Sequence[tuple[int, float]]


def section(models: Sequence[AnswerModel]) -> None:
    """Draws suggestions, the field for another model, and the downloads. models: what is here already."""
    answer_models, locale = library().answer_models, language()
    st.subheader(t("models_get"), anchor=False)
    st.caption(t("models_get_text", host=escape_markdown(repository.host())))
    _downloads()
    machine, measured = answer_models.machine(), answer_models.measured()
    figures = {
        "memory": format_number(machine.memory_bytes / 1e9, 0, locale),
        "cores": machine.cores,
        "disk": format_number(machine.free_disk / 1e9, 0, locale),
    }
    st.markdown(t("models_machine", **figures))
    fetched = {model.detail for model in models if model.origin == "hub"}
    under_way = {
        download.model for download in answer_models.downloads.all() if download.state is not DownloadState.DONE
    }
    for recommendation in answer_models.recommendations():
        _suggestion(recommendation, recommendation.model.model in fetched, recommendation.model.model in under_way)
    with st.form("models_other", border=False):
        st.text_input(t("models_other"), key="models_id", max_chars=200, width=480)
        st.caption(t("models_other_help"))
        st.form_submit_button(t("models_look"), icon=":material/travel_explore:", on_click=_request_typed)
    _look_up()
    if (fault := st.session_state.pop(_ERROR, None)) is not None:
        st.error(fault, icon=":material/error:")
    candidate = st.session_state.get(_CANDIDATE)
    if isinstance(candidate, DownloadCandidate):
        _candidate(candidate, machine, measured)


def _suggestion(recommendation: Recommendation, is_here: bool, is_coming: bool) -> None:
    model, locale = recommendation.model, language()
    licence = f"{model.licence} ({t('models_terms')})" if model.terms else model.licence
    with st.container(border=True, key=f"suggested_{key_of(model.model)}", gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape_markdown(model.title)}**  ·  {size_text(model.size, locale)}", width="stretch")
            if is_here or is_coming:
                icon = ":material/check:" if is_here else ":material/downloading:"
                st.badge(t("models_is_here" if is_here else "models_coming"), icon=icon, color="green")
            else:
                st.button(
                    label_for(t("models_fetch"), model.title),
                    key=f"named_fetch_{key_of(model.model)}",
                    icon=":material/download:",
                    disabled=recommendation.carried == "not",
                    on_click=_request,
                    args=(model.model, model.pattern),
                )
        words = carried_text(model.size, recommendation.carried, recommendation.tokens_per_second, locale)
        st.markdown(f"{_ICONS[recommendation.carried]} {words}. {t(model.good_for)}")
        st.caption(escape_markdown(f"{model.model} · {t('models_licence', licence=licence)}"))


# what the hub has --------------------------------------------------------------------------------------------


def _request(model: str, pattern: str) -> None:
    st.session_state[_REQUEST] = (model, pattern)


def _request_typed() -> None:
    if typed := str(st.session_state["models_id"]).strip():
        _request(typed, "")


def _look_up() -> None:
    """Asks the hub where the user wanted that; begins at once where it is clear which file is meant."""
    request = st.session_state.pop(_REQUEST, None)
    if request is None:
        return
    model, pattern = request
    st.session_state.pop(_CANDIDATE, None)
    try:
        with st.spinner(t("models_asking")):
            candidate = library().answer_models.find_candidate(model)
        fitting = [n for n, choice in enumerate(candidate.choices) if pattern and pattern in choice.name.lower()]
        if len(fitting) != 1:
            st.session_state[_CANDIDATE] = candidate
            return
        library().answer_models.downloads.start(candidate, candidate.choices[fitting[0]])
    except KildeError as error:
        st.session_state[_ERROR] = error_text(error)
        return
    st.rerun()


def _candidate(candidate: DownloadCandidate, machine: Machine, measured: _Measured) -> None:
    locale = language()

    def label(index: int) -> str:
        choice = candidate.choices[index]
        carried = carries(choice.size, machine, measured)
        words = carried_text(choice.size, carried, machine.tokens_per_second(choice.size, measured), locale)
        return visible(f"{choice.name} · {size_text(choice.size, locale)} · {words}")

    with st.container(border=True, key="models_offer"):
        licence = f" · {t('models_licence', licence=candidate.licence)}" if candidate.licence else ""
        st.caption(escape_markdown(f"{candidate.model}{licence}"))
        if len(candidate.choices) > 1:
            st.selectbox(
                t("models_which", name=visible(candidate.model)),
                range(len(candidate.choices)),
                index=preselected(candidate.choices, machine, measured),
                format_func=label,
                key="models_choice",
            )
        else:
            st.markdown(escape_markdown(label(0)))
        with st.container(horizontal=True):
            st.button(
                t("models_fetch"), key="models_fetch", type="primary", icon=":material/download:", on_click=_fetch
            )
            st.button(t("cancel"), key="models_leave", on_click=lambda: st.session_state.pop(_CANDIDATE, None))


def _fetch() -> None:
    candidate = st.session_state.pop(_CANDIDATE, None)
    if isinstance(candidate, DownloadCandidate):
        index = min(int(st.session_state.get("models_choice") or 0), len(candidate.choices) - 1)
        try:
            library().answer_models.downloads.start(candidate, candidate.choices[index])
        except KildeError as error:
            st.session_state[_ERROR] = error_text(error)


# what is on its way ------------------------------------------------------------------------------------------


def _downloads() -> None:
    working = library().answer_models.downloads.working
    # always this fragment, also without polling: a click at the moment of the last download's end finds it there
    st.fragment(_progress, run_every=POLL_SECONDS if working else None)(working)


def _progress(polled: bool) -> None:
    downloads = library().answer_models.downloads.all()
    count_done = sum(download.state is DownloadState.DONE for download in downloads)
    is_working = any(download.working for download in downloads)
    if is_working != polled or st.session_state.get(_DONE, count_done) != count_done:
        st.session_state[_DONE] = count_done
        st.rerun()  # with more or less polling, and what has come among the models
    st.session_state[_DONE] = count_done
    for download in downloads:
        with st.container(border=True, key=f"download_{download.id}"):
            _download(download)


def _download(download: Download) -> None:
    answer_models, locale = library().answer_models, language()
    name = visible(download.name)
    sizes = {"done": _amount(download.done), "size": _amount(download.size)}
    st.markdown(f"**{escape_markdown(name)}**")
    match download.state:
        case DownloadState.RUNNING:
            left = time_left(download.seconds_left, locale)
            status = " · ".join(filter(None, (t("models_done_of", **sizes), left)))
        case DownloadState.CHECKING:
            status = t("models_checking", **sizes)
        case DownloadState.DONE:
            status = t("models_came", size=sizes["size"])
        case _:
            status = t("models_stopped", **sizes)
    if download.notice is not None:
        st.error(notice_text(download.notice), icon=":material/error:")
    if download.state is DownloadState.DONE:
        st.markdown(f":material/check_circle: {status}")
    else:
        st.progress(min(1.0, download.done / download.size), status)
    with st.container(horizontal=True):
        if download.working:
            stopping = answer_models.downloads.stopping(download.id)
            st.button(
                label_for(t("models_stopping" if stopping else "stop"), name),
                key=f"named_stop_{download.id}",
                icon=":material/stop_circle:",
                disabled=stopping,
                on_click=answer_models.downloads.cancel,
                args=(download.id,),
            )
        elif download.state is DownloadState.DONE:
            st.button(
                label_for(t("models_hide"), name),
                key=f"named_hide_{download.id}",
                on_click=_forget,
                args=(download.id,),
            )
        else:
            st.button(
                label_for(t("models_resume"), name),
                key=f"named_resume_{download.id}",
                icon=":material/play_arrow:",
                on_click=_resume,
                args=(download.id,),
            )
            st.button(
                label_for(t("models_discard"), name),
                key=f"named_discard_{download.id}",
                icon=":material/delete:",
                on_click=_forget,
                args=(download.id,),
            )
    if (fault := st.session_state.pop(f"{_ERROR}_{download.id}", None)) is not None:
        st.error(fault, icon=":material/error:")


def _amount(size: int) -> str:
    return size_text(size, language()) or "0 kB"


def _resume(download_id: str) -> None:
    try:
        library().answer_models.downloads.resume(download_id)
    except KildeError as error:
        st.session_state[f"{_ERROR}_{download_id}"] = error_text(error)


def _forget(download_id: str) -> None:
    library().answer_models.downloads.forget(download_id)
