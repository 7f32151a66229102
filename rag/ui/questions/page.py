"""The page of the saved questions: runs and their metrics, the table, a dialog, import and export."""

from collections.abc import Sequence

import streamlit as st

from rag.core.types.questions import SavedQuestion
from rag.ui.i18n import language, t
from rag.ui.questions.run import MESSAGE, report_errors
from rag.ui.shell.session import library
from rag.ui.shell.uploader import uploader_style

_IMPORTS = "kilde_lab_imports"


def message() -> None:
    """Draws the message about the last click, if any."""
    kind, text = st.session_state.pop(MESSAGE, ("", ""))
    if kind == "error":
        st.error(text, icon=":material/error:")
    elif kind:
        st.success(text, icon=":material/check_circle:")


def empty_state() -> None:
    """Explains how to save a question."""
    st.markdown(t("no_saved_questions"))
    st.caption(t("no_saved_questions_text"))


def files(questions: Sequence[SavedQuestion]) -> None:
    """Draws the export buttons and the import field."""
    st.subheader(t("question_files"))
    if questions:
        st.caption(t("export_text"))
        lang = language()
        with st.container(horizontal=True):
            st.download_button(
                t("export_csv"),
                data=lambda: library().question_transfer.export("csv", lang),
                file_name=f"{t('export_name')}.csv",
                mime="text/csv",
                key="export_csv",
                icon=":material/table:",
                on_click="ignore",
            )
            st.download_button(
                t("export_json"),
                data=lambda: library().question_transfer.export("json"),
                file_name=f"{t('export_name')}.json",
                mime="application/json",
                key="export_json",
                icon=":material/data_object:",
                on_click="ignore",
            )
    # a new key for each file: with the old one every rerun of the page would import the file again
    key = f"import_questions_{st.session_state.get(_IMPORTS, 0)}"
    with st.container(width=640, key="import_field"):
        st.html(uploader_style("import_field", t("browse_file"), t("import_limits")))
        st.file_uploader(
            t("import_questions"), type="json", key=key, on_change=_import, args=(key,), max_upload_size=50
        )


def _import(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    st.session_state[_IMPORTS] = st.session_state.get(_IMPORTS, 0) + 1

    def import_file() -> None:
        count = library().question_transfer.import_(uploaded.getvalue())
        st.session_state[MESSAGE] = ("success", t("questions_imported", count=count) if count else t("import_known"))

    report_errors(import_file)
