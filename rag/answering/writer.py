"""The written answer: what a language model makes of the passages, handed on from step to step, and grounded."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from rag.answering.grounding import Judge, Similar, StoredSimilarity, ground, load_judge
from rag.answering.router import AnswerPlan
from rag.answering.tracing import generation_of, step_of
from rag.conversations.assistants import Assistants
from rag.core.errors import KildeError
from rag.core.events import Begun, Delta, Done, Event, Working
from rag.core.model_ref import QUOTING
from rag.core.text.languages import answer_language
from rag.core.types import Answer, Assistant, Example, Hit, Notice, Sentence, Space, Turn, Verdict
from rag.core.types.writing import GenerationTrace, LeftOut, StepTrace, Used, WritingTrace
from rag.generation.prompts.builder import (
    FORM,
    PLAIN,
    build_prompt,
    build_step_prompt,
    perspective_of,
    sampling,
    says_nothing,
)
from rag.generation.protocol import Exchange, Generator, Prompt, Sent
from rag.models.embedding.registry import Models
from rag.store.protocol import SearchStore

_TAGS = re.compile(r"</?\s*(?:draft|passage)\b[^<>]*>", re.IGNORECASE)
_LABELS = re.compile(r"^[ \t]*(?:(?:Svar|Answer|Udkast|Draft)\s*:\s*)+", re.IGNORECASE | re.MULTILINE)


@dataclass
class WrittenAnswer:
    """What came of one generation, filled while it goes on. used: None until it ends, or where it never began."""

    text: str = ""
    sent: Sent | None = None
    used: Used | None = None
    generator: Mapping[str, Any] = field(default_factory=dict)
    notice: Notice | None = None
    error: KildeError | None = None

    @property
    def cut_off(self) -> bool:
        return bool(self.text) and self.used is not None and self.used.finish in ("cut", "length")

    def traced(self, prompt: Prompt) -> GenerationTrace:
        """prompt: what it was written from."""
        return generation_of(self.generator, prompt, self.sent, self.used)


@dataclass(frozen=True, slots=True)
class WritingTask:
    """What an answer is written from. turn: with the passages and the answer by quoting. space: that was searched.

    examples, conversation: to be shown to the model.
    """

    turn: Turn
    plan: AnswerPlan
    space: Space | None
    examples: Sequence[Example] = ()
    conversation: Sequence[Exchange] = ()

    @property
    def quoted(self) -> Answer:
        assert self.turn.answer is not None
        return self.turn.answer


@dataclass(frozen=True, slots=True)
class _Draft:
    """A written answer on its way through the chain. hits: with whether the model read them; chain: who had a say."""

    text: str
    hits: tuple[Hit, ...]
    trace: WritingTrace
    chain: tuple[Assistant, ...]
    notice: Notice | None = None
    cut_off: bool = False

    @property
    def read(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.used]


class Writer:
    """Writes answers over one store."""

    def __init__(self, store: SearchStore, models: Models, generator: Callable[[str], Generator]) -> None:
        self._store = store
        self._models = models
        self._generator = generator
        # one at a time in memory, and loaded at its first use
        self.judge = lru_cache(maxsize=1)(load_judge)

    def close(self) -> None:
        """Let go of the judge's memory; the next written answer loads it again."""
        self.judge.cache_clear()

    def write(self, task: WritingTask, cancelled: Callable[[], bool]) -> GeneratorType[Event, None, None]:
        """Deltas, then Done with the grounded answer. What a failing model had written is kept."""
        began = time.perf_counter()
        turn, plan = task.turn, task.plan
        draft = yield from self._first(task, cancelled)
        if plan.steps and (draft.text or plan.model == QUOTING) and not cancelled():
            draft = yield from self._through_chain(task, draft, cancelled)
        judge, notice, trace = None, draft.notice, draft.trace
        if draft.text and plan.judge_model and not cancelled():
            yield Working("checking", {"model": plan.judge_model})
            try:
                judge = self.judge(plan.judge_model)
                trace = replace(trace, judge=plan.judge_model)
            except KildeError as error:
                notice = error.notice()  # words, numbers and meaning decide without it
        perspective = "\n".join(filter(None, map(perspective_of, draft.chain)))
        similar = self._similar(draft.read, task.space)
        answer = written_answer(task.quoted, draft.text, draft.read, plan.language, similar, judge, perspective)
        yield Done(
            replace(
                turn,
                answer=framed(replace(answer, cut_off=draft.cut_off), draft.chain),
                hits=draft.hits,
                notice=notice,
                trace=replace(turn.trace, writing=trace),
                timings_ms={**turn.timings_ms, "write": round((time.perf_counter() - began) * 1000, 1)},
            )
        )

    def generate(
        self, model: str, prompt: Prompt, assistant: Assistant, cancelled: Callable[[], bool], written: WrittenAnswer
    ) -> GeneratorType[Event, None, None]:
        """Deltas; fills `written` as they come. An error ends it, and is kept there."""

        def report(progress: Sent | Used) -> None:
            if isinstance(progress, Sent):
                written.sent = progress
            else:
                written.used = progress

        try:
            generator = self._generator(model)
            yield Working("writing" if generator.is_loaded else "model", {"model": model})
            written.generator = generator.describe()
            pieces = generator.generate(prompt, cancelled, report, sampling(assistant))
            with closing(pieces):  # type: ignore[type-var]
                for piece in pieces:
                    if not written.text:
                        yield Working("writing", {"model": model})
                    written.text += piece
                    yield Delta(piece)
        except KildeError as error:
            written.error, written.notice = error, error.notice()

    def _first(self, task: WritingTask, cancelled: Callable[[], bool]) -> GeneratorType[Event, None, _Draft]:
        """What the assistant's own model writes; no text where it only quotes, or the model finds nothing."""
        turn, plan = task.turn, task.plan
        chain = (plan.assistant,)
        if plan.model == QUOTING:
            return _Draft("", turn.hits, turn.trace.writing, chain, turn.notice)
        prompt = build_prompt(turn.searched, turn.hits, plan.language, plan.assistant, task.examples, task.conversation)
        written = WrittenAnswer()
        yield from self.generate(plan.model, prompt, plan.assistant, cancelled, written)
        trace = WritingTrace(
            written.traced(prompt),
            tuple(example.question for example in task.examples),
            tuple((exchange.asked, exchange.answered) for exchange in task.conversation),
        )
        hits = _with_room(turn.hits, written.sent)
        text = cleaned(written.text)
        if says_nothing(text):
            return _Draft("", hits, trace, chain, Notice("model_found_nothing", {"model": plan.model}), written.cut_off)
        return _Draft(text, hits, trace, chain, written.notice or turn.notice, written.cut_off)

    def _through_chain(
        self, task: WritingTask, draft: _Draft, cancelled: Callable[[], bool]
    ) -> GeneratorType[Event, None, _Draft]:
        """The draft after each further step of the chain, up to one that gives nothing."""
        plan = task.plan
        steps = [step_of(plan.assistant, plan.model, "", draft.text or numbered(task.quoted.quotes))]
        for number, assistant in enumerate(plan.steps, 2):
            if cancelled():
                break
            yield Begun(number, len(plan.steps) + 1, assistant.name)
            written = yield from self._step(task, assistant, steps, draft.read, cancelled)
            draft = replace(draft, notice=written.notice or draft.notice)
            if not written.text:
                break  # the draft before stays, and the notice says what went wrong
            draft = replace(draft, text=written.text, cut_off=written.cut_off, chain=(*draft.chain, assistant))
        return replace(draft, trace=replace(draft.trace, steps=tuple(steps)))

    def _step(
        self,
        task: WritingTask,
        assistant: Assistant,
        steps: list[StepTrace],
        hits: Sequence[Hit],
        cancelled: Callable[[], bool],
    ) -> GeneratorType[Event, None, WrittenAnswer]:
        """One further step, from what the last one gave; adds its trace to `steps`. hits: those that were read."""
        plan, given = task.plan, steps[-1].output
        model = assistant.answer_model or plan.usual_model
        written, generation = WrittenAnswer(), GenerationTrace()
        yield Working("step", {"name": assistant.name, "number": len(steps) + 1, "of": len(plan.steps) + 1})
        if model == QUOTING:
            similar = self._similar(hits, task.space)
            sentences = ground(given, hits, plan.language, similar=similar, perspective=perspective_of(assistant))
            written.text = numbered([one for one in sentences if one.verdict is not Verdict.UNSUPPORTED])
            if written.text:
                yield Delta(written.text)
            else:
                written.notice = Notice("step_kept_nothing", {"name": assistant.name})
        else:
            language = assistant.language if assistant.language != "question" else plan.language
            prompt = build_step_prompt(task.turn.searched, hits, language, assistant, given)
            yield from self.generate(model, prompt, assistant, cancelled, written)
            generation = written.traced(prompt)
        written.text = cleaned(written.text)
        steps.append(step_of(assistant, model, given, written.text, generation, written.notice))
        return written

    def _similar(self, hits: Sequence[Hit], space: Space | None) -> Similar | None:
        """How near sentences are in meaning; None while the model of the space is not loaded."""
        encoder = self._models.embedding(space.model).encoder_if_ready() if space is not None else None
        if space is None or encoder is None:
            return None
        vectors = self._store.chunks.sentence_vectors([hit.chunk.id for hit in hits])
        return StoredSimilarity(space.model, encoder, vectors)


def cleaned(text: str) -> str:
    """What a model wrote without the marks of the prompt that small ones repeat: its tags, and "Answer:"."""
    return _LABELS.sub("", _TAGS.sub("", text)).strip()


def written_answer(
    quoted: Answer,
    written: str,
    hits: Sequence[Hit],
    language: str,
    similar: Similar | None = None,
    judge: Judge | None = None,
    perspective: str = "",
) -> Answer:
    """The answer by quoting with what a model wrote above it, grounded; unchanged where it wrote nothing."""
    sentences = ground(written, hits, language, similar=similar, judge=judge, perspective=perspective)
    return replace(quoted, text=" ".join(s.text for s in sentences), sentences=sentences) if sentences else quoted


def prompt_of(turn: Turn, assistants: Assistants, assistant: Assistant | None = None) -> Prompt:
    """The prompt that a turn's model has read, put together again. assistant: in place of the one that answered.

    Raises AssistantGone.
    """
    plan, writing = turn.trace.plan, turn.trace.writing
    if assistant is None:
        then = plan.assistant
        assistant = assistants.get(then.id, then.version) if then is not None and then.id else PLAIN
    known = [*assistant.examples, *FORM.values()]
    shown: list[Example] = []
    for question in writing.examples or ():
        # two may have the same question
        example = next((one for one in known if one.question == question and one not in shown), None)
        shown += [] if example is None else [example]
    conversation = [Exchange(*exchange) for exchange in writing.conversation or ()]
    prompt = writing.generation.prompt
    out = (prompt.left_out if prompt is not None else None) or LeftOut()
    return build_prompt(
        turn.searched,
        [hit for hit in turn.hits if hit.used],
        plan.language or answer_language(turn.question),
        assistant,
        shown[: len(shown) - out.examples],
        conversation[out.conversation :],
    )


def framed(answer: Answer, chain: Sequence[Assistant]) -> Answer:
    """With the fixed texts of each assistant of the chain around it; a refusal stays as it is."""
    if not answer.answered:
        return answer
    before = [_fixed(assistant.before) for assistant in reversed(chain) if assistant.before.strip()]
    after = [_fixed(assistant.after) for assistant in chain if assistant.after.strip()]
    sentences = (*before, *answer.sentences, *after)
    return replace(answer, text=" ".join(s.text for s in sentences), sentences=sentences)


def numbered(sentences: Sequence[Sentence]) -> str:
    """Sentences as a model would have written them: with the numbers of their passages."""
    return " ".join(
        sentence.text + "".join(f" [{n}]" for n in dict.fromkeys(citation.number for citation in sentence.citations))
        for sentence in sentences
    )


def _fixed(text: str) -> Sentence:
    return Sentence(" ".join(text.split()), (), Verdict.PERSPECTIVE)


def _with_room(hits: tuple[Hit, ...], sent: Sent | None) -> tuple[Hit, ...]:
    """The passages, with those marked as unread that the model's context had no room for."""
    shown = len(hits) if sent is None else len(sent.prompt.passages)
    return (*hits[:shown], *(replace(hit, used=False, reason="no_room") for hit in hits[shown:]))
