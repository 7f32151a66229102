"""The versions of an assistant: what changed when, an old one to look at, and to take up again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import streamlit as st

from rag.conversations.assistants import Version
from rag.core.i18n import language_name
from rag.core.types import Assistant
from rag.ui.assistants.draft_actions import take_up
from rag.ui.assistants.drafts import editing, gather
from rag.ui.assistants.form_data import chain, changes
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import moment, plain, visible
from rag.ui.shell.session import library, zone


def versions(key: int) -> None:
    """Draws the list, newest first."""
    found = library().assistants.versions(key)
    # kept open while a version is looked at: its fields stand in there
    looking_at = editing().looking_at
    with st.expander(
        t("assistant_versions", count=len(found)), icon=":material/history:", expanded=looking_at is not None
    ):
        st.caption(t("versions_text"))
        for newer, older in pairwise([*found, None]):
            if newer is not None:
                _version(key, newer, older, newest=newer is found[0])


def _version(key: int, version: Version, before: Version | None, *, newest: bool) -> None:
    number = version.assistant.version
    what = t("version_first")
    if before is not None:
        what = ", ".join(t(f"part_{name}") for name in changes(before.assistant, version.assistant))
    with st.container(horizontal=True, vertical_alignment="center"):
        when = moment(version.made, language(), zone())
        st.markdown(f"**{t('version', number=number)}** · {when}  \n{what}", width="stretch")
        shown = editing().looking_at == number
        st.button(
            t("version_close") if shown else t("version_look"),
            key=f"version_look_{number}",
            type="tertiary",
            on_click=_look,
            args=(key, None if shown else number),
        )
        if not newest:
            st.button(
                t("version_take_up"),
                key=f"version_take_up_{number}",
                type="tertiary",
                icon=":material/restore:",
                disabled=editing().drafts[key].is_changed,
                help=t("version_take_up_help"),
                on_click=take_up,
                args=(key, number),
            )
    if editing().looking_at == number:
        with st.container(border=True, key="old_version"):
            told(version.assistant)


def _look(key: int, number: int | None) -> None:
    gather(key)
    editing().looking_at = number


def told(assistant: Assistant) -> None:
    """Draws all that is set in an assistant, to read."""
    for name, value in _parts(assistant).items():
        st.caption(t(f"part_{name}"))
        st.text(visible_lines(value))


def visible_lines(value: str) -> str:
    """A text of several lines without characters that cannot be seen."""
    return "\n".join(visible(line) for line in value.splitlines())


def _parts(assistant: Assistant) -> dict[str, str]:
    documents = library().documents.all()
    by_id = {one.id: one.name for one in documents}
    by_hash = {one.sha256: one.name for one in documents}
    names = {one.id: one.name for one in library().assistants.all()}
    preference = assistant.preference

    def listed(*values: Any) -> str:
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
    steps = " → ".join(chain(assistant, names, t("assistant_unknown"))) if assistant.steps else ""
    said = {
        "name": assistant.name,
        "perspective": assistant.perspective,
        "tone": assistant.tone,
        "length": t(f"length_{assistant.length}"),
        "language": t("language_of_question")
        if assistant.language == "question"
        else language_name(assistant.language),
        "examples": "\n\n".join(examples),
        "scope": listed(*(by_id.get(one, t("no_name")) for one in assistant.scope.documents), *assistant.scope.tags),
        "k": "" if assistant.k is None else str(assistant.k),
        "answer_model": assistant.answer_model,
        "temperature": f"{assistant.temperature:g}",
        "without_evidence": t(f"without_evidence_{assistant.without_evidence}"),
        "preference": "\n".join(f"{t(f'{side}_short')}: {listed(*of)}" for side, of in ordered.items() if of),
        "before": assistant.before,
        "after": assistant.after,
        "steps": steps,
        "scenario": assistant.scenario,
    }
    return {name: value for name, value in said.items() if value}


def version_line(assistant: Assistant) -> str:
    """Such as "Regelopslag · version 3 · Quotes only", as Markdown."""
    model = plain(model_name(assistant.answer_model, language())) if assistant.answer_model else t("model_of_settings")
    return " · ".join(filter(None, (plain(assistant.scenario), t("version", number=assistant.version), model)))
