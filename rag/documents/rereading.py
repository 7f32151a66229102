"""Documents that an earlier version read: what reading them again would change, shown before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.core.background import OneJob
from rag.core.errors import Cancelled, KildeError
from rag.core.file_types import BY_MEDIA_TYPE
from rag.core.types import Chunk, Document, Notice, Page, State
from rag.documents.chunking import chunks_for
from rag.documents.loaders import load
from rag.models.embedding.registry import Models
from rag.store.protocol import Store

MOST_SHOWN = 200
"""Sentences that are kept of a document's differences, to be shown; all are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What reading one document again would change, told in sentences and rows of tables, which are what is quoted.

    added, removed: how many. first_added, first_removed: the first MOST_SHOWN of each, in the order of the text.
    notices: that it does not have yet. failure: why it cannot be read any more; it stays as it is then.
    """

    document: Document
    added: int = 0
    removed: int = 0
    first_added: tuple[str, ...] = ()
    first_removed: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    failure: Notice | None = None

    @property
    def changes(self) -> bool:
        """Whether it is worth while to read the document again."""
        return bool(self.added or self.removed or self.notices)


@dataclass(frozen=True, slots=True)
class Comparing:
    """How far the comparison has come: documents done, and in all."""

    done: int
    of: int
    name: str


class Rereading(OneJob[Comparing]):
    """Compares, in the background, what is stored of outdated documents with what their files say today."""

    def __init__(self, store: Store, models: Models, reindex: Callable[[Collection[int]], None]) -> None:
        super().__init__("kilde-rereading")
        self._store = store
        self._models = models
        self._reindex = reindex
        self._differences: tuple[Difference, ...] = ()

    def outdated(self, documents: Sequence[Document] | None = None) -> list[Document]:
        """The documents that an earlier version of their format's loader read, newest first.

        documents: all of the library, where they are at hand already.
        """
        return [
            document
            for document in (self._store.documents.all() if documents is None else documents)
            if document.state is State.READY
            and document.loader_version < BY_MEDIA_TYPE[document.media_type].loader_version
        ]

    def compare(self) -> None:
        """Begin to read all outdated documents beside what is stored; where that is under way, it goes on."""
        self._job.start(self._compare)

    def differences(self, outdated: Sequence[Document]) -> tuple[Difference, ...]:
        """What the last comparison found of these documents, those that change first."""
        ids = {document.id for document in outdated}
        found = [difference for difference in self._differences if difference.document.id in ids]
        return tuple(sorted(found, key=lambda difference: not difference.changes))

    def failure(self) -> Notice | None:
        """Why the last comparison ended early."""
        return self._job.notice

    def accept(self) -> None:
        """Read all outdated documents again, but for those that the comparison found to change nothing or to fail."""
        same = {difference.document.id for difference in self._differences if not difference.changes}
        outdated = {document.id for document in self.outdated()}
        self._store.documents.set_loader_version(outdated & same)
        self._reindex(outdated - same)

    def leave(self) -> None:
        """Keep all outdated documents as they are, and offer them no more."""
        self._store.documents.set_loader_version([document.id for document in self.outdated()])

    def _compare(self) -> None:
        documents = self.outdated()
        self._differences = ()
        for n, document in enumerate(documents):
            self._job.report(Comparing(n, len(documents), document.name))
            self._job.raise_if_cancelled()
            self._differences += (self._difference(document),)

    def _difference(self, document: Document) -> Difference:
        try:
            path = self._store.documents.original(document.sha256)
            parsed = load(path, document.media_type, document.name, cancelled=self._job.cancelled)
        except Cancelled:
            raise
        except KildeError as error:
            return Difference(document, failure=error.notice())
        space = self._store.spaces.active()
        assert space is not None  # a document is ready in it
        stored = _sentences(self._store.documents.pages(document.id), self._store.chunks.of_document(document.id))
        chunks = chunks_for(space, self._models, parsed.pages, document.media_type)
        read = _sentences(parsed.pages, chunks)
        added, removed = Counter(read) - Counter(stored), Counter(stored) - Counter(read)
        return Difference(
            document,
            added.total(),
            removed.total(),
            tuple(_first(read, added)),
            tuple(_first(stored, removed)),
            tuple(notice for notice in parsed.notices if notice not in document.notices),
        )


def _sentences(pages: Iterable[Page], chunks: Iterable[Chunk]) -> list[str]:
    """The sentences of a document in order, each once though chunks overlap."""
    texts = {page.number: page.text for page in pages}
    spans = dict.fromkeys((chunk.page, *span) for chunk in chunks for span in chunk.sentences)
    return [" ".join(texts[page][start:end].split()) for page, start, end in spans if page in texts]


def _first(sentences: Sequence[str], wanted: Counter[str]) -> Iterator[str]:
    """The first MOST_SHOWN of the sentences that are wanted, each as often as it is, in the order of the text."""
    left = wanted.copy()
    shown = 0
    for sentence in sentences:
        if left[sentence] > 0 and shown < MOST_SHOWN:
            left[sentence] -= 1
            shown += 1
            yield sentence
