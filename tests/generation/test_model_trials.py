"""A model tried on the sample question: what is measured, how the answer is judged, and what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ModelUnavailable, ServerCutOff
from rag.generation.backends.quoting import QuotingGenerator
from rag.generation.model_trials import SAMPLES, ModelTrials, TrialReport, sample_prompt, with_checks
from rag.generation.protocol import GREEDY, Generator, Prompt, Report, Sampling, Sent, Used
from rag.store.records import SqliteModelTrialStore
from rag.store.sqlite import SqliteStore


@dataclass
class Scripted:
    """Says what it was told to say. waits: before each piece after the first."""

    pieces: tuple[str, ...] = ("Batterier er dækket i 6 måneder og resten ", "i 24 måneder. [1]")
    fault: Exception | None = None
    is_loaded: bool = False
    waits: threading.Event | None = None
    written_tokens: int = 20
    name: str = "scripted"
    asked: list[tuple[Prompt, Sampling]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {}

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        self.asked.append((prompt, sampling))
        report(Sent(prompt, prompt.user, 200, 2048))
        for number, piece in enumerate(self.pieces):
            if number and self.waits is not None:
                while not self.waits.wait(0.01):
                    if cancelled():
                        report(Used("stopped", 1.0, 0.5, 200, 1))
                        return
            yield piece
        report(Used("cut" if self.fault else "stop", 2.4, 0.5, 200, self.written_tokens))
        if self.fault is not None:
            raise self.fault

    def close(self) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "store")
    yield opened
    opened.close()


def tried(store: SqliteStore, generator: Generator, language: str = "da") -> TrialReport:
    trials = ModelTrials(SqliteModelTrialStore(store.database), lambda name: generator)
    assert trials.start("m", language)
    trials.wait(20)
    return trials.all()["m"]


def test_a_trial_is_measured_judged_and_kept(store: SqliteStore) -> None:
    generator = Scripted()
    report = tried(store, generator)
    assert report.text == "".join(generator.pieces)
    assert (report.right, report.in_language, report.cited, report.finish) == (True, True, True, "stop")
    assert report.first_token_s == 0.5 and report.tokens_per_second == pytest.approx(19 / 1.9)
    assert report.load_s is not None and report.notice is None and report.tried.startswith("20")
    [(prompt, sampling)] = generator.asked
    assert prompt == sample_prompt("da") and sampling.temperature == 0.0 and sampling.max_tokens <= 200
    # another program, another day
    assert ModelTrials(SqliteModelTrialStore(store.database), lambda name: generator).all() == {"m": report}


def test_one_that_was_in_memory_has_no_time_to_load(store: SqliteStore) -> None:
    assert tried(store, Scripted(is_loaded=True)).load_s is None


def test_too_few_tokens_tell_no_speed(store: SqliteStore) -> None:
    report = tried(store, Scripted(written_tokens=3))
    assert report.tokens_per_second is None and report.first_token_s == 0.5


def test_the_last_trial_replaces_the_one_before_and_can_be_forgotten(store: SqliteStore) -> None:
    tried(store, Scripted())
    report = tried(store, Scripted(("No idea.",)), "en")
    assert (report.language, report.right, report.in_language, report.cited) == ("en", False, True, False)
    trials = ModelTrials(SqliteModelTrialStore(store.database), lambda name: Scripted())
    assert list(trials.all().values()) == [report]
    trials.forget("m")
    assert trials.all() == {}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("da", "Batteriet er dækket i seks måneder og de øvrige dele i 2 år [1].", (True, True, True)),
        ("da", "The battery is covered for 6 months and the other parts for 24 months. [1]", (False, False, True)),
        ("da", "Batteriet er dækket i 84 måneder, og de øvrige dele er dækket i 24 måneder.", (False, True, False)),
        ("da", "Det er dækket i 16 måneder, og resten er dækket i 24 måneder.", (False, True, False)),
        ("en", "The battery is covered for six months, the other parts for two years. [1] [2]", (True, True, True)),
        ("en", "It is covered for 6 months. [1]", (False, True, True)),
        ("en", "", (False, False, False)),
        ("en", "[1]", (False, False, True)),
        ("en", ":\ufffd\x06B<]\ufffdpO\ufffd\ufffd", (False, False, False)),
    ],
)
def test_how_an_answer_is_judged(language: str, text: str, expected: tuple[bool, bool, bool]) -> None:
    report = with_checks(TrialReport("m", "", language, text))
    assert (report.right, report.in_language, report.cited) == expected


@pytest.mark.parametrize("language", SAMPLES)
def test_the_passages_hold_the_answer_and_quoting_finds_it(store: SqliteStore, language: str) -> None:
    sample = SAMPLES[language]
    assert all(fact.search(sample.passages[0]) for fact in sample.facts)
    assert not any(all(fact.search(passage) for fact in sample.facts) for passage in sample.passages[1:])
    report = tried(store, QuotingGenerator(), language)
    assert (report.right, report.in_language, report.cited, report.notice) == (True, True, True, None)


def test_what_came_before_a_fault_is_kept_with_it(store: SqliteStore) -> None:
    report = tried(store, Scripted(fault=ServerCutOff(server="office", detail="dropped")))
    assert report.right and report.finish == "cut"
    assert report.notice is not None and report.notice.code == "server_cut_off"


def test_a_model_that_is_not_there_says_why(store: SqliteStore) -> None:
    def gone(name: str) -> Generator:
        raise ModelUnavailable(model=name, detail="gone")

    trials = ModelTrials(SqliteModelTrialStore(store.database), gone)
    trials.start("m", "da")
    trials.wait(20)
    notice = trials.all()["m"].notice
    assert notice is not None and notice.values == {"model": "m", "detail": "gone"}


def test_a_foreign_fault_is_a_sentence_too(store: SqliteStore) -> None:
    notice = tried(store, Scripted(fault=RuntimeError("boom"))).notice
    assert notice is not None and notice.code == "error"


def test_it_is_watched_while_it_writes_and_stopped_at_once(store: SqliteStore) -> None:
    generator = Scripted(waits=threading.Event())
    trials = ModelTrials(SqliteModelTrialStore(store.database), lambda name: generator)
    assert trials.start("m", "da")
    end = threading.Event()
    for _ in range(1000):
        progress = trials.progress()
        if progress is not None and progress.text:
            break
        end.wait(0.01)
    assert progress is not None and (progress.model, progress.stage) == ("m", "writing")
    assert progress.text == generator.pieces[0] and progress.seconds > 0
    assert not trials.start("other", "da")
    trials.stop()
    assert trials.progress() is None and trials.all() == {}
    assert trials.start("m", "da")
    trials.stop()
