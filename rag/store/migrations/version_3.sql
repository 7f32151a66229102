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
