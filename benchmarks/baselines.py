"""What others reach on the public sets, as constants: measured before Kilde was made, or published.

MEASURED: chunks of 600 characters with 100 of overlap, a hit where a chunk holds at least half of the answer's span,
2 cores, no GPU. "NorQuAD" is validation and test together there (481 articles, 2,427 chunks, 944 questions), so that it
is a little harder than validation alone; "XQuAD English" is the set measured here (240 paragraphs, 474 chunks, 1,190
questions).
PUBLISHED: nDCG@10 on Danish sets, as given by their authors; not measured here.
TARGETS: what retrieval is to reach by default settings.
"""

from __future__ import annotations

from typing import Any

_COLUMNS = ("r_at_1", "r_at_4", "r_at_10", "mrr")
_NORQUAD = {
    "all-MiniLM-L6-v2": (0.227, 0.386, 0.486, 0.306),
    "multilingual-e5-small, 4-bit": (0.622, 0.864, 0.921, 0.736),
    "BM25, Snowball stems": (0.683, 0.887, 0.943, 0.777),
    "reciprocal-rank fusion of both, k = 60": (0.686, 0.926, 0.966, 0.793),
    "convex fusion, half and half": (0.727, 0.941, 0.969, 0.821),
    "convex fusion, 0.7 dense": (0.719, 0.943, 0.974, 0.819),
}
_XQUAD = {
    "all-MiniLM-L6-v2": (0.808, 0.961, 0.984, 0.880),
    "multilingual-e5-small, 4-bit": (0.884, 0.979, 0.997, 0.930),
    "BM25, Snowball stems": (0.870, 0.966, 0.985, 0.916),
    "convex fusion, 0.7 dense": (0.918, 0.986, 0.996, 0.951),
}
MEASURED: dict[str, dict[str, dict[str, float]]] = {
    name: {retriever: dict(zip(_COLUMNS, row, strict=True)) for retriever, row in rows.items()}
    for name, rows in (("norquad_validation", _NORQUAD), ("xquad_en", _XQUAD))
}
PUBLISHED: dict[str, dict[str, float]] = {
    "all-MiniLM-L6-v2": {"TV2Nord": 34.1, "Belebele-da": 41.6},
    "BM25": {"TV2Nord": 89.8, "Belebele-da": 78.1},
    "multilingual-e5-small": {"TV2Nord": 90.4, "Belebele-da": 90.6},
    "bge-m3": {"TV2Nord": 94.2, "Belebele-da": 94.5},
}
TARGETS: dict[str, dict[str, float]] = {
    "norquad_validation": {"r_at_4": 0.955, "mrr": 0.84},
    "xquad_en": {"r_at_4": 0.988, "mrr": 0.955},
}


def as_json() -> dict[str, Any]:
    """All of it, with what it is, for a result."""
    return {"what": " ".join((__doc__ or "").split()), "measured": MEASURED, "published": PUBLISHED, "targets": TARGETS}
