"""Names of documents, as they are kept."""


def clean_name(name: str) -> str:
    """A document's name as data: its folders stay, parent folders and characters that nobody sees are dropped.

    An empty name becomes "document".
    """
    visible = "".join(c for c in name.replace("\\", "/") if c.isprintable())
    parts = [part.strip() for part in visible.split("/") if part.strip() not in ("", ".", "..")]
    return "/".join(parts)[-240:] or "document"
