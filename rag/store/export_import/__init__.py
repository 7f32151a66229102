"""Save the embeddings and load them again: a store as plain files, for a notebook or another machine.

space.json              model, revision, dimension, prefixes and chunking
documents.jsonl         one document a line, with its pages' text and its tags
chunks.parquet | .jsonl one row for each chunk
vectors.npy             (chunks, d) float32, in the order of the rows; a row of NaN for a chunk without a vector
sentences.npy           (sentences, d) float16, those of the first chunk first
files/<sha256>          the originals
"""

from rag.store.export_import.exporter import Counts, export
from rag.store.export_import.format import Format
from rag.store.export_import.importer import Imported, free_name, import_

__all__ = ["Counts", "Format", "Imported", "export", "free_name", "import_"]
