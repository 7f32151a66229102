"""What `tests/store/conformance` cannot see of the look for similar stems."""

from __future__ import annotations

import apsw

from rag.store.lexical.index import add_stems, create_index
from rag.store.lexical.vocabulary import similar_stems

SPACE = 1


def test_a_library_that_is_only_read_is_looked_through_and_stays_protected() -> None:
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value)")
    create_index(db, SPACE)
    add_stems(db, SPACE, [(1, [], ["temperatur"])])
    db.pragma("query_only", True)
    db.execute("BEGIN")
    assert similar_stems(db, SPACE, ["tempratur"], 1, 5) == ["temperatur"]
    assert similar_stems(db, SPACE, ["temperatr"], 1, 5) == ["temperatur"]  # the listing is there already
    assert db.pragma("query_only") == 1
    db.execute("ROLLBACK")
    assert db.execute("SELECT count(*) FROM sqlite_temp_schema").get == 0


def test_numbers_and_codes_are_similar_to_nothing() -> None:
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value)")
    create_index(db, SPACE)
    add_stems(db, SPACE, [(1, [], ["kx90a", "kxyza"])])
    assert similar_stems(db, SPACE, ["kxy0a"], 1, 5) == ["kxyza"]
