"""The avatar of an assistant: its picture or its icon."""

import base64

import streamlit as st

from rag.core.types import Assistant
from rag.ui.assistants.form_data import ICONS

AVATAR_SIZE = 48  # pixels


def material_icon(assistant: Assistant) -> str:
    """The assistant's icon in Streamlit's notation, or "person" for an unknown name, which Streamlit might not have."""
    return f":material/{assistant.icon if assistant.icon in ICONS else 'person'}:"


def avatar(assistant: Assistant, place: str) -> None:
    """Draws the picture or icon. The name is beside it, so screen readers skip it. place: unique on the page."""
    with st.container(key=f"assistant_mark_{place}", width=AVATAR_SIZE):
        if assistant.picture:
            st.image(base64.b64decode(assistant.picture), width=AVATAR_SIZE, alt="")
        else:
            st.markdown(f":primary[{material_icon(assistant)}]")
