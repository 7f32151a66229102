"""A database of version 5, written by the statements of that version: its lexical index was in tables of its own."""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import apsw

from rag.core.text.sentences import stems
from rag.store import schema

ROW_BYTES = 4_480
_PACKED = struct.Struct("<IBBH")


def open_version_5(folder: Path) -> apsw.Connection:
    """A new database with a space and no documents."""
    db = apsw.Connection(str(folder / "kilde.db"))
    for migration in schema.MIGRATIONS[:5]:
        db.execute(migration) if isinstance(migration, str) else migration(db)
    for name, value in (("user_version", 5), ("journal_mode", "wal"), ("synchronous", "off")):
        db.pragma(name, value)
    db.execute(
        "INSERT INTO space VALUES (1, 'm', '', 4, '', '', 180, 40, 'active', '');"
        "CREATE TABLE words_1(stem TEXT NOT NULL, first INTEGER NOT NULL, postings BLOB NOT NULL,"
        " PRIMARY KEY (stem, first)) WITHOUT ROWID;"
        "CREATE TABLE words_run_1(first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
        " document_id INTEGER NOT NULL, words INTEGER NOT NULL, postings INTEGER NOT NULL, stems BLOB NOT NULL);"
        "CREATE INDEX words_run_by_document_1 ON words_run_1(document_id, last);"
        "CREATE TABLE words_total_1(chunks INTEGER NOT NULL, words INTEGER NOT NULL);"
        "INSERT INTO words_total_1 VALUES (0, 0)"
    )
    return db


def add_document(db: apsw.Connection, name: str, chunks: Sequence[tuple[str, str]], language: str) -> int:
    """chunks: heading and text of each, one a page. Returns the document's id."""
    with db:
        db.execute(
            "INSERT INTO document(name, media_type, sha256, size, added, language, pages)"
            " VALUES (?1, 'text/plain', ?1, 1, '', ?2, 0)",
            (name, language),
        )
        document_id = db.last_insert_rowid()
        db.execute(
            "INSERT INTO task(document_id, space_id, state, chunks) VALUES (?, 1, 'findable', ?)",
            (document_id, len(chunks)),
        )
        ids = []
        for ordinal, (heading, text) in enumerate(chunks):
            db.execute(
                'INSERT INTO chunk(space_id, document_id, ordinal, page, start, "end", text, heading_path, sentences,'
                " tokens, language) VALUES (1, ?, ?, ?, 0, ?, ?, ?, '[]', 3, ?)",
                (document_id, ordinal, ordinal + 1, len(text), text, json.dumps([heading]), language),
            )
            ids.append(db.last_insert_rowid())
        _add_words(db, ids, [(stems(heading, language), stems(text, language)) for heading, text in chunks])
    return document_id


def _add_words(db: apsw.Connection, ids: Sequence[int], chunks: Sequence[tuple[list[str], list[str]]]) -> None:
    postings: dict[str, list[bytes]] = {}
    length = 0
    for chunk_id, (heading, body) in zip(ids, chunks, strict=True):
        in_heading, in_body = Counter(heading), Counter(body)
        for stem in {*heading, *body}:
            packed = _PACKED.pack(chunk_id, in_heading[stem], in_body[stem], len(heading) + len(body))
            postings.setdefault(stem, []).append(packed)
        length += len(heading) + len(body)
    last = f"SELECT iif(length(postings) < {ROW_BYTES:d}, first, ?2) FROM words_1 WHERE stem = ?1"
    db.executemany(
        f"INSERT INTO words_1 VALUES (?1, coalesce(({last} ORDER BY first DESC LIMIT 1), ?2), ?3)"
        " ON CONFLICT DO UPDATE SET postings = CAST(postings || excluded.postings AS BLOB)",
        ((stem, ids[0], b"".join(postings[stem])) for stem in sorted(postings)),
    )
    db.execute(
        "INSERT INTO words_run_1 SELECT ?1, ?2, document_id, ?3, ?4, ?5 FROM chunk WHERE id = ?1",
        (
            ids[0],
            ids[-1],
            length,
            sum(map(len, postings.values())),
            zlib.compress("\n".join(postings).encode(), 1),
        ),
    )
    db.execute("UPDATE words_total_1 SET chunks = chunks + ?, words = words + ?", (len(ids), length))
