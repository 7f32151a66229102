"""The engines that `benchmarks.words` holds against each other: Kilde's search, plain FTS5, Tantivy and bm25s.

All are given the same stems. The last two are not among Kilde's requirements; they are measured where they are
installed. bm25s knows no fields: a stem in a heading counts as one in the text there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import apsw

from rag.store.lexical import index
from rag.store.lexical.search import HEADING_WEIGHT, K1, search_lexical
from rag.store.search import chunk_ranges

CHUNKS_OF_ONE = 200
"""Chunks of one document."""
CHUNKS_OF_PAGE = 4
BUILT_AT_ONCE = 25
"""Documents of one transaction while a store is built. The app takes one transaction for each."""
SPACE = 1

Stems = tuple[int, list[str], list[str]]
"""A chunk: its id, the stems of its headings, the stems of its text."""
Ranking = list[tuple[int, float]]


class Engine(Protocol):
    """build: from nothing, documents of CHUNKS_OF_ONE chunks, numbered from 0. search: (chunk, score), best first.

    ready: open for searching; the first search after it may still load something.
    """

    def build(self, chunks: Iterator[Stems]) -> None: ...
    def ready(self) -> None: ...
    def search(self, stems: Sequence[Sequence[str]], n: int, documents: Collection[int] | None = None) -> Ranking: ...
    def add(self, document: int, chunks: Sequence[Stems]) -> None: ...
    def remove(self, document: int, first: int, last: int) -> None: ...


def documents_of(chunks: Iterator[Stems]) -> Iterator[tuple[int, list[Stems]]]:
    """Numbered runs of CHUNKS_OF_ONE chunks."""
    for number in itertools.count():
        batch = list(itertools.islice(chunks, CHUNKS_OF_ONE))
        if not batch:
            return
        yield number, batch


class _Sqlite:
    """A database as Kilde opens it, with as much of its chunks as filters need."""

    def __init__(self, folder: Path) -> None:
        self.db = apsw.Connection(str(folder / "words.db"))
        self.db.set_busy_timeout(10_000)
        self.db.pragma("journal_mode", "wal")
        self.db.pragma("synchronous", "full")
        self.db.pragma("cache_size", -32_000)
        self.db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, True)

    def build(self, chunks: Iterator[Stems]) -> None:
        """Goes on where a build was cut off."""
        if not self.db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'chunk'").get:
            self.db.execute(
                "CREATE TABLE chunk(id INTEGER PRIMARY KEY, document_id INTEGER, space_id INTEGER, page INTEGER,"
                " ordinal INTEGER, UNIQUE(document_id, space_id, ordinal))"
            )
            self.create()
        last = self.db.execute("SELECT document_id FROM chunk ORDER BY id DESC LIMIT 1").get
        self.db.execute("BEGIN IMMEDIATE")
        for number, document in documents_of(chunks):
            if last is not None and number <= last:
                continue
            self.put(number, document)
            if (number + 1) % BUILT_AT_ONCE == 0:
                self.db.execute("COMMIT; BEGIN IMMEDIATE")
        self.db.execute("COMMIT")

    def ready(self) -> None:
        pass

    def add(self, document: int, chunks: Sequence[Stems]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.put(document, chunks)
        self.db.execute("COMMIT")

    def put(self, document: int, chunks: Sequence[Stems]) -> None:
        self.db.executemany(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?)",
            ((chunk[0], document, SPACE, place // CHUNKS_OF_PAGE + 1, place) for place, chunk in enumerate(chunks)),
        )
        self.insert(chunks)

    def remove(self, document: int, first: int, last: int) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.delete(first, last)
        self.db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", (first, last))
        self.db.execute("COMMIT")

    def create(self) -> None:
        raise NotImplementedError

    def insert(self, chunks: Sequence[Stems]) -> None:
        raise NotImplementedError

    def delete(self, first: int, last: int) -> None:
        raise NotImplementedError


class Kilde(_Sqlite):
    """What the app does: FTS5, with a bound on what is scored."""

    def create(self) -> None:
        index.create_index(self.db, SPACE)

    def insert(self, chunks: Sequence[Stems]) -> None:
        index.add_stems(self.db, SPACE, chunks)

    def delete(self, first: int, last: int) -> None:
        index.remove_chunks(self.db, SPACE, first, last)

    def search(self, stems: Sequence[Sequence[str]], n: int, documents: Collection[int] | None = None) -> Ranking:
        with self.db:  # one moment for all rows read, as in the app
            within = None if documents is None else chunk_ranges(self.db, SPACE, documents)
            return search_lexical(self.db, SPACE, stems, n, within)


class Fts5(Kilde):
    """The same table with nothing of ours around it: one query for all stems, a join to narrow it."""

    def search(self, stems: Sequence[Sequence[str]], n: int, documents: Collection[int] | None = None) -> Ranking:
        alternatives = sorted({stem for group in stems for stem in group})
        table = index.table_name(SPACE)
        chosen = "" if documents is None else f" AND document_id IN ({','.join('?' * len(documents))})"
        hits = self.db.execute(
            f"SELECT {table}.rowid, -bm25({table}, {HEADING_WEIGHT}, 1.0) AS score FROM {table}"
            f"{f' JOIN chunk ON chunk.id = {table}.rowid' if chosen else ''} WHERE {table} MATCH ?{chosen}"
            f" ORDER BY score DESC, {table}.rowid LIMIT ?",
            (" OR ".join(map(index.quoted, alternatives)), *(documents or ()), n),
        )
        return [(int(chunk_id), float(score)) for chunk_id, score in hits]


class Tantivy:
    """Apache Lucene's design in Rust (MIT): block-max WAND, lengths rounded to a byte, its own folder beside SQLite."""

    def __init__(self, folder: Path) -> None:
        self.tantivy: Any = import_module("tantivy")
        self.folder = folder / "tantivy"
        self.writer: Any = None

    def build(self, chunks: Iterator[Stems]) -> None:
        builder = self.tantivy.SchemaBuilder()
        for field in ("chunk", "document"):
            builder.add_integer_field(field, stored=False, indexed=True, fast=True)
        for field in ("heading", "body"):
            builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
        self.folder.mkdir(parents=True)
        index = self.tantivy.Index(builder.build(), path=str(self.folder))
        writer = index.writer(128_000_000, 1)
        for number, document in documents_of(chunks):
            self._put(writer, number, document)
        writer.commit()
        writer.wait_merging_threads()

    def ready(self) -> None:
        self.index = self.tantivy.Index.open(str(self.folder))
        self.searcher = self.index.searcher()

    def search(self, stems: Sequence[Sequence[str]], n: int, documents: Collection[int] | None = None) -> Ranking:
        query, occur, schema = self.tantivy.Query, self.tantivy.Occur, self.index.schema
        parts = []
        for stem in sorted({stem for group in stems for stem in group}):
            parts.append((occur.Should, query.term_query(schema, "body", stem, "freq")))
            heading = query.term_query(schema, "heading", stem, "freq")
            parts.append((occur.Should, query.boost_query(heading, HEADING_WEIGHT)))
        wanted = query.boolean_query(parts)
        if documents is not None:
            among = query.const_score_query(query.term_set_query(schema, "document", sorted(documents)), 0.0)
            wanted = query.boolean_query([(occur.Must, wanted), (occur.Must, among)])
        hits = self.searcher.search(wanted, limit=n, count=False).hits
        if not hits:
            return []
        ids = self.searcher.fast_field_values("chunk", [address for _, address in hits])
        return [(int(chunk_id), float(score)) for chunk_id, (score, _) in zip(ids, hits, strict=True)]

    def add(self, document: int, chunks: Sequence[Stems]) -> None:
        self._put(self._writer(), document, chunks)
        self._commit()

    def remove(self, document: int, first: int, last: int) -> None:
        self._writer().delete_documents_by_term("document", document)
        self._commit()

    def _put(self, writer: Any, number: int, chunks: Sequence[Stems]) -> None:
        for chunk_id, heading, body in chunks:
            writer.add_document(
                self.tantivy.Document(chunk=chunk_id, document=number, heading=" ".join(heading), body=" ".join(body))
            )

    def _writer(self) -> Any:
        self.writer = self.writer or self.index.writer(50_000_000, 1)
        return self.writer

    def _commit(self) -> None:
        self.writer.commit()
        self.index.reload()
        self.searcher = self.index.searcher()


class Bm25s:
    """Scores of all words in all chunks, computed beforehand (MIT, numpy). Nothing can be added or taken away."""

    def __init__(self, folder: Path) -> None:
        self.bm25s: Any = import_module("bm25s")
        self.folder = folder / "bm25s"

    def build(self, chunks: Iterator[Stems]) -> None:
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(stem, len(vocabulary)) for stem in [*head, *body]] for _, head, body in chunks]
        index = self.bm25s.BM25(k1=K1, b=0.75)
        index.index(self.bm25s.tokenization.Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        index.save(str(self.folder))

    def ready(self) -> None:
        self.index = self.bm25s.BM25.load(str(self.folder), mmap=True)

    def search(self, stems: Sequence[Sequence[str]], n: int, documents: Collection[int] | None = None) -> Ranking:
        if documents is not None:
            raise NotImplementedError("bm25s filters by a weight for each chunk")
        known = sorted({stem for group in stems for stem in group if stem in self.index.vocab_dict})
        if not known:
            return []
        ids, scores = self.index.retrieve([known], k=n, show_progress=False)
        return [(int(i) + 1, float(score)) for i, score in zip(ids[0], scores[0], strict=True) if score > 0]

    def add(self, document: int, chunks: Sequence[Stems]) -> None:
        raise NotImplementedError("bm25s builds anew")

    def remove(self, document: int, first: int, last: int) -> None:
        raise NotImplementedError("bm25s builds anew")


ENGINES: dict[str, Callable[[Path], Engine]] = {"fts5": Fts5, "kilde": Kilde, "tantivy": Tantivy, "bm25s": Bm25s}
"""By name; the first is what the others are compared with."""
FORMER = "postings"
"""The index in tables of its own that Kilde had before, which is in the results alone."""
