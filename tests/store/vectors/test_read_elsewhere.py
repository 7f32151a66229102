"""The lines of README.md under "Read the vectors elsewhere", run as they stand on a library on the disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from rag.library import Library
from rag.models.embedding.registry import LocalModels
from rag.store.vectors import index as vector_index
from tests.conftest import FakeModels

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
TEXTS = ("Batteriet er dækket i to år.", "Kompressoren er dækket i ti år.", "Ferie skal varsles en måned før.")


def lines() -> str:
    (block,) = re.findall(r"## Read the vectors elsewhere\n.*?```python\n(.*?)```", README, re.DOTALL)
    return str(block)


@pytest.mark.parametrize("limit", [vector_index.EXACT_LIMIT, 20], ids=["flat", "ivf"])
def test_the_lines_of_the_readme_find_what_kilde_finds(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_LIMIT", limit)
    monkeypatch.setattr(LocalModels, "embedding", lambda _, name: models.embedding(name))
    monkeypatch.chdir(tmp_path)
    with Library.open("vectorstore", work=False) as library:
        for number in range(40):
            library.documents.add(f"d{number}.txt", f"{TEXTS[number % 3]} Se afsnit {number}.".encode())
        library.work_until_done(lambda _: None)
        library.maintenance.export(tmp_path / "FOLDER")
    names: dict[str, Any] = {}
    exec(lines(), names)
    assert isinstance(names["index"], faiss.IndexIDMap2 if limit > 20 else faiss.IndexIVFScalarQuantizer)
    assert names["index"].ntotal == 40
    with names["library"] as library:
        query = models.embedding("").encoder().encode_queries(["Hvor længe er batteriet dækket?"])[0]
        found = {c.chunk.id: c for c in library.store.chunks.search(query, [], 40)}
    (ids,), (scores,) = names["chunk_ids"].tolist(), names["scores"].tolist()
    assert all("Batteriet" in found[chunk_id].chunk.text for chunk_id in ids)
    rounding = 1e-6 if limit > 20 else 0.02
    assert scores == pytest.approx([found[chunk_id].dense_score for chunk_id in ids], abs=rounding)
    assert scores == pytest.approx([c.dense_score for c in found.values()][:5], abs=rounding)
    _, nearest = names["index"].search(np.load("FOLDER/vectors.npy")[:1], 5)
    assert nearest[0, 0] == min(found)
