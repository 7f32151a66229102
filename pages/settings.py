"""How Kilde searches and answers, and how it is."""

from __future__ import annotations

import streamlit as st

from rag.ui.guard import inside_frame

inside_frame("pages/settings.py")

from rag.ui import health, settings_form  # noqa: E402
from rag.ui.translations import t  # noqa: E402

st.title(t("settings"))
settings_form.form()
settings_form.change_under_way()
st.divider()
health.section()
