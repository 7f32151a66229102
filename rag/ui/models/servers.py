"""The part of the models page on servers: which there are and whether they answer. It cannot change their addresses."""

import streamlit as st

from rag.models.servers.monitor import ServerState
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import library, notice_text

POLL_SECONDS = 0.5
_SEEN = "kilde_models_servers"
_ICONS = {"asked": ":material/hourglass_empty:", "there": ":material/check_circle:", "silent": ":material/cloud_off:"}
_EXAMPLE = """# servers.toml
[[server]]
name = "office"
url = "https://models.example.org/v1"
key_env = "OFFICE_MODEL_KEY"
models = ["llama-3.1-8b-instruct"]
"""


def section() -> None:
    """Draws each server with its state, polled while answers are awaited."""
    st.subheader(t("models_servers"), anchor=False)
    asking = library().answer_models.servers.asking
    st.fragment(_servers, run_every=POLL_SECONDS if asking else None)(asking)
    with st.expander(t("models_add_server")):
        st.markdown(t("models_add_server_text"))
        st.code("KILDE_SERVER_URL=https://models.example.org/v1\nKILDE_SERVER_KEY=…", language=None)
        st.code(_EXAMPLE, language="toml")


def _servers(polled: bool) -> None:
    watch = library().answer_models.servers
    states = watch.states()
    seen = [(state.state, len(state.models)) for state in states]
    if watch.asking != polled or st.session_state.get(_SEEN, seen) != seen:
        st.session_state[_SEEN] = seen
        st.rerun()  # with more or less polling, and the servers' models in the list
    st.session_state[_SEEN] = seen
    for notice in watch.notices:
        st.warning(notice_text(notice), icon=":material/warning:")
    if not states:
        st.caption(t("models_server_asked" if watch.asking else "models_servers_none"))
    for number, state in enumerate(states):
        with st.container(border=True, key=f"server_{number}"):
            _server(state)
    st.button(t("models_ask_again"), key="ask_servers", icon=":material/refresh:", on_click=watch.refresh)


def _server(state: ServerState) -> None:
    server = state.server
    count = len(state.models)
    st.markdown(
        f"**{escape_markdown(server.name)}**  ·  {_ICONS[state.state]} {t(f'models_server_{state.state}', count=count)}"
    )
    st.caption(escape_markdown(f"{server.address.origin} · {t(f'models_server_{server.origin}')}"))
    if state.notice is not None:
        st.warning(notice_text(state.notice), icon=":material/warning:")
