"""Assistants: what they may be, their versions, their files, those to start from, and examples made from answers."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import tomllib
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rag.conversations.assistants.examples import example_from
from rag.conversations.assistants.file_format import MAX_BYTES, Format, free_name, from_file, to_file, with_steps
from rag.conversations.assistants.file_parser import InvalidAssistantFile
from rag.conversations.assistants.picture import MAX_PIXELS, SIDE, small_picture
from rag.conversations.assistants.presets import KEYS, presets
from rag.conversations.assistants.validation import MAX_EXAMPLES, MAX_NAME, MAX_TEXT, check
from rag.core.errors import AssistantGone, InvalidAssistant, InvalidSetting
from rag.core.types import (
    Answer,
    Assistant,
    Citation,
    Document,
    Example,
    Length,
    Preference,
    Scope,
    Sentence,
    State,
    Turn,
    Verdict,
    WithoutEvidence,
)
from rag.generation.prompts.builder import build_prompt
from rag.library import Library
from tests.factories import hit


def document(number: int, name: str) -> Document:
    return Document(number, name, "text/plain", f"{number:064x}", 1, "2026-03-01", State.READY)


DOCUMENTS = [document(4, "garanti.txt"), document(9, "holiday.md")]
RULES = Assistant("Regelopslag", "Du svarer …\nLæg vægt på …", scope=Scope((4,), ("produkt",)))


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Image.new(mode, (width, height), 128 if mode == "L" else (200, 30, 60)).save(written, "PNG")
    return written.getvalue()


# rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * (MAX_NAME + 1)}),
        ("name", {"name": "two\nlines"}),
        ("perspective", {"perspective": "x" * (MAX_TEXT + 1)}),
        ("icon", {"icon": "<script>"}),
        ("picture", {"picture": base64.b64encode(b"GIF89a").decode()}),
        ("picture", {"picture": "not base64!"}),
        ("language", {"language": "sv"}),
        ("temperature", {"temperature": 2.5}),
        ("temperature", {"temperature": float("nan")}),
        ("examples", {"examples": (Example("Q?", " "),)}),
        ("examples", {"examples": (Example("Q?", "A", ("x",) * 21),)}),
        ("examples", {"examples": (Example("Q?", "A"),) * (MAX_EXAMPLES + 1)}),
        ("preference", {"preference": Preference(avoided_terms=("",))}),
        ("steps", {"steps": (2, 3, 4, 5)}),
        ("steps", {"id": 3, "steps": (3,)}),
    ],
)
def test_what_is_not_allowed_names_its_part(part: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidAssistant) as caught:
        check(replace(RULES, **changed))
    assert caught.value.values["part"] == part


def test_k_and_model_are_those_of_the_settings() -> None:
    check(replace(RULES, k=20, answer_model="server:ollama:qwen"))
    for changed in (replace(RULES, k=21), replace(RULES, answer_model=" ")):
        with pytest.raises(InvalidSetting):
            check(changed)


# kept --------------------------------------------------------------------------------------------------------


def test_each_change_makes_a_version(library: Library) -> None:
    first = library.assistants.save(RULES)
    assert (first.version, library.assistants.save(first)) == (1, first)
    second = library.assistants.save(replace(first, tone="Nøgtern", length=Length.LONG, k=7))
    assert second.version == 2
    assert library.assistants.get(first.id) == second and library.assistants.get(first.id, 1) == first
    assert [v.assistant.version for v in library.assistants.versions(first.id)] == [2, 1]
    assert library.assistants.all() == [second]


def test_one_that_was_removed_can_still_be_read_but_not_changed(library: Library) -> None:
    kept = library.assistants.save(RULES)
    library.assistants.remove(kept.id)
    assert library.assistants.all() == [] and not library.assistants.is_there(kept.id)
    assert library.assistants.get(kept.id) == kept
    with pytest.raises(AssistantGone):
        library.assistants.save(replace(kept, tone="x"))
    with pytest.raises(AssistantGone):
        library.assistants.get(99)


def test_several_are_kept_together_with_their_steps(library: Library) -> None:
    library.assistants.save(RULES)
    given = [Assistant("A", steps=(2,), id=1), Assistant("B", steps=(1,), id=2)]
    a, b = library.assistants.add_all(given)
    assert a.steps == (b.id,) and b.steps == (a.id,) and (a.version, b.version) == (1, 1)
    assert library.assistants.get(a.id) == a
    with pytest.raises(InvalidAssistant):
        library.assistants.add_all([Assistant("C", id=1), Assistant("", id=2)])
    assert {one.name for one in library.assistants.all()} == {"A", "B", "Regelopslag"}


# files -------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8"), max_size=60)
filled = texts.filter(str.strip)
names = st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=MAX_NAME).filter(str.strip)
hashes = st.lists(st.sampled_from([d.sha256 for d in DOCUMENTS]), unique=True).map(tuple)
terms = st.lists(filled.filter(lambda term: len(term) <= 100), max_size=3).map(tuple)
PICTURE = small_picture(png(7, 5))
assistants = st.builds(
    Assistant,
    name=names,
    perspective=texts,
    icon=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True),
    picture=st.sampled_from(["", PICTURE]),
    tone=texts,
    length=st.sampled_from(Length),
    language=st.sampled_from(["question", "da", "en"]),
    examples=st.lists(st.builds(Example, filled, filled, st.lists(texts, max_size=3).map(tuple)), max_size=3).map(
        tuple
    ),
    scope=st.builds(
        Scope,
        st.lists(st.sampled_from([d.id for d in DOCUMENTS]), unique=True).map(tuple),
        st.lists(texts, max_size=2).map(tuple),
        st.none() | st.integers(1, 900),
    ),
    preference=st.builds(Preference, terms, hashes, terms, hashes),
    k=st.none() | st.integers(1, 20),
    answer_model=st.sampled_from(["", "quoting", "server:a:b"]),
    temperature=st.floats(0, 2),
    without_evidence=st.sampled_from(WithoutEvidence),
    before=texts,
    after=texts,
    scenario=st.just("") | names,
)


@st.composite
def several(draw: st.DrawFn) -> list[Assistant]:
    """With ids from 1 and steps among each other, as they come from a file."""
    found = draw(st.lists(assistants, min_size=1, max_size=4, unique_by=lambda one: one.name.casefold()))
    places = range(1, len(found) + 1)
    others = [[other for other in places if other != place] for place in places]
    steps = [draw(st.lists(st.sampled_from(of), unique=True, max_size=3)) if of else [] for of in others]
    return [replace(one, id=place, steps=tuple(s)) for place, one, s in zip(places, found, steps, strict=True)]


@given(several(), st.sampled_from(["json", "toml"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_comes_back_as_it_was(given: list[Assistant], form: Format) -> None:
    imported = from_file(to_file(given, form, DOCUMENTS), DOCUMENTS)
    assert list(imported.assistants) == given
    assert imported.left_out == ()


def test_a_perspective_is_readable_in_toml() -> None:
    data = to_file([RULES], "toml", DOCUMENTS).decode()
    assert 'perspective = """\nDu svarer …\nLæg vægt på …"""' in data
    assert tomllib.loads(data)["assistants"][0]["scope"]["documents"] == [
        {"name": "garanti.txt", "sha256": DOCUMENTS[0].sha256}
    ]


def test_a_document_is_found_by_its_content_then_by_its_name_or_left_out() -> None:
    asked = replace(RULES, scope=Scope((4, 9)), preference=Preference(favoured_documents=(DOCUMENTS[1].sha256,)))
    data = to_file([asked], "json", DOCUMENTS)
    renamed, other = replace(DOCUMENTS[0], id=1, name="new.txt"), replace(document(7, "holiday.md"), id=2)
    (found,) = from_file(data, [renamed, other]).assistants
    assert found.scope.documents == (1, 2) and found.preference.favoured_documents == (other.sha256,)
    imported = from_file(data, [renamed])
    assert imported.assistants[0].scope.documents == (1,)
    assert [(n.code, n.values["document"]) for n in imported.left_out] == [
        ("assistant_document_left_out", "holiday.md")
    ] * 2


def test_what_is_not_known_is_passed_over_and_said() -> None:
    row = {
        "name": "A",
        "colour": "red",
        "steps": ["Nobody"],
        "picture": base64.b64encode(b"\x89PNG\r\n\x1a\nnothing").decode(),
        "examples": [{"question": "Q?", "answer": "A.", "weight": 3}],
    }
    data = json.dumps({"form": "kilde-assistants", "version": 1, "author": "me", "assistants": [row]}).encode()
    imported = from_file(data)
    assert imported.assistants == (Assistant("A", examples=(Example("Q?", "A."),), id=1),)
    assert [(n.code.split("_")[1], n.values.get("key") or n.values.get("step")) for n in imported.left_out] == [
        ("key", "author"),
        ("key", "colour"),
        ("picture", None),
        ("key", "weight"),
        ("step", "Nobody"),
    ]


def test_a_taken_name_gets_a_number_and_steps_find_their_assistant() -> None:
    given = [replace(RULES, id=5, steps=(6,)), Assistant("Kontrol", id=6), Assistant("Kontrol", id=7)]
    imported = from_file(to_file(given, "toml"), names_in_use=["regelopslag", "Kontrol"]).assistants
    assert [one.name for one in imported] == ["Regelopslag (2)", "Kontrol (2)", "Kontrol (2) (2)"]
    assert imported[0].steps == (2,)
    assert free_name("x" * MAX_NAME, ["x" * MAX_NAME]) == "x" * (MAX_NAME - 4) + " (2)"


def test_those_that_it_hands_on_to_go_along() -> None:
    a, b, c = (Assistant(n, id=i, steps=s) for n, i, s in (("a", 1, (2,)), ("b", 2, (1, 9)), ("c", 3, ())))
    assert with_steps([a], [a, b, c]) == [a, b]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[[",
        b"{",
        b"[1]",
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b'form = "other"\nversion = 1',
        b'{"form":"kilde-assistants","version":2,"assistants":[{"name":"a"}]}',
        b'{"form":"kilde-assistants","version":true,"assistants":[{"name":"a"}]}',
        b'{"form":"kilde-assistants","version":1,"assistants":[]}',
        b'{"form":"kilde-assistants","version":1,"assistants":{"name":"a"}}',
        b" " * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_file_of_assistants_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAssistantFile):
        from_file(data)


@pytest.mark.parametrize(
    "row",
    [
        3,
        {},
        {"name": 3},
        {"name": "\ud800"},
        {"name": "a", "length": "huge"},
        {"name": "a", "k": 0},
        {"name": "a", "k": True},
        {"name": "a", "k": 1e400},
        {"name": "a", "temperature": "hot"},
        {"name": "a", "temperature": float("nan")},
        {"name": "a", "examples": "x"},
        {"name": "a", "examples": [{"question": "Q?"}]},
        {"name": "a", "scope": []},
        {"name": "a", "scope": {"documents": ["garanti.txt"]}},
        {"name": "a", "preference": {"favoured_terms": [1]}},
        {"name": "a", "steps": ["a"]},
    ],
)
def test_a_wrong_value_is_refused_with_its_place(row: Any) -> None:
    data = json.dumps({"form": "kilde-assistants", "version": 1, "assistants": [row]}).encode()
    with pytest.raises(InvalidAssistantFile) as caught:
        from_file(data)
    assert str(caught.value.values["detail"]).startswith("1")


# pictures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "mode"), [((300, 100), "RGB"), ((5, 900), "L"), ((96, 96), "RGBA")])
def test_a_picture_becomes_a_small_square(size: tuple[int, int], mode: str) -> None:
    small = small_picture(png(*size, mode))
    with Image.open(io.BytesIO(base64.b64decode(small))) as made:
        assert (made.format, made.size) == ("PNG", (SIDE, SIDE))
    check(replace(RULES, picture=small))
    assert small_picture(base64.b64decode(small)) == small


def test_a_jpeg_is_turned_upright() -> None:
    turned = Image.new("RGB", (40, 40), "white")
    turned.paste("black", (0, 0, 40, 10))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    written = io.BytesIO()
    turned.save(written, "JPEG", exif=exif)
    with Image.open(io.BytesIO(base64.b64decode(small_picture(written.getvalue())))) as made:
        below, above = made.convert("L").getpixel((48, 90)), made.convert("L").getpixel((48, 5))
    assert isinstance(below, int) and isinstance(above, int) and below < 60 and above > 200


def bomb() -> bytes:
    """A PNG that says it is far too large."""
    header = struct.pack(">IIBBBBB", 20_000, MAX_PIXELS // 20_000 + 1, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("data", [b"", b"GIF89a" + b"\0" * 50, png(50, 50)[:60], bomb(), b"\xff\xd8\xff\xe0 no"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAssistant) as caught:
        small_picture(data)
    assert caught.value.values["part"] == "picture"


# to start from -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["da", "en"])
def test_three_to_start_from(language: str, library: Library) -> None:
    found = presets(language)
    assert tuple(one.key for one in found) == KEYS
    for one in found:
        assistant = one.assistant
        kept = library.assistants.save(assistant)
        assert (kept.version, kept.scenario != "", len(kept.examples)) == (1, True, 2)
        for example in kept.examples:
            # each number in the answer names a passage that is there, and each passage is used or left out on purpose
            named = {int(n) for n in re.findall(r"\[(\d+)\]", example.answer)}
            assert named and named <= set(range(1, len(example.passages) + 1))
        prompt = build_prompt("Q?", (), language, kept, kept.examples)
        assert len(prompt.system) < 3000
    assert len({one.assistant.icon for one in found}) == 3


def test_both_languages_have_the_same_shape() -> None:
    for danish, english in zip(presets("da"), presets("en"), strict=True):
        assert danish.assistant.icon == english.assistant.icon and danish.assistant.length == english.assistant.length
        assert [len(e.passages) for e in danish.assistant.examples] == [
            len(e.passages) for e in english.assistant.examples
        ]
        assert danish.assistant.perspective != english.assistant.perspective
    assert presets("sv") == presets("en")


# an example of an answer -------------------------------------------------------------------------------------


def cited(text: str, *numbers: int, verdict: Verdict = Verdict.SUPPORTED) -> Sentence:
    return Sentence(text, tuple(Citation(n, "a.pdf", "a" * 64, 1, 0, 3, "abc") for n in numbers), verdict)


def test_an_answer_becomes_an_example() -> None:
    sentences = (cited("Six months.", 3), cited("From the day of purchase.", 1, 3))
    turn = Turn(1, 1, 1, "And then?", "", searched="How long is the battery covered?",
                answer=Answer(True, "…", sentences), hits=(hit(1, "one"), hit(2, "two"), hit(3, "three")))  # fmt: skip
    assert example_from(turn) == Example(
        "How long is the battery covered?",
        "Six months. [1] From the day of purchase. [2] [1]",
        ("three", "one"),
    )


def test_fixed_texts_are_no_part_of_an_example() -> None:
    angle = Verdict.PERSPECTIVE
    sentences = (
        cited("Thank you for writing.", verdict=angle),
        cited("We repair it.", 1),
        cited("We take that seriously.", verdict=angle),
        cited("Do write again.", verdict=angle),
    )
    turn = Turn(1, 1, 1, "Q?", "", answer=Answer(True, "…", sentences), hits=(hit(1, "one"),))
    by = Assistant("A", before="Thank you for writing.", after="Do write again.")
    assert example_from(turn, by).answer == "We repair it. [1] We take that seriously."
    assert example_from(turn).answer.startswith("Thank you")


def test_without_an_answer_there_is_no_example() -> None:
    for answer in (None, Answer(False, "The documents do not say.")):
        with pytest.raises(InvalidAssistant):
            example_from(Turn(1, 1, 1, "Q?", "", answer=answer))


def test_a_real_answer_is_an_example_that_can_be_kept(filled: Library) -> None:
    turn = filled.ask("Hvor længe er batterier dækket?")
    example = example_from(turn)
    assert "6 måneder" in example.answer and "[1]" in example.answer
    assert "Batterier er dækket i 6 måneder" in example.passages[0]
    filled.assistants.save(replace(RULES, scope=Scope(), examples=(example,)))
