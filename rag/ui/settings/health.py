"""The state of the store and the models, and its verification."""

from __future__ import annotations

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
from rag.store.protocol import Report
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import file_size, moment, plain, visible
from rag.ui.shell.session import library, said, said_notice, zone

_REPORT = "kilde_report"
_SAVED = "kilde_backup"
_DOWNLOAD_LIMIT = 200_000_000  # bytes


def section() -> None:
    """Draws versions, counts, sizes, models and the last verification, with a button for a new one."""
    st.subheader(t("health"))
    try:
        health = library().maintenance.health()
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    if health["migration"] is not None:
        st.caption(said_notice(health["migration"]))
    _verification(health)
    facts = [*_models(), *_counts(health), *_sizes(health), *_versions(health)]
    with st.container(key="health", gap="xsmall", width=760):
        for label, value in facts:
            with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
                st.caption(label, width=180)
                # names, folders and ids are data
                st.text(value, width="stretch")


def _verification(health: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("verify"), key="verify", icon=":material/fact_check:", help=t("verify_help")):
            with st.spinner(t("verifying")):
                _verify(repair=False)
            health = library().maintenance.health()
        report = st.session_state.get(_REPORT)
        if isinstance(report, Report) and report.problems:
            # in a callback: it takes away the button itself
            st.button(t("repair"), key="repair", icon=":material/build:", help=t("repair_help"), on_click=_verify)
        if st.button(t("backup"), key="backup", icon=":material/archive:", help=t("backup_help")):
            with st.spinner(t("backup")):
                _back_up()
        verified = health.get("verified")
        if verified:
            when = moment(str(verified).partition(" ")[0], language(), zone())
            st.caption(t("last_verified", when=when), width="content")
        elif _REPORT not in st.session_state:  # what is found in a damaged store is kept nowhere else
            st.caption(t("never_verified"), width="content")
    report = st.session_state.get(_REPORT)
    if isinstance(report, Report):
        if report.repaired:
            st.info(t("repaired"), icon=":material/build:")
            _sentences(report.repaired)
        if report.problems:
            st.warning(t("verified_bad", count=len(report.problems)), icon=":material/warning:")
            _sentences(report.problems)
        else:
            st.success(t("verified_good"), icon=":material/check_circle:")
    _backup_made()


def _sentences(notices: Sequence[Notice]) -> None:
    # names of documents and files are data
    st.text("\n".join(visible(say(notice.code, language(), **notice.values)) for notice in notices))


def _verify(repair: bool = True) -> None:
    try:
        st.session_state[_REPORT] = library().maintenance.verify(repair=repair)
    except KildeError as error:
        st.error(said(error), icon=":material/error:")


def _back_up() -> None:
    stamp = datetime.now(zone()).strftime("%Y-%m-%d-%H%M%S")
    path = default_folder() / "backups" / f"kilde-{stamp}.zip"
    try:
        st.session_state[_SAVED] = (path, library().maintenance.backup(path))
    except KildeError as error:
        st.error(said(error), icon=":material/error:")


def _backup_made() -> None:
    path, saved = st.session_state.get(_SAVED, (None, None))
    if path is None or not path.exists():
        return
    st.success(
        t("backup_made", path=plain(str(path)), size=file_size(saved.bytes, language())), icon=":material/check_circle:"
    )
    if saved.missing:
        st.warning(t("backup_missing", names=plain(", ".join(saved.missing))), icon=":material/warning:")
    if saved.bytes <= _DOWNLOAD_LIMIT:  # Streamlit holds in memory what it offers
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
    return [
        (t("embedding_model"), "\n".join(map(visible, lines))),
        (t("answer_model"), visible(_answer_model())),
    ]


def _counts(health: dict[str, Any]) -> list[tuple[str, str]]:
    counts = health["counts"]
    return [(t(f"count_{name}"), f"{counts[name]}") for name in _COUNTED if name in counts]


_COUNTED = ("document", "page", "chunk", "conversation", "turn")


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
