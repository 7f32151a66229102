"""The words of a space in its tables: how they come there, and go.

For each stem the postings of all chunks that have it lie in a few rows, sorted by chunk: ids only grow, so what comes
is put at the end of the last row. A document's stems are kept as well, so that its postings can be found again when
it goes.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

from rag.core.errors import StoreDamaged
from rag.core.text.sentences import stems
from rag.core.types import Chunk, Notice

POSTING = np.dtype([("chunk", "<u4"), ("heading", "u1"), ("body", "u1"), ("length", "<u2")])
"""One chunk that has a stem: how often in its headings and in its text, and how many words it has in all."""
_PACKED = struct.Struct("<IBBH")
_MOST, _LONGEST = 255, 65_535  # what fits into a posting; BM25 hardly tells two such counts apart

ROW_BYTES = 4_480
"""A row takes postings up to this size, and then the next one begins: it fills one overflow page of SQLite's, and
adding to a common stem rewrites no more than that."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a space: its chunks, and the words in all of them."""

    chunks: int
    words: int


def create_words(db: apsw.Connection, space_id: int) -> None:
    """The tables of words of a space.

    words: for each stem its postings, by chunk; `first` is at most the first chunk of the row. words_run: the chunks
    that came together, with their stems, so that they can go again.
    """
    db.execute(
        f"CREATE TABLE words_{space_id:d}(stem TEXT NOT NULL, first INTEGER NOT NULL, postings BLOB NOT NULL,"
        " PRIMARY KEY (stem, first)) WITHOUT ROWID;"
        f"CREATE TABLE words_run_{space_id:d}(first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
        " document_id INTEGER NOT NULL, words INTEGER NOT NULL, postings INTEGER NOT NULL, stems BLOB NOT NULL);"
        f"CREATE INDEX words_run_by_document_{space_id:d} ON words_run_{space_id:d}(document_id, last);"
        f"CREATE TABLE words_total_{space_id:d}(chunks INTEGER NOT NULL, words INTEGER NOT NULL);"
        f"INSERT INTO words_total_{space_id:d} VALUES (0, 0)"
    )


def drop_words(db: apsw.Connection, space_id: int) -> None:
    """Take away the words of a space, also those that an older Kilde kept in FTS5."""
    for table in ("vocabulary", "words", "words_run", "words_total"):
        db.execute(f"DROP TABLE IF EXISTS {table}_{space_id:d}")


def add_words(db: apsw.Connection, space_id: int, chunks: Iterable[tuple[int, Chunk]], fallback: str) -> None:
    """chunks: of one document, with their ids, ascending, and above all ids that are there.

    fallback: the language of a chunk that has none of its own.
    """
    add_stems(
        db,
        space_id,
        ((chunk_id, *_stems(chunk.heading_path, chunk.text, chunk.language or fallback)) for chunk_id, chunk in chunks),
    )


def add_stems(db: apsw.Connection, space_id: int, chunks: Iterable[tuple[int, Sequence[str], Sequence[str]]]) -> None:
    """As `add_words`, for chunks as id, stems of the headings and stems of the text."""
    postings: dict[str, list[bytes]] = {}
    ids: list[int] = []
    words = count = 0
    for chunk_id, heading, body in chunks:
        in_heading, in_body = _counted(heading), _counted(body)
        length = len(heading) + len(body)
        longest = min(length, _LONGEST)
        for stem in in_heading:
            in_body.setdefault(stem, 0)
        for stem, often in in_body.items():
            postings.setdefault(stem, []).append(_PACKED.pack(chunk_id, in_heading.get(stem, 0), often, longest))
        count += len(in_body)
        ids.append(chunk_id)
        words += length
    if not ids:
        return
    table = f"words_{space_id:d}"
    # in the order of the table, so that neighbours find their page in the cache
    last = f"SELECT iif(length(postings) < {ROW_BYTES:d}, first, ?2) FROM {table} WHERE stem = ?1"
    db.executemany(
        f"INSERT INTO {table} VALUES (?1, coalesce(({last} ORDER BY first DESC LIMIT 1), ?2), ?3)"
        " ON CONFLICT DO UPDATE SET postings = CAST(postings || excluded.postings AS BLOB)",
        ((stem, ids[0], b"".join(postings[stem])) for stem in sorted(postings)),
    )
    db.execute(
        f"INSERT INTO words_run_{space_id:d} SELECT ?1, ?2, document_id, ?3, ?4, ?5 FROM chunk WHERE id = ?1",
        (
            ids[0],
            ids[-1],
            words,
            count,
            zlib.compress("\n".join(postings).encode(), 1),
        ),
    )
    db.execute(f"UPDATE words_total_{space_id:d} SET chunks = chunks + ?, words = words + ?", (len(ids), words))


def index_again(db: apsw.Connection, space_id: int) -> None:
    """Make the words of a space anew from its chunks."""
    drop_words(db, space_id)
    create_words(db, space_id)
    documents: list[Any] = db.execute(
        "SELECT d.id, d.language FROM chunk c JOIN document d ON d.id = c.document_id WHERE c.space_id = ?"
        " GROUP BY d.id ORDER BY min(c.id)",
        (space_id,),
    ).fetchall()
    for document_id, fallback in documents:
        found: Iterable[Any] = db.execute(
            "SELECT id, heading_path, text, language FROM chunk WHERE document_id = ? AND space_id = ? ORDER BY id",
            (document_id, space_id),
        )
        add_stems(
            db,
            space_id,
            (
                (chunk_id, *_stems(json.loads(heading_path), text, language or fallback))
                for chunk_id, heading_path, text, language in found
            ),
        )


def remove_words(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Take away what came together, all in chunks `first` to `last`, both included."""
    table = f"words_{space_id:d}"
    runs: list[Any] = db.execute(
        f"SELECT first, last, words, stems FROM words_run_{space_id:d} WHERE first BETWEEN ?1 AND ?2 AND last <= ?2",
        (first, last),
    ).fetchall()
    for begin, end, words, packed in runs:
        for stem in sorted(_unpacked(packed)):
            parts: list[Any] = db.execute(
                f"SELECT first, postings FROM {table} WHERE stem = ?1 AND first <= ?3 AND first >="
                f" coalesce((SELECT max(first) FROM {table} WHERE stem = ?1 AND first <= ?2), 0)",
                (stem, begin, end),
            ).fetchall()
            for row, postings in parts:
                low, high = np.searchsorted(read_postings(postings)["chunk"], (begin, end + 1)).tolist()
                left = postings[: low * POSTING.itemsize] + postings[high * POSTING.itemsize :]
                if not left:
                    db.execute(f"DELETE FROM {table} WHERE stem = ? AND first = ?", (stem, row))
                elif low < high:
                    db.execute(f"UPDATE {table} SET postings = ? WHERE stem = ? AND first = ?", (left, stem, row))
        db.execute(f"DELETE FROM words_run_{space_id:d} WHERE first = ?", (begin,))
        db.execute(
            f"UPDATE words_total_{space_id:d} SET chunks = chunks - ?, words = words - ?", (end - begin + 1, words)
        )


def totals(db: apsw.Connection, space_id: int) -> Totals:
    """Of the chunks that have words here."""
    row: Any = db.execute(f"SELECT chunks, words FROM words_total_{space_id:d}").fetchone()
    return Totals(*row)


def read_postings(postings: bytes) -> npt.NDArray[np.void]:
    """(p,) of POSTING. Raises StoreDamaged."""
    try:
        return np.frombuffer(postings, POSTING)
    except ValueError as error:
        raise StoreDamaged(detail=str(error)) from error


def word_problems(db: apsw.Connection, space_id: int) -> list[Notice]:
    """What is wrong with the index of words. Reads all of it."""
    runs = db.execute(f"SELECT first, last, postings, words FROM words_run_{space_id:d} ORDER BY first").fetchall()
    first, last, counted, words = np.array(runs, np.int64).reshape(-1, 4).T
    whole = totals(db, space_id)
    chunks = int((last - first + 1).sum())
    stored = int(db.execute("SELECT count(*) FROM chunk WHERE space_id = ?", (space_id,)).get)
    there = np.zeros(len(runs), np.int64)
    damaged = (whole.chunks, whole.words) != (chunks, int(words.sum()))
    every: Iterable[Any] = db.execute(f"SELECT postings FROM words_{space_id:d}")
    for (postings,) in every:
        if len(postings) % POSTING.itemsize:
            damaged = True
            continue
        ids = np.frombuffer(postings, POSTING)["chunk"].astype(np.int64)
        damaged = damaged or bool((np.diff(ids) <= 0).any())
        run = np.searchsorted(first, ids, "right") - 1
        inside = (run >= 0) & (ids <= last[run])
        damaged = damaged or not inside.all()
        np.add.at(there, run[inside], 1)
    problems = []
    if damaged or (there != counted).any():
        problems.append(Notice("words_damaged"))
    if chunks != stored:
        problems.append(Notice("words_missing", {"stored": stored, "chunks": chunks}))
    return problems


def _stems(headings: Sequence[str], text: str, language: str) -> tuple[list[str], list[str]]:
    return stems(" ".join(headings), language), stems(text, language)


def _counted(found: Sequence[str]) -> dict[str, int]:
    """How often each is there, _MOST at most."""
    counts = Counter(found)
    return counts if len(found) <= _MOST else {stem: min(often, _MOST) for stem, often in counts.items()}


def _unpacked(packed: bytes) -> list[str]:
    try:
        return zlib.decompress(packed).decode().split("\n")
    except (zlib.error, UnicodeDecodeError) as error:
        raise StoreDamaged(detail=str(error)) from error
