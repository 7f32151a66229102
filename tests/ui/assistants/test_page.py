"""The assistants page as a user meets it, without a browser, and what it shows as values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from rag.conversations.assistants.file_format import from_file, to_file
from rag.core.events import Delta, Done, Event, Quoted, Working
from rag.core.i18n import keys
from rag.core.types import Assistant, Example, Length, Preference, Scope, Turn, TurnState, WithoutEvidence
from rag.library import Library
from rag.ui.assistants.drafts import PREFIX
from rag.ui.assistants.form_data import (
    ICONS,
    TYPICAL_CONTEXT,
    changed_fields,
    context_tokens,
    first_line,
    matches_search,
    move_example,
    normalize,
    to_fields,
    with_fields,
)
from rag.ui.assistants.tryout_runner import Trial
from rag.ui.shell import session
from tests.helpers import APP, components_of

PAGE = "pages/assistants.py"
HOSTILE = "![x](https://evil.example/x.png) $a$"
EXAMPLES = (Example("Q1?", "A1. [1]", ("p",)), Example("Q2?", "A2."))
RULES = Assistant("Regelopslag", "Du slår regler op.\nNævn undtagelsen.", icon="gavel", examples=EXAMPLES)

Open = Callable[..., AppTest]


@pytest.fixture
def page(library: Library, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the page, with what its address says."""
    monkeypatch.setattr(session, "_open_library", lambda folder: library)

    def open_page(**address: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=20).run()
        return with_address(at.switch_page(PAGE), **address)

    return open_page


def with_address(at: AppTest, **address: str) -> AppTest:
    at.query_params.clear()
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def words_on(at: AppTest) -> str:
    kinds = ("title", "markdown", "caption", "text", "error", "success", "warning", "info", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def trials_on(at: AppTest) -> list[dict[str, Any]]:
    found = components_of(at)
    return [data for data in found if "turn" in data]


# the list ----------------------------------------------------------------------------------------------------


def test_without_any_there_are_three_to_start_from(page: Open, library: Library) -> None:
    at = page()
    assert not at.exception and at.title[0].value == "Assistants"
    assert "Look-up of rules" in words_on(at)
    at = at.button(key="ready_start_customer").click().run()
    assert not at.exception
    (kept,) = library.assistants.all()
    assert (kept.version, at.title[0].value) == (1, "Answer to the customer")
    assert at.query_params["assistant"] == str(kept.id)
    library.settings.save(replace(library.settings.current(), language="da"))
    assert "Svar til kunden" in words_on(page())


def test_names_are_shown_letter_for_letter_and_searched(page: Open, library: Library) -> None:
    library.assistants.save(Assistant(HOSTILE, HOSTILE))
    for n in range(7):
        library.assistants.save(replace(RULES, name=f"Nummer {n}"))
    at = page()
    assert "![x](https" not in words_on(at) and "$a$" not in words_on(at)
    at = at.text_input(key="assistants_search").set_value("nummer 3").run()
    opening = [button.key for button in at.button if str(button.key).startswith("assistant_open_")]
    assert len(opening) == 1
    at = at.button(key=opening[0]).click().run()
    assert at.title[0].value == "Nummer 3"


def test_an_unknown_one_is_said_and_the_list_is_shown(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    library.assistants.remove(kept.id)
    for wanted in ("99", str(kept.id)):
        at = page(assistant=wanted)
        assert not at.exception and at.title[0].value == "Assistants"
        assert "not there any more" in at.error[0].value
    assert not page(assistant="x").exception


def test_delete_says_what_stays(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id))
    assert "stay as they were" in words_on(at)
    at = at.button(key=f"assistant_delete_{kept.id}").click().run()
    assert library.assistants.all() == [] and "Regelopslag was deleted" in at.success[0].value


def test_a_copy_has_a_name_of_its_own(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page().button(key=f"assistant_copy_{kept.id}").click().run()
    assert at.title[0].value == r"Regelopslag \(2\)"
    assert {one.name for one in library.assistants.all()} == {"Regelopslag", "Regelopslag (2)"}


# the form ----------------------------------------------------------------------------------------------------


def test_a_change_is_kept_as_a_version(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id))
    at = at.text_area(key="assistant_perspective").set_value("En anden vinkel.").run()
    assert "Not saved" in words_on(at)
    at.text_input(key="assistant_tone").set_value(" Venlig ")
    at = at.button(key="save_assistant").click().run()
    assert not at.exception and "saved as version 2" in words_on(at) and "Everything is saved" in words_on(at)
    newest = library.assistants.get(kept.id)
    assert (newest.perspective, newest.tone, newest.examples) == ("En anden vinkel.", "Venlig", EXAMPLES)
    assert "Perspective, Tone" in words_on(at)
    assert "Du slår regler op" not in "\n".join(element.value for element in at.text)
    at = at.button(key="version_look_1").click().run()
    assert "Du slår regler op" in "\n".join(element.value for element in at.text)
    at = at.button(key="version_take_up_1").click().run()
    assert at.text_area(key="assistant_perspective").value == RULES.perspective
    assert library.assistants.get(kept.id) == replace(kept, version=3)


def test_what_is_wrong_is_said_and_nothing_is_lost(page: Open, library: Library) -> None:
    at = page().button(key="assistant_new").click().run()
    at.text_area(key="assistant_perspective").set_value("Vinkel")
    at = at.button(key="save_assistant").click().run()
    assert "Correct Name" in at.error[0].value and library.assistants.all() == []
    assert at.text_area(key="assistant_perspective").value == "Vinkel"
    at.text_input(key="assistant_name").set_value("Ny")
    at = at.button(key="save_assistant").click().run()
    (kept,) = library.assistants.all()
    assert (kept.name, kept.perspective, at.query_params["assistant"]) == ("Ny", "Vinkel", str(kept.id))


def test_a_draft_outlives_other_pages_and_can_be_discarded(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id))
    at = at.text_input(key="assistant_tone").set_value("Skarp").run()
    at = with_address(at.switch_page("pages/settings.py"))
    at = with_address(at.switch_page(PAGE))
    assert "Changes that are not saved" in words_on(at)
    at = at.button(key=f"draft_{kept.id}").click().run()
    assert at.text_input(key="assistant_tone").value == "Skarp" and library.assistants.get(kept.id).version == 1
    at = at.button(key="discard_assistant").click().run()
    assert at.text_input(key="assistant_tone").value == "" and "Everything is saved" in words_on(at)


def test_two_drafts_do_not_mix(page: Open, library: Library) -> None:
    first, second = (library.assistants.save(replace(RULES, name=name)) for name in ("A", "B"))
    at = page(assistant=str(first.id))
    at = at.text_input(key="assistant_tone").set_value("Skarp").run()
    at = with_address(at, assistant=str(second.id))
    assert (at.title[0].value, at.text_input(key="assistant_tone").value) == ("B", "")
    at = at.button(key="save_assistant").click().run()
    assert library.assistants.get(second.id).version == 1
    at = with_address(at, assistant=str(first.id))
    assert at.text_input(key="assistant_tone").value == "Skarp"


def test_one_that_was_deleted_meanwhile_can_be_kept_as_another(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id))
    library.assistants.remove(kept.id)
    at.text_input(key="assistant_tone").set_value("Skarp")
    at = at.button(key="save_assistant").click().run()
    assert "deleted in another tab" in at.warning[0].value
    at = at.button(key="save_assistant").click().run()
    (again,) = library.assistants.all()
    assert (again.name, again.tone, again.id != kept.id) == ("Regelopslag", "Skarp", True)


def test_a_version_of_another_tab_is_said(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id))
    at = at.text_input(key="assistant_tone").set_value("Skarp").run()
    library.assistants.save(replace(kept, scenario="Regler"))
    at = at.button(key="save_assistant").click().run()
    assert "saved as version 3" in at.warning[0].value and "see version 2" in at.warning[0].value


def test_examples_are_added_moved_and_deleted(page: Open, library: Library) -> None:
    kept = library.assistants.save(RULES)
    at = page(assistant=str(kept.id)).button(key="example_add").click().run()
    at = at.text_input(key="assistant_example_2_question").set_value("Q3?").run()
    at = at.text_area(key="assistant_example_2_passage_0").set_value("Sted et").run()
    at = at.button(key="passage_add_2").click().run()
    assert at.text_area(key="assistant_example_2_passage_0").value == "Sted et"
    at = at.text_area(key="assistant_example_2_answer").set_value("A3. [1]").run()
    at = at.button(key="move_up_2").click().run()
    at = at.button(key="example_delete_0").click().run()
    at = at.button(key="save_assistant").click().run()
    assert not at.exception
    assert library.assistants.get(kept.id).examples == (Example("Q3?", "A3. [1]", ("Sted et",)), EXAMPLES[1])


def test_what_stands_under_more(page: Open, filled: Library) -> None:
    other, third = (filled.assistants.save(Assistant(name)) for name in ("Kontrol", "Klart sprog"))
    kept = filled.assistants.save(replace(RULES, examples=()))
    document = filled.documents.all()[0]
    filled.documents.tag([document.id], ["produkt"])
    at = page(assistant=str(kept.id))
    at.multiselect(key="assistant_scope_documents").set_value([document.id])
    at.multiselect(key="assistant_scope_tags").set_value(["produkt"])
    at.number_input(key="assistant_k").set_value(7)
    at.slider(key="assistant_temperature").set_value(0.5)
    at.text_area(key="assistant_before").set_value("Kort sagt:")
    at = at.selectbox(key="assistant_step_0").set_value(other.id).run()
    at = at.selectbox(key="assistant_step_1").set_value(third.id).run()
    assert "Regelopslag → Kontrol → Klart sprog" in words_on(at)
    at = at.selectbox(key="assistant_step_0").set_value(0).run()
    at = at.button(key="save_assistant").click().run()
    assert not at.exception
    newest = filled.assistants.get(kept.id)
    assert newest.scope == Scope((document.id,), ("produkt",)) and (newest.k, newest.temperature) == (7, 0.5)
    assert (newest.before, newest.steps) == ("Kort sagt:", (third.id,))


def test_a_field_falls_back_on_what_it_shows(page: Open, filled: Library) -> None:
    """A browser that has not heard yet what a field holds sends the field's default as if somebody had chosen it."""
    other = filled.assistants.save(Assistant("Kontrol"))
    document = filled.documents.all()[0]
    filled.documents.tag([document.id], ["produkt"])
    preference = Preference(("frist",), (document.sha256,), ("måske",), ())
    kept = filled.assistants.save(
        replace(
            RULES,
            tone="Venlig",
            before="Kort:",
            scenario="Regler",
            length=Length.LONG,
            language="en",
            k=7,
            temperature=0.5,
            answer_model="quoting",
            scope=Scope((document.id,), ("produkt",)),
            preference=preference,
            steps=(other.id,),
            without_evidence=WithoutEvidence.NEAREST,
        )
    )
    at = page(assistant=str(kept.id))
    kinds = ("text_input", "text_area", "number_input", "slider", "selectbox", "multiselect", "button_group")
    fields = [field for kind in kinds for field in at.get(kind) if str(field.key).startswith(PREFIX)]
    assert len(fields) > 20
    for field in fields:
        default = field.proto.default
        if field.type in ("selectbox", "multiselect", "button_group"):
            places = [default] if field.type == "selectbox" else default
            shown = field.value if field.type == "multiselect" else [field.value]
            assert [options(field)[place] for place in places] == [field.format_func(one) for one in shown], field.key
        else:
            assert field.value == (default[0] if field.type == "slider" else default), field.key


def options(field: Any) -> list[str]:
    if field.type != "button_group":
        return list(field.options)
    return [f"{one.content_icon} {one.content}".strip() for one in field.proto.options]


def test_a_picture_is_made_small(page: Open, library: Library, tmp_path: Path) -> None:
    kept = library.assistants.save(RULES)
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "a.png")
    at = page(assistant=str(kept.id))
    at.file_uploader[0].set_value(("a.png", b"no picture", "image/png"))
    at = at.run()
    assert "Correct Picture" in at.error[0].value
    at.file_uploader[0].set_value(("a.png", (tmp_path / "a.png").read_bytes(), "image/png"))
    at = at.run().button(key="save_assistant").click().run()
    assert not at.exception and 0 < len(library.assistants.get(kept.id).picture) < 10_000


# trying ------------------------------------------------------------------------------------------------------


def test_it_is_tried_as_it_stands_without_a_conversation(page: Open, filled: Library) -> None:
    kept = filled.assistants.save(replace(RULES, examples=()))
    at = page(assistant=str(kept.id))
    at = at.text_area(key="assistant_after").set_value("Spørg HR i tvivl.").run()
    at.text_input(key="try_question").set_value("Hvor længe er batterier dækket?")
    at = at.button(key="FormSubmitter:try_form-Try").click().run()
    trial = at.session_state["kilde_assistants"].trials[kept.id]
    trial.wait(30)
    assert not trial.is_running
    at = at.run()
    assert not at.exception
    (data,) = trials_on(at)
    said = " ".join(sentence["text"] for sentence in data["turn"]["sentences"])
    assert "6 måneder" in said and "Spørg HR i tvivl." in said and data["sources"]
    assert filled.conversations.all() == [] and filled.assistants.get(kept.id).version == 1


def test_a_trial_can_be_stopped_and_says_what_went_wrong() -> None:
    began = threading.Event()

    def ask(cancelled: Callable[[], bool]) -> Iterator[Event]:
        turn = Turn(0, 0, 1, "Q?", "")
        yield Working("writing", {})
        yield Quoted(turn)
        while not cancelled():
            yield Delta("word ")
            began.set()
        yield Done(replace(turn, state=TurnState.STOPPED))

    trial = Trial("Q?", ask)
    assert began.wait(20)
    assert trial.is_running and trial.live.partial.startswith("word")
    trial.stop()
    trial.wait(20)
    assert trial.live.turn.state is TurnState.STOPPED and trial.live.working is None


def test_a_fault_in_a_trial_is_a_notice(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = library.assistants.save(RULES)
    library.assistants.remove(kept.id)
    fails = Trial("Q?", lambda cancelled: library.ask_events("Q?", assistant=library.assistants.get(99)))
    fails.wait(20)
    assert fails.live.turn.state is TurnState.FAILED
    assert fails.live.turn.notice is not None and fails.live.turn.notice.code == "assistant_gone"


# files and answers -------------------------------------------------------------------------------------------


def test_files_go_out_and_in(page: Open, library: Library) -> None:
    library.assistants.save(RULES)
    at = page()
    offered = {button.proto.label for button in at.get("download_button")}
    assert offered == {"Download as JSON", "Download as TOML"}
    taken = to_file([Assistant("Regelopslag", "Ny", id=1), Assistant("Anden", steps=(1,), id=2)], "toml")
    at.file_uploader[0].set_value(("a.toml", taken, "application/toml"))
    at = at.run()
    assert not at.exception and "Brought in" in at.success[0].value
    assert [one.name for one in library.assistants.all()] == ["Anden", "Regelopslag", "Regelopslag (2)"]
    at.file_uploader[0].set_value(("a.json", b"{}", "application/json"))
    at = at.run()
    assert "holds no assistants" in at.error[0].value and len(library.assistants.all()) == 3
    partly = b'{"form":"kilde-assistants","version":1,"assistants":[{"name":"C","steps":["*D*"]}]}'
    at.file_uploader[0].set_value(("a.json", partly, "application/json"))
    at = at.run()
    assert r"\*D\*" in at.warning[0].value and len(library.assistants.all()) == 4
    everything = to_file(library.assistants.all(), "json", library.documents.all())
    assert len(from_file(everything).assistants) == 4


@pytest.fixture
def answered(filled: Library) -> Turn:
    return filled.ask(
        "Hvor længe er batterier dækket?", conversation_id=filled.conversations.start("Hej").conversation_id
    )


def test_an_answer_begins_a_new_assistant(page: Open, filled: Library, answered: Turn) -> None:
    at = page(example_of=str(answered.id))
    assert not at.exception and "example_of" not in at.query_params
    assert at.text_input(key="assistant_name").value.startswith("Like: Hvor længe")
    assert "6 måneder" in at.text_area(key="assistant_example_0_answer").value
    assert filled.assistants.all() == []
    at = at.button(key="save_assistant").click().run()
    (kept,) = filled.assistants.all()
    assert kept.examples[0].question == "Hvor længe er batterier dækket?"


def test_an_answer_is_added_to_an_assistant_and_undone(page: Open, filled: Library, answered: Turn) -> None:
    kept = filled.assistants.save(RULES)
    at = page(assistant=str(kept.id), example_of=str(answered.id))
    assert not at.exception and "version 2" in at.success[0].value
    assert len(filled.assistants.get(kept.id).examples) == 3
    at = with_address(at, assistant=str(kept.id), example_of=str(answered.id))
    assert "already" in at.info[0].value and filled.assistants.get(kept.id).version == 2
    at = page(assistant=str(kept.id))
    at = at.text_input(key="assistant_tone").set_value("Skarp").run()
    filled.assistants.save(replace(kept, version=0))
    at = with_address(at, assistant=str(kept.id), example_of=str(answered.id))
    at = at.button(key="assistant_undo").click().run()
    assert filled.assistants.get(kept.id).examples == EXAMPLES
    # what was being changed meanwhile is still there, and still not saved
    assert at.text_input(key="assistant_tone").value == "Skarp" and filled.assistants.get(kept.id).tone == ""


@pytest.mark.parametrize("wanted", ["99", "x", "-1"])
def test_an_answer_that_is_not_there(page: Open, library: Library, wanted: str) -> None:
    at = page(example_of=wanted)
    assert not at.exception and at.title[0].value == "Assistants" and library.assistants.all() == []


# values ------------------------------------------------------------------------------------------------------


def test_the_fields_take_an_assistant_back_as_it_was() -> None:
    whole = replace(
        RULES,
        scope=Scope((3,), ("a",), 2),
        preference=Preference(("x",), ("h",), ("y",), ("i",)),
        k=5,
        steps=(7, 8),
        length=Length.LONG,
        answer_model="quoting",
    )
    assert with_fields(whole, to_fields(whole)) == whole
    assert with_fields(Assistant("", examples=(Example("", ""), Example("", ""))), {}).examples[1] == Example("", "")
    emptied = to_fields(whole) | {"k": None, "answer_model": None, "step_0": 0, "scope_documents": []}
    after = with_fields(whole, emptied)
    assert (after.k, after.answer_model, after.steps, after.scope) == (None, "", (8,), Scope((), ("a",)))


def test_what_was_left_empty_is_not_kept() -> None:
    draft = Assistant(" A ", examples=(Example("", "", ("", " ")), Example(" Q ", "A", ("", "p"))))
    assert normalize(draft) == Assistant("A", examples=(Example("Q", "A", ("p",)),))
    terms = replace(draft, preference=Preference(avoided_terms=(" to  ord ", "to ord", " ")))
    assert normalize(terms).preference.avoided_terms == ("to ord",)


def test_small_values() -> None:
    assert changed_fields(RULES, replace(RULES, tone="x", k=3, version=9)) == ["tone", "k"]
    assert context_tokens(Assistant("A", "x" * 30, examples=(Example("abc", "def", ("ghi",)),))) == 13
    assert context_tokens(Assistant("A", "x" * 3 * TYPICAL_CONTEXT)) == TYPICAL_CONTEXT
    assert first_line("\n \n one \n two") == "one" and len(first_line("x" * 500)) == 110
    assert move_example(EXAMPLES, 0, 1) == EXAMPLES[::-1] and move_example(EXAMPLES, 0, -1) == EXAMPLES
    assert matches_search(RULES, "UNDTAGELSEN regel") and not matches_search(RULES, "kunde")


def test_every_icon_and_part_has_a_name() -> None:
    assert {f"icon_{name}" for name in ICONS} <= keys()
    assert {f"part_{name}" for name in changed_fields(Assistant("a"), Assistant("b"))} <= keys()


def test_the_icons_exist() -> None:
    from streamlit.material_icon_names import ALL_MATERIAL_ICONS

    assert set(ICONS) <= set(ALL_MATERIAL_ICONS)
