"""The schema of the database and its migrations.

`generation` counts changes of the searchable content. Each vector is stored with its generation, and each removal with
its range of chunks, so that an index in memory, in any process, catches up by reading everything newer than its own
generation.
"""

from __future__ import annotations

from collections.abc import Callable

import apsw

from rag.core.errors import StoreNewer
from rag.store import rows
from rag.store.lexical import index, legacy

_VERSION_1 = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0);

CREATE TABLE document(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    added TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '',
    title TEXT,
    pages INTEGER NOT NULL DEFAULT 0,
    replaces INTEGER  -- a document of the same name, which goes when this one can be found
);
CREATE INDEX document_by_name ON document(name);

CREATE TABLE page(
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    label TEXT,
    headings TEXT NOT NULL DEFAULT '[]',
    text TEXT NOT NULL,
    UNIQUE(document_id, number)
);

-- what makes vectors comparable; one space is active, at most one is being built beside it
CREATE TABLE space(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    query_prefix TEXT NOT NULL,
    passage_prefix TEXT NOT NULL,
    chunk_size INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'building')),
    created TEXT NOT NULL
);
CREATE UNIQUE INDEX one_space_each ON space(state);

-- AUTOINCREMENT: an id is never used again, so a removal named by its ids stays true for ever
CREATE TABLE chunk(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space_id INTEGER NOT NULL REFERENCES space(id) ON DELETE CASCADE,
    document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    heading_path TEXT NOT NULL,
    sentences TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    language TEXT NOT NULL,
    UNIQUE(document_id, space_id, ordinal)
);
CREATE INDEX chunk_by_space ON chunk(space_id);

-- vector: float32; sentences: float16, one row for each sentence of the chunk
CREATE TABLE embedding(
    chunk_id INTEGER PRIMARY KEY REFERENCES chunk(id) ON DELETE CASCADE,
    space_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    vector BLOB NOT NULL,
    sentences BLOB NOT NULL
);
CREATE INDEX embedding_by_generation ON embedding(space_id, generation);

CREATE TABLE removal(
    generation INTEGER NOT NULL,
    space_id INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
CREATE INDEX removal_by_generation ON removal(space_id, generation);

-- the queue: how far each document has come in each space
CREATE TABLE task(
    document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    space_id INTEGER NOT NULL REFERENCES space(id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    pages_done INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    chunks_done INTEGER NOT NULL DEFAULT 0,
    chunks INTEGER NOT NULL DEFAULT 0,
    notices TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (document_id, space_id)
) WITHOUT ROWID;
CREATE INDEX task_by_state ON task(space_id, state, document_id);

CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE conversation(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL
);

-- answer, hits, ledger: JSON, with the passages' text in it, so that a turn outlives its documents
CREATE TABLE turn(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    question TEXT NOT NULL,
    asked TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL DEFAULT '{}',
    UNIQUE(conversation_id, ordinal)
);
"""

_VERSION_2 = """
CREATE TABLE tag(
    document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (document_id, name)
) WITHOUT ROWID;

-- leaf: the last turn of the branch that is shown; scope: JSON
ALTER TABLE conversation ADD COLUMN leaf INTEGER;
ALTER TABLE conversation ADD COLUMN scope TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- turns are a tree: those with one parent are variants of each other
ALTER TABLE turn ADD COLUMN parent_id INTEGER REFERENCES turn(id) ON DELETE CASCADE;
UPDATE turn SET parent_id = (
    SELECT id FROM turn before WHERE before.conversation_id = turn.conversation_id AND before.ordinal < turn.ordinal
    ORDER BY before.ordinal DESC LIMIT 1
);
CREATE INDEX turn_by_parent ON turn(parent_id);
UPDATE conversation SET leaf = (
    SELECT id FROM turn WHERE conversation_id = conversation.id ORDER BY ordinal DESC LIMIT 1
);

-- what the user said of an answer: one question with the passages expected for it; it outlives its turn
CREATE TABLE saved_question(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id INTEGER UNIQUE REFERENCES turn(id) ON DELETE SET NULL,
    question TEXT NOT NULL,  -- as it stands alone
    saved TEXT NOT NULL,
    vote INTEGER NOT NULL DEFAULT 0,  -- 1 good, -1 bad
    note TEXT NOT NULL DEFAULT '',
    scenario TEXT NOT NULL DEFAULT ''
);
-- right: whether the passage should be found for the question, or should not
CREATE TABLE expected_passage(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    question_id INTEGER NOT NULL REFERENCES saved_question(id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    right INTEGER NOT NULL,
    UNIQUE(question_id, sha256, page, start, "end")
);
-- those that nobody marked: they are expected as long as the answer that quotes them is voted up
CREATE TABLE implied_passage(
    passage_id INTEGER PRIMARY KEY REFERENCES expected_passage(id) ON DELETE CASCADE
);

-- the saved questions searched again; report: JSON
CREATE TABLE question_run(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ran TEXT NOT NULL,
    report TEXT NOT NULL
);
"""

_VERSION_3 = """
-- removed: it is offered no more, but the turns that it answered still say what it was
CREATE TABLE assistant(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
);
-- content: JSON, see rag.conversations.assistants
CREATE TABLE assistant_version(
    assistant_id INTEGER NOT NULL REFERENCES assistant(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    made TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (assistant_id, number)
) WITHOUT ROWID;

ALTER TABLE conversation ADD COLUMN assistant INTEGER NOT NULL DEFAULT 0;

-- one question to several assistants or models at once: its turns are variants of each other
CREATE TABLE panel(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asked TEXT NOT NULL,
    scenario TEXT NOT NULL DEFAULT ''
);
ALTER TABLE turn ADD COLUMN panel_id INTEGER REFERENCES panel(id) ON DELETE SET NULL;
CREATE INDEX turn_by_panel ON turn(panel_id);
-- which of them was best: kept with all who took part, so that it counts after the conversation has gone
CREATE TABLE vote(
    panel_id INTEGER PRIMARY KEY REFERENCES panel(id) ON DELETE CASCADE,
    voted TEXT NOT NULL,
    scenario TEXT NOT NULL,
    turn_id INTEGER NOT NULL,
    contenders TEXT NOT NULL  -- JSON, see rag.conversations.panels
);

-- how a model did when it was last tried on this machine; report: JSON, see rag.models
CREATE TABLE model_trial(
    model TEXT PRIMARY KEY,
    tried TEXT NOT NULL,
    report TEXT NOT NULL
) WITHOUT ROWID;
"""


def _version_4(db: apsw.Connection) -> None:
    """Remove the earlier FTS5 tables, whose tokenizer split stems at some signs; version 6 creates new ones."""
    for space_id in rows.space_ids(db):
        for table in ("vocabulary", "words"):
            db.execute(f"DROP TABLE IF EXISTS {table}_{space_id:d}")


_VERSION_5 = """
-- a CRC-32 of the row, see rag.store.integrity.checksums; NULL in rows from before
ALTER TABLE chunk ADD COLUMN crc INTEGER;
ALTER TABLE page ADD COLUMN crc INTEGER;
-- whether its text was recognised in a picture
ALTER TABLE page ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
-- of the sheet that a chunk begins in, 0 where its document is no spreadsheet
ALTER TABLE chunk ADD COLUMN row INTEGER NOT NULL DEFAULT 0;
"""


def _version_6(db: apsw.Connection) -> None:
    """Create an FTS5 index for each space. Older data is moved later, see `rag.store.lexical.migration`."""
    for space_id in rows.space_ids(db):
        index.create_index(db, space_id)
        if not legacy.exists(db, space_id):
            index.add_stems(db, space_id, index.stored_chunks(db, space_id))


MIGRATIONS: tuple[str | Callable[[apsw.Connection], None], ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _version_4,
    _VERSION_5,
    _version_6,
)
"""A script or function for each version, in order; `PRAGMA user_version` counts those that were run."""


def check_version(db: apsw.Connection) -> None:
    """Raises StoreNewer if the database is of an unknown, newer version."""
    if int(db.pragma("user_version")) > len(MIGRATIONS):
        raise StoreNewer


def migrate(db: apsw.Connection) -> None:
    """Migrate an empty or older database to the newest version, atomically."""
    version = int(db.pragma("user_version"))
    if version >= len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.pragma("user_version"))  # another process may have migrated it first
        for step in MIGRATIONS[version:]:
            if isinstance(step, str):
                db.execute(step)
            else:
                step(db)
        db.pragma("user_version", len(MIGRATIONS))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
