"""The health section of the settings page: verification, backup, counts, sizes, models and versions."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.i18n import say
from rag.core.model_ref import QUOTING
from rag.core.settings import default_folder
from rag.core.types import Notice
from rag.models.embedding.registry import ModelState
from rag.store.values import Report
from rag.ui.i18n import language, t
from rag.ui.settings import chosen_models
from rag.ui.shell.formatting import escape_markdown, file_size, moment, visible
from rag.ui.shell.session import error_text, library, notice_text, time_zone

_REPORT = "kilde_report"
_BACKUP = "kilde_backup"
_DOWNLOAD_LIMIT = 200_000_000  # bytes


def section() -> None:
    """Draws verification and backup, and a table of models, counts, sizes and versions."""
    st.subheader(t("health"))
    try:
        health = library().maintenance.health()
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    if health["migration"] is not None:
        st.caption(notice_text(health["migration"]))
    _verification(health)
    facts = [*_models(), *_counts(health), *_sizes(health), *_versions(health)]
    with st.container(key="health", gap="xsmall", width=760):
        for label, value in facts:
            with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
                st.caption(label, width=180)
                # `st.text`, because names, folders and ids must not be read as Markdown
                st.text(value, width="stretch")


def _verification(health: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("verify"), key="verify", icon=":material/fact_check:", help=t("verify_help")):
            with st.spinner(t("verifying")):
                _verify(repair=False)
            health = library().maintenance.health()
        report = st.session_state.get(_REPORT)
        if isinstance(report, Report) and report.problems:
            # in a callback, because a successful repair removes the button
            st.button(t("repair"), key="repair", icon=":material/build:", help=t("repair_help"), on_click=_verify)
        if st.button(t("backup"), key="backup", icon=":material/archive:", help=t("backup_help")):
            with st.spinner(t("backup")):
                _back_up()
        verified = health.get("verified")
        if verified:
            when = moment(str(verified).partition(" ")[0], language(), time_zone())
            st.caption(t("last_verified", when=when), width="content")
        elif _REPORT not in st.session_state:  # the report on a damaged store is in the session only
            st.caption(t("never_verified"), width="content")
    report = st.session_state.get(_REPORT)
    if isinstance(report, Report):
        if report.repaired:
            st.info(t("repaired"), icon=":material/build:")
            _notice_lines(report.repaired)
        if report.problems:
            st.warning(t("verified_bad", count=len(report.problems)), icon=":material/warning:")
            _notice_lines(report.problems)
        else:
            st.success(t("verified_good"), icon=":material/check_circle:")
    _backup_result()


def _notice_lines(notices: Sequence[Notice]) -> None:
    # `st.text`, because names of documents and files must not be read as Markdown
    st.text("\n".join(visible(say(notice.code, language(), **notice.values)) for notice in notices))


def _verify(repair: bool = True) -> None:
    try:
        st.session_state[_REPORT] = library().maintenance.verify(repair=repair)
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")


def _back_up() -> None:
    stamp = datetime.now(time_zone()).strftime("%Y-%m-%d-%H%M%S")
    path = default_folder() / "backups" / f"kilde-{stamp}.zip"
    try:
        st.session_state[_BACKUP] = (path, library().maintenance.backup(path))
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")


def _backup_result() -> None:
    path, result = st.session_state.get(_BACKUP, (None, None))
    if path is None or not path.exists():
        return
    st.success(
        t("backup_made", path=escape_markdown(str(path)), size=file_size(result.bytes, language())),
        icon=":material/check_circle:",
    )
    if result.missing:
        st.warning(t("backup_missing", names=escape_markdown(", ".join(result.missing))), icon=":material/warning:")
    if result.bytes <= _DOWNLOAD_LIMIT:  # Streamlit holds the file in memory
        with path.open("rb") as file:
            st.download_button(
                t("backup_download"), file, path.name, "application/zip", key="backup_download", on_click="ignore"
            )


def _models() -> list[tuple[str, str]]:
    status = library().embedding_model().status
    state = t(f"model_state_{status.state.value}")
    lines = [f"{status.model} ({state})"]
    if status.source is not None:
        origin = t(f"origin_{status.source.origin}", detail=status.source.detail or str(status.source.path))
        lines.append(f"{origin}, {file_size(status.source.bytes, language())}, {status.source.revision[:12]}")
    elif status.notice is not None:
        lines.append(say(status.notice.code, language(), **status.notice.values))
    reads = status.state is ModelState.READY
    return [
        (t("embedding_model"), "\n".join(map(visible, lines))),
        *([(t("reader"), t("reader_there" if status.reads else "reader_absent"))] if reads else []),
        (t("answer_model"), visible(_answer_model())),
        *chosen_models.lines(),
    ]


def _counts(health: dict[str, Any]) -> list[tuple[str, str]]:
    counts = health["counts"]
    return [(t(f"count_{name}"), f"{counts[name]}") for name in _COUNT_NAMES if name in counts]


_COUNT_NAMES = ("document", "page", "chunk", "conversation", "turn")


def _sizes(health: dict[str, Any]) -> list[tuple[str, str]]:
    sizes = (f"{name} {file_size(size, language())}" for name, size in health["bytes"].items())
    return [(t("on_disk"), ", ".join(sizes))]


def _versions(health: dict[str, Any]) -> list[tuple[str, str]]:
    versions = dict(health["versions"])
    for package in ("streamlit", "torch", "sentence-transformers"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return [(t("versions"), ", ".join(f"{name} {number}" for name, number in versions.items()))]


def _answer_model() -> str:
    model = library().settings.current().answer_model
    return t("quoting_choice") if model == QUOTING else model
