"""How Kilde searches and answers, and how it is."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/settings.py")

from rag.ui.i18n import t  # noqa: E402
from rag.ui.settings import form, health  # noqa: E402

st.title(t("settings"))
form.form()
form.change_under_way()
st.divider()
health.section()
