"""What the perspective did: the same passages without it, written by scripted and real models, and quoted."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.answering.analysis.perspective_effect import (
    NEITHER,
    PERSPECTIVE,
    SOURCES,
    can_be_compared,
    comes_from,
    is_fixed,
    why_not,
)
from rag.core.errors import ModelUnavailable
from rag.core.types import Assistant, Preference, Sentence, Turn, TurnState, Verdict
from rag.core.types.analysis import NoEffect, QuotedEffect, WrittenEffect
from rag.generation.backends.transformers import TransformersGenerator
from rag.generation.prompts.builder import FORM, PLAIN, build_prompt, sampling
from rag.generation.protocol import Prompt
from rag.library import Library
from rag.retrieval.boosting import FAVOUR
from tests.perspectives import (
    BATTERIES,
    INVENTED,
    OTHERS,
    QUESTION,
    SAYS_IT,
    asked,
    by_perspective,
    lawyer,
    measured,
)
from tests.scripted import Scripted, install
from tests.tiny_models import make


def written(library: Library, turn: Turn) -> WrittenEffect:
    effect = measured(library, turn)
    assert isinstance(effect, WrittenEffect)
    return effect


def quoted(library: Library, turn: Turn) -> QuotedEffect:
    effect = measured(library, turn)
    assert isinstance(effect, QuotedEffect)
    return effect


def said(effect: WrittenEffect | QuotedEffect) -> list[tuple[str, str]]:
    return [(one.text, comes_from(one)) for one in effect.without]


# written --------------------------------------------------------------------------------------------------


def test_the_same_passages_are_answered_without_the_perspective(filled: Library) -> None:
    writer = Scripted(reply=by_perspective)
    install(filled, writer)
    turn = asked(filled, lawyer(filled, before="Kort sagt:", tone="Streng"))
    assert turn.answer is not None
    assert [(one.text, comes_from(one)) for one in turn.answer.sentences] == [
        ("Kort sagt:", PERSPECTIVE),
        (BATTERIES, SOURCES),
        (SAYS_IT, PERSPECTIVE),
        (INVENTED, NEITHER),
    ]
    found = written(filled, turn)
    assert (found.nothing, found.cut_off, found.unjudged) == (False, False, False)
    assert said(found) == [(BATTERIES, SOURCES), (OTHERS, SOURCES)]
    with_perspective, without = writer.prompts
    assert without == build_prompt(turn.searched, turn.hits, "da", examples=[FORM["da"]])
    assert without.passages == with_perspective.passages and without.question == with_perspective.question
    assert with_perspective.examples and "jurist" in with_perspective.system and "jurist" not in without.system
    assert writer.samplings[0].temperature == 0.7 and writer.samplings[1] == sampling(PLAIN)
    assert found.used is not None and found.used.finish == "stop" and found.took == round(found.used.seconds, 2)
    assert found.seconds >= 0


def test_only_the_passages_that_the_model_had_read_are_given_again(filled: Library) -> None:
    writer = Scripted(reply=by_perspective)
    writer.room = 1
    install(filled, writer)
    turn = asked(filled, lawyer(filled))
    assert len(turn.hits) > 1
    writer.room = 99
    measured(filled, turn)
    assert writer.prompts[1].passages == writer.prompts[0].passages[:1]


def test_the_conversation_is_the_same(filled: Library) -> None:
    writer = Scripted(reply=by_perspective)
    install(filled, writer)
    first = asked(filled, lawyer(filled))
    turn = filled.conversations.start("Og hvad med øvrige dele?", first.conversation_id, first.conditions)
    filled.conversations.wait(turn.id, 60)
    measured(filled, filled.conversations.live(turn.id).turn)
    assert len(writer.prompts) == 3 and writer.prompts[1].conversation
    assert writer.prompts[2].conversation == writer.prompts[1].conversation


def test_a_model_that_finds_nothing_without_the_perspective_says_so(filled: Library) -> None:
    install(
        filled,
        Scripted(
            reply=lambda prompt: f"{BATTERIES} [1]" if "jurist" in prompt.system else "Det står ikke i dokumenterne."
        ),
    )
    found = written(filled, asked(filled, lawyer(filled)))
    assert (found.nothing, found.without) == (True, ())


def test_a_model_that_found_nothing_because_of_the_perspective_is_asked_again(filled: Library) -> None:
    install(
        filled,
        Scripted(
            reply=lambda prompt: "Det står ikke i dokumenterne." if "jurist" in prompt.system else f"{BATTERIES} [1]"
        ),
    )
    turn = asked(filled, lawyer(filled))
    assert turn.answer is not None and not turn.answer.is_written
    assert said(written(filled, turn)) == [(BATTERIES, SOURCES)]


def test_an_answer_that_reached_its_limit_says_so(filled: Library) -> None:
    install(filled, Scripted(f"{BATTERIES} [1]", finish="length"))
    turn = asked(filled, lawyer(filled))
    assert turn.answer is not None and turn.answer.cut_off
    assert written(filled, turn).cut_off is True


def test_the_answer_that_was_handed_on_is_compared_with_that_of_the_first_alone(filled: Library) -> None:
    writer = Scripted(reply=lambda prompt: f"{OTHERS} [1]" if "<draft>" in prompt.question else f"{BATTERIES} [1]")
    install(filled, writer)
    plainer = filled.assistants.save(Assistant("Klart sprog", "Skriv enkelt.", answer_model="scripted"))
    turn = asked(filled, lawyer(filled, steps=(plainer.id,)))
    assert turn.answer is not None and turn.answer.text == OTHERS
    found = written(filled, turn)
    assert said(found) == [(BATTERIES, SOURCES)] and len(writer.prompts) == 3


def test_a_model_that_is_gone_is_said_and_what_was_measured_stays(filled: Library) -> None:
    writer = Scripted(reply=by_perspective)
    install(filled, writer)
    turn = asked(filled, lawyer(filled))
    kept = measured(filled, turn)

    def gone(prompt: Prompt) -> str:
        raise ModelUnavailable(model="scripted", detail="gone")

    writer.reply = gone
    filled.perspective_effect.start(turn.id)
    filled.perspective_effect.wait(turn.id, 60)
    status = filled.perspective_effect.status(turn.id)
    assert status is not None and status.notice is not None and status.notice.code == "model_unavailable"
    assert filled.conversations.live(turn.id).turn.trace.perspective_effect == kept


def test_it_can_be_cancelled_while_the_model_writes(filled: Library) -> None:
    install(filled, Scripted(f"{BATTERIES} [1] "))
    turn = asked(filled, lawyer(filled))
    stalls = Scripted(f"{BATTERIES} [1] ", "Mere.", wait=threading.Event())
    install(filled, stalls)
    filled.perspective_effect.start(turn.id)
    end = time.monotonic() + 20
    while not stalls.prompts:
        assert time.monotonic() < end
        time.sleep(0.01)
    filled.perspective_effect.cancel(turn.id)
    assert filled.perspective_effect.status(turn.id) is None
    filled.perspective_effect.wait(turn.id, 20)
    assert filled.conversations.live(turn.id).turn.trace.perspective_effect is None


def test_sentences_of_documents_that_are_indexed_anew_are_still_told_apart(filled: Library) -> None:
    install(filled, Scripted(reply=by_perspective))
    turn = asked(filled, lawyer(filled))
    filled.documents.remove([document.id for document in filled.documents.all()])
    filled.documents.add("andet.txt", b"Andet\n\nEn hel anden tekst om noget andet. Og mere af den.\n")
    assert filled.wait(20)
    assert said(written(filled, turn)) == [(BATTERIES, SOURCES), (OTHERS, SOURCES)]


def test_with_a_real_model(filled: Library, tmp_path: Path) -> None:
    install(filled, TransformersGenerator(str(make(tmp_path / "tiny", context=4096)), 30))  # type: ignore[arg-type]
    turn = asked(filled, lawyer(filled, temperature=0.0))
    assert turn.answer is not None and turn.answer.is_written
    found = written(filled, turn)
    assert found.without
    prompt = build_prompt(turn.searched, turn.hits, "da", examples=[FORM["da"]])
    read = turn.trace.writing.generation.prompt
    assert read is not None and all(passage in read.text for passage in prompt.passages)
    # greedy: measured again, the same comes of it
    assert written(filled, turn).without == found.without


# by quoting -----------------------------------------------------------------------------------------------


def prefers(library: Library, **preference: Any) -> Assistant:
    return library.assistants.save(
        Assistant("Ferie", "Ferie først.", preference=Preference(**preference), before="Bemærk:", after="Spørg HR.")
    )


def test_quotes_are_chosen_as_if_nothing_were_preferred(filled: Library) -> None:
    turn = asked(filled, prefers(filled, favoured_terms=("kvitteringen",)))
    assert turn.answer is not None and turn.trace.retrieval.favoured
    found = quoted(filled, turn)
    assert (found.as_then, found.by_words) == (True, ())
    plain = filled.conversations.start(QUESTION)
    filled.conversations.wait(plain.id, 60)
    unpreferred = filled.conversations.live(plain.id).turn
    assert unpreferred.answer is not None
    assert {hit.place for hit in unpreferred.hits} == {hit.place for hit in turn.hits}
    assert [one.text for one in found.without] == [quote.text for quote in unpreferred.answer.quotes]
    assert turn.answer.sentences[0].text == "Bemærk:" and turn.answer.sentences[-1].text == "Spørg HR."


def test_the_preference_can_change_what_is_quoted(filled: Library) -> None:
    """The passage favoured is far ahead with its bonus, and behind without: FAVOUR is what lies between."""
    turn = asked(filled, prefers(filled, favoured_terms=("kvitteringen",)))
    retrieval = turn.trace.retrieval
    rows = retrieval.candidates or ()
    favoured = [row for row in rows if row.rank in retrieval.favoured]
    assert favoured and all(row.score >= FAVOUR for row in favoured)
    # scores that are worlds apart, so that they alone decide
    hits = tuple(replace(hit, score=5.0 if hit.number == favoured[0].number else hit.score) for hit in turn.hits)
    apart = replace(favoured[0], score=5.0, found_score=0.0)
    rows = tuple(apart if row == favoured[0] else row for row in rows)
    trace = replace(turn.trace, retrieval=replace(retrieval, candidates=rows))
    filled.conversations.history.save(replace(turn, hits=hits, trace=trace))
    found = quoted(filled, filled.conversations.live(turn.id).turn)
    assert BATTERIES in [one.text for one in found.without]


def test_quotes_without_vectors_are_chosen_by_their_words(filled: Library) -> None:
    turn = asked(filled, prefers(filled))
    filled.documents.remove([document.id for document in filled.documents.all()])
    found = quoted(filled, turn)
    assert found.by_words == tuple(hit.number for hit in turn.hits)
    assert BATTERIES in [one.text for one in found.without]


# what cannot be compared ----------------------------------------------------------------------------------


def test_what_cannot_be_compared_says_why_and_is_not_measured(filled: Library) -> None:
    alone = filled.conversations.start(QUESTION)
    filled.conversations.wait(alone.id, 60)
    turn = filled.conversations.live(alone.id).turn
    assert why_not(turn) == "no_assistant"
    assert measured(filled, turn) == NoEffect()
    refused = asked(filled, prefers(filled), "Hvem vandt verdensmesterskabet i svømning?")
    assert why_not(refused) == "no_answer" and not can_be_compared(refused)
    assert why_not(replace(refused, state=TurnState.RUNNING)) == "running"
    assert can_be_compared(asked(filled, prefers(filled)))


def test_a_fixed_text_is_known_by_its_words(filled: Library) -> None:
    fixed = Sentence("Kort sagt:", (), Verdict.PERSPECTIVE)
    assert is_fixed(fixed, "", "  Kort\nsagt: ")
    assert not is_fixed(fixed, "", "Kort sagt: ja")
    assert not is_fixed(replace(fixed, verdict=Verdict.SUPPORTED), "Kort sagt:")
