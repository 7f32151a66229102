"""The saved questions: browse them, ask them all again, export and import them."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/lab.py")

from rag.ui.i18n import t  # noqa: E402
from rag.ui.questions import dialog, page, run, table  # noqa: E402
from rag.ui.shell.session import library  # noqa: E402

dialog.follow_redirect()
st.title(t("saved_questions"))
page.message()
questions = library().saved_questions.all()
if questions:
    run.run_section(questions)
    table.listing(questions)
else:
    page.empty_state()
page.files(questions)
dialog.question_dialog()
