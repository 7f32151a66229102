"""The state of the store and the models, and its verification."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import streamlit as st

from rag.errors import KildeError
from rag.messages import say
from rag.settings import QUOTING
from rag.store.protocol import Report
from rag.ui.session import library, said, zone
from rag.ui.text import file_size, moment, visible
from rag.ui.translations import language, t

_REPORT = "kilde_report"


def section() -> None:
    """Draws versions, counts, sizes, models and the last verification, with a button for a new one."""
    st.subheader(t("health"))
    try:
        health = library().health()
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    _verification(health)
    facts = [*_models(health), *_counts(health), *_sizes(health), *_versions(health)]
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
                _verify()
            health = library().health()
        verified = health.get("verified")
        if verified:
            when = moment(str(verified).partition(" ")[0], language(), zone())
            st.caption(t("last_verified", when=when), width="content")
        else:
            st.caption(t("never_verified"), width="content")
    report = st.session_state.get(_REPORT)
    if isinstance(report, Report):
        if report.problems:
            st.warning(t("verified_bad", count=len(report.problems)), icon=":material/warning:")
            st.text("\n".join(visible(problem) for problem in report.problems))
        else:
            st.success(t("verified_good"), icon=":material/check_circle:")


def _verify() -> None:
    try:
        st.session_state[_REPORT] = library().verify()
    except KildeError as error:
        st.error(said(error), icon=":material/error:")


def _models(health: dict[str, Any]) -> list[tuple[str, str]]:
    status = health["model"]
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
    model = library().settings().answer_model
    return t("quoting_choice") if model == QUOTING else model
