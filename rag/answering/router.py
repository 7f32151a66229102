"""Who answers a question: the assistant asked or chosen for it, its model, and those it hands its answer on to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rag.conversations.assistants import Assistants
from rag.conversations.assistants.matching import AssistantMatch, chosen_examples, described, match_assistants
from rag.core.errors import AssistantGone
from rag.core.settings import QUOTING, Settings
from rag.core.text.languages import answer_language
from rag.core.types import MAX_STEPS, ROUTER, Assistant, Conditions, Example
from rag.generation.prompts.builder import FORM, LANGUAGES, PLAIN
from rag.models.embedding import Encoder
from rag.retrieval.searcher import Searcher
from rag.store.protocol import DocumentCatalog, Vector

MOST_SHOWN = 6
"""So many of the assistants that a router weighed are kept in the ledger."""


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """assistant: `PLAIN` where none was asked. model, language, k: what it answers with. steps: the rest of its chain.

    routed: where a router chose, what it weighed, as JSON. usual_model: of those in the chain that name none.
    """

    assistant: Assistant
    model: str
    language: str
    k: int
    steps: tuple[Assistant, ...] = ()
    routed: dict[str, Any] | None = None
    usual_model: str = QUOTING

    def plain(self) -> dict[str, Any] | None:
        """For the ledger; None where no assistant was asked."""
        one = self.assistant
        if not one.name:
            return None
        return {
            "id": one.id,
            "version": one.version,
            "name": one.name,
            "icon": one.icon,
            "picture": one.picture,
            "scenario": one.scenario,
            "perspective": one.perspective,
            "tone": one.tone,
            "routed": self.routed,
        }


class AssistantRouter:
    """Finds who is to answer; chooses where a router was asked."""

    def __init__(self, documents: DocumentCatalog, searcher: Searcher, assistants: Assistants) -> None:
        self._documents = documents
        self._searcher = searcher
        self._assistants = assistants
        # the texts of assistants change seldom, and every routed question would embed them anew
        self._cached: Any = lru_cache(maxsize=2000)(_vector)

    def route(
        self,
        question: str,
        conditions: Conditions,
        settings: Settings,
        encoder: Encoder | None,
        given: Assistant | None,
    ) -> AnswerPlan:
        """given: an assistant that is asked as it stands, kept or not, in place of the one the conditions name.

        encoder: None while the model is not there; then scopes alone decide where a router was asked.
        """
        assistant, routed = given or PLAIN, None
        if given is None and conditions.assistant == ROUTER:
            fitting = self.fits(question, encoder)
            if fitting:
                assistant, routed = fitting[0].assistant, {"weighed": [_plain(fit) for fit in fitting[:MOST_SHOWN]]}
        elif given is None and conditions.assistant:
            assistant = self._assistants.get(conditions.assistant, conditions.assistant_version)
        return AnswerPlan(
            assistant,
            conditions.answer_model or assistant.answer_model or settings.answer_model,
            assistant.language if assistant.language in LANGUAGES else answer_language(question),
            assistant.k or settings.k,
            self._steps(assistant),
            routed,
            conditions.answer_model or settings.answer_model,
        )

    def fits(self, question: str, encoder: Encoder | None) -> list[AssistantMatch]:
        """All assistants, the one that fits the question best first; empty where there are none."""
        assistants = self._assistants.all()
        if not assistants:
            return []
        vector = None if encoder is None else self._vector_of(encoder, question)
        vectors = {}
        if encoder is not None:
            vectors = {
                one.id: (
                    [self._vector_of(encoder, example.question) for example in one.examples],
                    self._vector_of(encoder, described(one)),
                )
                for one in assistants
            }
        scoped = [one for one in assistants if one.scope]
        found = self._searcher.search(question, meaning=encoder is not None).hits if scoped else []
        inside = {one.id: self._contents(one) for one in scoped}
        return match_assistants(vector, assistants, vectors, found, inside)

    def examples(self, question: str, who: AnswerPlan, encoder: Encoder | None) -> list[Example]:
        """Those that a model is shown, the most fitting first; Kilde's own where the assistant has none."""
        assistant = who.assistant
        if not assistant.examples:
            return [FORM[who.language]]
        vector: Vector | None = None
        vectors: Sequence[Any] = assistant.examples
        if encoder is not None:
            vector = self._vector_of(encoder, question)
            vectors = [self._vector_of(encoder, example.question) for example in assistant.examples]
        return [assistant.examples[n] for n in chosen_examples(vector, vectors)]

    def _steps(self, assistant: Assistant) -> tuple[Assistant, ...]:
        """Those that can still be asked."""
        found = []
        for step in assistant.steps[: MAX_STEPS - 1]:
            try:
                found.append(self._assistants.get(step))
            except AssistantGone:
                continue
        return tuple(one for one in found if self._assistants.is_there(one.id))

    def _vector_of(self, encoder: Encoder, text: str) -> Vector:
        vector: Vector = self._cached(encoder, text)
        return vector

    def _contents(self, assistant: Assistant) -> frozenset[str]:
        ids = self._documents.in_scope(assistant.scope) or set()
        return frozenset(document.sha256 for document in self._documents.all() if document.id in ids)


def _vector(encoder: Encoder, text: str) -> Vector:
    vector: Vector = encoder.encode_queries([text])[0]
    return vector


def _plain(fit: AssistantMatch) -> dict[str, Any]:
    return {
        "id": fit.assistant.id,
        "version": fit.assistant.version,
        "name": fit.assistant.name,
        "score": fit.score,
        "nearest": fit.nearest,
        "example": fit.example,
        "scope": fit.scope,
        "angle": fit.perspective,
    }
