"""The uploader, and the result of each dropped file until the user dismisses the list."""

import json
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rag.core.errors import AlreadyThere, FileTooLarge, KildeError, NameTaken
from rag.core.file_types import NAMES
from rag.core.names import is_owner_file
from rag.documents.collection import MAX_BYTES
from rag.documents.loaders import MEDIA_TYPES
from rag.ui.components import watch_oversize
from rag.ui.i18n import language, t
from rag.ui.server.limits import MAX_PENDING_BYTES, pop_refused_count
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import ReceivedFile, error_text, library, session, state_value

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ICONS = {
    "accepted": ":material/check_circle:",
    "replaced": ":material/check_circle:",
    "kept_both": ":material/check_circle:",
    "there": ":material/info:",
    "skipped": ":material/do_not_disturb_on:",
    "refused": ":material/error:",
    "taken": ":material/help:",
}
_SCROLL_THRESHOLD = 8
MAX_NAMES = 100


_UPLOADER_STYLE = """<style>
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
[data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{ content: {browse}; }}
[data-testid="stFileUploaderDropzoneInstructions"] > div::after {{ content: {limits}; }}
[data-testid="stFileChips"]:has([aria-invalid="true"])::after {{
  content: {too_large}; flex-basis: 100%; font-size: 0.9rem; white-space: normal;
}}
[data-testid="stFileChips"] {{ flex-wrap: wrap; }}
</style>"""
"""Replaces texts that Streamlit has in English only."""


def uploader() -> None:
    """Draws the uploader for files or a folder. It gets a new key after each drop, which frees the files' bytes."""
    kinds = ("files", "folder")
    kind = st.segmented_control(
        t("what_to_add"),
        kinds,
        default=state_value("upload_kind") or "files",
        required=True,
        format_func=t,
        key="upload_kind",
        label_visibility="collapsed",
    )
    key = f"upload_{kind}_{session().uploader_version}"
    browse = t("browse_folder") if kind == "folder" else t("browse_files")
    limits = t("upload_limits", known=", ".join(NAMES.values()), limit=MAX_BYTES // (1024 * 1024))
    # the widget itself rejects files over the server's limit, in English and without advice
    too_large = FileTooLarge(limit=MAX_BYTES // (1024 * 1024)).in_language(language())
    st.html(
        _UPLOADER_STYLE.format(browse=_css_string(browse), limits=_css_string(limits), too_large=_css_string(too_large))
    )
    st.file_uploader(
        t("drop_folder") if kind == "folder" else t("drop_files"),
        accept_multiple_files="directory" if kind == "folder" else True,
        key=key,
        on_change=_on_upload,
        args=(key, kind == "folder"),
    )
    watch_oversize("oversize", MAX_BYTES, _on_oversize)


def _css_string(text: str) -> str:
    """`text` as a CSS string literal that is safe inside a style element."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\3c ")


def results() -> None:
    """Draws the results of the dropped files."""
    files = session().received_files
    if not files and not session().ignored_files and not session().refused_files:
        return
    with st.container(border=True, key="received"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{t('results')}** · {_summary(files)}")
            st.button(t("dismiss"), key="dismiss", type="tertiary", icon=":material/close:", on_click=_dismiss)
        if session().refused_files:
            text = t("files_without_room", count=session().refused_files, limit=MAX_PENDING_BYTES // 1024**3)
            st.markdown(f"{_ICONS['refused']} {text}")
        with st.container(height=320 if len(files) > _SCROLL_THRESHOLD else "content", border=False, gap="xsmall"):
            # files that need a decision first
            for index in sorted(range(len(files)), key=lambda i: _priority(files[i])):
                _result(index, files[index])


def _result(index: int, file: ReceivedFile) -> None:
    name = f"**{escape_markdown(file.name)}**"
    if file.outcome in ("refused", "taken", "there") and file.error is not None:
        text = error_text(file.error)
    else:
        text = t(file.outcome)
    st.markdown(f"{_ICONS[file.outcome]} {name}: {text}")
    if file.outcome == "taken":
        with st.container(horizontal=True):
            st.button(t("replace"), key=f"replace_{index}", on_click=_resolve_conflict, args=(index, "replaced"))
            st.button(t("keep_both"), key=f"keep_both_{index}", on_click=_resolve_conflict, args=(index, "kept_both"))
            st.button(
                t("skip"), key=f"skip_{index}", type="tertiary", on_click=_resolve_conflict, args=(index, "skipped")
            )


def _on_upload(key: str, folder: bool) -> None:
    files: list[UploadedFile] = st.session_state.get(key) or []
    state = session()
    for file in files:
        # a browser that has not replaced the old widget yet may send its files a second time
        if file.file_id in state.upload_ids:
            continue
        state.upload_ids.add(file.file_id)
        name = file.name.replace("\\", "/")
        path = PurePosixPath(name)
        if is_owner_file(name):
            continue
        # a folder may contain other and hidden files, which are only counted; a single file always gets a result
        if folder and (path.suffix.lower() not in MEDIA_TYPES or any(part.startswith(".") for part in path.parts)):
            state.ignored_files += 1
            continue
        state.received_files.append(_add_file(name, file.getvalue()))
    state.uploader_version += 1
    if (run := get_script_run_ctx()) is not None:
        state.refused_files += pop_refused_count(run.session_id)


def _on_oversize(names: list[str]) -> None:
    """Adds a result for files over the limit, which never reach the server."""
    error = FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
    session().received_files += [ReceivedFile(name.replace("\\", "/"), "refused", error) for name in names[:MAX_NAMES]]


def _add_file(name: str, data: bytes) -> ReceivedFile:
    try:
        return ReceivedFile(name, "accepted", document=library().documents.add(name, data))
    except AlreadyThere as error:
        return ReceivedFile(name, "there", error)
    except NameTaken as error:
        return ReceivedFile(name, "taken", error, data=data)
    except KildeError as error:
        return ReceivedFile(name, "refused", error)


def _resolve_conflict(index: int, outcome: str) -> None:
    """Carries out the user's decision about a name that another document has."""
    files = session().received_files
    if index >= len(files) or files[index].outcome != "taken":
        return
    file = files[index]
    document = None
    if outcome != "skipped":
        try:
            document = library().documents.add(
                file.name, file.data, replace=outcome == "replaced", keep_both=outcome == "kept_both"
            )
        except KildeError as error:
            files[index] = ReceivedFile(file.name, "refused", error)
            return
    files[index] = ReceivedFile(file.name, outcome, document=document)


def _dismiss() -> None:
    state = session()
    # this also drops files that wait for a decision: the user still has them
    state.received_files = []
    state.ignored_files = 0
    state.refused_files = 0


def _summary(files: list[ReceivedFile]) -> str:
    groups = Counter(
        {"refused": "refused_count", "taken": "taken_count", "there": "there_count", "skipped": "skipped_count"}.get(
            file.outcome, "accepted_count"
        )
        for file in files
    )
    parts = [t(key, count=count) for key, count in sorted(groups.items())]
    if session().ignored_files:
        parts.append(t("passed_over", count=session().ignored_files))
    return ", ".join(parts)


def _priority(file: ReceivedFile) -> int:
    return {"taken": 0, "refused": 1, "there": 2}.get(file.outcome, 3)
