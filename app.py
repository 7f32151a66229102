"""Kilde: ask your documents, and see the source of every sentence. Start with `streamlit run app.py`.

Streamlit imports this file once for the server that it is to run, and runs it as a script for every page.
"""

from __future__ import annotations

if __name__ == "__main__":
    from rag.ui.shell import frame

    page = frame.begin()
    page.run()
    frame.end()
else:
    from streamlit.starlette import App

    from rag.ui.server import middleware

    middleware.prepare()
    app = App(__file__, middleware=middleware.middleware())
