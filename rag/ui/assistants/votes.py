"""The votes on answers of panels: per scenario, how often each assistant or model was voted best."""

from itertools import groupby

import streamlit as st

from rag.conversations.panels import Tally
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library


def vote_table() -> None:
    """Draws the votes, or how to vote if there are none."""
    st.subheader(t("votes_title"), anchor=False)
    tallies = library().panels.tally()
    if not tallies:
        st.caption(t("votes_none"))
        return
    for scenario, rows in groupby(tallies, key=lambda tally: tally.scenario):
        st.markdown(f"**{escape_markdown(visible(scenario)) or t('votes_no_scenario')}**")
        for row in rows:
            text = t("votes_row", name=escape_markdown(_name(row)), won=row.won, asked=row.panels)
            st.progress(row.won / row.panels, text=text)


def _name(row: Tally) -> str:
    return visible(row.name) or model_name(row.model, language())
