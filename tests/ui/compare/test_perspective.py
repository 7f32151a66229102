"""The page of what the perspective did, its data, and its place in the app."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answering.analysis.background import Measuring
from rag.core.i18n import keys, text
from rag.core.types import Assistant, Conditions, Notice, Preference, Turn
from rag.core.types.analysis import WrittenEffect
from rag.library import Library
from rag.ui import components
from rag.ui.compare.perspective_data import LABELS, perspective_data
from tests.helpers import components_of
from tests.perspectives import BATTERIES, INVENTED, OTHERS, QUESTION, SAYS_IT, asked, by_perspective, lawyer, measured
from tests.scripted import Scripted, install
from tests.ui.conftest import OpenPage

SCRIPT = Path(components.__file__).parent / "perspective" / "perspective.js"
HOSTILE = "![x](https://evil.example/x.png) <b>$a$</b> {0}\u202e"


@pytest.fixture
def turn(filled: Library) -> Turn:
    """Written by an assistant, and measured."""
    install(filled, Scripted(reply=by_perspective))
    turn = asked(filled, lawyer(filled, before="Kort sagt:", tone="Streng"))
    measured(filled, turn)
    return filled.conversations.live(turn.id).turn


def chain_of(library: Library, turn: Turn) -> list[Assistant]:
    then = turn.trace.plan.assistant
    assert then is not None
    return [library.assistants.get(then.id, then.version)]


def with_effect(turn: Turn, **values: Any) -> Turn:
    effect = turn.trace.perspective_effect
    assert isinstance(effect, WrittenEffect)
    return replace(turn, trace=replace(turn.trace, perspective_effect=replace(effect, **values)))


def words(side: dict[str, Any]) -> list[tuple[str, str]]:
    return [("".join(piece["text"] for piece in one["pieces"]), one["word"]) for one in side["sentences"]]


def test_each_sentence_says_where_it_comes_from(filled: Library, turn: Turn) -> None:
    data = perspective_data(turn, language="en", chain=chain_of(filled, turn))
    assert data["state"] == "there"
    assert words(data["left"]) == [(BATTERIES, "from the sources"), (OTHERS, "from the sources")]
    assert words(data["right"]) == [
        ("Kort sagt:", "fixed text, from the perspective"),
        (BATTERIES, "from the sources"),
        (SAYS_IT, "from the perspective"),
        (INVENTED, "from neither"),
    ]
    assert data["left"]["count"] == "2 of 2 sentences from the sources."
    assert data["right"]["count"] == "1 of 4 sentences from the sources, 2 from the perspective, 1 from neither."
    assert data["difference"] == ("Sentences: 1 the same, 1 only without the angle, 3 only with the angle.")
    numbers = data["right"]["sentences"][1]["numbers"]
    assert [(one["number"], one["quotes"], one["document"]) for one in numbers] == [(1, [BATTERIES], "garanti.txt")]
    assert len({one["sign"] for one in data["legend"]}) == 3  # not by colour alone
    assert [source["number"] for source in data["sources"]] == [hit.number for hit in turn.hits]
    (who,) = data["assistants"]
    assert (who["name"], who["version"], who["tone"]) == ("Juristen", "version 1", "Tone: Streng")
    assert "jurist" in who["perspective"]
    assert data["facts"] == [["Answer model (the same for both)", "scripted"]]
    assert any("temperature of 0.7" in note for note in data["notes"])
    assert data["left"]["took"].startswith("Took") and data["right"]["took"].startswith("Took")
    json.dumps(data)


def test_words_that_differ_are_marked_on_both_sides(turn: Turn) -> None:
    effect = turn.trace.perspective_effect
    assert isinstance(effect, WrittenEffect)
    changed = replace(effect.without[0], text="Batterier er dækket i seks måneder.")
    data = perspective_data(with_effect(turn, without=(changed,)), language="da")
    marked = [
        [piece["text"] for one in data[side]["sentences"] for piece in one["pieces"] if piece["changed"]]
        for side in ("left", "right")
    ]
    assert marked == [["seks"], ["6"]]


def test_before_it_is_measured_only_the_answer_is_shown(filled: Library, turn: Turn) -> None:
    fresh = replace(turn, trace=replace(turn.trace, perspective_effect=None))
    data = perspective_data(fresh, language="en")
    assert (data["state"], data["left"], data["difference"]) == ("offer", None, "")
    assert "The model scripted writes the answer again" in data["said"]
    assert not any(piece["changed"] for one in data["right"]["sentences"] for piece in one["pieces"])
    assert perspective_data(fresh, language="en", measuring=Measuring(0, 1))["state"] == "measuring"
    failed = perspective_data(
        fresh, language="da", measuring=Measuring(notice=Notice("model_unavailable", {"model": "m"}))
    )
    assert failed["state"] == "failed" and failed["said"].startswith("Det lykkedes ikke. ")


def test_quoting_says_what_the_perspective_could_change(filled: Library) -> None:
    preference = Preference(favoured_terms=("kvitteringen",), avoided_terms=("sick",))
    assistant = filled.assistants.save(Assistant("Regler", preference=preference, after="Spørg HR."))
    turn = asked(filled, assistant)
    assert "Kilde quotes again" in perspective_data(turn, language="en")["said"]
    measured(filled, turn)
    data = perspective_data(filled.conversations.live(turn.id).turn, language="en", chain=[assistant])
    notes = " ".join(data["notes"])
    assert "Quotes are the documents’ own words." in notes and "it rewrote nothing" in notes
    assert re.search(r"Came first because of the angle: source \d \(kvitteringen\)\.", notes)
    assert "One passage was left out because of the angle." in notes
    assert data["facts"] == [["Answer model (the same for both)", "Quotes (no language model)"]]
    assert data["assistants"][0]["perspective"] == "The assistant has no perspective in words."
    assert data["right"]["sentences"][-1]["word"] == "fixed text, from the perspective"


def test_a_perspective_that_changed_nothing_says_so(filled: Library) -> None:
    install(filled, Scripted(f"{BATTERIES} [1] {OTHERS} [1]"))
    assistant = lawyer(filled)
    turn = asked(filled, assistant)
    measured(filled, turn)
    turn = filled.conversations.live(turn.id).turn
    assert perspective_data(turn, language="en", chain=[assistant])["difference"] == text("effect_same", "en")
    assert turn.answer is not None
    moved = replace(turn, answer=replace(turn.answer, sentences=turn.answer.sentences[::-1]))
    assert perspective_data(moved, language="en", chain=[assistant])["difference"] == text("effect_same_moved", "en")


def test_only_a_fixed_text_is_said_to_be_all(filled: Library) -> None:
    assistant = filled.assistants.save(Assistant("Regler", before="Kort sagt:"))
    turn = asked(filled, assistant)
    measured(filled, turn)
    data = perspective_data(filled.conversations.live(turn.id).turn, language="da", chain=[assistant])
    assert data["difference"] == text("effect_only_fixed", "da")


def test_an_answer_that_was_handed_on_names_the_steps(filled: Library) -> None:
    install(filled, Scripted(f"{BATTERIES} [1]"))
    other = filled.assistants.save(Assistant("Tjek", answer_model="scripted"))
    turn = asked(filled, lawyer(filled, steps=(other.id,)))
    measured(filled, turn)
    chain = [*chain_of(filled, turn), other]
    data = perspective_data(filled.conversations.live(turn.id).turn, language="en", chain=chain)
    assert any("the final answer, after 2 steps: Juristen → Tjek." in note for note in data["notes"])
    assert [who["name"] for who in data["assistants"]] == ["Juristen", "Tjek"]


def test_what_came_of_it_is_told_where_it_is_not_whole(turn: Turn) -> None:
    assert turn.answer is not None
    cut = with_effect(turn, without=(), nothing=True, cut_off=True, unjudged=True)
    cut = replace(cut, answer=replace(turn.answer, cut_off=True))
    data = perspective_data(cut, language="en")
    assert data["left"]["notes"] == [text(key, "en") for key in ("effect_nothing", "effect_cut_off", "effect_unjudged")]
    assert data["right"]["notes"] == [text("effect_cut_off", "en")]
    assert (data["left"]["sentences"], data["left"]["count"]) == ([], "")


def test_names_are_data(turn: Turn) -> None:
    plan = turn.trace.plan
    assert plan.assistant is not None
    plan = replace(plan, assistant=replace(plan.assistant, name=HOSTILE), model=HOSTILE)
    hits = tuple(replace(hit, document=HOSTILE) for hit in turn.hits)
    data = perspective_data(replace(turn, trace=replace(turn.trace, plan=plan), hits=hits), language="en")
    assert "\u202e" not in json.dumps(data, ensure_ascii=False)
    assert data["assistants"][0]["name"] == data["sources"][0]["document"] == HOSTILE.replace("\u202e", "")


def test_the_component_is_given_every_word_that_it_says() -> None:
    said = set(re.findall(r"\blabels\.(\w+)", SCRIPT.read_text(encoding="utf-8")))
    assert said == set(LABELS) and said <= keys()


# the page -------------------------------------------------------------------------------------------------


def test_the_page_shows_both_sides(opened: OpenPage, turn: Turn) -> None:
    at = opened("pages/compare.py", {"angle": str(turn.id)})
    assert not at.exception and [title.value for title in at.title] == [text("effect_title", "en")]
    (data,) = [data for data in components_of(at) if "right" in data]
    assert data["state"] == "there" and data["right"]["sentences"][0]["word"] == "fixed text, from the perspective"


def test_a_turn_without_an_assistant_says_why_and_what_to_do(opened: OpenPage, filled: Library) -> None:
    turn = filled.conversations.start(QUESTION)
    filled.conversations.wait(turn.id, 60)
    at = opened("pages/compare.py", {"angle": str(turn.id)})
    assert not at.exception
    (data,) = [data for data in components_of(at) if "explained" in data]
    assert (data["state"], data["said"]) == ("none", text("effect_not_no_assistant", "en"))


@pytest.mark.parametrize("named", ["", "99", "x"])
def test_an_address_that_names_no_turn_is_said(opened: OpenPage, named: str) -> None:
    at = opened("pages/compare.py", {"angle": named})
    assert not at.exception and [info.value for info in at.info] == [text("effect_unknown", "en")]


def test_the_ledger_leads_there_and_back(opened: OpenPage, turn: Turn) -> None:
    at = opened("pages/ledger.py", {"turn": str(turn.id)}).button(key="perspective").click().run()
    assert not at.exception and [title.value for title in at.title] == [text("effect_title", "en")]
    at = at.button(key="ledger").click().run()
    assert not at.exception and [title.value for title in at.title] == [text("ledger", "en")]


def test_the_ledger_of_a_turn_without_an_assistant_does_not(opened: OpenPage, filled: Library) -> None:
    turn = filled.conversations.start(QUESTION, conditions=Conditions())
    filled.conversations.wait(turn.id, 60)
    at = opened("pages/ledger.py", {"turn": str(turn.id)})
    assert [button.key for button in at.button if button.key == "perspective"] == []
