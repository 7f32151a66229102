-- pages whose pictures are still to be recognised, by number, see rag.core.types.Document; '{}' for none
ALTER TABLE document ADD COLUMN lacking TEXT NOT NULL DEFAULT '{}';
