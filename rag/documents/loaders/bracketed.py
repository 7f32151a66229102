"""Text that stands for something else than a file's own words: it is put in brackets with a word that says for what."""

_WORDS = {
    "picture": {"da": "Billede", "en": "Picture"},
    "unfilled": {"da": "ikke udfyldt", "en": "not filled in"},
    "options": {"da": "valgmuligheder", "en": "options"},
    "comment": {"da": "Kommentar", "en": "Comment"},
}


def bracketed(text: str, kind: str, language: str) -> str:
    """kind: "picture" for its description, "unfilled" for what stands in an empty field, "options", "comment".

    language: "da" or "en".
    """
    return f"[{_WORDS[kind][language]}: {text}]"
