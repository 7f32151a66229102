"""A model tried on a sample question: how fast it is on this machine, and whether it says what stands there."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from rag.core.background import Job, notice_of
from rag.core.errors import KildeError
from rag.core.text.languages import answer_language
from rag.core.types import Chunk, Hit, Notice
from rag.generation.prompts.builder import FORM, build_prompt
from rag.generation.protocol import Finish, Generator, Prompt, Sampling, Sent, Used
from rag.store.connection import Database

MAX_TOKENS = 120
FEWEST_TOKENS = 8
"""Of so many at least a speed is told."""
_NUMBER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with the passages to answer it from, the best first, and what all stands in a right answer."""

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
    """How a trial went. tried: UTC, ISO 8601. language: of the question. text: the answer.

    load_s: None where the model was in memory already. first_token_s: after it was there; tokens_per_second: of the
    tokens that followed, where there were enough; each None where it could not be told. right: the facts stand in it;
    in_language: it is in the question's; cited: it names a passage. notice: why it came to nothing, or what cut it off.
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
    """A trial under way. text: what the model has written so far. began: as `time.monotonic`."""

    model: str
    stage: Stage
    text: str
    began: float

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began


class Trials:
    """One trial at a time, in the background; the last of each model is kept. Raises the errors of the store.

    generator: what writes with a model of this name; may raise ModelUnavailable.
    """

    def __init__(self, database: Database, generator: Callable[[str], Generator]) -> None:
        self._database, self._generator = database, generator
        self._job = Job[TrialProgress]("kilde-trial")

    def start(self, model: str, language: str) -> bool:
        """Begin to try a model on the question in "da" or "en". False where a trial is under way."""
        sample_language, began = language if language in SAMPLES else "en", time.monotonic()
        progress = TrialProgress(model, "loading", "", began)
        return self._job.start(lambda: self._work(model, sample_language, began), progress)

    def progress(self) -> TrialProgress | None:
        """None where none is under way."""
        return self._job.status if self._job.running else None

    def cancel(self) -> None:
        """Stop the one under way; it is not kept."""
        self._job.cancel()

    def wait(self, timeout: float | None = None) -> None:
        """Return when none is under way."""
        self._job.wait(timeout)

    def stop(self) -> None:
        """Cancel, and return when it has ended."""
        self._job.stop()

    def all(self) -> dict[str, TrialReport]:
        """The last of each model, by its name."""
        with self._database.read() as db:
            rows = list(db.execute("SELECT model, report FROM model_trial"))
        return {str(model): _report(json.loads(str(report))) for model, report in rows}

    def forget(self, model: str) -> None:
        """The model has gone: so does what was measured."""
        with self._database.write() as db:
            db.execute("DELETE FROM model_trial WHERE model = ?", (model,))

    def _work(self, model: str, language: str, began: float) -> None:
        report = self._tried(model, language, began)
        if not self._job.cancelled():
            self._keep(report)

    def _tried(self, model: str, language: str, began: float) -> TrialReport:
        tried = datetime.now(UTC).isoformat(timespec="milliseconds")
        report = TrialReport(model, tried, language)
        try:
            return self._written(self._generator(model), report, began)
        except Exception as error:  # noqa: BLE001 (it is logged there)
            notice = notice_of(error, f"the trial of {model} failed")
            return replace(report, notice=notice, seconds=time.monotonic() - began)

    def _written(self, generator: Generator, report: TrialReport, began: float) -> TrialReport:
        was_loaded, used, text = generator.is_loaded, list[Used](), ""
        loaded_after: list[float] = []
        notice = None

        def told(what: Sent | Used) -> None:
            if isinstance(what, Used):
                used.append(what)
            else:
                loaded_after.append(time.monotonic() - began)
                self._job.report(TrialProgress(report.model, "reading", "", began))

        prompt, sampling = sample_prompt(report.language), Sampling(0.0, MAX_TOKENS)
        pieces = generator.generate(prompt, self._job.cancelled, told, sampling)
        try:
            with closing(pieces):  # type: ignore[type-var]
                for piece in pieces:
                    text += piece
                    self._job.report(TrialProgress(report.model, "writing", text, began))
        except KildeError as error:
            notice = error.notice()
        took = used[-1] if used else None
        return replace(
            judged(replace(report, text=text.strip())),
            load_s=loaded_after[0] if loaded_after and not was_loaded else None,
            first_token_s=took.first_token_s if took else None,
            tokens_per_second=took.tokens_per_second if took and (took.written_tokens or 0) >= FEWEST_TOKENS else None,
            seconds=time.monotonic() - began,
            finish=took.finish if took else None,
            notice=notice,
        )

    def _keep(self, report: TrialReport) -> None:
        with self._database.write() as db:
            kept = json.dumps(asdict(report), ensure_ascii=False)
            db.execute("INSERT OR REPLACE INTO model_trial VALUES (?, ?, ?)", (report.model, report.tried, kept))


def sample_prompt(language: str) -> Prompt:
    """What a model is asked in a trial, in "da" or "en"."""
    sample = SAMPLES[language]
    hits = [
        Hit(rank, Chunk(rank, 1, 0, len(text), text, language=language), "Garanti.pdf", "0" * 64, 1.0)
        for rank, text in enumerate(sample.passages, 1)
    ]
    return build_prompt(sample.question, hits, language, examples=[FORM[language]])


def judged(report: TrialReport) -> TrialReport:
    """The report with what its text comes to, by rules that a reader can check."""
    text = report.text
    bare = _NUMBER.sub("", text).strip()
    return replace(
        report,
        right=all(fact.search(bare) for fact in SAMPLES[report.language].facts),
        # what is mostly no letters is no language at all
        in_language=2 * sum(map(str.isalpha, bare)) > len(bare) and answer_language(bare) == report.language,
        cited=bool(_NUMBER.search(text)),
    )


def _report(kept: dict[str, Any]) -> TrialReport:
    notice = kept.get("notice")
    return TrialReport(**{**kept, "notice": Notice(**notice) if notice else None})
