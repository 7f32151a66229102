"""The documents: upload, indexing progress, and their list."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/upload.py")

from rag.ui.chat import welcome  # noqa: E402
from rag.ui.documents import list as document_list  # noqa: E402
from rag.ui.documents import rereading, upload  # noqa: E402
from rag.ui.i18n import t  # noqa: E402
from rag.ui.shell.session import library  # noqa: E402

documents = library().documents.all()
if not documents:
    welcome.welcome(offer_upload=False)
else:
    st.title(t("documents"))
upload.uploader()
upload.results()
if documents:
    rereading.offer(documents)
    document_list.listing()
