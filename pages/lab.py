"""The saved questions: look through them, ask them all again, and take them along."""

from __future__ import annotations

import streamlit as st

from rag.ui.guard import inside_frame

inside_frame("pages/lab.py")

from rag.ui import lab  # noqa: E402
from rag.ui.session import library  # noqa: E402
from rag.ui.translations import t  # noqa: E402

lab.leave()
st.title(t("saved_questions"))
lab.message()
questions = library().saved_questions.all()
if questions:
    lab.runs(questions)
    lab.listing(questions)
else:
    lab.nothing_yet()
lab.files(questions)
lab.opened()
