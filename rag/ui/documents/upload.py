"""Taking files in: the uploader, and what became of each file, until the user dismisses the list."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rag.core.errors import AlreadyThere, FileTooLarge, KildeError, NameTaken
from rag.core.file_types import NAMES
from rag.documents.collection import MAX_BYTES
from rag.documents.loaders import MEDIA_TYPES
from rag.ui.components import watch_oversize
from rag.ui.i18n import language, t
from rag.ui.server.limits import MOST_COMING, left_out
from rag.ui.shell.formatting import plain
from rag.ui.shell.session import Received, library, said, session, value_in

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
_LONG_LIST = 8
MOST_NAMED = 100


_WORDS = """<style>
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
[data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{ content: {browse}; }}
[data-testid="stFileUploaderDropzoneInstructions"] > div::after {{ content: {limits}; }}
[data-testid="stFileChips"]:has([aria-invalid="true"])::after {{
  content: {too_large}; flex-basis: 100%; font-size: 0.9rem; white-space: normal;
}}
[data-testid="stFileChips"] {{ flex-wrap: wrap; }}
</style>"""
"""Streamlit says these in English only. The texts are ours, from `rag.core.i18n`."""


def uploader() -> None:
    """The field that files, or a folder, are dropped on. A key of its own after each drop lets go of their bytes."""
    kinds = ("files", "folder")
    kind = st.segmented_control(
        t("what_to_add"),
        kinds,
        default=value_in("upload_kind") or "files",
        required=True,
        format_func=t,
        key="upload_kind",
        label_visibility="collapsed",
    )
    key = f"upload_{kind}_{session().uploads}"
    browse = t("browse_folder") if kind == "folder" else t("browse_files")
    limits = t("upload_limits", known=", ".join(NAMES.values()), limit=MAX_BYTES // (1024 * 1024))
    # the widget itself refuses what is over the server's limit, in English and without saying what to do
    too_large = FileTooLarge(limit=MAX_BYTES // (1024 * 1024)).in_language(language())
    st.html(_WORDS.format(browse=_css(browse), limits=_css(limits), too_large=_css(too_large)))
    st.file_uploader(
        t("drop_folder") if kind == "folder" else t("drop_files"),
        accept_multiple_files="directory" if kind == "folder" else True,
        key=key,
        on_change=_take_in,
        args=(key, kind == "folder"),
    )
    watch_oversize("oversize", MAX_BYTES, _refuse)


def _css(text: str) -> str:
    """A CSS string."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\3c ")


def results() -> None:
    """What became of the files that were dropped."""
    received = session().received
    if not received and not session().passed_over and not session().left_out:
        return
    with st.container(border=True, key="received"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{t('results')}** · {_summary(received)}")
            st.button(t("dismiss"), key="dismiss", type="tertiary", icon=":material/close:", on_click=_dismiss)
        if session().left_out:
            words = t("files_without_room", count=session().left_out, limit=MOST_COMING // 1024**3)
            st.markdown(f"{_ICONS['refused']} {words}")
        with st.container(height=320 if len(received) > _LONG_LIST else "content", border=False, gap="xsmall"):
            # what needs the user comes first
            for index in sorted(range(len(received)), key=lambda i: _order(received[i])):
                _result(index, received[index])


def _result(index: int, one: Received) -> None:
    name = f"**{plain(one.name)}**"
    if one.outcome in ("refused", "taken", "there") and one.error is not None:
        words = said(one.error)
    else:
        words = t(one.outcome)
    st.markdown(f"{_ICONS[one.outcome]} {name}: {words}")
    if one.outcome == "taken":
        with st.container(horizontal=True):
            st.button(t("replace"), key=f"replace_{index}", on_click=_settle, args=(index, "replaced"))
            st.button(t("keep_both"), key=f"keep_both_{index}", on_click=_settle, args=(index, "kept_both"))
            st.button(t("skip"), key=f"skip_{index}", type="tertiary", on_click=_settle, args=(index, "skipped"))


def _take_in(key: str, folder: bool) -> None:
    files: list[UploadedFile] = st.session_state.get(key) or []
    state = session()
    for file in files:
        # a browser that is slow to take the old field away sends what was in it once more
        if file.file_id in state.seen_uploads:
            continue
        state.seen_uploads.add(file.file_id)
        name = file.name.replace("\\", "/")
        path = PurePosixPath(name)
        # in a folder, other kinds of files and hidden ones are expected; a file that was chosen is answered for
        if folder and (path.suffix.lower() not in MEDIA_TYPES or any(part.startswith(".") for part in path.parts)):
            state.passed_over += 1
            continue
        state.received.append(_taken_in(name, file.getvalue()))
    state.uploads += 1
    if (run := get_script_run_ctx()) is not None:
        state.left_out += left_out(run.session_id)


def _refuse(names: list[str]) -> None:
    """Files over the limit never reach the server; they are answered for all the same, beside the others."""
    error = FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
    session().received += [Received(name.replace("\\", "/"), "refused", error) for name in names[:MOST_NAMED]]


def _taken_in(name: str, data: bytes) -> Received:
    try:
        return Received(name, "accepted", document=library().documents.add(name, data))
    except AlreadyThere as error:
        return Received(name, "there", error)
    except NameTaken as error:
        return Received(name, "taken", error, data=data)
    except KildeError as error:
        return Received(name, "refused", error)


def _settle(index: int, outcome: str) -> None:
    """What the user chose to do about a taken name."""
    received = session().received
    if index >= len(received) or received[index].outcome != "taken":
        return
    one = received[index]
    document = None
    if outcome != "skipped":
        try:
            document = library().documents.add(
                one.name, one.data, replace=outcome == "replaced", keep_both=outcome == "kept_both"
            )
        except KildeError as error:
            received[index] = Received(one.name, "refused", error)
            return
    received[index] = Received(one.name, outcome, document=document)


def _dismiss() -> None:
    state = session()
    # a file that still waits for a choice is let go of as well: the user has it
    state.received = []
    state.passed_over = 0
    state.left_out = 0


def _summary(received: list[Received]) -> str:
    groups = Counter(
        {"refused": "refused_count", "taken": "taken_count", "there": "there_count", "skipped": "skipped_count"}.get(
            one.outcome, "accepted_count"
        )
        for one in received
    )
    parts = [t(key, count=count) for key, count in sorted(groups.items())]
    if session().passed_over:
        parts.append(t("passed_over", count=session().passed_over))
    return ", ".join(parts)


def _order(one: Received) -> int:
    return {"taken": 0, "refused": 1, "there": 2}.get(one.outcome, 3)
