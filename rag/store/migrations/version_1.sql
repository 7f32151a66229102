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
