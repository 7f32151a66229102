"""What large stores are made of is taken out of real libraries as it was put in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import material
from rag.library import Library
from rag.store import rows


def test_chunks_and_vectors_come_out_as_they_went_in(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.documents.add("a.txt", b"Batteries are covered for six months. The frame is covered for two years.")
    library.documents.add("b.txt", b"Everyone has 25 days of holiday. They are agreed on before May.")
    assert library.wait(60)
    monkeypatch.setattr(material, "CACHE", tmp_path)
    found = material._chunks()
    assert len(found) == 2
    for text, (row, vector, sentences) in found.items():
        chunk = rows.ChunkRow(*json.loads(rows.to_json(row))).chunk()
        assert chunk.text == text and len(sentences) == len(chunk.sentences) == 2
        np.testing.assert_allclose(np.linalg.norm(sentences.astype(np.float32), axis=1), 1, atol=0.01)
        assert np.linalg.norm(vector) == pytest.approx(1)
        kept = library.store.chunks.sentence_vectors([chunk.id])[chunk.id]
        np.testing.assert_array_equal(sentences.astype(np.float32), kept)
