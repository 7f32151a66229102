"""What the code says exists, what exists is said, and a new folder is a new language."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rag import library  # noqa: F401 - so that all errors are there
from rag.conversations.assistants import file_parser  # noqa: F401
from rag.core.errors import KildeError
from rag.core.i18n import codes, keys, language_name, languages
from tests.helpers import APP, ROOT

PAGES = [*ROOT.glob("*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("rag/ui/**/*.py")]
# below the pages, these give texts to users as well
BELOW = [ROOT / "rag/core/locations.py", ROOT / "rag/conversations/sharing/content.py"]
BELOW += [
    ROOT / path
    for path in ("rag/evaluation/file_format.py", "rag/generation/model_catalog.py", "rag/models/recommended.py")
]
SCRIPTS = list(ROOT.glob("rag/ui/components/**/*.js"))

# keys that are put together from a value, and where
BUILT = {
    r"budget_(cached|read|written|free)": "parts of a model's context",
    r"count_(document|page|chunk|conversation|turn)": "tables of the store",
    r"(favoured|avoided)_(documents|terms|short)": "both directions of a preference",
    r"icon_\w+": "form_data.ICONS",
    r"length_(short|medium|long)": "types.Length",
    r"model_state_\w+": "registry.ModelState",
    r"models_from_\w+": "origins of a model",
    r"models_(loading|reading|writing)": "steps of a trial",
    r"models_server_\w+": "states and origins of a server",
    r"origin_(folder|hub|package)": "origins of an embedding model",
    r"part_\w+": "fields of types.Assistant",
    r"ready_(rules|requirements|customer)_text": "presets.KEYS",
    r"relevance_(strong|possible|weak)": "relevance.Level",
    r"answer_(strong|possible|closest)": "answerability.Confidence",
    r"shared_\w+": "sharing.content",
    r"state_\w+": "types.State",
    r"(who_language|written_in)_(da|en)": "languages of an answer or document",
    r"without_evidence_(refuse|nearest)": "what an assistant does without evidence",
    r"(seconds|minutes|hours)_left|time_(seconds|minutes|hours)": "formatting.time_left, duration",
    r"assistant_export_(json|toml)": "forms of a file",
    r"\w+_help": "settings.FIELDS",
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def strings(path: Path) -> Iterator[ast.Constant]:
    """The strings in the code of a file, without its docstrings."""
    notes = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node


@cache
def said() -> set[str]:
    """Keys that the code names outright, in calls that put a text on a page and in the components' scripts."""
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    return set(re.findall(r'(?:\blabels\.|\blabel: ")(\w+)', scripts)) | {
        node.args[0].value
        for path in [*PAGES, *BELOW]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"t", "text", "say", "of_unit", "counted"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_key_that_is_used_exists() -> None:
    assert len(said()) > 500
    assert said() <= keys()


def test_every_text_of_the_pages_is_said_somewhere() -> None:
    named = said() | {node.value for path in [*PAGES, *BELOW] for node in strings(path)}
    unsaid = sorted(keys() - codes() - named)
    assert [key for key in unsaid if not any(re.fullmatch(pattern, key) for pattern in BUILT)] == []
    # a pattern that no longer stands for anything would hide the next unused key
    assert [pattern for pattern in BUILT if not any(re.fullmatch(pattern, key) for key in unsaid)] == []


OF_OLDER_LIBRARIES = {"attachments_not_read", "comments_not_read"}
"""Notices that no version of today gives, and that stand in libraries which earlier ones wrote."""


def error_codes(kind: type[KildeError]) -> set[str]:
    return {kind.code}.union(*map(error_codes, kind.__subclasses__()))


def test_every_message_of_the_core_is_said_somewhere() -> None:
    named = {node.value for path in ROOT.glob("rag/**/*.py") for node in strings(path)}
    assert codes() - named - error_codes(KildeError) == OF_OLDER_LIBRARIES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_text_for_users_stands_in_the_code_of_the_pages(path: Path) -> None:
    danish = [node.value for node in strings(path) if re.search("[a-z]{2}[æøå]|[æøå][a-z]{2}", node.value)]
    shown = [
        node.args[0].value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("st.")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and re.search(r"[a-z]{2,} [a-z]{2,}", node.args[0].value)
    ]
    assert danish + shown == []


TOY = {
    "language.toml": 'name = "Toyish"\n',
    "chat.toml": 'welcome = "Toy toy"\nsamples_text.one = "1 toy"\nsamples_text.other = "{count} toys"\n',
    "app.toml": 'settings = "Toyings"\n',
}
RUN = """
import sys
from pathlib import Path
from rag.core import i18n
i18n.SEARCH_PATH.append(Path(sys.argv[1]))
from streamlit.testing.v1 import AppTest
from rag.library import Library
from rag.ui.shell import session

library = Library.open(sys.argv[2])
library.settings.save(library.settings.current().changed(language="zzz"))
session._open_library = lambda folder: library
at = AppTest.from_file(sys.argv[3], default_timeout=60).run()
assert not at.exception, at.exception
print(at.title[0].value, *(caption.value for caption in at.caption), at.button(key="welcome_add").label, sep="|")
at = at.switch_page("pages/settings.py").run()
assert not at.exception, at.exception
print(at.title[0].value, *at.selectbox(key="setting_language").options, sep="|")
library.close()
"""


def test_a_third_language_is_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "languages" / "zzz"
    folder.mkdir(parents=True)
    for name, content in TOY.items():
        (folder / name).write_text(content, encoding="utf-8")
    # a process of its own, as after a restart: which languages there are is read once
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(folder.parent), str(tmp_path / "data"), str(APP)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    chat, settings = run.stdout.splitlines()
    title, *captions, button = chat.split("|")
    assert title == "Toy toy"
    assert any(re.fullmatch(r"\d+ toys", caption) for caption in captions)
    assert button == "Add documents"  # it has no word for that
    names = [language_name(language) for language in languages()]
    assert settings.split("|") == ["Toyings", "As the browser", *names, "Toyish"]
