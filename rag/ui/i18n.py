"""The language of a session, and texts in it. The texts themselves are in `rag.core.i18n`, in any language."""

from typing import Any

import streamlit as st

from rag.core.i18n import languages, of_unit, spoken, text

_LANGUAGE = "kilde_language"


def t(key: str, **values: Any) -> str:
    """`text` in the language of this session."""
    return text(key, language(), **values)


def choose_language(setting: str) -> str:
    """Sets the session's language: the setting, or with "auto" the browser's language, or English. Returns it."""
    preference = setting if setting in languages() else str(st.context.locale or "").lower()
    selected = preference if preference in languages() else spoken(preference.partition("-")[0])
    st.session_state[_LANGUAGE] = selected
    return selected


def language() -> str:
    """The language that `choose_language` set in this session, "en" before that."""
    return str(st.session_state.get(_LANGUAGE, "en"))


__all__ = ["choose_language", "language", "of_unit", "t", "text"]
