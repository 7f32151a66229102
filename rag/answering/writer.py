"""The written answer: what a language model makes of the passages, handed on from step to step, and grounded."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from rag.answering.grounding import Judge, Similar, StoredSimilarity, ground, load_judge
from rag.answering.router import AnswerPlan
from rag.conversations.assistants import Assistants
from rag.core.errors import KildeError
from rag.core.events import Begun, Delta, Done, Event, Working
from rag.core.settings import QUOTING
from rag.core.text.languages import answer_language
from rag.core.types import Answer, Assistant, Example, Hit, Notice, Sentence, Turn, Verdict
from rag.generation.prompts.budget import left_out
from rag.generation.prompts.builder import FORM, PLAIN, angle, build_prompt, build_step_prompt, sampling, says_nothing
from rag.generation.protocol import Exchange, Generator, Prompt, Sent, Used
from rag.models.embedding.registry import Models
from rag.store.protocol import SearchStore

_TAGS = re.compile(r"</?\s*(?:draft|passage)\b[^<>]*>", re.IGNORECASE)
_LABELS = re.compile(r"^[ \t]*(?:(?:Svar|Answer|Udkast|Draft)\s*:\s*)+", re.IGNORECASE | re.MULTILINE)


@dataclass
class WrittenAnswer:
    """What came of one generation. used: None while it goes on, or where it never began."""

    text: str = ""
    sent: Sent | None = None
    used: Used | None = None
    generator: dict[str, Any] = field(default_factory=dict)
    notice: Notice | None = None
    error: KildeError | None = None

    @property
    def cut_off(self) -> bool:
        return bool(self.text) and self.used is not None and self.used.finish in ("cut", "length")


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

    def write(
        self,
        turn: Turn,
        who: AnswerPlan,
        judge_model: str,
        examples: Sequence[Example],
        conversation: Sequence[Exchange],
        cancelled: Callable[[], bool],
    ) -> GeneratorType[Event, None, None]:
        """Deltas, then Done with the grounded answer. What a failing model had written is kept.

        turn: with the answer by quoting. examples, conversation: to be shown to the model.
        """
        quoted = turn.answer
        assert quoted is not None
        began = time.perf_counter()
        ledger: dict[str, Any] = {**turn.ledger}
        turn = replace(turn, ledger=ledger)
        text, notice, cut_off = "", turn.notice, False
        if who.model != QUOTING:
            prompt = build_prompt(turn.searched, turn.hits, who.language, who.assistant, examples, conversation)
            written = WrittenAnswer()
            yield from self.generate(who.model, prompt, who.assistant, cancelled, written)
            turn = replace(turn, hits=_read(turn.hits, written.sent))
            ledger |= _for_ledger(written, prompt)
            ledger["examples"] = [example.question for example in examples]
            ledger["conversation"] = [list(exchange) for exchange in conversation]
            text, notice, cut_off = cleaned(written.text), written.notice or notice, written.cut_off
            if says_nothing(text):
                notice, text = Notice("model_found_nothing", {"model": who.model}), ""
        read = [hit for hit in turn.hits if hit.used]
        chain = [who.assistant]
        if who.steps and (text or who.model == QUOTING) and not cancelled():
            steps: list[dict[str, Any]] = [_step(who.assistant, who.model, "", text or numbered(quoted.quotes))]
            ledger["steps"] = steps
            for number, assistant in enumerate(who.steps, 2):
                if cancelled():
                    break
                yield Begun(number, len(who.steps) + 1, assistant.name)
                taken = yield from self._take(turn, who, assistant, steps, read, cancelled)
                notice = taken.notice or notice
                if not taken.text:
                    break  # what there was stands, and the notice says what went wrong
                text, cut_off = taken.text, taken.cut_off
                chain.append(assistant)
        judge = None
        if text and judge_model and not cancelled():
            yield Working("checking", {"model": judge_model})
            try:
                judge = self.judge(judge_model)
                ledger["judge"] = judge_model
            except KildeError as error:
                notice = error.notice()  # words, numbers and meaning decide without it
        perspective = "\n".join(filter(None, map(angle, chain)))
        answer = written_answer(quoted, text, read, who.language, self.similar(read), judge, perspective)
        answer = framed(replace(answer, cut_off=cut_off), chain)
        timings = {**turn.timings_ms, "write": round((time.perf_counter() - began) * 1000, 1)}
        yield Done(replace(turn, answer=answer, notice=notice, timings_ms=timings))

    def generate(
        self, model: str, prompt: Prompt, assistant: Assistant, cancelled: Callable[[], bool], written: WrittenAnswer
    ) -> GeneratorType[Event, None, None]:
        """Deltas; fills `written` as they come. An error ends it, and is kept there."""

        def report(said: Sent | Used) -> None:
            if isinstance(said, Sent):
                written.sent = said
            else:
                written.used = said

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

    def similar(self, hits: Sequence[Hit]) -> Similar | None:
        """How near sentences are in meaning; None while the model is not there."""
        space = self._store.spaces.active()
        encoder = self._models.embedding(space.model).encoder_if_ready() if space is not None else None
        if space is None or encoder is None:
            return None
        vectors = self._store.chunks.sentence_vectors([hit.chunk.id for hit in hits])
        return StoredSimilarity(space.model, encoder, vectors)

    def _take(
        self,
        turn: Turn,
        who: AnswerPlan,
        assistant: Assistant,
        steps: list[dict[str, Any]],
        read: Sequence[Hit],
        cancelled: Callable[[], bool],
    ) -> GeneratorType[Event, None, WrittenAnswer]:
        """One step further; adds what went in and came out to `steps`."""
        draft = steps[-1]["output"]
        model = assistant.answer_model or who.usual_model
        written, prompt = WrittenAnswer(), None
        yield Working("step", {"name": assistant.name, "number": len(steps) + 1, "of": len(who.steps) + 1})
        if model == QUOTING:
            kept = ground(draft, read, who.language, similar=self.similar(read), perspective=angle(assistant))
            written.text = numbered([one for one in kept if one.verdict is not Verdict.UNSUPPORTED])
            if written.text:
                yield Delta(written.text)
            else:
                written.notice = Notice("step_kept_nothing", {"name": assistant.name})
        else:
            language = assistant.language if assistant.language != "question" else who.language
            prompt = build_step_prompt(turn.searched, read, language, assistant, draft)
            yield from self.generate(model, prompt, assistant, cancelled, written)
        written.text = cleaned(written.text)
        steps.append(_step(assistant, model, draft, written.text))
        if prompt is not None:
            steps[-1] |= _for_ledger(written, prompt)
        if written.notice is not None:
            steps[-1]["notice"] = asdict(written.notice)
        return written


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
    """The prompt that a turn's model has read, put together again. assistant: in place of the one that was asked.

    Raises AssistantGone.
    """
    kept = turn.ledger
    if assistant is None:
        of = kept.get("assistant") or {}
        assistant = assistants.get(of["id"], of["version"]) if of.get("id") else PLAIN
    known = [*assistant.examples, *FORM.values()]
    shown = []
    for asked in kept.get("examples", ()):
        # two may have the same question
        example = next((one for one in known if one.question == asked and one not in shown), None)
        shown += [] if example is None else [example]
    conversation = [Exchange(*exchange) for exchange in kept.get("conversation", ())]
    out = kept.get("prompt", {}).get("left_out", {})
    shown = shown[: len(shown) - out.get("examples", 0)]
    read = [hit for hit in turn.hits if hit.used]
    language = kept.get("language") or answer_language(turn.question)
    return build_prompt(turn.searched, read, language, assistant, shown, conversation[out.get("conversation", 0) :])


def framed(answer: Answer, chain: Sequence[Assistant]) -> Answer:
    """With the fixed texts of each assistant of the chain around it; a refusal stays as it is."""
    if not answer.answered:
        return answer
    before = [_fixed(one.before) for one in reversed(chain) if one.before.strip()]
    after = [_fixed(one.after) for one in chain if one.after.strip()]
    sentences = (*before, *answer.sentences, *after)
    return replace(answer, text=" ".join(s.text for s in sentences), sentences=sentences)


def numbered(sentences: Sequence[Sentence]) -> str:
    """Sentences as a model would have written them: with the numbers of their passages."""
    return " ".join(
        sentence.text + "".join(f" [{n}]" for n in dict.fromkeys(one.number for one in sentence.citations))
        for sentence in sentences
    )


def _fixed(text: str) -> Sentence:
    return Sentence(" ".join(text.split()), (), Verdict.PERSPECTIVE)


def _read(hits: tuple[Hit, ...], sent: Sent | None) -> tuple[Hit, ...]:
    """The list that the user sees says what the model has read."""
    shown = len(hits) if sent is None else len(sent.prompt.passages)
    return (*hits[:shown], *(replace(hit, used=False, reason="no_room") for hit in hits[shown:]))


def _for_ledger(written: WrittenAnswer, prompt: Prompt) -> dict[str, Any]:
    kept: dict[str, Any] = {"generator": written.generator} if written.generator else {}
    if (sent := written.sent) is not None:
        kept["prompt"] = {
            "text": sent.text,
            "tokens": sent.tokens,
            "context": sent.context,
            "estimated": sent.estimated,
            "left_out": asdict(left_out(prompt, sent.prompt)),
        }
    if (used := written.used) is not None:
        kept["used"] = {**asdict(used), "tokens_per_second": used.tokens_per_second}
    return kept


def _step(assistant: Assistant, model: str, given: str, output: str) -> dict[str, Any]:
    return {
        "id": assistant.id,
        "version": assistant.version,
        "name": assistant.name,
        "icon": assistant.icon,
        "model": model,
        "input": given,
        "output": output,
    }
