from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.errors import StoreDamaged
from rag.core.text.sentences import query_stems
from rag.core.types import Chunk, Notice
from rag.store import schema
from rag.store.lexical import postings
from rag.store.lexical import search as words
from rag.store.lexical.postings import add_stems, add_words, create_words, drop_words, remove_words, word_problems
from rag.store.lexical.search import HEADING_WEIGHT, chunk_ranges, rarity, search_lexical
from rag.store.sqlite import SqliteStore

SPACE = 1
PAGES = 3

Stems = tuple[list[str], list[str]]
"""Of a chunk's headings and of its text."""


class Index:
    """The words of one space, and beside them FTS5 with the same ones, to compare with."""

    def __init__(self) -> None:
        self.db = apsw.Connection(":memory:")
        self.db.execute(
            "CREATE TABLE chunk(id INTEGER PRIMARY KEY, document_id INTEGER, space_id INTEGER, page INTEGER);"
            "CREATE VIRTUAL TABLE fts USING fts5(heading, body, content='', contentless_delete=1)"
        )
        create_words(self.db, SPACE)
        self.next = 1

    def add(self, document: int, chunks: Sequence[Stems], skip: int = 0) -> range:
        """skip: so many ids are left out before it. Returns the ids."""
        ids = range(self.next + skip, self.next + skip + len(chunks))
        self.next = ids.stop
        for place, (chunk_id, (heading, body)) in enumerate(zip(ids, chunks, strict=True)):
            self.db.execute("INSERT INTO chunk VALUES (?, ?, ?, ?)", (chunk_id, document, SPACE, place % PAGES + 1))
            self.db.execute(
                "INSERT INTO fts(rowid, heading, body) VALUES (?, ?, ?)", (chunk_id, " ".join(heading), " ".join(body))
            )
        add_stems(self.db, SPACE, ((i, *chunk) for i, chunk in zip(ids, chunks, strict=True)))
        return ids

    def remove(self, ids: range) -> None:
        remove_words(self.db, SPACE, ids.start, ids.stop - 1)
        for table, key in (("chunk", "id"), ("fts", "rowid")):
            self.db.execute(f"DELETE FROM {table} WHERE {key} BETWEEN ? AND ?", (ids.start, ids.stop - 1))

    def search(
        self, *asked: str, n: int = 50, documents: Collection[int] | None = None, page: int | None = None
    ) -> list[tuple[int, float]]:
        return search_lexical(self.db, SPACE, [[stem] for stem in asked], n, documents, page)

    def found(self, *asked: str, documents: Collection[int] | None = None, page: int | None = None) -> list[int]:
        return [chunk_id for chunk_id, _ in self.search(*asked, documents=documents, page=page)]

    def fts5(
        self, asked: Collection[str], n: int, documents: Collection[int] | None = None, page: int | None = None
    ) -> list[tuple[int, float]]:
        chosen = "" if documents is None else f" AND document_id IN ({','.join(map(str, documents))})"
        chosen += "" if page is None else f" AND page = {page:d}"
        found: Iterator[Any] = self.db.execute(
            f"SELECT fts.rowid, -bm25(fts, {HEADING_WEIGHT}, 1.0) AS score FROM fts JOIN chunk ON chunk.id = fts.rowid"
            f" WHERE fts MATCH ?{chosen} ORDER BY score DESC, fts.rowid LIMIT ?",
            (" OR ".join(sorted(asked)), n),
        )
        return list(found)


@pytest.fixture
def index() -> Index:
    return Index()


def body(text: str) -> Stems:
    return [], text.split()


SOME = st.sampled_from([f"w{n}" for n in range(12)] + ["common"] * 4)
CHUNK = st.tuples(st.lists(SOME, max_size=3), st.lists(SOME, max_size=12))
DOCUMENT = st.lists(CHUNK, min_size=1, max_size=12)


@settings(deadline=None, max_examples=150)
@given(
    documents=st.lists(st.tuples(DOCUMENT, st.booleans(), st.sampled_from([0, 0, 5_000])), min_size=1, max_size=6),
    asked=st.sets(SOME, min_size=1, max_size=5),
    n=st.integers(1, 12),
    chosen=st.none() | st.sets(st.integers(0, 5), max_size=4),
    row_bytes=st.sampled_from([8, 40, postings.ROW_BYTES]),
)
def test_the_scores_are_those_of_fts5(
    documents: list[tuple[list[Stems], bool, int]], asked: set[str], n: int, chosen: set[int] | None, row_bytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "ROW_BYTES", row_bytes)
        index = Index()
        added = [index.add(number, chunks, skip) for number, (chunks, _, skip) in enumerate(documents)]
        for ids, (_, stays, _) in zip(added, documents, strict=True):
            if not stays:
                index.remove(ids)
    mine = index.search(*asked, n=n, documents=chosen)
    # every match is compared: equal scores may differ in their last bit, and then in their order
    theirs = index.fts5(asked, 1_000, chosen)
    assert [score for _, score in mine] == pytest.approx([score for _, score in theirs[:n]], rel=1e-9)
    scores = dict(theirs)
    assert all(score == pytest.approx(scores[i], rel=1e-9) for i, score in mine)
    assert len({i for i, _ in mine}) == len(mine)
    assert word_problems(index.db, SPACE) == []


def test_a_page_and_documents_narrow_the_search(index: Index) -> None:
    for number in range(40):
        index.add(number, [body(f"green apple {number}")] * 4)
    for documents, page in (({7}, None), ({7, 9, 30}, None), (set(range(40)) - {3}, None), ({7}, 2), ({5, 6}, 1)):
        mine = index.search("green", documents=documents, page=page, n=500)
        assert [i for i, _ in mine] == [i for i, _ in index.fts5(["green"], 500, documents, page)]
        assert len(mine) == len(documents) * (4 if page is None else 2 if page == 1 else 1)
    assert index.found("green", documents=[]) == [] == index.found("green", documents=[99])
    assert index.found("7", documents=[8]) == []


def test_how_rare_a_word_is_counts_over_all_documents(index: Index) -> None:
    index.add(1, [body("red pear"), body("red plum")])
    index.add(2, [body("fig")] * 9)
    everywhere = dict(index.search("red", "pear"))
    assert dict(index.search("red", "pear", documents=[1])) == pytest.approx(everywhere)


def test_equal_scores_come_by_id_and_no_more_than_asked_for(index: Index) -> None:
    index.add(1, [body("same text")] * 30 + [body("other")] * 40)
    assert [i for i, _ in index.search("same", "text", n=7)] == list(range(1, 8))
    assert index.search("same", n=0) == [] == index.search() == index.search("absent")


def test_a_document_that_goes_leaves_nothing(index: Index) -> None:
    first = index.add(1, [body("alpha common"), body("beta common")])
    second = index.add(2, [body("gamma common")])
    third = index.add(3, [body("alpha common")])
    index.remove(second)
    assert index.found("gamma") == [] and index.found("common") == [*first, *third]
    index.remove(first)
    index.remove(third)
    assert index.found("common") == [] and word_problems(index.db, SPACE) == []
    for table in ("words", "words_run"):
        assert index.db.execute(f"SELECT count(*) FROM {table}_{SPACE}").get == 0
    assert index.db.execute(f"SELECT chunks, words FROM words_total_{SPACE}").fetchone() == (0, 0)
    again = index.add(4, [body("alpha")])
    assert index.found("alpha") == list(again)


def test_a_long_list_goes_on_in_rows_of_bounded_size(index: Index) -> None:
    for number in range(60):
        index.add(number, [body("everywhere")] * 40)
    sizes = [
        row[0] for row in index.db.execute(f"SELECT length(postings) FROM words_{SPACE} WHERE stem = 'everywhere'")
    ]
    assert sum(sizes) == 60 * 40 * postings.POSTING.itemsize and len(sizes) > 3
    assert max(sizes) < postings.ROW_BYTES + 40 * postings.POSTING.itemsize
    assert len(index.search("everywhere", n=5_000)) == 60 * 40
    index.remove(range(401, 441))
    assert len(index.search("everywhere", n=5_000)) == 59 * 40


def test_more_of_a_word_than_fits_still_scores(index: Index) -> None:
    index.add(1, [body("much " * 70_000), body("much"), *[body("none")] * 8])
    assert index.found("much") == [1, 2]
    mine, theirs = dict(index.search("much")), dict(index.fts5(["much"], 9))
    assert mine == pytest.approx(theirs, rel=0.05)


def test_each_chunk_is_stemmed_in_its_own_language(index: Index) -> None:
    texts = {"da": "Skærmene holder i månederne", "en": "The screens last for months at 12:30", "": "skærmen"}
    chunks = [
        Chunk(n, 1, 0, len(text), text, ("Garanti",), (), 5, code) for n, (code, text) in enumerate(texts.items())
    ]
    index.db.executemany("INSERT INTO chunk VALUES (?, 1, 1, 1)", ((n + 1,) for n in range(3)))
    add_words(index.db, SPACE, ((chunk.ordinal + 1, chunk) for chunk in chunks), "da")

    def found(question: str) -> list[int]:
        stems = query_stems(question, ["da", "en"])
        return sorted(i for i, _ in search_lexical(index.db, SPACE, stems, 9, None))

    assert found("skærme") == [1, 3]
    assert found("screen") == [2]
    assert found("garantien") == [1, 2, 3]
    assert index.found("12:30") == [2]


def test_rarity_counts_chunks_and_takes_small_stores_for_larger(index: Index) -> None:
    ids = index.add(1, [body("apple red"), body("apple green green")])
    found = rarity(index.db, SPACE, ["apple", "green", "absent"])
    assert found["apple"] < found["green"] < found["absent"]
    assert found["absent"] == pytest.approx(math.log(2002))  # 1 + 1000.5 / 0.5: see LEAST_CHUNKS
    index.remove(ids)
    assert rarity(index.db, SPACE, ["apple"])["apple"] == found["absent"]


def test_the_chunks_of_many_documents_are_a_few_ranges(index: Index) -> None:
    for number in range(30):
        index.add(number, [body("x")] * 3)
    for documents in ([4], [5, 4], list(range(29, 9, -1))):
        first, last = chunk_ranges(index.db, SPACE, documents)
        assert first.tolist() == [number * 3 + 1 for number in sorted(documents)]
        assert (last - first == 2).all()
    assert len(chunk_ranges(index.db, SPACE, [])[0]) == 0


@pytest.mark.parametrize(
    "damage",
    [
        f"DELETE FROM words_{SPACE} WHERE stem = 'red'",
        f"UPDATE words_{SPACE} SET postings = substr(postings, 1, 5) WHERE stem = 'red'",
        f"UPDATE words_{SPACE} SET postings = CAST(postings || postings AS BLOB) WHERE stem = 'red'",
        f"UPDATE words_{SPACE} SET postings = CAST(x'ffffffff' || substr(postings, 5) AS BLOB) WHERE stem = 'red'",
        f"UPDATE words_total_{SPACE} SET words = words + 1",
        f"UPDATE words_run_{SPACE} SET postings = postings - 1",
    ],
)
def test_damage_is_found(index: Index, damage: str) -> None:
    index.add(1, [body("red apple"), body("red plum")])
    assert word_problems(index.db, SPACE) == []
    index.db.execute(damage)
    assert word_problems(index.db, SPACE) == [Notice("words_damaged")]


def test_chunks_without_words_of_theirs_are_found(index: Index) -> None:
    index.add(1, [body("red")])
    index.db.execute("INSERT INTO chunk VALUES (9, 1, 1, 1)")
    assert word_problems(index.db, SPACE) == [Notice("words_missing", {"stored": 2, "chunks": 1})]


def test_what_cannot_be_read_is_said_to_be_damaged(index: Index) -> None:
    index.add(1, [body("red apple")])
    index.db.execute(f"UPDATE words_{SPACE} SET postings = x'0102'")
    with pytest.raises(StoreDamaged):
        index.search("red")
    index.db.execute(f"UPDATE words_run_{SPACE} SET stems = x'0102'")
    with pytest.raises(StoreDamaged):
        remove_words(index.db, SPACE, 1, 1)


def test_a_space_takes_its_words_with_it(index: Index) -> None:
    index.add(1, [body("red")])
    drop_words(index.db, SPACE)
    left = index.db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'words%' OR name LIKE 'vocabulary%'")
    assert left.fetchall() == []


def test_an_older_database_is_searched_as_before(tmp_path: Path) -> None:
    """Version 3 kept words in FTS5."""
    db = apsw.Connection(str(tmp_path / "kilde.db"))
    for script in schema.MIGRATIONS[:3]:
        assert isinstance(script, str)
        db.execute(script)
    db.execute(
        "PRAGMA user_version = 3;"
        "INSERT INTO space VALUES (1, 'm', '', 4, '', '', 180, 40, 'active', '');"
        "CREATE VIRTUAL TABLE words_1 USING fts5(heading, body, content='', contentless_delete=1);"
        "CREATE VIRTUAL TABLE vocabulary_1 USING fts5vocab(words_1, 'row');"
    )
    texts = [("Æbler er røde", '["Frugt"]', "da"), ("Apples are green", "[]", "en"), ("Pærer og batterier", "[]", "")]
    for number, (text, headings, language) in enumerate(texts, 1):
        document = 1 if number < 3 else 2
        db.execute(
            "INSERT OR IGNORE INTO document(id, name, media_type, sha256, size, added, language)"
            " VALUES (?1, 'd' || ?1, 'text/plain', ?1, 1, '', 'da')",
            (document,),
        )
        db.execute(
            "INSERT INTO chunk VALUES (?, 1, ?, ?, 1, 0, ?, ?, ?, '[]', 3, ?)",
            (number, document, number, len(text), text, headings, language),
        )
        db.execute("INSERT INTO words_1(rowid, heading, body) VALUES (?, '', 'whatever')", (number,))
    db.close()
    store = SqliteStore(tmp_path)
    try:
        for question, expected in (("frugter", [1]), ("apple", [2]), ("batteri", [3]), ("whatever", [])):
            found = store.chunks.search(None, query_stems(question, ["da", "en"]), 10)
            assert [one.chunk.id for one in found] == expected
        with store.database.read() as reading:
            assert word_problems(reading, 1) == []
            assert reading.execute("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%fts5%'").get == 0
    finally:
        store.close()


def test_the_sum_is_the_same_for_ids_near_and_far(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        index.add(number, [body("one two"), body("two three")], skip=100)
    monkeypatch.setattr(words, "_DENSE", 0)
    sparse = index.search("one", "two", "three")
    monkeypatch.setattr(words, "_DENSE", 10**6)
    assert index.search("one", "two", "three") == sparse and len(sparse) == 40
