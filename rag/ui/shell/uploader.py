"""The texts of a file uploader in the user's language. Streamlit has them in English only."""

import json

_UPLOADER_STYLE = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{
  content: {browse};
}}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] > div::after {{ content: {limits}; }}
</style>"""


def uploader_style(key: str, browse: str, limits: str) -> str:
    """A style element that replaces an uploader's button text and limits.

    key: of the container around the uploader.
    """
    strings = {name: json.dumps(value, ensure_ascii=False) for name, value in (("browse", browse), ("limits", limits))}
    return _UPLOADER_STYLE.format(key=key, **strings)
