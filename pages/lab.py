"""The saved questions: look through them, ask them all again, and take them along."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/lab.py")

from rag.ui.i18n import t  # noqa: E402
from rag.ui.questions import page  # noqa: E402
from rag.ui.shell.session import library  # noqa: E402

page.leave()
st.title(t("saved_questions"))
page.message()
questions = library().saved_questions.all()
if questions:
    page.runs(questions)
    page.listing(questions)
else:
    page.nothing_yet()
page.files(questions)
page.opened()
