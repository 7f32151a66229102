"""A question asked with and without the perspective of an assistant."""

from __future__ import annotations

from typing import Any

from rag.core.types import Assistant, Conditions, Example, Length, Turn
from rag.core.types.analysis import PerspectiveEffect
from rag.generation.protocol import Prompt
from rag.library import Library
from tests import helpers

QUESTION = "Hvor længe er batterier dækket?"
BATTERIES = "Batterier er dækket i 6 måneder."
OTHERS = "Øvrige dele er dækket i 24 måneder fra købsdatoen."
PERSPECTIVE_TEXT = "Du svarer som jurist. Frister skal altid nævnes tydeligt over for kunden."
SAYS_IT = "Frister skal altid nævnes tydeligt over for kunden."
INVENTED = "Skærmen kan byttes gratis i Aarhus."


def asked(library: Library, assistant: Assistant, question: str = QUESTION) -> Turn:
    return helpers.asked(library, question, conditions=Conditions(assistant=assistant.id))


def measured(library: Library, turn: Turn) -> PerspectiveEffect:
    library.perspective_effect.start(turn.id)
    library.perspective_effect.wait(turn.id, 60)
    assert library.perspective_effect.status(turn.id) is None
    effect = library.conversations.live(turn.id).turn.trace.perspective_effect
    assert effect is not None
    return effect


def by_perspective(prompt: Prompt) -> str:
    """Says more where it is given a perspective."""
    plain = f"{BATTERIES} [1] {OTHERS} [1]"
    return f"{BATTERIES} [1] {SAYS_IT} {INVENTED}" if "jurist" in prompt.system else plain


def lawyer(library: Library, **fields: Any) -> Assistant:
    values = {"answer_model": "scripted", "temperature": 0.7, "length": Length.LONG, **fields}
    example = Example("Hvad koster fragten?", "Den er gratis. [1]", ("Fragten er gratis.",))
    return library.assistants.save(Assistant("Juristen", PERSPECTIVE_TEXT, examples=(example,), **values))
