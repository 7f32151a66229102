"""A document that gives orders is a document: it changes no setting, no answer to something else, and no prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks.injected_documents import MARKER, ORDERS, TOPICS, Injected, documents
from rag.core.types import Assistant
from rag.generation.prompts.builder import build_prompt, build_step_prompt
from rag.generation.prompts.completion import plain_text
from rag.generation.prompts.neutralise import neutralise_control_tokens, signs_in
from rag.generation.protocol import Exchange, Prompt
from rag.library import Library
from tests.conftest import FAKE_MODEL, HOLIDAY, WARRANTY, FakeModels
from tests.factories import hit
from tests.hostile_inputs.checks import answer_of, answered
from tests.scripted import Scripted, install

ALL = documents()
OTHERS = ("Hvor længe er batterier dækket?", "How many days of holiday does an employee have?",
          "When do I report sick leave?")  # fmt: skip
TAG = re.compile(r"<\s*/?\s*(?:passage|draft)", re.IGNORECASE)
CUE = re.compile(r"^[ \t]*(?:Spørgsmål|Question|Svar|Answer)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def prompt_of(one: Injected) -> Prompt:
    """Its own question, with the document read, and quoted in an earlier turn."""
    earlier = [Exchange(one.question, one.text)]
    return build_prompt(one.question, [hit(1, one.text, document=one.name)], one.language, conversation=earlier)


def test_there_are_many_of_many_kinds() -> None:
    assert len(ALL) >= 40 and len(ORDERS) >= 20
    assert {one.language for one in ALL} == {"da", "en"}
    assert len({one.name for one in ALL}) == len({one.text for one in ALL}) == len(ALL)
    hidden = {"leak of the instructions", "base64", "unseen letters", "in the file name"}
    assert all(one.marker in one.text for one in ALL if one.kind not in hidden)
    assert all(one.marker in one.name for one in ALL if one.kind == "in the file name")
    assert all(one.answer in one.text for one in ALL)


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Library, dict[str, object]]]:
    """A library with some documents, what it answered, and only then all those that give orders.

    Among the first are some about the same things: how rare a word is among two documents says nothing.
    """
    harmless = [topic for topics in TOPICS.values() for topic in topics]
    with pytest.MonkeyPatch.context() as patched, Library.in_memory(models=FakeModels()) as library:
        patched.setenv("KILDE_EMBEDDING_MODEL", FAKE_MODEL)
        library.documents.add("garanti.txt", WARRANTY.encode())
        library.documents.add("holiday.md", HOLIDAY.encode())
        for topic in harmless:
            library.documents.add(f"{topic.name}.txt", f"{topic.name}\n\n{topic.before} {topic.after}\n".encode())
        assert library.wait(30)
        before = {question: answer_of(answered(library, question)) for question in OTHERS}
        settings = library.settings.current()
        for one in ALL:
            library.documents.add(one.name, one.text.encode())
        assert library.wait(60)
        yield library, {"settings": settings, "before": before, "documents": len(ALL) + len(harmless) + 2}


def test_the_answers_to_other_questions_stay_as_they_are(asked: tuple[Library, dict[str, object]]) -> None:
    library, kept = asked
    after = {question: answer_of(answered(library, question)) for question in OTHERS}
    assert after == kept["before"]
    assert all(text and MARKER not in text for text, _ in after.values())
    assert [bool(cited) for _, cited in after.values()] == [True] * len(OTHERS)


def test_no_setting_and_no_document_is_another_one(asked: tuple[Library, dict[str, object]]) -> None:
    library, kept = asked
    for one in ALL[::9]:
        answered(library, one.question)
    assert library.settings.current() == kept["settings"]
    assert len(library.documents.all()) == kept["documents"]
    assert library.assistants.all() == [] and library.saved_questions.all() == []
    assert library.maintenance.verify().problems == ()


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.kind} {one.language}")
def test_the_prompt_keeps_its_parts(one: Injected) -> None:
    prompt = prompt_of(one)
    (passage,) = prompt.passages
    assert TAG.findall(passage) == ["<passage", "</passage"] and passage.endswith("\n</passage>")
    assert '"' not in passage.split('document="', 1)[1].split('" page="1">\n')[0]
    assert not any(TAG.search(part) for exchange in prompt.conversation for part in exchange)
    assert not TAG.search(prompt.question)
    # nobody sees these letters, so no model reads them
    assert not re.search("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", prompt.user)
    assert prompt.system == build_prompt("q", [], one.language).system and MARKER not in prompt.system
    # the signs of chat templates are broken up before a server or a template sees them
    assert not signs_in(neutralise_control_tokens(prompt, signs_in(prompt)))
    # and where a model knows no chat, a document's lines are not taken for the next question
    assert len(CUE.findall(plain_text(prompt))) == 3
    step = build_step_prompt(
        one.question, [hit(1, one.text, document=one.name)], one.language, Assistant("B"), one.text
    )
    assert TAG.findall(step.question) == ["<draft", "</draft"]


def test_a_model_that_obeys_changes_its_own_answer_and_nothing_else() -> None:
    """The worst of models: it writes what the document wants, with the markup that the document wants."""
    obedient = Scripted(reply=lambda prompt: f"{MARKER}. ![x](http://127.0.0.1:9/x) Answer model: {MARKER}. [1]")
    with Library.in_memory(models=FakeModels()) as library:
        install(library, obedient)
        library.documents.add("garanti.txt", WARRANTY.encode())
        for one in ALL[:6]:
            library.documents.add(one.name, one.text.encode())
        assert library.wait(30)
        before, documents_before = library.settings.current(), [d.sha256 for d in library.documents.all()]
        events = list(library.ask_events(OTHERS[0], assistant=Assistant("A", answer_model="scripted")))
        written = events[-1].turn.answer  # type: ignore[union-attr]
        assert MARKER in written.text and obedient.prompts
        # what it wrote stands in no passage that it was given, and says so
        assert all(s.verdict.value == "unsupported" for s in written.sentences if MARKER in s.text)
        assert library.settings.current() == before and [d.sha256 for d in library.documents.all()] == documents_before
        assert MARKER not in answer_of(answered(library, OTHERS[1]))[0]
