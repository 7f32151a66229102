"""Saved questions, with the passages that should be found for each."""

from dataclasses import dataclass

from rag.core.types.documents import Place


@dataclass(frozen=True, slots=True)
class Expected:
    """A passage that a question should find (right) or should not. text, document: copies from when it was saved.

    implied: the user did not mark it, but voted for the answer that quotes it.
    """

    document: str
    place: Place
    text: str
    right: bool
    implied: bool = False


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """question: understandable without earlier turns. turn_id: None if the turn was deleted, or for manual questions.

    saved: UTC, ISO 8601. vote: 1, -1 or 0. scenario: the name of the set that it belongs to, "" for none.
    """

    id: int
    turn_id: int | None
    question: str
    saved: str
    vote: int = 0
    note: str = ""
    scenario: str = ""
    passages: tuple[Expected, ...] = ()

    @property
    def right(self) -> tuple[Expected, ...]:
        return tuple(passage for passage in self.passages if passage.right)

    @property
    def wrong(self) -> tuple[Expected, ...]:
        return tuple(passage for passage in self.passages if not passage.right)
