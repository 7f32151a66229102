-- the version of the loader that read it, see rag.core.file_types.FileType; 0 in rows from before
ALTER TABLE document ADD COLUMN loader_version INTEGER NOT NULL DEFAULT 0;
