"""Tries an answer model on a sample question: measures its speed and checks its answer."""

import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from rag.core.background import OneJob, notice_of
from rag.core.errors import KildeError
from rag.core.serialization import from_json, to_json
from rag.core.text.languages import answer_language
from rag.core.timing import utc_now
from rag.core.types import Chunk, Hit, Notice
from rag.generation.prompts.builder import FORM, build_prompt
from rag.generation.protocol import Finish, Generator, Prompt, Sampling, Sent, Used
from rag.store.records_protocol import ModelTrialStore

MAX_TOKENS = 120
FEWEST_TOKENS = 8
"""The fewest written tokens for a speed to be reported; fewer measure mostly noise."""
_NUMBER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with the passages to answer it from, the best first, and the facts that a right answer states."""

    question: str
    passages: tuple[str, ...]
    facts: tuple[re.Pattern[str], ...]


SAMPLES = {
    "da": Sample(
        "Hvor længe er batteriet dækket af garantien, og hvor længe er de øvrige dele dækket?",
        (
            "Batterier er dækket af garantien i 6 måneder fra købsdatoen. Øvrige dele er dækket i 24 måneder.",
            "En reklamation sendes til service inden 14 dage, efter at fejlen er opdaget. Vedlæg kvitteringen.",
            "Kompressoren er dækket i 84 måneder, hvis apparatet er registreret senest 30 dage efter købet.",
        ),
        (
            re.compile(r"\b(6|seks)\s+måneder\b", re.IGNORECASE),
            re.compile(r"\b(24\s+måneder|2\s+år|to\s+år)\b", re.IGNORECASE),
        ),
    ),
    "en": Sample(
        "How long does the warranty cover the battery, and how long does it cover the other parts?",
        (
            "Batteries are covered by the warranty for 6 months from the day of purchase. Other parts are covered for"
            " 24 months.",
            "Send a complaint to service within 14 days of finding the fault. Enclose the receipt.",
            "The compressor is covered for 84 months if the appliance is registered within 30 days of purchase.",
        ),
        (
            re.compile(r"\b(6|six)[\s-]+months?\b", re.IGNORECASE),
            re.compile(r"\b(24\s+months|2\s+years|two\s+years)\b", re.IGNORECASE),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class TrialReport:
    """The result of a trial. tried: UTC, ISO 8601. language: of the question. text: the answer.

    load_s: seconds until the model was loaded, None if it was already. first_token_s: seconds from then on;
    tokens_per_second: without the first token, if there were enough tokens; None if not measured.
    right: the answer states the facts; in_language: it is in the question's language; cited: it names a passage.
    notice: why the trial failed, or what cut the answer off.
    """

    model: str
    tried: str
    language: str
    text: str = ""
    load_s: float | None = None
    first_token_s: float | None = None
    tokens_per_second: float | None = None
    seconds: float = 0.0
    finish: Finish | None = None
    right: bool = False
    in_language: bool = False
    cited: bool = False
    notice: Notice | None = None


Stage = Literal["loading", "reading", "writing"]


@dataclass(frozen=True, slots=True)
class TrialProgress:
    """The progress of a trial. text: the answer so far. began: by `time.monotonic`."""

    model: str
    stage: Stage
    text: str
    began: float

    @property
    def seconds(self) -> float:
        """Seconds since the trial began."""
        return time.monotonic() - self.began


class ModelTrials(OneJob[TrialProgress]):
    """One trial at a time, in the background; the last report of each model is stored. Raises the errors of the store.

    generator: returns the generator of a model by name; may raise ModelUnavailable.
    """

    def __init__(self, store: ModelTrialStore, generator: Callable[[str], Generator]) -> None:
        super().__init__("kilde-trial")
        self._store, self._generator = store, generator

    def start(self, model: str, language: str) -> bool:
        """Start a trial with the question in "da" or "en". False if a trial is active."""
        sample_language, began = language if language in SAMPLES else "en", time.monotonic()
        progress = TrialProgress(model, "loading", "", began)
        return self._job.start(lambda: self._work(model, sample_language, began), progress)

    def all(self) -> dict[str, TrialReport]:
        """The last report of each model, by its name."""
        return {model: from_json(TrialReport, report) for model, report in self._store.reports().items()}

    def forget(self, model: str) -> None:
        """Delete the report of a model that was deleted."""
        self._store.delete(model)

    def _work(self, model: str, language: str, began: float) -> None:
        report = self._report(model, language, began)
        if not self._job.cancelled():
            self._save(report)

    def _report(self, model: str, language: str, began: float) -> TrialReport:
        report = TrialReport(model, utc_now(), language)
        try:
            return self._with_answer(self._generator(model), report, began)
        except Exception as error:  # noqa: BLE001 (it is logged there)
            notice = notice_of(error, f"the trial of {model} failed")
            return replace(report, notice=notice, seconds=time.monotonic() - began)

    def _with_answer(self, generator: Generator, report: TrialReport, began: float) -> TrialReport:
        was_loaded, text = generator.is_loaded, ""
        used: Used | None = None
        loaded_after: float | None = None
        notice = None

        def note(event: Sent | Used) -> None:
            nonlocal used, loaded_after
            if isinstance(event, Used):
                used = event
            else:
                loaded_after = loaded_after or time.monotonic() - began
                self._job.report(TrialProgress(report.model, "reading", "", began))

        prompt, sampling = sample_prompt(report.language), Sampling(0.0, MAX_TOKENS)
        pieces = generator.generate(prompt, self._job.cancelled, note, sampling)
        try:
            with closing(pieces):  # type: ignore[type-var]
                for piece in pieces:
                    text += piece
                    self._job.report(TrialProgress(report.model, "writing", text, began))
        except KildeError as error:
            notice = error.notice()
        is_measured = used is not None and (used.written_tokens or 0) >= FEWEST_TOKENS
        return replace(
            with_checks(replace(report, text=text.strip())),
            load_s=None if was_loaded else loaded_after,
            first_token_s=used.first_token_s if used else None,
            tokens_per_second=used.tokens_per_second if used and is_measured else None,
            seconds=time.monotonic() - began,
            finish=used.finish if used else None,
            notice=notice,
        )

    def _save(self, report: TrialReport) -> None:
        self._store.save(report.model, report.tried, to_json(report))


def sample_prompt(language: str) -> Prompt:
    """The prompt of a trial, in "da" or "en"."""
    sample = SAMPLES[language]
    hits = [
        Hit(rank, Chunk(rank, 1, 0, len(text), text, language=language), "Garanti.pdf", "0" * 64, 1.0, number=rank)
        for rank, text in enumerate(sample.passages, 1)
    ]
    return build_prompt(sample.question, hits, language, examples=[FORM[language]])


def with_checks(report: TrialReport) -> TrialReport:
    """The report with `right`, `in_language` and `cited` filled in from its text, by rules that a reader can check."""
    bare = _NUMBER.sub("", report.text).strip()
    return replace(
        report,
        right=all(fact.search(bare) for fact in SAMPLES[report.language].facts),
        # a text of mostly signs and digits has no language
        in_language=2 * sum(map(str.isalpha, bare)) > len(bare) and answer_language(bare) == report.language,
        cited=bool(_NUMBER.search(report.text)),
    )
