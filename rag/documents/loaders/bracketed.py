"""Text that is told from a file's own words by a word that says what it is: descriptions, comments, empty fields."""

_WORDS = {
    "picture": {"da": "Billede", "en": "Picture"},
    "unfilled": {"da": "ikke udfyldt", "en": "not filled in"},
    "options": {"da": "valgmuligheder", "en": "options"},
}


def bracketed(text: str, kind: str, language: str) -> str:
    """kind: "picture" for its description, "unfilled" for what stands in an empty field, "options".

    language: "da" or "en".
    """
    return f"[{_WORDS[kind][language]}: {text}]"


def described(text: str, language: str) -> str:
    """The description of a picture as a paragraph of its own."""
    return f"{_WORDS['picture'][language]}: {text}"


def noted(text: str, author: str) -> str:
    """A comment as a paragraph of its own, told from the file's words."""
    return f"Note ({author}): {text}" if author else f"Note: {text}"
