"""Matches a question with examples for the prompt, and with assistants for the router. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.core.types import Assistant, Hit
from rag.store.values import Vector

MOST_EXAMPLES = 4
"""The most examples in a prompt; of more, those nearest to the question in meaning are used."""
EXAMPLE_WEIGHT, SCOPE_WEIGHT, PERSPECTIVE_WEIGHT = 0.5, 0.3, 0.2
"""The weights in an assistant's score of its nearest example, of the share of hits in its scope, and of the similarity
of its name, scenario and perspective."""
TYPICAL, NEAR = 0.75, 0.92
"""Cosines of the default embedding model for two questions with nothing in common, and for two that are nearly equal:
this narrow range is stretched to 0..1, as all assistants would otherwise score nearly the same."""
_UNSCOPED = 0.5
"""Used as the share of hits for an assistant without a scope, which is neither an advantage nor a drawback."""


@dataclass(frozen=True, slots=True)
class AssistantMatch:
    """How well an assistant matches a question. score: 0..1. nearest: its example most like the question, "" for none.

    example, scope, perspective: the parts of the score before they are weighted, 0..1 each; None where the assistant
    has no examples, or no scope.
    """

    assistant: Assistant
    score: float
    nearest: str
    example: float | None
    scope: float | None
    perspective: float


def chosen_examples(question: Vector | None, examples: Sequence[Vector]) -> list[int]:
    """The places of the examples that are shown, the best match first.

    question: (d,) float32, L2-normalised, or None for the first examples; examples: one such vector for each example's
    question. Where all examples are shown they keep their order, so that a model's prompt cache stays valid.
    """
    places = list(range(len(examples)))
    if len(places) <= MOST_EXAMPLES or question is None:
        return places[:MOST_EXAMPLES]
    return sorted(places, key=lambda place: (-float(examples[place] @ question), place))[:MOST_EXAMPLES]


def described(assistant: Assistant) -> str:
    """The purpose of an assistant in one text, whose vector is compared with that of a question."""
    return ". ".join(filter(None, (assistant.name, assistant.scenario, assistant.perspective[:600])))


def match_assistants(
    question: Vector | None,
    assistants: Sequence[Assistant],
    vectors: Mapping[int, tuple[Sequence[Vector], Vector]],
    hits: Sequence[Hit],
    scopes: Mapping[int, frozenset[str] | None],
) -> list[AssistantMatch]:
    """Each assistant with how well it matches, the best first, ties by name.

    question: (d,) float32, L2-normalised; None while the model is not loaded, when the scopes alone decide. vectors: by
    id, of its examples' questions and of `described`. hits: of a search in all documents. scopes: by id the SHA-256 of
    the documents in its scope, None where it has none.
    """
    total = sum(hit.score for hit in hits)
    matches = []
    for assistant in assistants:
        of_examples, of_perspective = vectors.get(assistant.id, ((), None)) if question is not None else ((), None)
        cosines = [float(vector @ question) for vector in of_examples]  # type: ignore[operator]
        example = _stretched(max(cosines)) if cosines else None
        perspective = 0.0 if of_perspective is None else _stretched(float(of_perspective @ question))  # type: ignore[operator]
        documents = scopes.get(assistant.id)
        scope = None
        if documents is not None:
            scope = sum(hit.score for hit in hits if hit.sha256 in documents) / total if total else 0.0
        score = (
            EXAMPLE_WEIGHT * (example if example is not None else perspective)
            + SCOPE_WEIGHT * (_UNSCOPED if scope is None else scope)
            + PERSPECTIVE_WEIGHT * perspective
        )
        nearest = assistant.examples[cosines.index(max(cosines))].question if cosines else ""
        matches.append(AssistantMatch(assistant, round(score, 4), nearest, example, scope, perspective))
    return sorted(matches, key=lambda match: (-match.score, match.assistant.name.casefold(), match.assistant.id))


def _stretched(cosine: float) -> float:
    return round(min(1.0, max(0.0, (cosine - TYPICAL) / (NEAR - TYPICAL))), 4)
