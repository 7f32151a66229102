"""Small things that several parts of the assistants page draw: an assistant's picture, and an uploader's words."""

from __future__ import annotations

import base64
import json

import streamlit as st

from rag.core.types import Assistant
from rag.ui.assistants.form_data import ICONS

SIDE = 48  # pixels
_WORDS = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{
  content: {browse};
}}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] > div::after {{ content: {limits}; }}
</style>"""


def icon_of(assistant: Assistant) -> str:
    """Its icon in Streamlit's writing; one that is not among those offered might not exist, and is not drawn."""
    return f":material/{assistant.icon if assistant.icon in ICONS else 'person'}:"


def mark(assistant: Assistant, place: str) -> None:
    """Draws its picture or icon; the name stands beside it, so nothing is to be read out. place: unique on the page."""
    with st.container(key=f"assistant_mark_{place}", width=SIDE):
        if assistant.picture:
            st.image(base64.b64decode(assistant.picture), width=SIDE, alt="")
        else:
            st.markdown(f":primary[{icon_of(assistant)}]")


def uploader_words(key: str, browse: str, limits: str) -> str:
    """Streamlit says these in English only. key: of the container around the uploader."""
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in (("browse", browse), ("limits", limits))}
    return _WORDS.format(key=key, **quoted)
