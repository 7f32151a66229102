"""The limits of an assistant's fields, and their check."""

import base64
import binascii
import re

from rag.core.errors import InvalidAssistant
from rag.core.settings import FIELDS
from rag.core.types import MAX_STEPS, Assistant

MAX_NAME = 60
MAX_TEXT = 8000
MAX_TONE = 200
MAX_TERMS = 50
MAX_TERM = 100
MAX_EXAMPLES = 40
MAX_EXAMPLE = 8000
MAX_PASSAGES = 20
MAX_PICTURE = 60_000
"""Characters, bytes of base64, and counts: enough to fill the context of any model."""
TEMPERATURES = (0.0, 2.0)
_PNG = b"\x89PNG\r\n\x1a\n"
_ICON = re.compile(r"[a-z0-9_]{1,40}")


def check(assistant: Assistant) -> None:
    """Raises InvalidAssistant; its value `part` is the name of the first invalid field."""
    for part in ("name", "scenario"):
        text = getattr(assistant, part)
        _must(len(text) <= MAX_NAME and (not text or text.isprintable()), part, f"1-{MAX_NAME}")
    _must(bool(assistant.name.strip()), "name", f"1-{MAX_NAME}")
    _must(bool(_ICON.fullmatch(assistant.icon)), "icon", "a-z, 0-9, _")
    _must(_is_picture(assistant.picture), "picture", "PNG")
    for part in ("perspective", "before", "after"):
        _must(len(getattr(assistant, part)) <= MAX_TEXT, part, f"0-{MAX_TEXT}")
    _must(len(assistant.tone) <= MAX_TONE, "tone", f"0-{MAX_TONE}")
    _must(assistant.language in ("question", "da", "en"), "language", "question, da, en")
    _must(len(assistant.examples) <= MAX_EXAMPLES, "examples", f"0-{MAX_EXAMPLES}")
    for example in assistant.examples:
        texts = (example.question, example.answer, *example.passages)
        is_complete = bool(example.question.strip()) and bool(example.answer.strip())
        _must(is_complete and max(map(len, texts)) <= MAX_EXAMPLE, "examples", f"1-{MAX_EXAMPLE}")
        _must(len(example.passages) <= MAX_PASSAGES, "examples", f"0-{MAX_PASSAGES}")
    preference = assistant.preference
    for terms in (preference.favoured_terms, preference.avoided_terms):
        fits = len(terms) <= MAX_TERMS and all(0 < len(term.strip()) <= MAX_TERM for term in terms)
        _must(fits, "preference", f"0-{MAX_TERMS} × 1-{MAX_TERM}")
    if assistant.k is not None:
        FIELDS["k"].check("k", assistant.k)
    if assistant.answer_model:
        FIELDS["answer_model"].check("answer_model", assistant.answer_model)
    low, high = TEMPERATURES
    _must(low <= assistant.temperature <= high, "temperature", f"{low:g}-{high:g}")
    _must(len(assistant.steps) < MAX_STEPS, "steps", f"0-{MAX_STEPS - 1}")
    _must(all(step > 0 and step != assistant.id for step in assistant.steps), "steps", f"0-{MAX_STEPS - 1}")


def _must(fits: bool, part: str, allowed: str) -> None:
    if not fits:
        raise InvalidAssistant(part=part, allowed=allowed)


def _is_picture(picture: str) -> bool:
    if not picture:
        return True
    try:
        return len(picture) <= MAX_PICTURE and base64.b64decode(picture, validate=True).startswith(_PNG)
    except (binascii.Error, ValueError):
        return False
