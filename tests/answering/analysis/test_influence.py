"""What leaving out a passage does to an answer: by quoting, and written by a real (tiny) model."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answering.analysis.influence import InfluenceAnalysis, kind_of_answer
from rag.answering.analysis.requoting import Requoter
from rag.core.errors import Cancelled, NotFound
from rag.core.types import Answer, Assistant, Conditions, Example, Turn, TurnState
from rag.core.types.analysis import Influence, QuotedInfluence, WrittenInfluence
from rag.generation.backends.transformers import TransformersGenerator
from rag.generation.prompts.builder import FORM, build_prompt
from rag.generation.prompts.completion import plain_text
from rag.generation.protocol import Generator, Likelihood, Prompt
from rag.library import Library
from tests.conftest import WARRANTY, FakeModels
from tests.helpers import asked
from tests.scripted import Scripted, install
from tests.tiny_models import make

QUESTION = "Hvor længe er batterier dækket?"
BATTERIES = "Batterier er dækket i 6 måneder."


def measured(library: Library, turn: Turn) -> Influence:
    library.influence.start(turn.id)
    library.influence.wait(turn.id, 60)
    assert library.influence.status(turn.id) is None
    influence = library.conversations.live(turn.id).turn.trace.influence
    assert influence is not None
    return influence


def of_quotes(library: Library, turn: Turn) -> QuotedInfluence:
    influence = measured(library, turn)
    assert isinstance(influence, QuotedInfluence)
    return influence


def of_written(library: Library, turn: Turn) -> WrittenInfluence:
    influence = measured(library, turn)
    assert isinstance(influence, WrittenInfluence)
    return influence


class Counting(Scripted):
    """A generator whose answer is the likelier, the more passages it is given; each counts by its length."""

    def __init__(self, wait: threading.Event | None = None) -> None:
        super().__init__(f"{BATTERIES} [1]")
        self.before_scoring = wait
        self.scored: list[Prompt] = []
        self.answers: list[str] = []

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        self.scored.append(prompt)
        self.answers.append(answer)
        if self.before_scoring is not None and len(self.scored) > 2:
            self.before_scoring.wait(20)
        return Likelihood(-1000.0 + sum(map(len, prompt.passages)), 5)


def writes(library: Library, generator: Generator, **how: Any) -> Turn:
    install(library, generator)  # type: ignore[arg-type]
    library.settings.save(library.settings.current().changed(answer_model="scripted"))
    return asked(library, QUESTION, **how)


# quotes -------------------------------------------------------------------------------------------------


def test_without_its_passage_a_quote_is_lost_and_what_comes_instead_is_said(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    assert turn.answer is not None and turn.answer.quotes[0].text == BATTERIES
    number = turn.answer.quotes[0].citations[0].number
    found = of_quotes(filled, turn)
    assert (found.kind, found.as_then, found.by_words) == ("quotes", True, ())
    assert found.chosen == tuple(quote.text for quote in turn.answer.quotes)
    assert found.seconds >= 0
    by_number = {passage.number: passage for passage in found.passages}
    assert set(by_number) == {hit.number for hit in turn.hits}
    assert BATTERIES in by_number[number].lost
    assert by_number[number].instead
    cited = {citation.number for quote in turn.answer.quotes for citation in quote.citations}
    assert [n for n, passage in by_number.items() if passage.lost] == sorted(cited)


def test_a_sentence_that_another_passage_holds_is_not_lost(filled: Library) -> None:
    filled.documents.add("kopi.txt", f"Om garantien\n\n{BATTERIES} Ellers intet.\n".encode())
    assert filled.wait(20)
    found = of_quotes(filled, asked(filled, QUESTION))
    assert BATTERIES in found.chosen
    assert not [passage for passage in found.passages if BATTERIES in passage.lost]


def test_where_the_vectors_have_gone_the_words_decide_and_that_is_said(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    filled.documents.remove([document.id for document in filled.documents.all()])
    found = of_quotes(filled, turn)
    assert found.by_words == tuple(hit.number for hit in turn.hits)
    assert BATTERIES in found.chosen


def test_vectors_of_another_text_under_the_same_id_are_not_used(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    strange = replace(turn.hits[0], chunk=replace(turn.hits[0].chunk, text="Noget andet. Og mere."))
    filled.conversations.history.save(replace(turn, hits=(strange, *turn.hits[1:])))
    assert of_quotes(filled, turn).by_words == (turn.hits[0].number,)


def test_a_refusal_is_not_measured(filled: Library) -> None:
    turn = replace(asked(filled, QUESTION), answer=Answer(False, "Det står ikke i dine dokumenter."))
    filled.conversations.history.save(turn)
    assert kind_of_answer(turn) == ""
    assert measured(filled, turn).passages == ()
    assert kind_of_answer(replace(turn, state=TurnState.RUNNING)) == ""


# written answers ----------------------------------------------------------------------------------------


def test_each_passage_is_left_out_of_the_prompt_once(filled: Library) -> None:
    writer = Counting()
    turn = writes(filled, writer)
    found = of_written(filled, turn)
    whole = build_prompt(turn.searched, turn.hits, "da", examples=[FORM["da"]])
    assert writer.scored == [whole, *(whole.without(passage) for passage in whole.passages)]
    assert (found.kind, found.tokens) == ("written", 5)
    assert [p.nats for p in found.passages] == [len(passage) for passage in whole.passages]


def test_a_passage_that_the_model_did_not_read_changes_nothing(filled: Library) -> None:
    writer = Counting()
    writer.room = 1
    turn = writes(filled, writer)
    assert len(turn.hits) > 1
    found = of_written(filled, turn)
    assert [len(prompt.passages) for prompt in writer.scored] == [1, 0]
    assert [(p.read, p.nats > 0) for p in found.passages] == [(True, True)] + [(False, False)] * (len(turn.hits) - 1)


def test_with_a_real_model_it_is_the_difference_of_two_likelihoods(filled: Library, tmp_path: Path) -> None:
    generator = TransformersGenerator(str(make(tmp_path / "tiny", context=4096)), 30)
    turn = writes(filled, generator)
    assert turn.answer is not None and turn.answer.sentences != turn.answer.quotes
    found = of_written(filled, turn)
    prompt = build_prompt(turn.searched, turn.hits, "da", examples=[FORM["da"]])
    read = turn.trace.writing.generation.prompt
    assert read is not None and plain_text(prompt) == read.text
    every = generator.likelihood(prompt, turn.answer.text)
    assert (found.nats, found.tokens) == (pytest.approx(every.nats, abs=1e-3), every.tokens)
    for passage, entry in zip(prompt.passages, found.passages, strict=True):
        without = generator.likelihood(prompt.without(passage), turn.answer.text)
        assert entry.nats == pytest.approx(every.nats - without.nats, abs=1e-3)
        assert entry.nats != 0


def test_a_context_that_is_too_small_is_said(filled: Library, tmp_path: Path) -> None:
    turn = writes(filled, Counting())
    small = TransformersGenerator(str(make(tmp_path / "small", context=200)), 20)
    install(filled, small)  # type: ignore[arg-type]
    filled.influence.start(turn.id)
    filled.influence.wait(turn.id, 60)
    status = filled.influence.status(turn.id)
    assert status is not None and status.notice is not None
    assert status.notice.code == "model_error" and "200 tokens" in status.notice.values["detail"]
    assert filled.conversations.live(turn.id).turn.trace.influence is None


def test_a_model_that_only_writes_is_said(filled: Library) -> None:
    turn = writes(filled, Scripted(f"{BATTERIES} [1]"))
    filled.influence.start(turn.id)
    filled.influence.wait(turn.id, 60)
    status = filled.influence.status(turn.id)
    assert status is not None and status.notice is not None and status.notice.code == "cannot_score"


# in the background --------------------------------------------------------------------------------------


def test_it_shows_how_far_it_is_and_can_be_stopped(filled: Library) -> None:
    go = threading.Event()
    writer = Counting(go)
    turn = writes(filled, writer)
    filled.influence.start(turn.id)
    filled.influence.start(turn.id)  # a second click
    end = time.monotonic() + 20
    while (status := filled.influence.status(turn.id)) is None or status.done != 1:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert (status.total, status.notice) == (len(turn.hits), None)
    filled.influence.cancel(turn.id)
    assert filled.influence.status(turn.id) is None
    go.set()
    filled.influence.wait(turn.id, 20)
    assert len(writer.scored) == 3  # the passage under way was finished, the next not begun
    assert filled.conversations.live(turn.id).turn.trace.influence is None


def test_closing_the_library_ends_it(tmp_path: Path, models: FakeModels) -> None:
    go = threading.Event()
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(20)
        turn = writes(library, Counting(go))
        library.influence.start(turn.id)
        threading.Timer(0.1, go.set).start()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kilde-influence")]


def test_the_result_is_there_after_a_restart_beside_what_was_added_meanwhile(
    tmp_path: Path, models: FakeModels
) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(20)
        turn = asked(library, QUESTION)
        result = measured(library, turn)
    with Library.open(tmp_path / "s", models=models) as library:
        kept = library.conversations.live(turn.id).turn
        assert kept.trace.influence == result
        assert replace(kept.trace, influence=None) == turn.trace


def test_a_turn_that_is_not_there_is_said(library: Library) -> None:
    with pytest.raises(NotFound):
        library.influence.start(99)
    library.influence.cancel(99)
    library.influence.wait(99)


def test_stopping_is_heard_before_the_first_passage(filled: Library) -> None:
    influence = InfluenceAnalysis(
        Requoter(filled.store, filled.embedding_models), filled.generators.get, filled.assistants
    )
    with pytest.raises(Cancelled):
        influence.measure(asked(filled, QUESTION), lambda done, of: None, lambda: True)


# with an assistant ----------------------------------------------------------------------------------------


def test_the_prompt_is_that_of_the_version_that_answered_and_fixed_texts_are_not_scored(filled: Library) -> None:
    example = Example("Hvad koster fragten?", "Den er gratis. [1]", ("Fragten er gratis.",))
    assistant = filled.assistants.save(
        Assistant("Regler", "Nævn altid fristen.", examples=(example,), before="Kort sagt:", after="Hilsen os.")
    )
    writer = Counting()
    turn = writes(filled, writer, conditions=Conditions(assistant=assistant.id))
    assert turn.answer is not None and turn.answer.text == f"Kort sagt: {BATTERIES} Hilsen os."
    filled.assistants.save(replace(assistant, perspective="Noget helt andet.", examples=(), before=""))
    measured(filled, turn)
    assert writer.scored[0] == writer.prompts[0]
    assert set(writer.answers) == {BATTERIES}


def test_an_answer_that_was_handed_on_is_not_measured(filled: Library) -> None:
    checker = filled.assistants.save(Assistant("Tjek"))
    first = filled.assistants.save(Assistant("Regler", steps=(checker.id,)))
    turn = writes(filled, Counting(), conditions=Conditions(assistant=first.id))
    assert [step.name for step in turn.trace.writing.steps] == ["Regler", "Tjek"]
    assert kind_of_answer(turn) == "" and measured(filled, turn).passages == ()
