"""What the ledger and the comparison show: of turns made by a real library, and of turns that earlier versions kept."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from rag.answering.analysis.background import Measuring
from rag.answering.answerability import Signals
from rag.conversations.comparison import compare
from rag.conversations.turn_format import decode_trace, encode_trace
from rag.core.i18n import keys, text
from rag.core.types import (
    ROUTER,
    Answer,
    Assistant,
    Conditions,
    Example,
    Length,
    Notice,
    Preference,
    Scope,
    Turn,
    TurnState,
    WithoutEvidence,
)
from rag.core.types.analysis import PassageLikelihood, WrittenInfluence
from rag.core.types.trace import AnswerabilityTrace
from rag.core.types.writing import Finish, LeftOut, PromptTrace, Used
from rag.generation.backends.transformers import TransformersGenerator
from rag.generation.protocol import Prompt
from rag.library import Library
from rag.ui import components
from rag.ui.chat.turn_data import turn_data
from rag.ui.compare import data as comparing
from rag.ui.compare.data import compare_data, names_in
from rag.ui.ledger import candidates_data
from rag.ui.ledger import data as ledger_data
from rag.ui.ledger.page import turn_with
from rag.ui.ledger.story import story
from rag.ui.shell import session
from tests.helpers import asked, components_of
from tests.scripted import Scripted, install
from tests.tiny_models import make
from tests.ui.conftest import OpenPage

SCRIPTS = Path(components.__file__).parent
QUESTION = "Hvor længe er batterier dækket?"
HOSTILE = "![x](https://evil.example/x.png) <b>$a$</b> {0}\u202e.txt"


@pytest.fixture
def filled(filled: Library) -> Library:
    """With as many documents that a question finds more passages than are used."""
    filled.documents.add(
        "transport.txt", "Transport\n\nFragt af batterier betales af kunden, hvis garantien er udløbet.\n".encode()
    )
    filled.documents.add("opladning.txt", b"Opladning\n\nLad batterier op mellem 5 og 35 grader.\n")
    filled.documents.add("kontakt.txt", "Kontakt\n\nKundeservice svarer på hverdage.\n".encode())
    assert filled.wait(20)
    return filled


def again(library: Library, turn: Turn, conditions: Conditions) -> Turn:
    fresh = library.conversations.ask_again(turn.id, conditions=conditions)
    library.conversations.wait(fresh.id, 60)
    return library.conversations.live(fresh.id).turn


def written(library: Library, generator: Any, k: int | None = None) -> Turn:
    install(library, generator)
    wanted = library.settings.current().changed(answer_model="scripted")
    library.settings.save(wanted if k is None else wanted.changed(k=k))
    return asked(library, QUESTION)


def as_kept_by_the_version_before(turn: Turn) -> Turn:
    """Without what that version did not keep, through the same JSON."""
    ledger = json.loads(json.dumps(encode_trace(turn.trace)))
    of_later = ("words", "searched_in", "earlier", "assistant", "language", "favoured", "avoided")
    for name in (*of_later, *(name for name in ("used", "examples", "conversation") if name in ledger)):
        del ledger[name]
    for candidate in ledger["candidates"]:
        candidate["used"] = candidate.pop("why") == "used"
        for name in (
            "number",
            "sha256",
            "heading_path",
            "carried",
            "lacks",
            "relevance",
            "coverage",
            "spelling",
            "named",
            "reranked",
        ):
            del candidate[name]
    if "prompt" in ledger:
        ledger["prompt"] = {"system": "Svar.", "user": "<passage>", "left_out": 0}
    return replace(turn, trace=decode_trace(ledger))


# what the model saw and what the user sees --------------------------------------------------------------


def _words(passage: str) -> list[str]:
    """A reader does not see the signs of Markdown, nor where a line was wrapped."""
    return re.findall(r"\w+", passage)


def prompt_of(turn: Turn) -> PromptTrace:
    prompt = turn.trace.writing.generation.prompt
    assert prompt is not None
    return prompt


def used_of(turn: Turn) -> Used:
    used = turn.trace.writing.generation.used
    assert used is not None
    return used


def with_generation(turn: Turn, **values: Any) -> Turn:
    writing = turn.trace.writing
    writing = replace(writing, generation=replace(writing.generation, **values))
    return replace(turn, trace=replace(turn.trace, writing=writing))


def read_by_the_model(turn: Turn) -> list[tuple[int, list[str]]]:
    """The numbers and texts of the passages in the prompt, letter for letter as it was sent; not those of examples."""
    found = re.findall(r'<passage number="(\d+)" document=[^>]*>\n(.*?)\n</passage>', prompt_of(turn).text, re.DOTALL)
    return [(int(number), _words(passage)) for number, passage in found]


def shown_as_used(turn: Turn) -> list[tuple[int, list[str]]]:
    """The numbers and texts of the sources that the conversation shows as used."""
    sources = turn_data(turn, language="da")["sources"]
    shown = [(s["number"], _words("".join(p["text"] for p in s["segments"]))) for s in sources if s["used"]]
    return sorted(shown)


def used_in_the_ledger(turn: Turn) -> list[tuple[int, list[str]]]:
    rows = ledger_data.candidates(turn, {}, "da")
    return sorted((row["number"], _words(row["text"])) for row in rows if row["number"] and row["read"])


@pytest.mark.parametrize("room", [99, 2, 1])
def test_the_model_saw_what_the_user_sees(filled: Library, room: int) -> None:
    writer = Scripted("Batterier er dækket i 6 måneder [1].")
    writer.room = room
    turn = written(filled, writer)
    seen = read_by_the_model(turn)
    assert [number for number, _ in seen] == [hit.number for hit in turn.hits][:room]
    assert seen == shown_as_used(turn) == used_in_the_ledger(turn)


@pytest.mark.parametrize(("context", "fewer"), [(4096, False), (1000, True)])
def test_a_real_model_saw_what_the_user_sees(filled: Library, tmp_path: Path, context: int, fewer: bool) -> None:
    generator = TransformersGenerator(str(make(tmp_path / "tiny", context=context)), 20)
    turn = written(filled, generator)
    seen = read_by_the_model(turn)
    assert (0 < len(seen) < len(turn.hits)) == fewer
    assert seen == shown_as_used(turn) == used_in_the_ledger(turn)
    assert len(prompt_of(turn).text.encode()) == prompt_of(turn).tokens  # a token a byte
    why = [row["why"] for row in ledger_data.candidates(turn, {}, "en") if row["number"] and not row["read"]]
    assert why == ["not read: the model had no room for it"] * (len(turn.hits) - len(seen))


# the ledger ---------------------------------------------------------------------------------------------


def test_a_turn_tells_how_it_came_about(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    told = " ".join(story(turn, "en"))
    probability = turn.trace.answerability.probability
    assert probability is not None
    chance = ledger_data.percent(probability)
    assert f"Kilde searched 5 documents for “{QUESTION}”." in told
    assert f"kept the best {len(turn.hits)}" in told
    assert f"at {chance} %" in told and 50 <= chance <= 99
    assert "word for word" in told and "All of it took" in told
    data = ledger_data.ledger_data(turn, language="da", asked="i dag")
    assert ["Ord, der blev søgt efter", ", ".join(turn.trace.query.words or ())] in data["question"]["rows"]
    assert data["scope"] == [["Dokumenter", "5 dokumenter"]]
    assert (data["prompt"]["text"], data["prompt"]["said"]) == ("", text("ledger_no_prompt", "da"))
    assert sum(step["share"] for step in data["times"][:-1]) == pytest.approx(1.0, abs=0.02)
    assert data["since"] == [] and data["influence"]["state"] == "offer"
    json.dumps(data)


def test_every_candidate_says_why_it_was_used_or_not(filled: Library) -> None:
    filled.settings.save(filled.settings.current().changed(k=2))
    first = asked(filled, QUESTION)
    gone, kept = first.hits[0], asked(filled, "sick leave manager").hits[0]
    turn = again(filled, first, Conditions(excluded=(gone.place,), pinned=(kept.place,)))
    rows = ledger_data.candidates(turn, {}, "en")
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    by_why = {row["why"]: row for row in rows}
    assert set(by_why) == {"used", "used: you pinned it", "not used: you excluded it", "not used: only the best 2 are"}
    assert by_why["not used: you excluded it"]["number"] is None
    assert by_why["used: you pinned it"]["number"] in (1, 2)
    used = [row for row in rows if row["number"]]
    assert [row["number"] for row in used] == [hit.number for hit in turn.hits]
    assert [row["text"] for row in used] == [hit.chunk.text for hit in turn.hits]
    assert all(row["lacks"] is not None for row in rows)
    told = " ".join(story(turn, "en"))
    assert "You had pinned one passage." in told and "You had excluded one passage or document." in told


def test_a_follow_up_leads_back_and_marks_what_was_carried_over(filled: Library) -> None:
    first = asked(filled, QUESTION)
    second = asked(filled, "og hvad med øvrige dele?", first.conversation_id)
    data = ledger_data.ledger_data(second, language="en", earlier=first)
    assert data["question"]["earlier"] == {"id": first.id, "question": QUESTION}
    assert any(row["carried"] and row["number"] for row in data["candidates"])
    lost = ledger_data.ledger_data(second, language="en")
    assert lost["question"]["earlier"] == {"id": None, "question": "It is no longer here."}


def test_a_document_that_has_gone_or_changed_is_named_and_everything_is_still_there(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    sha256 = turn.hits[0].sha256
    for state, said in (("gone", "garanti.txt is no longer here."), ("changed", "garanti.txt has changed.")):
        data = ledger_data.ledger_data(turn, language="en", states={sha256: state})  # type: ignore[dict-item]
        assert [words.startswith(said) for words in data["since"]] == [True]
        assert data["candidates"][0]["state"] and data["candidates"][0]["text"] == turn.hits[0].chunk.text


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_turn_of_the_version_before_opens_and_says_what_was_not_recorded(filled: Library, language: str) -> None:
    old = as_kept_by_the_version_before(written(filled, Scripted("Batterier er dækket i 6 måneder [1].")))
    data = ledger_data.ledger_data(old, language=language)
    unknown = text("not_recorded", language)
    assert data["scope"][0][1] == data["question"]["rows"][-1][1] == unknown
    assert data["prompt"]["text"] == "Svar.\n\n<passage>"
    assert data["prompt"]["said"] == text("ledger_tokens_unknown", language)
    assert (data["prompt"]["bar"], data["used"], data["chain"], data["router"]) == ([], [], [], None)
    assert (data["who"]["name"], data["who"]["said"]) == ("", unknown)
    assert {row["lacks"] for row in data["candidates"]} == {None}
    assert {row[name] for row in data["candidates"] for name in candidates_data.SHARES} == {None}
    assert [row["number"] for row in data["candidates"] if row["number"]] == [hit.number for hit in old.hits]
    assert data["story"]


def test_candidates_say_what_they_were_ranked_and_judged_by(filled: Library) -> None:
    turn = written(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    first = ledger_data.candidates(turn, {}, "en")[0]
    hit = turn.hits[0]
    assert hit.relevance is not None and hit.coverage is not None and hit.spelling is not None
    assert [first[name] for name in candidates_data.SHARES] == [
        *(round(100 * share) for share in (hit.relevance, hit.coverage, hit.spelling, hit.named or 0.0)),
        None,  # no reranker
    ]
    assert first["coverage"] > 0


def test_turns_without_an_answer_open_too(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    trace = replace(turn.trace, answerability=replace(turn.trace.answerability, probability=0.2))
    refused = replace(turn, answer=Answer(False, "Your documents do not say."), trace=trace)
    data = ledger_data.ledger_data(refused, language="en")
    assert data["influence"]["state"] == "none"
    assert any("below the threshold" in words for words in data["story"])
    begun = Turn(5, 1, 1, QUESTION, "2026-01-01T10:00:00+00:00", TurnState.RUNNING)
    data = ledger_data.ledger_data(begun, language="en")
    assert data["story"] == ["The answer is still being made."]
    assert data["candidates"] == data["times"] == [] and data["decision"]["share"] is None
    failed = replace(begun, state=TurnState.FAILED, notice=Notice("disk_full"))
    assert "disk is full" in " ".join(ledger_data.ledger_data(failed, language="en")["story"])


def test_every_signal_has_a_name_in_plain_words(filled: Library) -> None:
    assert {field.name for field in fields(Signals)} <= set(ledger_data.SIGNALS)
    turn = asked(filled, QUESTION)
    signals = {"coverage": 0.5, "second": 1.0, "sentence": None, "of_tomorrow": 1.25}
    trace = replace(turn.trace, answerability=AnswerabilityTrace(0.9, None, signals))
    data = ledger_data.ledger_data(replace(turn, trace=trace), language="da")
    assert data["decision"]["value"] == "90 %"
    assert [value for _, value in data["decision"]["signals"]] == ["50 %", "ja", "uden sprogmodel", "1,25"]
    assert data["decision"]["signals"][-1][0] == "of_tomorrow"


def test_names_are_data(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    hits = tuple(replace(hit, document=HOSTILE) for hit in turn.hits)
    retrieval = turn.trace.retrieval
    candidates = tuple(replace(candidate, document=HOSTILE) for candidate in retrieval.candidates or ())
    trace = replace(turn.trace, retrieval=replace(retrieval, candidates=candidates))
    hostile = replace(turn, hits=hits, trace=trace, searched="{0} {searched}")
    data = ledger_data.ledger_data(hostile, language="en", states={hits[0].sha256: "gone"})
    assert "\u202e" not in json.dumps(data, ensure_ascii=False)
    assert data["candidates"][0]["document"] == HOSTILE.replace("\u202e", "")
    assert "“{0} {searched}”" in data["story"][0]


@pytest.mark.parametrize("script", ["ledger", "compare"])
def test_the_component_is_given_every_word_that_it_says(script: str) -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (SCRIPTS / script).glob("*.js"))
    given = set(ledger_data.LABELS if script == "ledger" else comparing.LABELS)
    said = set(re.findall(r"\blabels\.(\w+)", scripts)) | set(re.findall(r'\blabel: "(\w+)"', scripts))
    assert said == given
    assert said <= keys()


@pytest.mark.parametrize("script", ["ledger", "compare", "perspective"])
def test_the_browser_is_given_every_script_of_the_component(script: str) -> None:
    registered = (SCRIPTS / "__init__.py").read_text(encoding="utf-8")
    files = [*(SCRIPTS / script).glob("*.js"), *(SCRIPTS / script).glob("*.css")]
    assert files and all(f'"{script}/{path.name}"' in registered for path in files)


# the influence of the passages --------------------------------------------------------------------------


def test_the_influence_of_quotes_is_drawn_as_shares_of_the_answer(filled: Library) -> None:
    turn = asked(filled, QUESTION)
    assert ledger_data.influence(turn, Measuring(1, 4), "en")["said"] == "Measuring: 1 of 4 passages…"
    failed = ledger_data.influence(turn, Measuring(notice=Notice("cannot_score", {"model": "m"})), "en")
    assert failed["state"] == "failed" and "The model m can only write" in failed["said"]
    filled.influence.start(turn.id)
    filled.influence.wait(turn.id, 60)
    shown = ledger_data.influence(filled.conversations.live(turn.id).turn, None, "en")
    assert shown["state"] == "there" and not shown["both"]
    assert [bar["number"] for bar in shown["bars"]] == [hit.number for hit in turn.hits]
    assert max(bar["share"] for bar in shown["bars"]) > 0
    assert all(0 <= bar["share"] <= 1 for bar in shown["bars"])
    assert all(bool(bar["lost"]) == (bar["share"] > 0) for bar in shown["bars"])


def test_the_influence_on_a_written_answer_is_drawn_to_both_sides(filled: Library) -> None:
    turn = written(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    nats = (6.0, -1.5, 0.0, 0.0)
    passages = tuple(
        PassageLikelihood(hit.number, lost, hit != turn.hits[-1]) for hit, lost in zip(turn.hits, nats, strict=True)
    )
    measured = WrittenInfluence(2.5, -20.0, 10, passages)
    shown = ledger_data.influence(replace(turn, trace=replace(turn.trace, influence=measured)), None, "da")
    assert [bar["share"] for bar in shown["bars"]][:2] == [1.0, -0.25] and shown["both"]
    assert shown["bars"][0]["value"] == "\u22126,0 i alt, \u22120,600 pr. token"
    assert shown["bars"][1]["value"].startswith("+1,5 i alt")
    assert shown["bars"][-1]["value"] == text("why_no_room", "da")
    assert shown["took"] == "Målt på 2,5 s."


def test_a_change_that_is_next_to_nothing_is_a_short_bar(filled: Library) -> None:
    turn = written(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    measured = WrittenInfluence(2.5, -20.0, 10, tuple(PassageLikelihood(hit.number, 0.03, True) for hit in turn.hits))
    shown = ledger_data.influence(replace(turn, trace=replace(turn.trace, influence=measured)), None, "da")
    assert {round(bar["share"], 3) for bar in shown["bars"]} == {0.01}


# two answers side by side -------------------------------------------------------------------------------


def test_a_comparison_shows_what_differs(filled: Library) -> None:
    first = asked(filled, QUESTION)
    second = again(filled, first, Conditions(excluded=(first.hits[0].place,)))
    data = compare_data(compare(first, second), names=names_in(first, second), language="en", titles=("A", "B"))
    before, after = data["sides"]
    assert (before["title"], after["title"]) == ("A", "B")
    assert [row for row in after["conditions"] if row["differs"]] == [
        {"name": "Excluded", "value": "garanti.txt", "differs": True}
    ]
    assert [row["value"] for row in before["conditions"] if row["differs"]] == ["nothing"]
    only = [source["number"] for source in before["sources"] if source["mark"] == "only"]
    assert only == [1]
    assert {source["said"] for source in before["sources"] if source["mark"] == "only"} == {"only here"}
    assert any(source["said"] == "in both, number 1 in the other answer" for source in before["sources"])
    lost = [one for one in before["sentences"] if one["mark"] == "only"]
    assert any("6 måneder" in piece["text"] for one in lost for piece in one["pieces"])
    json.dumps(data)


# the pages ----------------------------------------------------------------------------------------------


def test_the_ledger_of_the_turn_in_the_address_is_drawn(opened: OpenPage, filled: Library) -> None:
    turn = asked(filled, QUESTION)
    at = opened("pages/ledger.py", {"turn": str(turn.id)})
    assert not at.exception
    (data,) = [data for data in components_of(at) if "story" in data]
    assert data["turn"]["id"] == turn.id and data["turn"]["question"] == QUESTION


def test_back_leads_to_the_turn_in_its_branch(opened: OpenPage, filled: Library) -> None:
    turn = asked(filled, QUESTION)
    again(filled, turn, Conditions())  # the branch shown now
    at = opened("pages/ledger.py", {"turn": str(turn.id)}).button(key="back").click().run()
    assert not at.exception
    shown = [data for data in components_of(at) if "turn" in data and "story" not in data]
    assert [(data["turn"]["id"], data["in_sight"]) for data in shown] == [(turn.id, True)]


@pytest.mark.parametrize("named", ["", "99", "x", "-1", "1; DROP", "9" * 40, "٣", "1.0"])
def test_what_is_no_turn_is_none(filled: Library, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setattr(session, "_open_library", lambda folder: filled)
    turn = asked(filled, QUESTION)
    assert turn_with(named) is None
    assert turn_with(str(turn.id)) == turn


@pytest.mark.parametrize(
    ("path", "named"), [("pages/ledger.py", "99"), ("pages/compare.py", ""), ("pages/compare.py", "98,99")]
)
def test_an_address_that_names_no_turn_is_said(opened: OpenPage, path: str, named: str) -> None:
    at = opened(path, {"turn" if "ledger" in path else "turns": named})
    assert not at.exception and at.title
    assert [info.value for info in at.info] == [text("ledger_unknown" if "ledger" in path else "compare_unknown", "en")]


def test_two_turns_are_compared_and_others_can_be_chosen(opened: OpenPage, filled: Library) -> None:
    first = asked(filled, QUESTION)
    second = again(filled, first, Conditions(excluded=(first.hits[0].place,)))
    third = again(filled, first, Conditions(regardless=True))
    at = opened("pages/compare.py", {"turns": f"{first.id},{second.id}"})
    assert not at.exception
    assert [box.value for box in at.selectbox] == [first.id, second.id]
    at = at.selectbox[1].select(third.id).run()
    assert at.query_params["turns"] in (f"{first.id},{third.id}", [f"{first.id},{third.id}"])
    (data,) = [data for data in components_of(at) if "sides" in data]
    assert data["sides"][1]["title"].startswith("Answer 3 of 3")


def test_one_turn_alone_is_compared_with_its_last_variant(opened: OpenPage, filled: Library) -> None:
    turn = asked(filled, QUESTION)
    at = opened("pages/compare.py", {"turns": str(turn.id)})
    assert [info.value for info in at.info] == [text("compare_only_one", "en")]
    other = again(filled, turn, Conditions())
    at = opened("pages/compare.py", {"turns": str(turn.id)})
    assert [box.value for box in at.selectbox] == [other.id, turn.id]


# who answered, and by what --------------------------------------------------------------------------------


def saved(library: Library, name: str, **how: Any) -> Assistant:
    return library.assistants.save(Assistant(name, **{"answer_model": "scripted", **how}))


def by(library: Library, assistant: int, question: str = QUESTION, after: Turn | None = None) -> Turn:
    return asked(
        library, question, after.conversation_id if after else None, conditions=Conditions(assistant=assistant)
    )


def test_the_one_who_answered_is_named_with_the_version_of_then(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    first = saved(filled, "Juristen", perspective="Nævn fristen.", tone="Streng", scenario="Regler", icon="gavel")
    filled.assistants.save(replace(first, perspective="Andet."))
    turn = by(filled, first.id)
    filled.assistants.save(replace(first, perspective="Et tredje."))
    data = ledger_data.ledger_data(turn, language="en")
    assert data["story"][0] == "Juristen (version 2) answered."
    who = data["who"]
    assert (who["name"], who["said"], who["perspective"], who["icon"]) == ("Juristen", "version 2", "Andet.", "gavel")
    assert who["rows"] == [["For", "Regler"], ["Tone", "Streng"], ["Language of the answer", "Danish"]]
    assert data["router"] is None and data["chain"] == [] and data["preferred"] == ""
    alone = ledger_data.ledger_data(asked(filled, QUESTION), language="en")["who"]
    assert (alone["name"], alone["said"]) == ("", text("who_none", "en"))


def test_what_a_router_weighed_adds_up_to_its_score(filled: Library) -> None:
    (holiday,) = [one for one in filled.documents.all() if one.name == "holiday.md"]
    saved(filled, "Ferie", answer_model="quoting", scope=Scope((holiday.id,)))
    example = Example("Hvor længe er batterier dækket?", "I 6 måneder.")
    chosen = saved(filled, "Garanti", answer_model="quoting", examples=(example,))
    turn = by(filled, ROUTER)
    answered_by = turn.trace.plan.assistant
    assert answered_by is not None and answered_by.id == chosen.id
    data = ledger_data.ledger_data(turn, language="en")
    assert data["story"][0] == "Garanti (version 1) answered: of the assistants it fitted the question best."
    rows = data["router"]["rows"]
    assert [(row["name"], row["chosen"]) for row in rows] == [("Garanti, version 1", True), ("Ferie, version 1", False)]
    for row, weighed in zip(rows, answered_by.weighed, strict=True):
        assert sum(row["parts"]) == pytest.approx(weighed.score, abs=1e-3)
        assert row["score"] == f"{weighed.score:.2f}" and row["name"] in row["bar"]
    assert (rows[0]["nearest"], rows[0]["example"]) == (example.question, "1.00")
    assert rows[0]["scope"] == text("router_no_scope", "en") and rows[1]["scope"].endswith(" %")
    assert rows[1]["example"] == text("router_no_example", "en")


def test_candidates_say_what_they_were_favoured_and_left_out_for(filled: Library) -> None:
    preference = Preference(favoured_terms=("kvittering",), avoided_terms=("fragt",))
    turn = by(filled, saved(filled, "Regler", answer_model="quoting", preference=preference).id)
    data = ledger_data.ledger_data(turn, language="en")
    why = {row["document"]: row["why"] for row in data["candidates"]}
    assert why["transport.txt"] == "not used: the assistant leaves it out (fragt)"
    favoured = [row for row in data["candidates"] if row["favoured"]]
    assert [row["favoured"] for row in favoured] == ["moved up for: kvittering"] * len(favoured) and favoured
    assert len(favoured) == 1
    assert data["preferred"] == "The assistant moved one passage up. The assistant left one passage out."
    assert {"The assistant moved one passage up.", "The assistant left one passage out."} <= set(data["story"])


def test_the_budget_is_drawn_in_the_models_own_count(filled: Library, tmp_path: Path) -> None:
    generator = TransformersGenerator(str(make(tmp_path / "tiny", context=1500)), 20)
    install(filled, generator)  # type: ignore[arg-type]
    examples = tuple(Example(f"Hvad er {n}?", "Det er noget. " * 15) for n in range(3))
    turn = by(filled, saved(filled, "Regler", examples=examples, length=Length.SHORT).id)
    prompt, used = prompt_of(turn), used_of(turn)
    assert used.prompt_tokens is not None and used.written_tokens is not None
    assert prompt.context is not None and prompt.left_out is not None
    data = ledger_data.ledger_data(turn, language="en")["prompt"]
    tokens = {"cached": used.cached_tokens, "read": used.prompt_tokens - used.cached_tokens}
    tokens |= {"written": used.written_tokens}
    tokens |= {"free": prompt.context - sum(tokens.values())}
    assert {part["kind"]: part["share"] for part in data["bar"]} == {
        kind: pytest.approx(count / 1500, abs=1e-4) for kind, count in tokens.items() if count
    }
    out = prompt.left_out.examples
    assert out  # 1500 bytes do not hold them all
    assert "examples" in data["left_out"] or "one example" in data["left_out"]
    assert [bool(one["remark"]) for one in data["examples"]] == [False] * (3 - out) + [True] * out
    assert "estimated" not in data["said"]


def test_estimated_counts_are_called_so(filled: Library) -> None:
    turn = written(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    prompt = replace(prompt_of(turn), estimated=True, tokens=1234, context=8192, left_out=LeftOut(2, 1, 0))
    used = replace(used_of(turn), prompt_tokens=None, written_tokens=None)
    shown = (("Før?", "Nej."), ("Nu?", "Ja."), ("Så?", "Jo."))
    writing = replace(turn.trace.writing, examples=("A?", "B?"), conversation=shown)
    turn = with_generation(replace(turn, trace=replace(turn.trace, writing=writing)), prompt=prompt, used=used)
    data = ledger_data.ledger_data(turn, language="en")
    assert data["prompt"]["said"].startswith("About 1,234 tokens (estimated:")
    assert [part["said"] for part in data["prompt"]["bar"]] == [
        "read now: about 1,234 tokens (estimated)",
        "free: about 6,958 tokens (estimated)",
    ]
    assert data["prompt"]["left_out"] == "Left out for want of room: 2 earlier questions, one example."
    assert [bool(one["remark"]) for one in data["prompt"]["conversation"]] == [True, True, False]
    assert [bool(one["remark"]) for one in data["prompt"]["examples"]] == [False, True]
    assert any("about 1234 tokens in all (estimated)" in words for words in data["story"])
    # where the model says how many it read, nothing is estimated
    used = replace(used, prompt_tokens=1200, cached_tokens=1000, written_tokens=40)
    bar = ledger_data.ledger_data(with_generation(turn, used=used), language="da")["prompt"]["bar"]
    assert [part["said"] for part in bar] == [
        "læst før: 1.000 tokens",
        "læst nu: 200 tokens",
        "skrevet: 40 tokens",
        "fri: 6.952 tokens",
    ]


@pytest.mark.parametrize("finish", ["stop", "length", "stopped", "cut"])
def test_what_the_model_did_is_told(filled: Library, finish: Finish) -> None:
    turn = written(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    used = Used(finish, 2.5, 0.42, 1200, 80, 900, 0.0123, "USD")
    data = ledger_data.ledger_data(with_generation(turn, used=used), language="da")
    assert data["used"] == [
        ["Endte", text(f"finish_{finish}", "da")],
        ["Til det første ord", "0,42 s"],
        ["Tid", "2,5 s"],
        ["Hastighed", "38 tokens/s"],
        ["Læste", "1.200 tokens, heraf 900 fra før"],
        ["Skrev", "80 tokens"],
        ["Pris", "0,0123 USD"],
    ]


def test_the_chain_shows_what_went_in_and_came_out_of_each_step(filled: Library) -> None:
    def reply(prompt: Prompt) -> str:
        return (
            "Batterier: 6 måneder [1]." if "<draft>" in prompt.question else "Batterier er dækket i 6 måneder [1]. Ja."
        )

    install(filled, Scripted(reply=reply))
    check = saved(filled, "Tjek", answer_model="quoting", icon="fact_check")
    plain = saved(filled, "Klart sprog")
    turn = by(filled, saved(filled, "Regler", steps=(check.id, plain.id)).id)
    data = ledger_data.ledger_data(turn, language="en")
    chain = data["chain"]
    assert [step["title"] for step in chain] == ["Step 1: Regler", "Step 2: Tjek", "Step 3: Klart sprog"]
    assert [step["model"] for step in chain] == ["scripted", "Quotes (no language model)", "scripted"]
    assert chain[0]["input"] == "" and chain[1]["input"] == chain[0]["output"]
    assert chain[2]["input"] == chain[1]["output"] and chain[2]["output"] == "Batterier: 6 måneder [1]."
    assert "Ja." not in chain[1]["output"] and chain[1]["said"] == text("chain_quoting", "en")
    assert chain[0]["prompt"] is None and chain[1]["prompt"] is None
    assert "<draft>" in chain[2]["prompt"]["text"] and chain[2]["used"]
    assert "The answer went on through 2 steps: Tjek → Klart sprog." in data["story"]
    assert ["Handed the answer on to", "Tjek → Klart sprog"] in data["who"]["rows"]
    assert data["influence"]["said"] == text("influence_none_steps", "en")
    json.dumps(data)


def test_a_step_that_came_to_nothing_says_so(filled: Library) -> None:
    install(filled, Scripted("Skærmen kan byttes i Aarhus."))
    check = saved(filled, "Tjek", answer_model="quoting")
    turn = by(filled, saved(filled, "Regler", steps=(check.id,)).id)
    chain = ledger_data.ledger_data(turn, language="en")["chain"]
    assert chain[1]["empty"] and chain[1]["output"] == text("chain_no_output", "en")
    assert chain[1]["notice"].startswith("Tjek found no sentence")


def test_the_story_counts_what_speaks_of_the_perspective_apart(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    turn = by(filled, saved(filled, "Regler", before="Kort sagt:", after="Hilsen os.").id)
    told = ledger_data.ledger_data(turn, language="en")["story"]
    assert "Each sentence was held against the passages: 1 of 1 are fully supported." in told
    assert "2 sentences speak of the perspective and not of the documents." in told


def test_an_assistant_that_answers_all_the_same_is_said_to_do_so(filled: Library) -> None:
    nearest = saved(filled, "Ivrig", answer_model="quoting", without_evidence=WithoutEvidence.NEAREST)
    turn = by(filled, nearest.id, "Hvad siger reglerne om kantinens åbningstider?")
    assert turn.answer is not None and turn.answer.doubted
    assert text("story_doubted_assistant", "en") in ledger_data.ledger_data(turn, language="en")["story"]


def test_a_comparison_names_who_answered_where_somebody_did(filled: Library) -> None:
    first = asked(filled, QUESTION)
    regler = saved(filled, "Regler", answer_model="quoting")
    second = again(filled, first, Conditions(assistant=regler.id))
    filled.assistants.save(replace(regler, tone="Streng"))
    third = again(filled, first, Conditions(assistant=regler.id))

    def named(one: Turn, other: Turn) -> list[tuple[str, bool]]:
        data = compare_data(compare(one, other), names={}, language="en", titles=("A", "B"))
        rows = [row for side in data["sides"] for row in side["conditions"] if row["name"] == "Assistant"]
        return [(row["value"], row["differs"]) for row in rows]

    assert named(first, first) == []
    assert named(first, second) == [("none", True), ("Regler, version 1", True)]
    assert named(second, third) == [("Regler, version 1", True), ("Regler, version 2", True)]
    assert named(third, third) == [("Regler, version 2", False)] * 2
