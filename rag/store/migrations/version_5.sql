-- a CRC-32 of the row, see rag.store.integrity.checksums; NULL in rows from before
ALTER TABLE chunk ADD COLUMN crc INTEGER;
ALTER TABLE page ADD COLUMN crc INTEGER;
-- whether its text was recognised in a picture
ALTER TABLE page ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
-- of the sheet that a chunk begins in, 0 where its document is no spreadsheet
ALTER TABLE chunk ADD COLUMN row INTEGER NOT NULL DEFAULT 0;
