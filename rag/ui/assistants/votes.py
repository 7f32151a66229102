"""The votes for answers that were asked for side by side: per scenario, how often each was the best."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from rag.conversations.panels import Tally
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library


def table() -> None:
    """Draws the votes; where there are none, how to get some."""
    st.subheader(t("votes_title"), anchor=False)
    found = library().panels.tally()
    if not found:
        st.caption(t("votes_none"))
        return
    for scenario, rows in groupby(found, key=lambda one: one.scenario):
        st.markdown(f"**{plain(visible(scenario)) or t('votes_no_scenario')}**")
        for row in rows:
            said = t("votes_row", name=plain(_name(row)), won=row.won, asked=row.asked)
            st.progress(row.won / row.asked, text=said)


def _name(row: Tally) -> str:
    return visible(row.name) or model_name(row.model, language())
