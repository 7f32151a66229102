"""The language in which Kilde answers a question."""

from rag.core.text.sentences import detect_language, words
from rag.core.text.stopwords import STOPWORDS


def answer_language(question: str) -> str:
    """ "da" or "en": the language Kilde says things in, for a question in any language.

    Function words decide, because a question is too short for a classifier. Norwegians and Swedes read Danish.
    """
    tokens = words(question)
    danish = sum(word in STOPWORDS["da"] for word in tokens)
    english = sum(word in STOPWORDS["en"] for word in tokens)
    if danish != english:
        return "da" if danish > english else "en"
    if any(letter in question.casefold() for letter in "æøå"):
        return "da"
    return "da" if detect_language(question) in ("da", "no", "sv") else "en"
