"""The form of an assistant: identity, style, examples, and the advanced fields in an expander."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from rag.conversations.assistants.picture import MAX_BYTES, small_picture
from rag.conversations.assistants.validation import (
    MAX_EXAMPLE,
    MAX_EXAMPLES,
    MAX_NAME,
    MAX_PASSAGES,
    MAX_TEXT,
    MAX_TONE,
)
from rag.core.i18n import language_name
from rag.core.types import Assistant, Example, Length
from rag.ui.assistants.drafts import PREFIX, attempt, edit_state, on_field_change, update_draft
from rag.ui.assistants.form_advanced import advanced_fields
from rag.ui.assistants.form_data import ICONS, TYPICAL_CONTEXT, context_tokens, first_line, move_example
from rag.ui.assistants.widgets import avatar
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import state_value
from rag.ui.shell.uploader import uploader_style

CROWDED_SHARE = 0.5
"""The share of the context from which on the form warns that little room is left for passages."""


def form(key: int) -> None:
    """Draws the fields of the draft `key`; every change is stored in the draft at once."""
    assistant = edit_state().drafts[key].current
    _identity_fields(key, assistant)
    _style_fields(key, assistant)
    _example_fields(key, assistant)
    _context_usage(assistant)
    advanced_fields(key, assistant)


def _identity_fields(key: int, assistant: Assistant) -> None:
    st.subheader(t("assistant_who"))
    st.caption(t("assistant_who_text"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="assistant_head"):
        avatar(assistant, "form")
        st.text_input(
            t("part_name"),
            state_value(f"{PREFIX}name"),
            key=f"{PREFIX}name",
            max_chars=MAX_NAME,
            on_change=on_field_change,
            args=(key,),
            width=280,
        )
        with st.popover(t("assistant_look"), icon=":material/palette:"):
            _appearance_fields(key, assistant)
    st.text_area(
        t("part_perspective"),
        state_value(f"{PREFIX}perspective"),
        key=f"{PREFIX}perspective",
        height=260,
        max_chars=MAX_TEXT,
        placeholder=t("perspective_placeholder"),
        on_change=on_field_change,
        args=(key,),
    )
    st.caption(t("perspective_help"))


def _appearance_fields(key: int, assistant: Assistant) -> None:
    st.pills(
        t("part_icon"),
        ICONS if assistant.icon in ICONS else (assistant.icon, *ICONS),
        default=state_value(f"{PREFIX}icon"),
        format_func=_icon_label,
        key=f"{PREFIX}icon",
        required=True,
        disabled=bool(assistant.picture),
        on_change=on_field_change,
        args=(key,),
    )
    field = f"picture_upload_{edit_state().uploads}"
    with st.container(key="picture_field"):
        st.html(uploader_style("picture_field", t("browse_file"), t("picture_limits")))
        st.file_uploader(
            t("picture_upload"),
            type=["png", "jpg", "jpeg"],
            key=field,
            max_upload_size=MAX_BYTES // (1024 * 1024),
            on_change=_on_picture_upload,
            args=(key, field),
        )
    if assistant.picture:
        st.button(t("picture_remove"), icon=":material/close:", on_click=update_draft, args=(key, _without_picture))


def _icon_label(name: str) -> str:
    return f":material/{name}: {t(f'icon_{name}')}" if name in ICONS else visible(name)


def _without_picture(assistant: Assistant) -> Assistant:
    return replace(assistant, picture="")


def _on_picture_upload(key: int, field: str) -> None:
    uploaded = st.session_state.get(field)
    if uploaded is None:
        return
    edit_state().uploads += 1

    def store() -> None:
        picture = small_picture(uploaded.getvalue())
        update_draft(key, lambda assistant: replace(assistant, picture=picture))

    attempt(store)


def _style_fields(key: int, assistant: Assistant) -> None:
    callback: Any = {"on_change": on_field_change, "args": (key,)}
    st.text_input(
        t("part_tone"),
        state_value(f"{PREFIX}tone"),
        key=f"{PREFIX}tone",
        max_chars=MAX_TONE,
        placeholder=t("tone_placeholder"),
        **callback,
    )
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            t("part_length"),
            list(Length),
            default=state_value(f"{PREFIX}length"),
            key=f"{PREFIX}length",
            required=True,
            format_func=lambda length: t(f"length_{length}"),
            **callback,
        )
        st.segmented_control(
            t("part_language"),
            ["question", "da", "en"],
            default=state_value(f"{PREFIX}language"),
            key=f"{PREFIX}language",
            required=True,
            format_func=lambda name: t("language_of_question") if name == "question" else language_name(name),
            **callback,
        )
    st.caption(t("assistant_how_text"))


# examples ----------------------------------------------------------------------------------------------------


def _example_fields(key: int, assistant: Assistant) -> None:
    st.subheader(t("part_examples"))
    st.caption(t("examples_text"))
    count = len(assistant.examples)
    for n, example in enumerate(assistant.examples):
        title = first_line(visible(example.question), 80) or t("example_empty")
        label = f"{n + 1}. {escape_markdown(title)}"
        # an example without a question or an answer is still being written, so it stays open
        with st.expander(label, expanded=not (example.question.strip() and example.answer.strip())):
            _single_example(key, n, example, count)
    if count < MAX_EXAMPLES:
        st.button(t("example_add"), key="example_add", icon=":material/add:", on_click=_add_example, args=(key,))


def _single_example(key: int, n: int, example: Example, count: int) -> None:
    callback: Any = {"on_change": on_field_change, "args": (key,), "max_chars": MAX_EXAMPLE}
    name = f"{PREFIX}example_{n}"
    st.text_input(t("question"), state_value(f"{name}_question"), key=f"{name}_question", **callback)
    for p in range(len(example.passages)):
        passage = f"{name}_passage_{p}"
        st.text_area(t("example_passage", number=p + 1), state_value(passage), key=passage, height=100, **callback)
    if len(example.passages) < MAX_PASSAGES:
        add_passage = partial(_with_example, n=n, update=lambda e: replace(e, passages=(*e.passages, "")))
        st.button(
            t("passage_add"),
            key=f"passage_add_{n}",
            type="tertiary",
            icon=":material/add:",
            on_click=update_draft,
            args=(key, add_passage),
        )
    st.text_area(
        t("example_answer"),
        state_value(f"{name}_answer"),
        key=f"{name}_answer",
        height=120,
        help=t("example_answer_help"),
        **callback,
    )
    with st.container(horizontal=True):
        for step, icon, label in ((-1, "arrow_upward", "move_up"), (1, "arrow_downward", "move_down")):
            st.button(
                t(label),
                key=f"{label}_{n}",
                type="tertiary",
                icon=f":material/{icon}:",
                disabled=not 0 <= n + step < count,
                on_click=update_draft,
                args=(key, partial(_with_example_moved, n=n, step=step)),
            )
        st.button(
            t("delete"),
            key=f"example_delete_{n}",
            type="tertiary",
            icon=":material/delete:",
            on_click=update_draft,
            args=(key, partial(_without_example, n=n)),
        )


def _add_example(key: int) -> None:
    update_draft(key, lambda assistant: replace(assistant, examples=(*assistant.examples, Example("", "", ("",)))))


def _with_example(assistant: Assistant, n: int, update: Any) -> Assistant:
    examples = list(assistant.examples)
    examples[n : n + 1] = [update(example) for example in examples[n : n + 1]]
    return replace(assistant, examples=tuple(examples))


def _with_example_moved(assistant: Assistant, n: int, step: int) -> Assistant:
    return replace(assistant, examples=move_example(assistant.examples, n, step))


def _without_example(assistant: Assistant, n: int) -> Assistant:
    return replace(assistant, examples=assistant.examples[:n] + assistant.examples[n + 1 :])


def _context_usage(assistant: Assistant) -> None:
    tokens = context_tokens(assistant)
    share = tokens / TYPICAL_CONTEXT
    text = t("context_taken", tokens=tokens, context=TYPICAL_CONTEXT, percent=round(100 * share))
    if share > CROWDED_SHARE:
        st.warning(f"{text} {t('context_crowded')}", icon=":material/warning:")
    else:
        st.caption(text)
