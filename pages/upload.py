"""Add documents, see how far they are, and keep them in order."""

from __future__ import annotations

import streamlit as st

from rag.ui.guard import inside_frame

inside_frame("pages/upload.py")

from rag.ui import documents, greeting, uploads  # noqa: E402
from rag.ui.session import library  # noqa: E402
from rag.ui.translations import t  # noqa: E402

empty = not library().documents()
if empty:
    greeting.welcome(offer_upload=False)
else:
    st.title(t("documents"))
uploads.uploader()
uploads.results()
if not empty:
    documents.listing()
