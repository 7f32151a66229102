"""Plans who answers a question: the assistant, asked for or chosen, its model, and the further steps of its chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rag.conversations.assistants import Assistants
from rag.conversations.assistants.matching import AssistantMatch, chosen_examples, described, match_assistants
from rag.core.errors import AssistantGone
from rag.core.model_ref import QUOTING
from rag.core.settings import Settings
from rag.core.text.languages import answer_language
from rag.core.types import MAX_STEPS, ROUTER, Assistant, Conditions, Example
from rag.generation.prompts.builder import FORM, LANGUAGES, PLAIN
from rag.models.embedding.protocol import Encoder
from rag.retrieval.searcher import Searcher
from rag.store.protocol import DocumentCatalog
from rag.store.values import Vector


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """How a question is answered. assistant: `PLAIN` if none was asked. model, language, k: for its answer.

    steps: the later assistants of the chain, in order. weighed: if the router chose, all assistants, best first.
    usual_model: for assistants in the chain without a model of their own. judge_model: "" without a judge.
    """

    assistant: Assistant
    model: str
    language: str
    k: int
    steps: tuple[Assistant, ...] = ()
    weighed: tuple[AssistantMatch, ...] = ()
    usual_model: str = QUOTING
    judge_model: str = ""

    @property
    def writes(self) -> bool:
        """Whether a language model or a chain takes part, beyond quoting."""
        return self.model != QUOTING or bool(self.steps)


class AssistantRouter:
    """Plans who answers; chooses an assistant if the user left that to the router."""

    def __init__(self, documents: DocumentCatalog, searcher: Searcher, assistants: Assistants) -> None:
        self._documents = documents
        self._searcher = searcher
        self._assistants = assistants
        # texts of assistants seldom change; without the cache every routed question would embed them again
        self._cached: Any = lru_cache(maxsize=2000)(_vector)

    def route(
        self,
        question: str,
        conditions: Conditions,
        settings: Settings,
        encoder: Encoder | None,
        override: Assistant | None = None,
    ) -> AnswerPlan:
        """The plan. override: replaces the assistant in the conditions; need not be saved.

        encoder: None while the model is not loaded; the router then chooses by scopes alone.
        Raises AssistantGone.
        """
        assistant, weighed = override or PLAIN, list[AssistantMatch]()
        if override is None and conditions.assistant == ROUTER:
            weighed = self._weigh(question, encoder)
            assistant = weighed[0].assistant if weighed else PLAIN
        elif override is None and conditions.assistant:
            assistant = self._assistants.get(conditions.assistant, conditions.assistant_version)
        return AnswerPlan(
            assistant,
            conditions.answer_model or assistant.answer_model or settings.answer_model,
            assistant.language if assistant.language in LANGUAGES else answer_language(question),
            assistant.k or settings.k,
            self._steps(assistant),
            tuple(weighed),
            conditions.answer_model or settings.answer_model,
            settings.judge_model,
        )

    def examples(self, question: str, plan: AnswerPlan, encoder: Encoder | None) -> list[Example]:
        """The examples for a model, best match first; Kilde's own if the assistant has none."""
        assistant = plan.assistant
        if not assistant.examples:
            return [FORM[plan.language]]
        vector: Vector | None = None
        vectors: Sequence[Any] = assistant.examples
        if encoder is not None:
            vector = self._vector_of(encoder, question)
            vectors = [self._vector_of(encoder, example.question) for example in assistant.examples]
        return [assistant.examples[n] for n in chosen_examples(vector, vectors)]

    def _weigh(self, question: str, encoder: Encoder | None) -> list[AssistantMatch]:
        """All assistants, best match for the question first."""
        assistants = self._assistants.all()
        if not assistants:
            return []
        vector, vectors = None, {}
        if encoder is not None:
            vector = self._vector_of(encoder, question)
            vectors = {
                assistant.id: (
                    [self._vector_of(encoder, example.question) for example in assistant.examples],
                    self._vector_of(encoder, described(assistant)),
                )
                for assistant in assistants
            }
        scoped = [assistant for assistant in assistants if assistant.scope]
        hits = self._searcher.search(question, meaning=encoder is not None).hits if scoped else []
        return match_assistants(vector, assistants, vectors, hits, self._contents(scoped))

    def _steps(self, assistant: Assistant) -> tuple[Assistant, ...]:
        """The later steps of its chain, without removed assistants."""
        steps = []
        for step in assistant.steps[: MAX_STEPS - 1]:
            try:
                steps.append(self._assistants.get(step))
            except AssistantGone:
                continue
        return tuple(step for step in steps if self._assistants.is_there(step.id))

    def _vector_of(self, encoder: Encoder, text: str) -> Vector:
        vector: Vector = self._cached(encoder, text)
        return vector

    def _contents(self, scoped: Sequence[Assistant]) -> dict[int, frozenset[str] | None]:
        """SHA-256 of the documents in scope, by assistant."""
        documents = self._documents.all() if scoped else []
        ids = {assistant.id: self._documents.in_scope(assistant.scope) or set() for assistant in scoped}
        return {
            assistant: frozenset(document.sha256 for document in documents if document.id in inside)
            for assistant, inside in ids.items()
        }


def _vector(encoder: Encoder, text: str) -> Vector:
    vector: Vector = encoder.encode_queries([text])[0]
    return vector
