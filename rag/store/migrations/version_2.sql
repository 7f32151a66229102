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
