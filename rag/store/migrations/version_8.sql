-- the document whose file has this one inside, such as the mail that it is attached to
ALTER TABLE document ADD COLUMN parent_id INTEGER REFERENCES document(id) ON DELETE SET NULL;
CREATE INDEX document_by_parent ON document(parent_id);
