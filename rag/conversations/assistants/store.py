"""The assistants of a library. Each change adds a version; a turn refers to the version that answered it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.conversations.assistants.validation import check
from rag.core.errors import AssistantGone
from rag.core.serialization import from_json, to_plain
from rag.core.timing import utc_now
from rag.core.types import Assistant
from rag.store.records_protocol import AssistantStore, VersionRow


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an assistant. made: UTC, ISO 8601."""

    assistant: Assistant
    made: str


class Assistants:
    """Stores assistants. Raises AssistantGone for unknown ids, InvalidAssistant for invalid content."""

    def __init__(self, store: AssistantStore) -> None:
        self._store = store

    def all(self) -> list[Assistant]:
        """The newest version of each that was not removed, by name."""
        assistants = map(_assistant, self._store.newest())
        return sorted(assistants, key=lambda assistant: (assistant.name.casefold(), assistant.id))

    def get(self, assistant_id: int, version: int = 0) -> Assistant:
        """A version of an assistant, also of one that was removed. version: 0 for the newest."""
        row = self._store.version(assistant_id, version)
        if row is None:
            raise AssistantGone
        return _assistant(row)

    def is_there(self, assistant_id: int) -> bool:
        """Whether the assistant exists and was not removed."""
        return self._store.exists(assistant_id)

    def versions(self, assistant_id: int) -> list[Version]:
        """All versions of an assistant, newest first."""
        return [Version(_assistant(row), row.made) for row in self._store.versions(assistant_id)]

    def save(self, assistant: Assistant) -> Assistant:
        """Store a new assistant (id 0), or a new version of one; durable on return. An equal version is not added.

        Returns it with its id and version.
        """
        check(assistant)
        if not assistant.id:
            (assistant_id,) = self._store.create(1, utc_now(), lambda ids: [_content(assistant)])
            return replace(assistant, id=assistant_id, version=1)
        return replace(assistant, version=self._store.add_version(assistant.id, _content(assistant), utc_now()))

    def add_all(self, assistants: Sequence[Assistant]) -> list[Assistant]:
        """Store several new assistants, all or none. Returns them with their ids and versions.

        Their ids, also in their steps, are positions from 1, as `from_file` gives them.
        """
        for assistant in assistants:
            check(assistant)

        def with_ids(ids: Sequence[int]) -> Iterator[Assistant]:
            id_at = dict(zip((assistant.id for assistant in assistants), ids, strict=True))
            for assistant in assistants:
                steps = tuple(id_at[step] for step in assistant.steps)
                yield replace(assistant, id=id_at[assistant.id], version=1, steps=steps)

        return list(with_ids(self._store.create(len(assistants), utc_now(), lambda ids: map(_content, with_ids(ids)))))

    def remove(self, assistant_id: int) -> None:
        """Remove an assistant from the list; turns that it answered still show it. Unknown ids are ignored."""
        self._store.remove(assistant_id)


def _content(assistant: Assistant) -> str:
    """The content of a version as JSON without id and number; sorted, so that equal contents are equal texts."""
    plain = to_plain(assistant)
    del plain["id"], plain["version"]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _assistant(row: VersionRow) -> Assistant:
    return replace(from_json(Assistant, row.content), id=row.assistant_id, version=row.number)
