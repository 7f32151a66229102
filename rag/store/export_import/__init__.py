"""Exports a store with its embeddings as plain files, for notebooks or another machine, and imports them.

space.json              model, revision, dimension, prefixes and chunking
documents.jsonl         one document per line, with the text of its pages and its tags
chunks.parquet | .jsonl one row for each chunk
vectors.npy             (chunks, d) float32, in the order of the rows; a row of NaN for a chunk without a vector
sentences.npy           (sentences, d) float16, those of the first chunk first
files/<sha256>          the originals
"""

from rag.store.export_import.exporter import Counts, export
from rag.store.export_import.format import Format
from rag.store.export_import.importer import Imported, free_name, import_

__all__ = ["Counts", "Format", "Imported", "export", "free_name", "import_"]
