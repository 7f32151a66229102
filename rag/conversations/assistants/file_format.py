"""Assistants as files, JSON or TOML: to share, to keep under version control, and to write by hand.

    form = "kilde-assistants"
    version = 1

    [[assistants]]
    name = "Regelopslag"
    perspective = "…"

Only what differs from the default is written. Documents are named by their name and SHA-256, steps by the names of
assistants in the same file.
"""

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rag.conversations.assistants.file_parser import KEYS, SIMPLE, AssistantParser, InvalidAssistantFile, unknown_key
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
    """The content of a file. assistants: their ids are their places in it, from 1, and their steps are such ids.

    left_out: notices of what could not be imported, in the order of the file.
    """

    assistants: tuple[Assistant, ...]
    left_out: tuple[Notice, ...] = ()


# out ---------------------------------------------------------------------------------------------------------


def to_file(assistants: Sequence[Assistant], form: Format, documents: Collection[Document] = ()) -> bytes:
    """The file that `from_file` reads. documents: those of the library; others in a scope are left out.

    Assistants of the same name get numbers. A step that is not among `assistants` is left out.
    """
    names: dict[int, str] = {}
    for assistant in assistants:
        names[assistant.id] = free_name(assistant.name, names.values())
    content = {
        "form": FORM,
        "version": VERSION,
        "assistants": [_row(assistant, names, documents) for assistant in assistants],
    }
    if form == "json":
        return json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8")
    import tomli_w

    # TOML's multi-line strings do not preserve the difference between "\\r\\n" and "\\n"
    is_multiline_safe = not any("\r" in text for text in _texts_in(content))
    return tomli_w.dumps(content, multiline_strings=is_multiline_safe).encode("utf-8")


def with_steps(selection: Sequence[Assistant], assistants: Sequence[Assistant]) -> list[Assistant]:
    """`selection`, followed by the assistants in their chains, directly or through others."""
    by_id = {assistant.id: assistant for assistant in assistants}
    included = {assistant.id: assistant for assistant in selection}
    queue = list(selection)
    while queue:
        for step in queue.pop(0).steps:
            if step in by_id and step not in included:
                included[step] = by_id[step]
                queue.append(by_id[step])
    return list(included.values())


def free_name(name: str, names_in_use: Collection[str]) -> str:
    """`name`, or if that is in use `name` with the first free number: "Regelopslag (2)"."""
    folded = {used_name.casefold() for used_name in names_in_use}
    number, free = 1, name
    while free.casefold() in folded:
        number += 1
        suffix = f" ({number})"
        free = name[: MAX_NAME - len(suffix)] + suffix
    return free


def _row(assistant: Assistant, names: Mapping[int, str], documents: Collection[Document]) -> dict[str, Any]:
    by_id = {document.id: document for document in documents}
    by_hash = {document.sha256: document.name for document in documents}
    row: dict[str, Any] = {
        key: value for key in SIMPLE if (value := getattr(assistant, key)) != getattr(_DEFAULTS, key)
    }
    row["name"] = names[assistant.id]
    scope, preference = assistant.scope, assistant.preference
    in_scope = [by_id[document_id] for document_id in scope.documents if document_id in by_id]
    row["scope"] = _filled(
        documents=[{"name": document.name, "sha256": document.sha256} for document in in_scope],
        tags=list(scope.tags),
        page=scope.page,
    )
    row["preference"] = _filled(
        favoured_terms=list(preference.favoured_terms),
        favoured_documents=[_filled(name=by_hash.get(sha), sha256=sha) for sha in preference.favoured_documents],
        avoided_terms=list(preference.avoided_terms),
        avoided_documents=[_filled(name=by_hash.get(sha), sha256=sha) for sha in preference.avoided_documents],
    )
    row["steps"] = [names[step] for step in assistant.steps if step in names]
    row["examples"] = [
        {"question": example.question, "passages": list(example.passages), "answer": example.answer}
        for example in assistant.examples
    ]
    return {key: value for key, value in row.items() if value not in ({}, [])}


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


def from_file(data: bytes, documents: Collection[Document] = (), names_in_use: Collection[str] = ()) -> Imported:
    """The assistants in the bytes of a file. Nothing is stored yet; see `Assistants.add_all`.

    documents: those of the library; a document of the file is looked up by its hash, else by its name. names_in_use:
    an assistant of the file with one of these names gets a number. Raises InvalidAssistantFile.
    """
    if len(data) > MAX_BYTES:
        raise InvalidAssistantFile(detail=f"0-{MAX_BYTES // (1024 * 1024)} MB")
    content = _parsed(data)
    if content.get("form") != FORM:
        raise InvalidAssistantFile(detail="form")
    if type(content.get("version")) is not int or not 1 <= content["version"] <= VERSION:
        raise InvalidAssistantFile(detail="version")
    rows = content.get("assistants")
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ASSISTANTS:
        raise InvalidAssistantFile(detail="assistants")
    names = [row.get("name") if isinstance(row, dict) else None for row in rows]
    left_out = [unknown_key(FORM, key) for key in content if key not in KEYS[""]]
    used_names, assistants = [*names_in_use], []
    for place, row in enumerate(rows, 1):
        parser = AssistantParser(f"{place}", documents, names)
        assistant = replace(parser.parse(row), id=place)
        assistant = replace(assistant, name=free_name(assistant.name, used_names))
        try:
            check(assistant)
        except KildeError as error:
            part, allowed = error.values.get("part", error.values.get("setting")), error.values.get("allowed")
            raise InvalidAssistantFile(detail=f"{place}, {part}: {allowed}") from error
        used_names.append(assistant.name)
        assistants.append(assistant)
        left_out += parser.left_out
    return Imported(tuple(assistants), tuple(left_out))


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        # no TOML begins with a brace
        content = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidAssistantFile(detail="JSON, TOML") from error
    if not isinstance(content, dict):
        raise InvalidAssistantFile(detail="JSON, TOML")
    return content
