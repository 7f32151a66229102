"""Looks for stems in the index of a space that are spelt like others, so that a misspelt word can be found.

FTS5 lists the terms of a table by `fts5vocab`. The index is not changed: the listing is a temporary table.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import apsw
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.store.lexical import older
from rag.store.lexical.index import table_name
from rag.store.lexical.search import document_frequency

_DIGIT = re.compile(r"\d")


def similar_stems(db: apsw.Connection, space_id: int, forms: Collection[str], edits: int, n: int) -> list[str]:
    """See `rag.store.protocol.ChunkSearch.similar_stems`. Nothing is similar while an older index is being moved."""
    if older.exists(db, space_id):
        return []
    table = table_name(space_id)
    chunks = {form: document_frequency(db, table, form) for form in forms if form}
    present = sorted((form for form, count in chunks.items() if count), key=lambda form: (-chunks[form], form))
    if present or not edits:
        return present[:n]
    nearest: dict[str, tuple[int, int]] = {}
    for letter in sorted({form[0] for form in chunks}):
        like = [form for form in chunks if form[0] == letter]
        lengths = [len(form) for form in like]
        terms = dict(_terms(db, table, letter, min(lengths) - edits, max(lengths) + edits))
        for form in like:
            for term, distance, _ in process.extract_iter(form, terms.keys(), scorer=OSA.distance, score_cutoff=edits):
                nearest[term] = min(nearest.get(term, (edits, 0)), (int(distance), -terms[term]))
    return sorted(nearest, key=lambda term: (nearest[term], term))[:n]


def _terms(db: apsw.Connection, table: str, letter: str, shortest: int, longest: int) -> Iterator[tuple[str, int]]:
    """The stems without digits that begin with a letter, by their length, and in how many chunks each is."""
    with _listing(db, table) as name:
        rows = db.execute(
            f"SELECT term, doc FROM {name} WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
            (letter, chr(ord(letter) + 1), shortest, longest),
        )
        yield from ((str(term), int(count)) for term, count in rows if not _DIGIT.search(str(term)))


@contextmanager
def _listing(db: apsw.Connection, table: str) -> Iterator[str]:
    """The name of a temporary table that lists the terms of an FTS5 table."""
    name = f"temp.terms_of_{table}"
    # a connection of a library that is only read refuses temporary tables as well
    protected = bool(db.pragma("query_only"))
    db.pragma("query_only", False)
    try:
        db.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5vocab('main', '{table}', 'row')")
    finally:
        db.pragma("query_only", protected)
    yield name
