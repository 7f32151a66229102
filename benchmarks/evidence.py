"""Does Kilde refuse what its documents do not answer? python -m benchmarks.evidence [--fit]

Every question of every set is searched twice: in the whole store, and with the document that answers it left out.
Printed is how many are refused of each kind; with --fit, constants for `rag/evidence.py` are fitted first (logistic
regression, sets of equal weight), the figures then being those of five-fold cross-validation.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.question_sets import available, indexed
from rag.evidence import WEIGHTS, Signals, measure
from rag.retrieval import fuse
from rag.settings import DEFAULT_EMBEDDING_MODEL, DEFAULTS
from rag.text import query_stems

RESULT = Path(__file__).parent / "results" / "evidence.json"
WRONGLY_REFUSED = 0.045
"""Share of answerable questions that the fitted threshold refuses, in the set where that is highest."""


def collected() -> tuple[list[Signals], np.ndarray, np.ndarray]:
    """Signals, whether the document was there, and the set, for every search."""
    signals: list[Signals] = []
    there: list[int] = []
    names: list[str] = []
    for questions in available():
        library = indexed(questions)
        store = library._store
        ids = {d.name: d.id for d in library.documents()}
        encoder = library.models.embedding(DEFAULT_EMBEDDING_MODEL).encoder()
        vectors = encoder.encode_queries([q.text for q in questions.questions])
        languages = dict.fromkeys([*store.languages(), "da", "en"])
        for question, vector in zip(questions.questions, vectors, strict=True):
            stems = query_stems(question.text, languages)
            rarity = store.rarity({stem for word in stems for stem in word})
            without = [i for name, i in ids.items() if name != question.document]
            for documents in (None, without):
                hits = fuse(store.search(vector, stems, 50, documents))
                signals.append(measure(stems, hits[: DEFAULTS.k], hits[DEFAULTS.k :], rarity))
                there.append(int(documents is None))
                names.append(questions.name)
        library.close()
    return signals, np.array(there), np.array(names)


def fitted(x: np.ndarray, y: np.ndarray, names: np.ndarray) -> tuple[float, np.ndarray]:
    """(bias, weights): logistic regression, the bias moved so that at most WRONGLY_REFUSED are in every set."""
    scale = x.std(axis=0) + 1e-9
    sizes = {name: (names == name).sum() for name in np.unique(names)}
    model = LogisticRegression(C=1.0).fit(x / scale, y, sample_weight=[1.0 / sizes[n] * len(y) for n in names])
    weights = model.coef_[0] / scale
    scores = x @ weights
    bias = -min(np.quantile(scores[(names == name) & (y == 1)], WRONGLY_REFUSED) for name in sizes)
    return float(bias), weights


def rates(scores: np.ndarray, y: np.ndarray, names: np.ndarray) -> dict[str, Any]:
    result = {}
    for name in np.unique(names):
        chosen = names == name
        result[str(name)] = {
            "questions": int((chosen & (y == 1)).sum()),
            "answerable_refused": round(float((scores[chosen & (y == 1)] < 0).mean()), 4),
            "unanswerable_refused": round(float((scores[chosen & (y == 0)] < 0).mean()), 4),
        }
    return result


def main() -> None:
    """Measure, and fit where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    signals, y, names = collected()
    everything = np.array([[value or 0.0 for value in astuple(s)] for s in signals])
    result: dict[str, Any] = {}
    for model, first in ((DEFAULT_EMBEDDING_MODEL, 0), ("", 2)):
        x = everything[:, first:]
        if options.fit:
            folds = (np.arange(len(y)) // 2) % 5
            scores = np.zeros(len(y))
            for fold in range(5):
                bias, weights = fitted(x[folds != fold], y[folds != fold], names[folds != fold])
                scores[folds == fold] = bias + x[folds == fold] @ weights
            bias, weights = fitted(x, y, names)
            values = [0.0] * first + [round(float(w), 3) for w in weights]
            print(f'    "{model}": Weights({bias:.3f}, {tuple(values)}),')
        else:
            scores = WEIGHTS[model].bias + x @ np.array(WEIGHTS[model].values[first:])
        result[model or "words alone"] = rates(scores, y, names)
    print("background:", round(float(np.mean([s.cosine - s.gap for s in signals if s.cosine and s.gap])), 4))
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    if not options.fit:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
