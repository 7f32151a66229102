"""The models page as a user meets it, without a browser: over a library with a fake embedding model."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.core.types import Assistant
from rag.generation.model_catalog import AnswerModel
from rag.generation.model_trials import TrialReport
from rag.library import Library
from rag.models.download.candidates import Choice
from rag.models.download.repository import HubFile
from rag.models.hardware import Machine
from rag.ui.models import data
from rag.ui.models.data import key_of
from rag.ui.shell import session
from tests.helpers import APP, components_of
from tests.small_gguf import write

HOSTILE = "![x](https://evil.example/x.png) $a$"
NOW = "2026-03-01T10:00:00.000+00:00"

Open = Callable[[], AppTest]


@pytest.fixture
def page(library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Open:
    from huggingface_hub import constants

    monkeypatch.setattr(session, "_open_library", lambda folder: library)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("KILDE_FIND_SERVERS", "0")
    library.answer_models.folder.mkdir(parents=True, exist_ok=True)
    library.answer_models.servers.refresh()
    library.answer_models.servers.wait(20)

    def open_page() -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=40).run()
        return at.switch_page("pages/models.py").run()

    return open_page


def raw(at: AppTest) -> str:
    """All that is written on the page, as Markdown."""
    kinds = ("title", "markdown", "caption", "text", "error", "success", "warning", "info", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def words(at: AppTest) -> str:
    return raw(at).replace("\\", "")


def keys(at: AppTest) -> list[str]:
    return [button.key for button in at.button if button.key]


def press(at: AppTest, action: str, name: str) -> AppTest:
    return at.button(key=f"{action}_{key_of(name)}").click().run()


def keep(library: Library, report: TrialReport) -> None:
    library.answer_models.trials._save(report)


def test_without_a_language_model_it_says_how_to_get_one(page: Open, library: Library) -> None:
    at = page()
    assert not at.exception
    said = words(at)
    assert "There is no good language model yet" in said and "GB of memory" in said
    assert "Quoting" in said and "Used for answers" in said and "Qwen2.5 14B" in said
    assert "No model servers were found" in said


def test_a_model_is_shown_tried_used_and_deleted(page: Open, library: Library) -> None:
    write(library.answer_models.folder / "tiny.gguf", "Tiny one")
    at = page()
    assert "Tiny one" in words(at) and "licence: mit" in words(at) and "Not tried" in words(at)
    press(at, "named_try", "quoting")
    library.answer_models.trials.wait(20)
    at.run()
    assert "Measured here" in words(at) and "right answer" in words(at) and "names its sources" in words(at)
    press(at, "named_use", "tiny.gguf")
    assert library.settings.current().answer_model == "tiny.gguf" and "writes the answers now" in words(at)
    press(at, "delete", "tiny.gguf")
    assert "is in use" in words(at) and (library.answer_models.folder / "tiny.gguf").exists()
    press(at, "named_use", "quoting")
    press(at, "delete", "tiny.gguf")
    assert "has been deleted" in words(at) and not (library.answer_models.folder / "tiny.gguf").exists()
    assert not at.exception


def test_a_model_of_an_assistant_is_in_use(page: Open, library: Library) -> None:
    write(library.answer_models.folder / "tiny.gguf")
    library.assistants.save(Assistant("Rules", "Weighs rules.", answer_model="tiny.gguf"))
    at = press(page(), "delete", "tiny.gguf")
    assert "is in use" in words(at)


def test_a_damaged_model_can_only_be_deleted(page: Open, library: Library) -> None:
    (library.answer_models.folder / "broken.gguf").write_bytes(b"GGUF")
    at = page()
    assert "is damaged" in words(at)
    of_it = [key for key in keys(at) if key.endswith(key_of("broken.gguf"))]
    assert of_it == [f"delete_{key_of('broken.gguf')}"]


def test_a_model_that_failed_its_trial_says_so(page: Open, library: Library) -> None:
    write(library.answer_models.folder / "tiny.gguf")
    at = press(page(), "named_try", "tiny.gguf")  # whole as a file, but no model in it
    library.answer_models.trials.wait(60)
    at.run()
    report = library.answer_models.trials.all()["tiny.gguf"]
    assert report.notice is not None and "No answer came" in words(at) and not at.exception


def test_names_are_data_and_the_search_finds_them(page: Open, library: Library) -> None:
    write(library.answer_models.folder / "tiny.gguf", HOSTILE)
    write(library.answer_models.folder / "other.gguf", "Other")
    keep(library, TrialReport("tiny.gguf", NOW, "en", HOSTILE, None, 0.5, 11.4, 2.0, "stop"))
    at = page()
    assert "![x](" not in raw(at) and "$a$" not in raw(at) and "evil" in raw(at)
    at.text_input(key="models_search").set_value("other").run()
    assert f"named_use_{key_of('other.gguf')}" in keys(at) and f"named_use_{key_of('tiny.gguf')}" not in keys(at)
    at.text_input(key="models_search").set_value("nothing at all").run()
    assert "No models fit" in words(at)


def test_speeds_are_drawn_beside_each_other(page: Open, library: Library) -> None:
    for name, speed in (("a.gguf", 40.0), ("b.gguf", 10.0)):
        write(library.answer_models.folder / name, name)
        keep(library, TrialReport(name, NOW, "en", "x", 1.0, 0.5, speed, 2.0, "stop"))
    at = page()
    drawn: list[dict[str, Any]] = components_of(at)
    [bars] = [one for one in drawn if "figures" in one]
    assert [(figure["name"], figure["now"], figure["now_text"]) for figure in bars["figures"]] == [
        ("a.gguf", 1.0, "40"),
        ("b.gguf", 0.25, "10.0"),
    ]


def test_a_hub_that_cannot_be_reached_or_a_name_that_is_none_is_said(page: Open) -> None:
    at = page()
    at.text_input(key="models_id").set_value("not a name")
    at.button(key="FormSubmitter:models_other-See what there is").click().run()
    assert "is not the name of a model" in words(at)
    began = time.monotonic()
    at.button(key=f"named_fetch_{key_of('Qwen/Qwen2.5-1.5B-Instruct-GGUF')}").click().run()
    assert "no connection to the hub" in words(at) and time.monotonic() - began < 20 and not at.exception


def test_danish(page: Open, library: Library) -> None:
    library.settings.save(library.settings.current().changed(language="da"))
    at = page()
    assert "Her er ingen god sprogmodel endnu" in words(at) and "Modelservere" in words(at)


# as values ---------------------------------------------------------------------------------------------------


def model(name: str, **values: Any) -> AnswerModel:
    return AnswerModel(name, "gguf", values.pop("title", name), "file", **values)


def test_facts_in_words() -> None:
    full = model("a.gguf", bytes=1_117_000_000, licence="mit", context=32768, parameters="1.5B", quantisation="Q4_K_M")
    assert data.facts(full, "da") == [
        "1.5B parametre",
        "1,1 GB",
        "Q4_K_M",
        "læser op til 32.768 tokens",
        "licens: mit",
    ]
    assert data.facts(model("a.gguf"), "en") == []


def test_two_of_the_same_title_are_told_apart() -> None:
    models = [model("a.gguf", title="Same"), model("b.gguf", title="Same"), model("c.gguf", title="Other")]
    assert [data.distinct_title(one, models, "en") for one in models] == ["Same (a.gguf)", "Same (b.gguf)", "Other"]


def test_small_and_base_models_count_as_none() -> None:
    assert not data.has_language_model([model("a", good_for="good_tiny"), model("b", good_for="good_base")])
    assert data.has_language_model([model("a", good_for="good_quick")])


@pytest.mark.parametrize(("memory", "chosen"), [(64, "m-Q4_K_M.gguf"), (6, "m-Q2_K.gguf"), (1, "m-Q2_K.gguf")])
def test_which_file_is_offered_first(memory: int, chosen: str) -> None:
    sizes = {"m-Q2_K.gguf": 3, "m-Q4_K_M.gguf": 5, "m-Q8_0.gguf": 9}
    choices = [Choice(name, (HubFile(name, size * 10**9, "0" * 64, "sha256"),)) for name, size in sizes.items()]
    machine = Machine(memory * 10**9, 0, 2, frozenset(), 10**12, 1e11)
    assert choices[data.preselected(choices, machine, [])].name == chosen
