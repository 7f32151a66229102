"""Assistants as files, JSON or TOML: to be taken along, kept beside other files, and written by hand.

    form = "kilde-assistants"
    version = 1

    [[assistants]]
    name = "Regelopslag"
    perspective = "…"

Only what differs from the default is written. Documents go by name and SHA-256, the steps by the names of assistants
in the same file.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rag.conversations.assistants.file_parser import KEYS, SIMPLE, InvalidAssistantFile, Reading, passed_over
from rag.conversations.assistants.validation import MAX_NAME, check
from rag.core.errors import KildeError
from rag.core.types import Assistant, Document, Notice

FORM = "kilde-assistants"
VERSION = 1
MAX_BYTES = 8 * 1024 * 1024
MAX_ASSISTANTS = 100
Format = Literal["json", "toml"]
_DEFAULTS = Assistant("")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds. assistants: their ids are their places in it, from 1, and their steps are such ids.

    left_out: what could not be taken over, in the order of the file.
    """

    assistants: tuple[Assistant, ...]
    left_out: tuple[Notice, ...] = ()


# out ---------------------------------------------------------------------------------------------------------


def to_file(assistants: Sequence[Assistant], form: Format, documents: Collection[Document] = ()) -> bytes:
    """The file that `from_file` reads. documents: those there are; of others in a scope nothing is said.

    Two of one name get numbers. A step that is not among `assistants` is left out.
    """
    names: dict[int, str] = {}
    for assistant in assistants:
        names[assistant.id] = free_name(assistant.name, names.values())
    whole = {
        "form": FORM,
        "version": VERSION,
        "assistants": [_written(one, names, documents) for one in assistants],
    }
    if form == "json":
        return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8")
    import tomli_w

    # in a string of several lines TOML takes all line ends for one kind
    several_lines = not any("\r" in text for text in _texts_in(whole))
    return tomli_w.dumps(whole, multiline_strings=several_lines).encode("utf-8")


def with_steps(chosen: Sequence[Assistant], all_of_them: Sequence[Assistant]) -> list[Assistant]:
    """`chosen`, and after them those that they hand their answers on to."""
    by_id = {one.id: one for one in all_of_them}
    found = {one.id: one for one in chosen}
    waiting = list(chosen)
    while waiting:
        for step in waiting.pop(0).steps:
            if step in by_id and step not in found:
                found[step] = by_id[step]
                waiting.append(by_id[step])
    return list(found.values())


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or with the first number that makes it another than those: "Regelopslag (2)"."""
    there = {one.casefold() for one in taken}
    number, free = 1, name
    while free.casefold() in there:
        number += 1
        suffix = f" ({number})"
        free = name[: MAX_NAME - len(suffix)] + suffix
    return free


def _written(assistant: Assistant, names: Mapping[int, str], documents: Collection[Document]) -> dict[str, Any]:
    by_id = {document.id: document for document in documents}
    by_hash = {document.sha256: document.name for document in documents}
    plain: dict[str, Any] = {
        key: value for key in SIMPLE if (value := getattr(assistant, key)) != getattr(_DEFAULTS, key)
    }
    plain["name"] = names[assistant.id]
    scope, preference = assistant.scope, assistant.preference
    there = [by_id[one] for one in scope.documents if one in by_id]
    plain["scope"] = _filled(
        documents=[{"name": one.name, "sha256": one.sha256} for one in there],
        tags=list(scope.tags),
        page=scope.page,
    )
    plain["preference"] = _filled(
        favoured_terms=list(preference.favoured_terms),
        favoured_documents=[_filled(name=by_hash.get(one), sha256=one) for one in preference.favoured_documents],
        avoided_terms=list(preference.avoided_terms),
        avoided_documents=[_filled(name=by_hash.get(one), sha256=one) for one in preference.avoided_documents],
    )
    plain["steps"] = [names[step] for step in assistant.steps if step in names]
    plain["examples"] = [
        {"question": example.question, "passages": list(example.passages), "answer": example.answer}
        for example in assistant.examples
    ]
    return {key: value for key, value in plain.items() if value not in ({}, [])}


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [])}


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


# in ----------------------------------------------------------------------------------------------------------


def from_file(data: bytes, documents: Collection[Document] = (), taken: Collection[str] = ()) -> Imported:
    """The assistants in the bytes of a file. Nothing is kept yet; see `Assistants.add_all`.

    documents: those there are, to find the documents of the file among by their hash, else by their name. taken: names
    in use; an assistant of the file that has one of them gets a number. Raises InvalidAssistantFile.
    """
    if len(data) > MAX_BYTES:
        raise InvalidAssistantFile(detail=f"0-{MAX_BYTES // (1024 * 1024)} MB")
    whole = _parsed(data)
    if whole.get("form") != FORM:
        raise InvalidAssistantFile(detail="form")
    if type(whole.get("version")) is not int or not 1 <= whole["version"] <= VERSION:
        raise InvalidAssistantFile(detail="version")
    rows = whole.get("assistants")
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ASSISTANTS:
        raise InvalidAssistantFile(detail="assistants")
    names = [row.get("name") if isinstance(row, dict) else None for row in rows]
    left_out = [passed_over(FORM, key) for key in whole if key not in KEYS[""]]
    used, found = [*taken], []
    for place, row in enumerate(rows, 1):
        reading = Reading(f"{place}", documents, names)
        assistant = replace(reading.assistant(row), id=place)
        assistant = replace(assistant, name=free_name(assistant.name, used))
        try:
            check(assistant)
        except KildeError as error:
            wrong, allowed = error.values.get("part", error.values.get("setting")), error.values.get("allowed")
            raise InvalidAssistantFile(detail=f"{place}, {wrong}: {allowed}") from error
        used.append(assistant.name)
        found.append(assistant)
        left_out += reading.left_out
    return Imported(tuple(found), tuple(left_out))


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        # no TOML begins with a brace
        whole = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidAssistantFile(detail="JSON, TOML") from error
    if not isinstance(whole, dict):
        raise InvalidAssistantFile(detail="JSON, TOML")
    return whole
