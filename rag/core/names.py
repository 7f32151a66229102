"""Names of documents, as they are kept."""

INSIDE = " › "
"""Between the name of a document and that of a file inside it."""


def clean_name(name: str) -> str:
    """A document's name as data: its folders stay, parent folders and characters that nobody sees are dropped.

    An empty name becomes "document".
    """
    visible = "".join(c for c in name.replace("\\", "/") if c.isprintable())
    parts = [part.strip() for part in visible.split("/") if part.strip() not in ("", ".", "..")]
    return "/".join(parts)[-240:] or "document"


def is_owner_file(name: str) -> bool:
    """Whether a program or a system put this file there for itself: nobody misses it where it is passed over.

    Such are the marks that Office and LibreOffice leave beside an open document, and what Windows and macOS keep of a
    folder. name: with its folders, if any.
    """
    *folders, last = name.replace("\\", "/").split("/")
    return (
        last.startswith(("~$", ".~lock.", "._"))
        or last.casefold() in (".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini")
        or "__MACOSX" in folders
    )
