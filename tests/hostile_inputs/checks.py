"""What is tried with many values: each check takes how many and a seed, and raises on the first that is a fault."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.conversations.assistants.file_format import from_file, to_file
from rag.core.errors import InvalidImport, KildeError
from rag.core.names import clean_name
from rag.core.types import (
    Assistant,
    Chunk,
    Conditions,
    Example,
    Heading,
    Hit,
    Page,
    Parsed,
    Preference,
    Scope,
    Turn,
    TurnState,
)
from rag.documents.chunking import chunk
from rag.evaluation.file_format import InvalidQuestions, from_json
from rag.generation.prompts.builder import as_data, build_prompt
from rag.generation.prompts.completion import plain_text
from rag.generation.prompts.neutralise import neutralise_control_tokens, signs_in
from rag.generation.protocol import Exchange
from rag.library import Library
from rag.ui import components as drawn
from rag.ui.chat import turn_actions
from rag.ui.compare import perspective
from rag.ui.components import assistants as drawn_assistants
from rag.ui.components import document as drawn_document
from rag.ui.components import lab as drawn_lab
from rag.ui.ledger import page
from rag.ui.shell import untrusted
from rag.ui.shell.formatting import WORD_JOINER, escape_markdown, visible
from rag.ui.shell.session import Session
from tests.conftest import HOLIDAY, WARRANTY, FakeModels
from tests.files import with_part
from tests.hostile_inputs.files import seeds
from tests.hostile_inputs.office import markup
from tests.hostile_inputs.reading import LIMITS as READING
from tests.hostile_inputs.reading import cut, ending, sound
from tests.hostile_inputs.values import anything, changed, damaged, odd_texts, spelled

QUESTION = "Hvor længe er batterier dækket?"
Counts = Counter[str]
Check = Callable[[int, int], Counts]


def many(examples: int, number: int, values: st.SearchStrategy[Any], try_one: Callable[[Any], str]) -> Counts:
    """Runs `try_one` on that many values. Returns how often it said what."""
    said: Counts = Counter()

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(values)
    def one(value: Any) -> None:
        said[try_one(value)] += 1

    one()
    return said


@contextmanager
def asked_library(folder: Path | None = None) -> Iterator[tuple[Library, Turn]]:
    """A library with two documents and one answered question."""
    opened = Library.open(folder, models=FakeModels()) if folder else Library.in_memory(models=FakeModels())
    with opened as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        library.documents.add("holiday.md", HOLIDAY.encode())
        assert library.wait(30)
        yield library, answered(library)


def answered(library: Library, question: str = QUESTION, scope: Scope | None = None) -> Turn:
    turn = library.conversations.start(question, conditions=Conditions(scope) if scope else None)
    while (now := library.conversations.live(turn.id).turn).state is TurnState.RUNNING:
        library.wait(0.01)
    return now


def answer_of(turn: Turn) -> tuple[str, list[tuple[str, int, int]]]:
    """What it says, and where."""
    assert turn.answer is not None
    cited = [(c.document, c.start, c.end) for s in turn.answer.sentences for c in s.citations]
    return turn.answer.text, cited


# files -------------------------------------------------------------------------------------------------------


def files(examples: int, number: int) -> Counts:
    """Sound files of every kind that a loader is registered for, damaged."""
    said: Counts = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for suffix, begun in seeds().items():
            values = st.sampled_from(begun).flatmap(_damaged_file)

            def one(data: bytes, suffix: str = suffix) -> str:
                end = ending(f"a{suffix}", data, Path(folder))
                return "taken" if end.is_document else "refused"

            said += many(max(1, examples // len(seeds())), number, values, one)
    return said


@st.composite
def _damaged_file(draw: st.DrawFn, data: bytes) -> bytes:
    """Damaged anywhere; of an archive mostly inside, where its own checksums tell nothing."""
    if not (parts := markup(data)) or draw(st.integers(0, 3)) == 0:
        return draw(damaged(data))
    name, content = draw(st.sampled_from(parts))
    return with_part(data, name, draw(damaged(content)))


def names(examples: int, number: int) -> Counts:
    """File names: no way out of the folder, nothing that cannot be seen, and letter for letter on the page."""
    markdown = MarkdownIt("commonmark").enable("strikethrough")

    def one(name: str) -> str:
        cleaned = clean_name(name)
        assert cleaned and len(cleaned) <= 240 and cleaned.isprintable()
        assert not {".", ".."} & set(cleaned.split("/"))
        shown = escape_markdown(name)
        shown.encode()
        visible(name).encode()
        assert re.search(r"[a-z]://|www\.|@\w", shown.replace("\\", "")) is None
        tokens = markdown.parseInline(shown)[0].children or []
        assert {token.type for token in tokens} <= {"text", "text_special"}, tokens
        return "shown as it is"

    return many(examples, number, odd_texts, one)


def chunking(examples: int, number: int) -> Counts:
    """Pages of any text, cut at any size."""
    headings = st.builds(Heading, st.integers(1, 9), st.text(max_size=9), st.integers(0, 200))
    texts = st.lists(st.one_of(odd_texts, st.text(max_size=60), st.sampled_from([WARRANTY, HOLIDAY])), max_size=4)
    pages = st.lists(
        st.builds(
            lambda parts, title: (" ".join(parts).encode("utf-8", "replace").decode(), title),
            texts,
            st.lists(headings, max_size=2).map(tuple),
        ),
        min_size=1,
        max_size=4,
    )

    def one(value: tuple[list[tuple[str, tuple[Heading, ...]]], tuple[int, int]]) -> str:
        given_pages, (size, overlap) = value
        parsed = Parsed(tuple(Page(n, text, None, titles) for n, (text, titles) in enumerate(given_pages, 1)))
        cut(parsed)
        chunk(parsed.pages, size, overlap, lambda texts: [len(text) for text in texts])
        return "cut"

    sizes = st.sampled_from([(16, 0), (16, 7), (64, 31), (500, 40)])
    return many(examples, number, st.tuples(pages, sizes), one)


# what comes in as a file ------------------------------------------------------------------------------------


def questions(examples: int, number: int) -> Counts:
    """The file of saved questions: taken as a whole or refused as a whole, and what was taken can be told again."""
    with asked_library() as (library, turn):
        library.saved_questions.vote(turn.id, 1)
        library.saved_questions.note(turn.id, "godt")
        whole = json.loads(library.question_transfer.export("json"))
        raw = library.question_transfer.export("json")

        def one(data: bytes) -> str:
            try:
                found = from_json(data)
            except InvalidQuestions as error:
                _said(error)
                return "refused"
            assert len(library.saved_questions.all()) >= 1
            library.saved_questions.restore(found)
            assert from_json(library.question_transfer.export("json")) is not None
            library.question_transfer.export("csv", "da")
            library.saved_questions.remove([q.id for q in library.saved_questions.all() if q.turn_id is None])
            return "taken"

        return many(examples, number, _files_of(whole, raw), one)


def assistants(examples: int, number: int) -> Counts:
    """The file of assistants, JSON and TOML."""
    kept = Assistant(
        "Regler",
        perspective="Du svarer som jurist.",
        examples=(Example("Hvad koster det?", "Det er gratis. [1]", ("Fragten er gratis.",)),),
        scope=Scope((), ("regler",), None),
        preference=Preference(("frist",), (), ("pris",), ()),
        id=1,
    )
    as_json, as_toml = to_file([kept], "json"), to_file([kept], "toml")
    values = st.one_of(_files_of(json.loads(as_json), as_json), damaged(as_toml))

    def one(data: bytes) -> str:
        try:
            found = from_file(data, (), ())
        except KildeError as error:
            _said(error)
            return "refused"
        with Library.in_memory(work=False, models=FakeModels()) as library:
            library.assistants.add_all(found.assistants)
            for assistant in library.assistants.all():
                build_prompt(QUESTION, [], "da", assistant, assistant.examples)
        return "taken"

    return many(examples, number, values, one)


def imports(examples: int, number: int) -> Counts:
    """A folder to import: what `export` wrote, with one of its files changed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with asked_library() as (library, _):
            library.maintenance.export(folder, "jsonl")
        texts = {name: (folder / name).read_text("utf-8") for name in ("space.json", "documents.jsonl", "chunks.jsonl")}
        arrays = {name: (folder / name).read_bytes() for name in ("vectors.npy", "sentences.npy")}
        rows = {name: [json.loads(line) for line in text.split("\n") if line] for name, text in texts.items()
                if name.endswith("jsonl")}  # fmt: skip
        values = st.one_of(
            changed(json.loads(texts["space.json"])).map(lambda value: ("space.json", spelled(value))),
            *(
                changed(lines).map(lambda value, name=name: (name, _lines(value)))  # type: ignore[misc]
                for name, lines in rows.items()
            ),
            *(damaged(content).map(lambda data, name=name: (name, data)) for name, content in arrays.items()),  # type: ignore[misc]
            st.sampled_from(sorted(texts)).flatmap(
                lambda name: damaged(texts[name].encode()).map(lambda data: (name, data))
            ),
        )

        def one(value: tuple[str, bytes]) -> str:
            name, data = value
            sound_bytes = (folder / name).read_bytes()
            (folder / name).write_bytes(data)
            try:
                with Library.in_memory(work=False, models=FakeModels()) as library:
                    try:
                        library.maintenance.import_(folder)
                    except InvalidImport as error:
                        _said(error)
                        assert library.documents.all() == []
                        return "refused"
                    for document in library.documents.all():
                        assert document.name == clean_name(document.name)
                    library.work_until_done(lambda _: None)
                    library.search(QUESTION)
                    assert library.maintenance.verify().problems == ()
                    return "taken"
            finally:
                (folder / name).write_bytes(sound_bytes)

        return many(examples, number, values, one)


def _lines(value: Any) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"\n".join(spelled(row) for row in rows) + b"\n"


def _files_of(whole: Any, raw: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(changed(whole).map(spelled), anything.map(spelled), damaged(raw), st.binary(max_size=60))


def _said(error: KildeError) -> None:
    for language in ("da", "en"):
        said = error.in_language(language)
        assert said and len(said) < 2000, said


# what a browser sends ----------------------------------------------------------------------------------------

ACTS = sorted(turn_actions._ACTIONS)
acts = st.one_of(
    st.tuples(st.one_of(st.integers(1, 9999), anything), st.one_of(st.sampled_from(ACTS), anything), anything).map(
        list
    ),
    st.tuples(
        st.integers(1, 9999),
        st.sampled_from(ACTS),
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.one_of(st.sampled_from(["s1", "m5", "x0", "d0", "d" + "9" * 30]), anything),
                "what": st.one_of(st.sampled_from(["pin", "exclude", "document"]), anything),
                "on": anything,
                "right": anything,
                "number": st.one_of(st.just(1), anything),
                "page": st.one_of(st.just(1), anything),
                "text": anything,
            },
        ),
    ).map(list),
)
told = st.one_of(
    anything,
    st.fixed_dictionaries({"from": anything, "acts": st.one_of(anything, st.lists(acts, max_size=3))}),
    st.fixed_dictionaries({"page": anything, "offset": anything, "start": anything, "end": anything}),
    st.lists(anything, max_size=3),
)


def triggers(examples: int, number: int) -> Counts:
    """Every trigger of every component: whatever it holds, it is heeded or passed over, and the answers stay."""
    with asked_library() as (library, turn):
        before = answer_of(turn)
        settings_before = library.settings.current()
        state = Session()
        everywhere = mock.patch.multiple
        bare = SimpleNamespace(session_state={}, query_params={})
        with (
            everywhere(turn_actions, library=lambda: library, session=lambda: state, st=bare, error_text=str),
            everywhere(page, library=lambda: library, st=bare, error_text=str),
            everywhere(perspective, library=lambda: library, st=bare, error_text=str),
        ):
            listening = list(_listening(turn.id))
            assert len(listening) >= 14

            def one(value: Any) -> str:
                for name, fire in listening:
                    fire(value)
                    state.redraw = False
                    assert isinstance(state.last_actions, dict), name
                return "heeded or passed over"

            said = many(examples, number, told, one)
        library.wait(60)
        for live in [live for c in library.conversations.all() for live in library.conversations.turns(c.id)]:
            library.conversations.stop(live.turn.id)
        assert library.settings.current() == settings_before
        assert answer_of(answered(library)) == before
        return said


def _listening(turn_id: int) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """Each trigger that a component of ours has, as what is called with a value when a browser sends one."""
    turn_data: dict[str, Any] = {}
    places: list[Any] = []
    draws: list[tuple[Any, str, Callable[[], Any]]] = [
        (drawn, "_turn", lambda: drawn.draw_turn("k", turn_data, turn_actions.on_action(turn_id))),
        (drawn, "_ledger", lambda: drawn.draw_ledger("k", turn_data, page._on_action(turn_id))),
        (drawn, "_perspective", lambda: drawn.draw_perspective_effect("k", turn_data, perspective._on_action(turn_id))),
        (drawn, "_documents", lambda: drawn.draw_documents("k", {"rows": []}, places.append)),
        (drawn, "_oversize", lambda: drawn.watch_oversize("k", 9, places.append)),
        (drawn_lab, "_questions", lambda: drawn_lab.draw_questions("k", {"rows": []}, places.append)),
        (drawn_assistants, "_trial", lambda: drawn_assistants.draw_trial("k", turn_data, places.append)),
        *(
            (drawn_document, name, lambda name=name: drawn_document.draw_part(name, {}, places.append))  # type: ignore[misc]
            for name in drawn_document._COMPONENTS
        ),
    ]
    for module, name, draw in draws:
        heard: dict[str, Any] = {}

        def component(heard: dict[str, Any] = heard, **given_to: Any) -> dict[str, Any]:
            heard.update({k: v for k, v in given_to.items() if k.startswith("on_")})
            return {"selected": heard.get("value", [])}

        def fire(
            value: Any,
            module: Any = module,
            name: str = name,
            draw: Any = draw,
            heard: Any = heard,
            component: Any = component,
        ) -> None:
            held = {trigger[3:-7]: value for trigger in heard if trigger.startswith("on_")}
            key = "k" if module is not drawn_document else f"document_{name}"
            bare = SimpleNamespace(session_state={key: {**held, "selected": value}})
            heard["value"] = value
            with (
                _instead_of(module, name, component),
                mock.patch.object(module, "st", bare),
                mock.patch.object(drawn, "st", bare),
            ):
                draw()
                for trigger in [t for t in heard if t.startswith("on_")]:
                    bare.session_state[key] = {trigger[3:-7]: value}
                    heard[trigger]()

        with _instead_of(module, name, component):
            draw_bare = SimpleNamespace(session_state={})
            with mock.patch.object(module, "st", draw_bare), mock.patch.object(drawn, "st", draw_bare):
                draw()
        for trigger in [t for t in heard if t.startswith("on_")]:
            yield f"{name} {trigger}", fire


@contextmanager
def _instead_of(module: Any, name: str, component: Any) -> Iterator[None]:
    if module is drawn_document:
        with mock.patch.dict(module._COMPONENTS, {name: component}):
            yield
    else:
        with mock.patch.object(module, name, component):
            yield


def addresses(examples: int, number: int) -> Counts:
    """What an address says, and what stands in a trigger, as numbers and words."""
    digits = st.one_of(st.text("0123456789", max_size=6000), st.text("²٣۴९0-+ .", max_size=8), st.text(max_size=9))

    def one(value: tuple[str, Any]) -> str:
        written, other = value
        found = untrusted.as_id(written)
        assert found is None or (0 <= found <= untrusted.LARGEST and str(found) == written.lstrip("0").rjust(1, "0"))
        assert untrusted.as_int(other) is None or (type(other) is int and other >= 0)
        assert all(type(n) is int and 0 <= n <= untrusted.LARGEST for n in untrusted.as_ints(other))
        untrusted.as_text(other, 20).encode()
        return "a number or none"

    return many(examples, number, st.tuples(digits, anything), one)


# what a model is given ---------------------------------------------------------------------------------------

_TAG = re.compile(r"<\s*/?\s*(?:passage|draft)", re.IGNORECASE)
_CUE = re.compile(r"^[ \t]*(?:Spørgsmål|Question|Svar|Answer)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def prompts(examples: int, number: int) -> Counts:
    """Whatever a passage, a name, a question or an earlier answer says, the prompt has the parts that we gave it."""

    def one(value: tuple[str, str, str, str]) -> str:
        text, name, question, earlier = value
        hit = Hit(1, Chunk(0, 1, 0, len(text), text), name, "0" * 64, 1.0, number=1)
        talk = [Exchange(question, earlier)]
        prompt = build_prompt(question, [hit], "da", Assistant(""), [Example("a", "b", (text,))], talk)
        (asked, _) = prompt.examples[0]
        assert _TAG.findall(asked) == ["<passage", "</passage"]
        (passage,) = prompt.passages
        assert _TAG.findall(passage) == ["<passage", "</passage"]
        assert passage.count("\n</passage>") == 1 and passage.endswith("\n</passage>")
        assert not _TAG.search(prompt.question) and not any(_TAG.search(part) for part in prompt.conversation[0])
        assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]", passage.replace("<\u200b", "<"))
        assert as_data(text) == as_data(as_data(text)) or "<" in text
        # an earlier turn with one mark, and what is asked now with two; a document has none
        assert len(_CUE.findall(plain_text(build_prompt(question, [hit], "da", conversation=talk)))) == 3
        tamed = neutralise_control_tokens(prompt, signs_in(prompt))
        assert not signs_in(tamed)
        return "delimited"

    return many(examples, number, st.tuples(*(odd_texts for _ in range(4))), one)


CHECKS: dict[str, Check] = {
    "damaged files, of every kind that is read": files,
    "file names": names,
    "pages to cut": chunking,
    "files of saved questions": questions,
    "files of assistants": assistants,
    "folders to import": imports,
    "what a browser sends": triggers,
    "addresses": addresses,
    "prompts": prompts,
}
__all__ = ["CHECKS", "READING", "WORD_JOINER", "answer_of", "answered", "asked_library", "sound"]
