"""One assistant of a file: its keys, and the parser that checks it value by value.

It is written by hand for three reasons: notices of what cannot be imported follow the order of the file, documents and
steps are looked up while parsing, and parsing stops at the first wrong value, even in a very long list.
"""

import base64
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields
from typing import Any

from rag.conversations.assistants.picture import small_picture
from rag.conversations.assistants.validation import MAX_NAME
from rag.core.errors import InvalidAssistant
from rag.core.types import Assistant, Document, Example, Length, Notice, Preference, Scope, WithoutEvidence

_TEXTS = ("name", "scenario", "icon", "picture", "tone", "language", "answer_model", "perspective", "before", "after")
SIMPLE = (*_TEXTS, "length", "without_evidence", "k", "temperature")
KEYS = {
    "": {"form", "version", "assistants"},
    "assistant": {*SIMPLE, "scope", "preference", "steps", "examples"},
    "scope": {"documents", "tags", "page"},
    "preference": {field.name for field in fields(Preference)},
    "example": {"question", "passages", "answer"},
    "document": {"name", "sha256"},
}


class InvalidAssistantFile(InvalidAssistant):
    """A file without usable assistants. values: detail, the position of the first error."""


def unknown_key(assistant: str, key: str) -> Notice:
    """The notice of an unknown key, which is ignored."""
    return Notice("assistant_key_left_out", {"assistant": assistant, "key": key[:MAX_NAME]})


class AssistantParser:
    """Parses one assistant of a file. place: its number there. names: of all assistants of the file, in order.

    left_out: notices of what could not be imported.
    """

    def __init__(self, place: str, documents: Collection[Document], names: Sequence[Any]) -> None:
        self._place = place
        self._by_hash = {document.sha256: document for document in documents}
        self._by_name = {document.name: document for document in documents}
        self._names = names
        self._name = place
        self.left_out: list[Notice] = []

    def parse(self, row: Any) -> Assistant:
        """The assistant; its id is 0. Raises InvalidAssistantFile."""
        table = self._table(row, "assistant", "")
        self._name = self._text(table.get("name"), "name")
        values: dict[str, Any] = {key: self._text(table[key], key) for key in _TEXTS if key in table}
        for key, choices in (("length", Length), ("without_evidence", WithoutEvidence)):
            if key in table:
                values[key] = self._choice(choices, table[key], key)
        if "k" in table:
            values["k"] = self._number(table["k"], "k", int)
        if "temperature" in table:
            values["temperature"] = float(self._number(table["temperature"], "temperature", int | float))
        if values.get("picture"):
            values["picture"] = self._picture(values["picture"])
        scope = self._table(table.get("scope", {}), "scope", "scope")
        preference = self._table(table.get("preference", {}), "preference", "preference")
        return Assistant(
            **values,
            examples=tuple(self._examples(table.get("examples", []))),
            scope=Scope(
                tuple(dict.fromkeys(document.id for document in self._documents(scope.get("documents", []), "scope"))),
                tuple(self._texts(scope.get("tags", []), "scope")),
                self._number(scope["page"], "scope", int) if "page" in scope else None,
            ),
            preference=Preference(
                tuple(self._texts(preference.get("favoured_terms", []), "preference")),
                tuple(self._hashes(preference.get("favoured_documents", []))),
                tuple(self._texts(preference.get("avoided_terms", []), "preference")),
                tuple(self._hashes(preference.get("avoided_documents", []))),
            ),
            steps=tuple(self._steps(table.get("steps", []))),
        )

    def _refusal(self, part: str) -> InvalidAssistantFile:
        return InvalidAssistantFile(detail=f"{self._place}, {part}" if part else self._place)

    def _table(self, value: Any, kind: str, part: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._refusal(part)
        if kind == "assistant" and isinstance(value.get("name"), str):
            self._name = value["name"]
        self.left_out += [unknown_key(self._name, str(key)) for key in value if key not in KEYS[kind]]
        return {key: inner for key, inner in value.items() if key in KEYS[kind]}

    def _list(self, value: Any, part: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._refusal(part)
        return value

    def _text(self, value: Any, part: str) -> str:
        # JSON can contain a lone surrogate, which no database can store
        if not isinstance(value, str) or any("\ud800" <= character <= "\udfff" for character in value):
            raise self._refusal(part)
        return value

    def _texts(self, value: Any, part: str) -> list[str]:
        return [self._text(text, part) for text in self._list(value, part)]

    def _number(self, value: Any, part: str, kind: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, kind) or abs(value) > 2**31:
            raise self._refusal(part)
        return value

    def _choice(self, choices: Callable[[str], Any], value: Any, part: str) -> Any:
        try:
            return choices(self._text(value, part))
        except ValueError as error:
            raise self._refusal(part) from error

    def _picture(self, encoded: str) -> str:
        try:
            return small_picture(base64.b64decode(encoded, validate=True))
        except (ValueError, InvalidAssistant):
            self.left_out.append(Notice("assistant_picture_left_out", {"assistant": self._name}))
            return ""

    def _examples(self, value: Any) -> Iterator[Example]:
        for row in self._list(value, "examples"):
            table = self._table(row, "example", "examples")
            question, answer = (self._text(table.get(key), "examples") for key in ("question", "answer"))
            yield Example(question, answer, tuple(self._texts(table.get("passages", []), "examples")))

    def _documents(self, value: Any, part: str) -> Iterator[Document]:
        for row in self._list(value, part):
            table = self._table(row, "document", part)
            name, sha256 = (self._text(table.get(key, ""), part) for key in ("name", "sha256"))
            document = self._by_hash.get(sha256) or self._by_name.get(name)
            if document is not None:
                yield document
            else:
                values = {"assistant": self._name, "document": name or sha256[:12]}
                self.left_out.append(Notice("assistant_document_left_out", values))

    def _hashes(self, value: Any) -> dict[str, None]:
        return dict.fromkeys(document.sha256 for document in self._documents(value, "preference"))

    def _steps(self, value: Any) -> Iterator[int]:
        for name in self._texts(value, "steps"):
            if name in self._names:
                yield self._names.index(name) + 1
            else:
                self.left_out.append(Notice("assistant_step_left_out", {"assistant": self._name, "step": name}))
