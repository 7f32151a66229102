"""The language of a session, and texts in it. The texts themselves are in `rag.core.i18n`, in any language."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.core.i18n import languages, of_unit, spoken, text

_CHOSEN = "kilde_language"


def t(key: str, **values: Any) -> str:
    """`text` in the language of this session."""
    return text(key, language(), **values)


def choose_language(setting: str) -> str:
    """Settles the language of this run: the setting, or with "auto" that of the browser, English where in doubt."""
    wanted = setting if setting in languages() else str(st.context.locale or "").lower()
    chosen = wanted if wanted in languages() else spoken(wanted.partition("-")[0])
    st.session_state[_CHOSEN] = chosen
    return chosen


def language() -> str:
    """The language settled by `choose_language` in this session, "en" before that."""
    return str(st.session_state.get(_CHOSEN, "en"))


__all__ = ["choose_language", "language", "of_unit", "t", "text"]
