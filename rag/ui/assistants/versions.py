"""The versions of an assistant: what changed when, the content of a version, and restoring it."""

from itertools import pairwise
from typing import Any

import streamlit as st

from rag.conversations.assistants import Version
from rag.core.i18n import language_name
from rag.core.types import Assistant
from rag.ui.assistants.draft_actions import restore_version
from rag.ui.assistants.drafts import edit_state, read_fields
from rag.ui.assistants.form_data import chain_names, changed_fields
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, moment, visible
from rag.ui.shell.session import library, time_zone


def versions(key: int) -> None:
    """Draws the list, newest first."""
    all_versions = library().assistants.versions(key)
    # stays expanded while it shows the fields of a version
    open_version = edit_state().open_version
    with st.expander(
        t("assistant_versions", count=len(all_versions)), icon=":material/history:", expanded=open_version is not None
    ):
        st.caption(t("versions_text"))
        for newer, older in pairwise([*all_versions, None]):
            if newer is not None:
                _version(key, newer, older, newest=newer is all_versions[0])


def _version(key: int, version: Version, previous: Version | None, *, newest: bool) -> None:
    number = version.assistant.version
    changes_text = t("version_first")
    if previous is not None:
        changes_text = ", ".join(t(f"part_{name}") for name in changed_fields(previous.assistant, version.assistant))
    with st.container(horizontal=True, vertical_alignment="center"):
        time = moment(version.made, language(), time_zone())
        st.markdown(f"**{t('version', number=number)}** · {time}  \n{changes_text}", width="stretch")
        is_open = edit_state().open_version == number
        st.button(
            t("version_close") if is_open else t("version_look"),
            key=f"version_look_{number}",
            type="tertiary",
            on_click=_set_open_version,
            args=(key, None if is_open else number),
        )
        if not newest:
            st.button(
                t("version_take_up"),
                key=f"version_take_up_{number}",
                type="tertiary",
                icon=":material/restore:",
                disabled=edit_state().drafts[key].is_changed,
                help=t("version_take_up_help"),
                on_click=restore_version,
                args=(key, number),
            )
    if edit_state().open_version == number:
        with st.container(border=True, key="old_version"):
            read_only_fields(version.assistant)


def _set_open_version(key: int, number: int | None) -> None:
    read_fields(key)
    edit_state().open_version = number


def read_only_fields(assistant: Assistant) -> None:
    """Draws every field of an assistant that has a value, read-only."""
    for name, value in _fields(assistant).items():
        st.caption(t(f"part_{name}"))
        st.text(visible_lines(value))


def visible_lines(value: str) -> str:
    """A text of several lines without control characters."""
    return "\n".join(visible(line) for line in value.splitlines())


def _fields(assistant: Assistant) -> dict[str, str]:
    documents = library().documents.all()
    by_id = {item.id: item.name for item in documents}
    by_hash = {item.sha256: item.name for item in documents}
    names = {item.id: item.name for item in library().assistants.all()}
    preference = assistant.preference

    def join(*values: Any) -> str:
        return ", ".join(values)

    ordered = {
        "favoured": [
            *preference.favoured_terms,
            *(by_hash.get(d, t("no_name")) for d in preference.favoured_documents),
        ],
        "avoided": [*preference.avoided_terms, *(by_hash.get(d, t("no_name")) for d in preference.avoided_documents)],
    }
    examples = (
        "\n".join((f"{n}. {example.question}", *example.passages, f"→ {example.answer}"))
        for n, example in enumerate(assistant.examples, 1)
    )
    steps = " → ".join(chain_names(assistant, names, t("assistant_unknown"))) if assistant.steps else ""
    values_by_name = {
        "name": assistant.name,
        "perspective": assistant.perspective,
        "tone": assistant.tone,
        "length": t(f"length_{assistant.length}"),
        "language": t("language_of_question")
        if assistant.language == "question"
        else language_name(assistant.language),
        "examples": "\n\n".join(examples),
        "scope": join(*(by_id.get(item, t("no_name")) for item in assistant.scope.documents), *assistant.scope.tags),
        "k": "" if assistant.k is None else str(assistant.k),
        "answer_model": assistant.answer_model,
        "temperature": f"{assistant.temperature:g}",
        "without_evidence": t(f"without_evidence_{assistant.without_evidence}"),
        "preference": "\n".join(f"{t(f'{side}_short')}: {join(*values)}" for side, values in ordered.items() if values),
        "before": assistant.before,
        "after": assistant.after,
        "steps": steps,
        "scenario": assistant.scenario,
    }
    return {name: value for name, value in values_by_name.items() if value}


def version_line(assistant: Assistant) -> str:
    """Such as "Regelopslag · version 3 · Quotes only", as Markdown."""
    model = (
        escape_markdown(model_name(assistant.answer_model, language()))
        if assistant.answer_model
        else t("model_of_settings")
    )
    return " · ".join(
        filter(None, (escape_markdown(assistant.scenario), t("version", number=assistant.version), model))
    )
