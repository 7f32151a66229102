"""Assistants to start from, one for each of three scenarios of a product team, in Danish and English.

They are files in `ready/`, in the format that `file_format` reads: users can import them, too.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rag.conversations.assistants.file_format import from_file
from rag.core.types import Assistant

KEYS = ("rules", "requirements", "customer")
LANGUAGES = ("da", "en")
_FOLDER = Path(__file__).parent / "ready"


@dataclass(frozen=True, slots=True)
class Preset:
    """An assistant to start from. key: one of KEYS; the assistant has no id yet."""

    key: str
    assistant: Assistant


@cache
def presets(language: str) -> tuple[Preset, ...]:
    """The three in "da" or "en"; any other language gets the English ones."""
    language = language if language in LANGUAGES else "en"
    return tuple(Preset(key, _read(f"{key}.{language}.toml")) for key in KEYS)


def _read(name: str) -> Assistant:
    (assistant,) = from_file((_FOLDER / name).read_bytes()).assistants
    examples = tuple(replace(example, answer=example.answer.strip()) for example in assistant.examples)
    return replace(assistant, id=0, perspective=assistant.perspective.strip(), examples=examples)
