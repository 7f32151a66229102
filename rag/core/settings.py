"""What a user can set: allowed values, defaults, and where the value in force came from.

A saved value wins over the environment (`KILDE_K`, `KILDE_CHUNK_SIZE`, …), which wins over the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from rag.core.errors import InvalidSetting
from rag.core.i18n import languages
from rag.core.model_ref import QUOTING

DEFAULT_EMBEDDING_MODEL = "intfloat/multilingual-e5-small"
MIN_CHUNK_SIZE = 16  # tokens; less holds no sentence

Origin = Literal["default", "environment", "saved"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Values in force. chunk_size and overlap: tokens of the embedding model; language: "auto" (that of the browser) or
    one of `rag.core.i18n.languages`.

    context, threads: of GGUF files, tokens and processor threads; 0 for what Kilde finds best.
    judge_model: a cross-encoder that says whether a passage entails a sentence of a written answer; "" for none.
    reranker_model: a cross-encoder that orders the first candidates; reader_model: one for extractive question
    answering, that marks the answer in a passage; "" for none.
    """

    k: int = 4
    chunk_size: int = 180
    overlap: int = 40
    embedding_model: str = DEFAULT_EMBEDDING_MODEL
    answer_model: str = QUOTING
    language: str = "auto"
    judge_model: str = ""
    reranker_model: str = ""
    reader_model: str = ""
    context: int = 0
    threads: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            FIELDS[name].check(name, value)
        if self.overlap * 2 >= self.chunk_size:
            raise InvalidSetting(setting="overlap", allowed=f"0-{(self.chunk_size - 1) // 2}")

    def changed(self, **values: Any) -> Settings:
        """A copy with some values changed. Raises InvalidSetting for a value or name that is not allowed."""
        for name in values:
            if name not in FIELDS:
                raise InvalidSetting(setting=name, allowed=", ".join(FIELDS))
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Field:
    """What one setting may be. minimum and maximum: for numbers; choices: for a closed list; else any short text.

    optional: the text may be empty.
    """

    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    reindexes: bool = False
    optional: bool = False

    @property
    def allowed(self) -> str:
        if self.choices:
            return ", ".join(self.choices)
        return f"{self.minimum}-{self.maximum}" if self.minimum is not None else "1-500 characters on one line"

    def check(self, name: str, value: Any) -> None:
        """Raises InvalidSetting where `value` is not allowed."""
        if self.minimum is not None and self.maximum is not None:
            valid = type(value) is int and self.minimum <= value <= self.maximum
        elif self.choices:
            valid = value in self.choices
        else:
            valid = isinstance(value, str) and len(value.strip()) <= 500 and value.isprintable()
            valid = valid and (bool(value.strip()) or (self.optional and not value))
        if not valid:
            raise InvalidSetting(setting=name, allowed=self.allowed)


FIELDS: dict[str, Field] = {
    "k": Field(minimum=1, maximum=20),
    "chunk_size": Field(minimum=64, maximum=480, reindexes=True),
    "overlap": Field(minimum=0, maximum=200, reindexes=True),
    "embedding_model": Field(reindexes=True),
    "answer_model": Field(),
    "language": Field(choices=("auto", *languages())),
    "judge_model": Field(optional=True),
    "reranker_model": Field(optional=True),
    "reader_model": Field(optional=True),
    "context": Field(minimum=0, maximum=131_072),
    "threads": Field(minimum=0, maximum=256),
}

REINDEXING = frozenset(name for name, field in FIELDS.items() if field.reindexes)
DEFAULTS = Settings()


def resolve(
    saved: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, Origin]]:
    """The settings in force and, for each, where it came from.

    A saved or environment value that is not (or no longer) allowed is passed over rather than keeping the app
    from starting; its origin then says "default".
    """
    environment = os.environ if environment is None else environment
    settings = DEFAULTS
    origins: dict[str, Origin] = {f.name: "default" for f in fields(Settings)}
    sources: list[tuple[Origin, Callable[[str], Any]]] = [
        ("environment", lambda name: _parsed(name, environment.get(f"KILDE_{name.upper()}"))),
        ("saved", saved.get),
    ]
    for origin, read in sources:
        values = {name: value for name in FIELDS if (value := read(name)) is not None}
        try:
            settings = settings.changed(**values)
        except InvalidSetting:
            # together they are not allowed: take those that are, one by one; twice, as one may need another
            for name, value in [*values.items()] * 2:
                try:
                    settings = settings.changed(**{name: value})
                except InvalidSetting:
                    continue
                origins[name] = origin
        else:
            origins.update(dict.fromkeys(values, origin))
    return settings, origins


def _parsed(name: str, text: str | None) -> Any:
    if text is None:
        return None
    if FIELDS[name].minimum is None:
        return text
    return int(text) if re.fullmatch(r"\s*-?[0-9]+\s*", text) else text


def default_folder() -> Path:
    """The folder of a library that nobody names: `KILDE_DATA`, or `vectorstore` beside the program."""
    return Path(os.environ.get("KILDE_DATA") or Path(__file__).resolve().parents[2] / "vectorstore")
