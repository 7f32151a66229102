"""The settings, and the health of the store and the models."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/settings.py")

from rag.ui.i18n import t  # noqa: E402
from rag.ui.settings import chosen_models, form, health  # noqa: E402

st.title(t("settings"))
form.form()
form.running_change()
chosen_models.states()
st.divider()
health.section()
