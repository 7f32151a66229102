from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.errors import StoreDamaged
from rag.core.text.sentences import query_stems, stems
from rag.core.types import Chunk, Notice
from rag.store import schema
from rag.store.integrity.repair import repair
from rag.store.lexical import search as lexical_search
from rag.store.lexical.index import (
    add_chunks,
    add_stems,
    chunk_count,
    create_index,
    drop_index,
    index_problems,
    remove_chunks,
)
from rag.store.lexical.search import HEADING_WEIGHT, LEAST_IDF, Ranking, rarity, search_lexical
from rag.store.search import chunk_ranges
from rag.store.sqlite import SqliteStore

SPACE = 1
PAGES = 3
B = 0.75

StemLists = tuple[list[str], list[str]]
"""Of a chunk's headings and of its text."""


class Index:
    """The index of one space, and beside it what is in it, to compute BM25 from."""

    def __init__(self) -> None:
        self.db = apsw.Connection(":memory:")
        self.db.execute(
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value);"
            "CREATE TABLE document(id INTEGER PRIMARY KEY, language TEXT);"
            "CREATE TABLE chunk(id INTEGER PRIMARY KEY, document_id INTEGER, space_id INTEGER, page INTEGER,"
            " ordinal INTEGER, heading_path TEXT, text TEXT, language TEXT)"
        )
        create_index(self.db, SPACE)
        self.chunks: dict[int, StemLists] = {}
        self.document_of: dict[int, int] = {}
        self.next = 1

    def add(self, document: int, chunks: Sequence[StemLists], skip: int = 0) -> range:
        """skip: so many ids are left out before it. Returns the ids."""
        ids = range(self.next + skip, self.next + skip + len(chunks))
        self.next = ids.stop
        for place, (chunk_id, chunk) in enumerate(zip(ids, chunks, strict=True)):
            self.db.execute("INSERT OR IGNORE INTO document VALUES (?, '')", (document,))
            row = (chunk_id, document, SPACE, place % PAGES + 1, place, json.dumps(chunk[0]), " ".join(chunk[1]))
            self.db.execute("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, '')", row)
            self.chunks[chunk_id] = chunk
            self.document_of[chunk_id] = document
        with self.db:
            add_stems(self.db, SPACE, ((i, *chunk) for i, chunk in zip(ids, chunks, strict=True)))
        return ids

    def remove(self, ids: range) -> None:
        remove_chunks(self.db, SPACE, ids.start, ids.stop - 1)
        self.db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", (ids.start, ids.stop - 1))
        for chunk_id in ids:
            del self.chunks[chunk_id]

    def search(
        self, *asked: str, n: int = 50, documents: Collection[int] | None = None, page: int | None = None
    ) -> Ranking:
        within = None if documents is None else chunk_ranges(self.db, SPACE, documents, page)
        return search_lexical(self.db, SPACE, [[stem] for stem in asked], n, within)

    def hit_ids(self, *asked: str, documents: Collection[int] | None = None, page: int | None = None) -> list[int]:
        return [chunk_id for chunk_id, _ in self.search(*asked, documents=documents, page=page)]

    def bm25(self, asked: Collection[str], documents: Collection[int] | None = None) -> dict[int, float]:
        """By the formula, of each chunk that has any of the stems."""
        n = len(self.chunks)
        mean = sum(len(heading) + len(body) for heading, body in self.chunks.values()) / max(n, 1)
        scores: dict[int, float] = {}
        for stem in asked:
            f = sum(stem in heading or stem in body for heading, body in self.chunks.values())
            idf = max(math.log((n - f + 0.5) / (f + 0.5)), LEAST_IDF)
            for chunk_id, (heading, body) in self.chunks.items():
                often = HEADING_WEIGHT * Counter(heading)[stem] + Counter(body)[stem]
                if often and (documents is None or self.document_of[chunk_id] in documents):
                    length = (len(heading) + len(body)) / mean
                    share = often * 2.2 / (often + 1.2 * (1 - B + B * length))
                    scores[chunk_id] = scores.get(chunk_id, 0.0) + idf * share
        return scores


@pytest.fixture
def index() -> Index:
    return Index()


def body(text: str) -> StemLists:
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
    scored=st.sampled_from([1, 5, lexical_search.SCORED]),
)
def test_the_scores_are_bm25_however_many_chunks_are_scored(
    documents: list[tuple[list[StemLists], bool, int]], asked: set[str], n: int, chosen: set[int] | None, scored: int
) -> None:
    index = Index()
    added = [index.add(number, chunks, skip) for number, (chunks, _, skip) in enumerate(documents)]
    for ids, (_, stays, _) in zip(added, documents, strict=True):
        if not stays:
            index.remove(ids)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical_search, "SCORED", scored)
        hits = index.search(*asked, n=n, documents=chosen)
    # every match is compared: equal scores may differ in their last bit, and then in their order
    expected = index.bm25(asked, chosen)
    assert [score for _, score in hits] == pytest.approx(sorted(expected.values(), reverse=True)[:n], rel=1e-9)
    assert all(score == pytest.approx(expected[i], rel=1e-9) for i, score in hits)
    assert len({i for i, _ in hits}) == len(hits)
    assert index_problems(index.db, SPACE) == [] and chunk_count(index.db, SPACE) == len(index.chunks)


def test_chunks_with_only_the_commonest_stems_are_left_out_where_they_cannot_be_among_the_best(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(1, [body("rare common" if n % 9 == 0 else f"common filler{n}") for n in range(300)] + [body("x")] * 400)
    whole = index.search("rare", "common", n=20)
    queries: list[str] = []
    ranked = lexical_search._ranked

    def watched(db: apsw.Connection, space_id: int, query: str, *rest: object) -> Ranking:
        queries.append(query)
        return ranked(db, space_id, query, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(lexical_search, "_ranked", watched)
    monkeypatch.setattr(lexical_search, "SCORED", 50)
    assert index.search("rare", "common", n=20) == whole
    assert queries == ['"rare"', '("rare") AND ("common")']
    # with more wanted than have the rare stem, all are scored
    assert len(index.search("rare", "common", n=100)) == 100 and queries[-1] == '"rare" OR "common"'


def test_a_page_and_documents_narrow_the_search(index: Index) -> None:
    for number in range(40):
        index.add(number, [body(f"green apple {number}")] * 4)
    for documents, page in (({7}, None), ({7, 9, 30}, None), (set(range(40)) - {3}, None), ({7}, 2), ({5, 6}, 1)):
        hits = index.search("green", documents=documents, page=page, n=500)
        assert {index.document_of[i] for i, _ in hits} == set(documents)
        assert len(hits) == len(documents) * (4 if page is None else 2 if page == 1 else 1)
    assert index.hit_ids("green", documents=[]) == [] == index.hit_ids("green", documents=[99])
    assert index.hit_ids("7", documents=[8]) == []


def test_how_rare_a_stem_is_counts_over_all_documents(index: Index) -> None:
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
    assert index.hit_ids("gamma") == [] and index.hit_ids("common") == [*first, *third]
    index.remove(first)
    index.remove(third)
    assert index.hit_ids("common") == [] and index_problems(index.db, SPACE) == []
    assert chunk_count(index.db, SPACE) == 0
    again = index.add(4, [body("alpha")])
    assert index.hit_ids("alpha") == list(again)


def test_each_chunk_is_stemmed_in_its_own_language(index: Index) -> None:
    texts = {"da": "Skærmene holder i månederne", "en": "The screens last for months at 12:30", "": "skærmen"}
    chunks = [
        Chunk(n, 1, 0, len(text), text, ("Garanti",), (), 5, code) for n, (code, text) in enumerate(texts.items())
    ]
    add_chunks(index.db, SPACE, ((chunk.ordinal + 1, chunk) for chunk in chunks), "da")

    def hit_ids(question: str) -> list[int]:
        return sorted(i for i, _ in search_lexical(index.db, SPACE, query_stems(question, ["da", "en"]), 9))

    assert hit_ids("skærme") == [1, 3]
    assert hit_ids("screen") == [2]
    assert hit_ids("garantien") == [1, 2, 3]
    assert index.hit_ids("12:30") == [2]


def test_rarity_counts_chunks_and_takes_small_stores_for_larger(index: Index) -> None:
    ids = index.add(1, [body("apple red"), body("apple green green")])
    weight = rarity(index.db, SPACE, ["apple", "green", "absent"])
    assert weight["apple"] < weight["green"] < weight["absent"]
    assert weight["absent"] == pytest.approx(math.log(2002))  # 1 + 1000.5 / 0.5: see LEAST_CHUNKS
    index.remove(ids)
    assert rarity(index.db, SPACE, ["apple"])["apple"] == weight["absent"]


@settings(deadline=None, max_examples=200)
@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from("a1-_./:,§ ‑’"), max_size=40))
def test_every_stem_is_a_term_as_it_stands(text: str) -> None:
    index = Index()
    expected = set(stems(text, "da"))
    add_stems(index.db, SPACE, [(1, [], sorted(expected))])
    index.db.execute(f"CREATE VIRTUAL TABLE terms USING fts5vocab(lexical_{SPACE}, 'row')")
    assert {row[0] for row in index.db.execute("SELECT term FROM terms")} == expected
    assert all(index.hit_ids(stem) == [1] for stem in expected)


@pytest.mark.parametrize(
    "damage",
    [
        f"DELETE FROM lexical_{SPACE}_data WHERE id > 10",
        f"DELETE FROM lexical_{SPACE}_data WHERE id = 10",
        f"UPDATE lexical_{SPACE}_data SET block = substr(block, 1, 20) WHERE id > 10",
        f"DELETE FROM lexical_{SPACE}_idx",
        f"INSERT INTO lexical_{SPACE}(rowid, body) VALUES (7777, 'red')",
        f"DROP TABLE lexical_{SPACE}",
    ],
)
def test_damage_is_found(index: Index, damage: str) -> None:
    index.add(1, [body(f"red apple {number}") for number in range(6000)])
    assert index_problems(index.db, SPACE) == []
    index.db.execute(damage)
    opened_again = apsw.Connection(":memory:")
    opened_again.deserialize("main", index.db.serialize("main"))
    assert index_problems(opened_again, SPACE) == [Notice("words_damaged")]


def test_chunks_that_are_not_in_the_index_are_found(index: Index) -> None:
    index.add(1, [body("red")])
    index.db.execute("INSERT INTO chunk VALUES (9, 1, 1, 1, 1, '[]', 'blue', '')")
    assert index_problems(index.db, SPACE) == [Notice("words_missing", {"stored": 2, "chunks": 1})]


def test_a_space_takes_its_index_with_it(index: Index) -> None:
    index.add(1, [body("red")])
    drop_index(index.db, SPACE)
    left = index.db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'lexical%'")
    assert left.fetchall() == []


def test_a_database_of_version_3_is_searched_at_once(tmp_path: Path) -> None:
    """Version 3 had FTS5 tables too, of another tokenizer."""
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
            candidates = store.chunks.search(None, query_stems(question, ["da", "en"]), 10)
            assert [candidate.chunk.id for candidate in candidates] == expected
        with store.database.read() as reading:
            assert index_problems(reading, 1) == []
            assert reading.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'words%'").get == 0
    finally:
        store.close()


def test_a_damaged_index_is_told_of_and_made_anew(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "kilde.db"))
    for migration in schema.MIGRATIONS:
        db.execute(migration) if isinstance(migration, str) else migration(db)
    db.pragma("user_version", len(schema.MIGRATIONS))
    db.execute(
        "INSERT INTO space VALUES (1, 'm', '', 4, '', '', 180, 40, 'active', '');"
        "INSERT INTO document(id, name, media_type, sha256, size, added, language, pages)"
        " VALUES (1, 'd', 'text/plain', '1', 1, '', 'en', 0)"
    )
    create_index(db, 1)
    with db:
        db.executemany(
            'INSERT INTO chunk(id, space_id, document_id, ordinal, page, start, "end", text, heading_path, sentences,'
            " tokens, language) VALUES (?1, 1, 1, ?1, 1, 0, 9, ?2, '[]', '[]', 3, 'en')",
            ((number, f"A red apple with the number {number}") for number in range(1, 400)),
        )
        schema.index.rebuild_index(db, 1)
    db.execute("UPDATE lexical_1_data SET block = zeroblob(length(block)) WHERE id > 10")
    db.close()
    store = SqliteStore(tmp_path)
    try:
        with pytest.raises(StoreDamaged):
            store.chunks.search(None, [["red"]], 10)
        assert isinstance(store.refusal, StoreDamaged)
        report = repair(store)
        assert Notice("repaired_words") in report.repaired and store.refusal is None
        assert len(store.chunks.search(None, [["red"]], 10)) == 10
    finally:
        store.close()
