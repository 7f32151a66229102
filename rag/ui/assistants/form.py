"""The form of an assistant: what makes it what it is, its examples, and under "more" the rest."""

from __future__ import annotations

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
from rag.ui.assistants.drafts import PREFIX, attempt, change, editing, gather
from rag.ui.assistants.form_advanced import more
from rag.ui.assistants.form_data import ICONS, TYPICAL_CONTEXT, context_tokens, first_line, moved
from rag.ui.assistants.widgets import mark, uploader_words
from rag.ui.i18n import t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import value_in

CROWDED = 0.5
"""A share of the context that leaves little room for passages."""


def form(key: int) -> None:
    """Draws the fields of the draft `key`; what is changed in them goes into it at once."""
    now = editing().drafts[key].now
    _who(key, now)
    _how(key, now)
    _examples(key, now)
    _room(now)
    more(key, now)


def _changed(key: int) -> None:
    gather(key)


def _who(key: int, now: Assistant) -> None:
    st.subheader(t("assistant_who"))
    st.caption(t("assistant_who_text"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="assistant_head"):
        mark(now, "form")
        st.text_input(
            t("part_name"),
            value_in(f"{PREFIX}name"),
            key=f"{PREFIX}name",
            max_chars=MAX_NAME,
            on_change=_changed,
            args=(key,),
            width=280,
        )
        with st.popover(t("assistant_look"), icon=":material/palette:"):
            _look(key, now)
    st.text_area(
        t("part_perspective"),
        value_in(f"{PREFIX}perspective"),
        key=f"{PREFIX}perspective",
        height=260,
        max_chars=MAX_TEXT,
        placeholder=t("perspective_placeholder"),
        on_change=_changed,
        args=(key,),
    )
    st.caption(t("perspective_help"))


def _look(key: int, now: Assistant) -> None:
    st.pills(
        t("part_icon"),
        ICONS if now.icon in ICONS else (now.icon, *ICONS),
        default=value_in(f"{PREFIX}icon"),
        format_func=_icon_words,
        key=f"{PREFIX}icon",
        required=True,
        disabled=bool(now.picture),
        on_change=_changed,
        args=(key,),
    )
    field = f"picture_upload_{editing().uploads}"
    with st.container(key="picture_field"):
        st.html(uploader_words("picture_field", t("browse_file"), t("picture_limits")))
        st.file_uploader(
            t("picture_upload"),
            type=["png", "jpg", "jpeg"],
            key=field,
            max_upload_size=MAX_BYTES // (1024 * 1024),
            on_change=_take_picture,
            args=(key, field),
        )
    if now.picture:
        st.button(t("picture_remove"), icon=":material/close:", on_click=change, args=(key, _without_picture))


def _icon_words(name: str) -> str:
    return f":material/{name}: {t(f'icon_{name}')}" if name in ICONS else visible(name)


def _without_picture(now: Assistant) -> Assistant:
    return replace(now, picture="")


def _take_picture(key: int, field: str) -> None:
    uploaded = st.session_state.get(field)
    if uploaded is None:
        return
    editing().uploads += 1

    def take() -> None:
        picture = small_picture(uploaded.getvalue())
        change(key, lambda now: replace(now, picture=picture))

    attempt(take)


def _how(key: int, now: Assistant) -> None:
    changed: Any = {"on_change": _changed, "args": (key,)}
    st.text_input(
        t("part_tone"),
        value_in(f"{PREFIX}tone"),
        key=f"{PREFIX}tone",
        max_chars=MAX_TONE,
        placeholder=t("tone_placeholder"),
        **changed,
    )
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            t("part_length"),
            list(Length),
            default=value_in(f"{PREFIX}length"),
            key=f"{PREFIX}length",
            required=True,
            format_func=lambda length: t(f"length_{length}"),
            **changed,
        )
        st.segmented_control(
            t("part_language"),
            ["question", "da", "en"],
            default=value_in(f"{PREFIX}language"),
            key=f"{PREFIX}language",
            required=True,
            format_func=lambda name: t("language_of_question") if name == "question" else language_name(name),
            **changed,
        )
    st.caption(t("assistant_how_text"))


# examples ----------------------------------------------------------------------------------------------------


def _examples(key: int, now: Assistant) -> None:
    st.subheader(t("part_examples"))
    st.caption(t("examples_text"))
    count = len(now.examples)
    for n, example in enumerate(now.examples):
        title = first_line(visible(example.question), 80) or t("example_empty")
        label = f"{n + 1}. {plain(title)}"
        # one without a question or an answer stays open: it is being written
        with st.expander(label, expanded=not (example.question.strip() and example.answer.strip())):
            _example(key, n, example, count)
    if count < MAX_EXAMPLES:
        st.button(t("example_add"), key="example_add", icon=":material/add:", on_click=_add_example, args=(key,))


def _example(key: int, n: int, example: Example, count: int) -> None:
    changed: Any = {"on_change": _changed, "args": (key,), "max_chars": MAX_EXAMPLE}
    name = f"{PREFIX}example_{n}"
    st.text_input(t("question"), value_in(f"{name}_question"), key=f"{name}_question", **changed)
    for p in range(len(example.passages)):
        passage = f"{name}_passage_{p}"
        st.text_area(t("example_passage", number=p + 1), value_in(passage), key=passage, height=100, **changed)
    if len(example.passages) < MAX_PASSAGES:
        add = partial(_with_example, n=n, of=lambda e: replace(e, passages=(*e.passages, "")))
        st.button(
            t("passage_add"),
            key=f"passage_add_{n}",
            type="tertiary",
            icon=":material/add:",
            on_click=change,
            args=(key, add),
        )
    st.text_area(
        t("example_answer"),
        value_in(f"{name}_answer"),
        key=f"{name}_answer",
        height=120,
        help=t("example_answer_help"),
        **changed,
    )
    with st.container(horizontal=True):
        for by, icon, label in ((-1, "arrow_upward", "move_up"), (1, "arrow_downward", "move_down")):
            st.button(
                t(label),
                key=f"{label}_{n}",
                type="tertiary",
                icon=f":material/{icon}:",
                disabled=not 0 <= n + by < count,
                on_click=change,
                args=(key, partial(_moved, n=n, by=by)),
            )
        st.button(
            t("delete"),
            key=f"example_delete_{n}",
            type="tertiary",
            icon=":material/delete:",
            on_click=change,
            args=(key, partial(_without_example, n=n)),
        )


def _add_example(key: int) -> None:
    change(key, lambda now: replace(now, examples=(*now.examples, Example("", "", ("",)))))


def _with_example(now: Assistant, n: int, of: Any) -> Assistant:
    examples = list(now.examples)
    examples[n : n + 1] = [of(example) for example in examples[n : n + 1]]
    return replace(now, examples=tuple(examples))


def _moved(now: Assistant, n: int, by: int) -> Assistant:
    return replace(now, examples=moved(now.examples, n, by))


def _without_example(now: Assistant, n: int) -> Assistant:
    return replace(now, examples=now.examples[:n] + now.examples[n + 1 :])


def _room(now: Assistant) -> None:
    tokens = context_tokens(now)
    share = tokens / TYPICAL_CONTEXT
    words = t("context_taken", tokens=tokens, context=TYPICAL_CONTEXT, percent=round(100 * share))
    if share > CROWDED:
        st.warning(f"{words} {t('context_crowded')}", icon=":material/warning:")
    else:
        st.caption(words)
