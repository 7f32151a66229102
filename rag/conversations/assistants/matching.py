"""What fits a question: the examples that a model is shown, and the assistant that a router sends it to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.core.types import Assistant, Hit
from rag.store.protocol import Vector

MOST_EXAMPLES = 4
"""So many examples are shown; of more those that are nearest to the question in meaning."""
EXAMPLE_WEIGHT, SCOPE_WEIGHT, ANGLE_WEIGHT = 0.5, 0.3, 0.2
"""What counts for an assistant: the nearest of its examples, how much of what was found lies in its scope, and how near
its name, scenario and perspective are."""
TYPICAL, NEAR = 0.75, 0.92
"""Cosines of the default embedding model between questions that have nothing in common, and of two that are nearly one:
what is between is stretched to 0..1, or the model's narrow range would make all assistants equal."""
_UNSCOPED = 0.5
"""In place of the share of what was found: an assistant for every document is neither better nor worse for it."""


@dataclass(frozen=True, slots=True)
class AssistantMatch:
    """How well an assistant fits a question. score: 0..1. nearest: its example most like the question, "" for none.

    example, scope, angle: 0..1 each, None where the assistant has no examples, or no scope.
    """

    assistant: Assistant
    score: float
    nearest: str
    example: float | None
    scope: float | None
    angle: float


def chosen_examples(question: Vector | None, examples: Sequence[Vector]) -> list[int]:
    """Which examples are shown, by their place, the most fitting first.

    question: (d,) or None, where the first ones are shown; examples: one (d,) each, of their questions, length 1.
    Few enough to be all shown keep their order, so that what a model has read of them it need not read again.
    """
    every = list(range(len(examples)))
    if len(every) <= MOST_EXAMPLES or question is None:
        return every[:MOST_EXAMPLES]
    return sorted(every, key=lambda n: (-float(examples[n] @ question), n))[:MOST_EXAMPLES]


def described(assistant: Assistant) -> str:
    """What an assistant is for, in one text, to be compared with a question."""
    return ". ".join(filter(None, (assistant.name, assistant.scenario, assistant.perspective[:600])))


def match_assistants(
    question: Vector | None,
    assistants: Sequence[Assistant],
    vectors: Mapping[int, tuple[Sequence[Vector], Vector]],
    found: Sequence[Hit],
    inside: Mapping[int, frozenset[str] | None],
) -> list[AssistantMatch]:
    """Each assistant with how well it fits, the best first, ties by name.

    question: (d,) float32 of length 1; None where the model is not there, when the scopes alone decide. vectors: by id,
    of its examples' questions and of `described`. found: what a search of all documents came to. inside: by id the
    SHA-256 of the documents of its scope, None where it has none.
    """
    all_found = sum(hit.score for hit in found)
    fitting = []
    for assistant in assistants:
        examples, angle_vector = vectors.get(assistant.id, ((), None)) if question is not None else ((), None)
        cosines = [float(vector @ question) for vector in examples]  # type: ignore[operator]
        example = _stretched(max(cosines)) if cosines else None
        angle = 0.0 if angle_vector is None else _stretched(float(angle_vector @ question))  # type: ignore[operator]
        documents = inside.get(assistant.id)
        scope = None
        if documents is not None:
            scope = sum(hit.score for hit in found if hit.sha256 in documents) / all_found if all_found else 0.0
        score = (
            EXAMPLE_WEIGHT * (example if example is not None else angle)
            + SCOPE_WEIGHT * (_UNSCOPED if scope is None else scope)
            + ANGLE_WEIGHT * angle
        )
        nearest = assistant.examples[cosines.index(max(cosines))].question if cosines else ""
        fitting.append(AssistantMatch(assistant, round(score, 4), nearest, example, scope, angle))
    return sorted(fitting, key=lambda fit: (-fit.score, fit.assistant.name.casefold(), fit.assistant.id))


def _stretched(cosine: float) -> float:
    return round(min(1.0, max(0.0, (cosine - TYPICAL) / (NEAR - TYPICAL))), 4)
