"""Writes answers with language models, passes them along a chain of assistants, and grounds the result."""

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
    """The result of one generation, filled in while it runs. used: None until it ends, or if it never started."""

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
        """The trace of the generation from `prompt`."""
        return generation_of(self.generator, prompt, self.sent, self.used)


@dataclass(frozen=True, slots=True)
class WritingTask:
    """The input for writing an answer. turn: with passages and quotes. space: the one that was searched.

    examples, conversation: for the prompt.
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
    """An answer on its way through the chain. hits: marked as read by the model or not; chain: the authors so far."""

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
    """Writes answers from the passages of one store."""

    def __init__(self, store: SearchStore, models: Models, generator: Callable[[str], Generator]) -> None:
        self._store = store
        self._models = models
        self._generator = generator
        # one judge at a time in memory, loaded at its first use
        self.judge = lru_cache(maxsize=1)(load_judge)

    def close(self) -> None:
        """Free the memory of the judge; the next written answer loads it again."""
        self.judge.cache_clear()

    def write(self, task: WritingTask, cancelled: Callable[[], bool]) -> GeneratorType[Event, None, None]:
        """Yields deltas, then Done with the grounded answer. If a model fails, the text written so far is kept."""
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
                notice = error.notice()  # grounding goes on without the judge
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
        self, model: str, prompt: Prompt, assistant: Assistant, cancelled: Callable[[], bool], output: WrittenAnswer
    ) -> GeneratorType[Event, None, None]:
        """Yields deltas and adds them to `output`. An error ends the generation and is recorded in `output.error`."""

        def report(progress: Sent | Used) -> None:
            if isinstance(progress, Sent):
                output.sent = progress
            else:
                output.used = progress

        try:
            generator = self._generator(model)
            yield Working("writing" if generator.is_loaded else "model", {"model": model})
            output.generator = generator.describe()
            pieces = generator.generate(prompt, cancelled, report, sampling(assistant))
            with closing(pieces):  # type: ignore[type-var]
                for piece in pieces:
                    if not output.text:
                        yield Working("writing", {"model": model})
                    output.text += piece
                    yield Delta(piece)
        except KildeError as error:
            output.error, output.notice = error, error.notice()

    def _first(self, task: WritingTask, cancelled: Callable[[], bool]) -> GeneratorType[Event, None, _Draft]:
        """The draft of the assistant's own model; without text if it only quotes, or the model finds no answer."""
        turn, plan = task.turn, task.plan
        chain = (plan.assistant,)
        if plan.model == QUOTING:
            return _Draft("", turn.hits, turn.trace.writing, chain, turn.notice)
        prompt = build_prompt(turn.searched, turn.hits, plan.language, plan.assistant, task.examples, task.conversation)
        output = WrittenAnswer()
        yield from self.generate(plan.model, prompt, plan.assistant, cancelled, output)
        trace = WritingTrace(
            output.traced(prompt),
            tuple(example.question for example in task.examples),
            tuple((exchange.question, exchange.answer) for exchange in task.conversation),
        )
        hits = _with_room(turn.hits, output.sent)
        text = cleaned(output.text)
        if says_nothing(text):
            return _Draft("", hits, trace, chain, Notice("model_found_nothing", {"model": plan.model}), output.cut_off)
        return _Draft(text, hits, trace, chain, output.notice or turn.notice, output.cut_off)

    def _through_chain(
        self, task: WritingTask, draft: _Draft, cancelled: Callable[[], bool]
    ) -> GeneratorType[Event, None, _Draft]:
        """The draft after the further steps of the chain; a step without output ends the chain."""
        plan = task.plan
        steps = [step_of(plan.assistant, plan.model, "", draft.text or numbered(task.quoted.quotes))]
        for number, assistant in enumerate(plan.steps, 2):
            if cancelled():
                break
            yield Begun(number, len(plan.steps) + 1, assistant.name)
            output = yield from self._step(task, assistant, steps, draft.read, cancelled)
            draft = replace(draft, notice=output.notice or draft.notice)
            if not output.text:
                break  # the previous draft stays, and the notice explains why
            draft = replace(draft, text=output.text, cut_off=output.cut_off, chain=(*draft.chain, assistant))
        return replace(draft, trace=replace(draft.trace, steps=tuple(steps)))

    def _step(
        self,
        task: WritingTask,
        assistant: Assistant,
        steps: list[StepTrace],
        hits: Sequence[Hit],
        cancelled: Callable[[], bool],
    ) -> GeneratorType[Event, None, WrittenAnswer]:
        """Run one further step on the output of the last one, and append its trace to `steps`. hits: those read."""
        plan, draft = task.plan, steps[-1].output
        model = assistant.answer_model or plan.usual_model
        output, generation = WrittenAnswer(), GenerationTrace()
        yield Working("step", {"name": assistant.name, "number": len(steps) + 1, "of": len(plan.steps) + 1})
        if model == QUOTING:
            similar = self._similar(hits, task.space)
            sentences = ground(draft, hits, plan.language, similar=similar, perspective=perspective_of(assistant))
            output.text = numbered([sentence for sentence in sentences if sentence.verdict is not Verdict.UNSUPPORTED])
            if output.text:
                yield Delta(output.text)
            else:
                output.notice = Notice("step_kept_nothing", {"name": assistant.name})
        else:
            language = assistant.language if assistant.language != "question" else plan.language
            prompt = build_step_prompt(task.turn.searched, hits, language, assistant, draft)
            yield from self.generate(model, prompt, assistant, cancelled, output)
            generation = output.traced(prompt)
        output.text = cleaned(output.text)
        steps.append(step_of(assistant, model, draft, output.text, generation, output.notice))
        return output

    def _similar(self, hits: Sequence[Hit], space: Space | None) -> Similar | None:
        """Similarity by the vectors of the space; None while its model is not loaded."""
        encoder = self._models.embedding(space.model).encoder_if_ready() if space is not None else None
        if space is None or encoder is None:
            return None
        vectors = self._store.chunks.sentence_vectors([hit.chunk.id for hit in hits])
        return StoredSimilarity(space.model, encoder, vectors)


def cleaned(text: str) -> str:
    """The text without markup of the prompt that small models repeat: its tags, and "Answer:"."""
    return _LABELS.sub("", _TAGS.sub("", text)).strip()


def written_answer(
    quoted: Answer,
    text: str,
    hits: Sequence[Hit],
    language: str,
    similar: Similar | None = None,
    judge: Judge | None = None,
    perspective: str = "",
) -> Answer:
    """`quoted` with the grounded sentences of `text` added; unchanged if there are none."""
    sentences = ground(text, hits, language, similar=similar, judge=judge, perspective=perspective)
    if not sentences:
        return quoted
    return replace(quoted, text=" ".join(s.text for s in sentences), sentences=sentences, by_model=True)


def prompt_of(turn: Turn, assistants: Assistants, assistant: Assistant | None = None) -> Prompt:
    """Rebuild the prompt that a turn's model has read. assistant: replaces the one that answered.

    Raises AssistantGone.
    """
    plan, writing = turn.trace.plan, turn.trace.writing
    if assistant is None:
        author = plan.assistant
        assistant = assistants.get(author.id, author.version) if author is not None and author.id else PLAIN
    candidates = [*assistant.examples, *FORM.values()]
    examples: list[Example] = []
    for question in writing.examples or ():
        # two examples may have the same question
        example = next((e for e in candidates if e.question == question and e not in examples), None)
        examples += [] if example is None else [example]
    conversation = [Exchange(*exchange) for exchange in writing.conversation or ()]
    prompt = writing.generation.prompt
    out = (prompt.left_out if prompt is not None else None) or LeftOut()
    return build_prompt(
        turn.searched,
        [hit for hit in turn.hits if hit.used],
        plan.language or answer_language(turn.question),
        assistant,
        examples[: len(examples) - out.examples],
        conversation[out.conversation :],
    )


def framed(answer: Answer, chain: Sequence[Assistant]) -> Answer:
    """The answer between the fixed texts of each assistant of the chain; a refusal stays unchanged."""
    if not answer.answered:
        return answer
    before = [_fixed(assistant.before) for assistant in reversed(chain) if assistant.before.strip()]
    after = [_fixed(assistant.after) for assistant in chain if assistant.after.strip()]
    sentences = (*before, *answer.sentences, *after)
    return replace(answer, text=" ".join(s.text for s in sentences), sentences=sentences)


def numbered(sentences: Sequence[Sentence]) -> str:
    """The sentences as one text with passage numbers, as a model would have written them."""
    return " ".join(
        sentence.text + "".join(f" [{n}]" for n in dict.fromkeys(citation.number for citation in sentence.citations))
        for sentence in sentences
    )


def _fixed(text: str) -> Sentence:
    return Sentence(" ".join(text.split()), (), Verdict.PERSPECTIVE)


def _with_room(hits: tuple[Hit, ...], prompt_sent: Sent | None) -> tuple[Hit, ...]:
    """The passages; those that did not fit into the model's context are marked as unread."""
    count = len(hits) if prompt_sent is None else len(prompt_sent.prompt.passages)
    return (*hits[:count], *(replace(hit, used=False, reason="no_room") for hit in hits[count:]))
