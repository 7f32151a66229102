"""Does Kilde refuse what its documents do not answer? python -m benchmarks.evidence [--fit]

Every question of every set is searched twice: in the whole store, and with the document that answers it left out.
Printed is how many are refused of each kind, and how long the decision takes. Those constants were fitted on the same
questions: for figures on questions not seen while fitting use --fit, which fits constants for `rag/evidence.py` anew
(logistic regression, sets of equal weight) and prints five-fold cross-validation, with all questions about a document
in one fold, and what comes of fitting on one set and testing on the other. Which signals there are was chosen with
the same sets, so that all figures are somewhat too good.
A few questions called unanswerable are answered by a second document all the same; they are not taken out.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.question_sets import available, indexed
from rag.evidence import COMPARED, WEIGHTS, Question, Signals, measure
from rag.retrieval import fuse
from rag.settings import DEFAULT_EMBEDDING_MODEL, DEFAULTS
from rag.text import query_stems

RESULT = Path(__file__).parent / "results" / "evidence.json"
WRONGLY_REFUSED = 0.04
"""Share of answerable questions that the fitted threshold refuses, in the set where that is highest: below the 5 %
that are allowed, for questions that were not seen while fitting."""
FOLDS = 5


def collected() -> tuple[list[Signals], np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """Signals, whether the document was there, the set and the fold, for every search; and the times, ms."""
    signals: list[Signals] = []
    there: list[int] = []
    names: list[str] = []
    folds: list[int] = []
    times: list[float] = []
    for questions in available():
        library = indexed(questions)
        store = library._store
        ids = {d.name: d.id for d in library.documents()}
        fold_of = {name: number % FOLDS for number, name in enumerate(sorted(ids))}
        encoder = library.models.embedding(DEFAULT_EMBEDDING_MODEL).encoder()
        vectors = encoder.encode_queries([q.text for q in questions.questions])
        languages = dict.fromkeys([*store.languages(), "da", "en"])
        for question, vector in zip(questions.questions, vectors, strict=True):
            stems = query_stems(question.text, languages)
            without = [i for name, i in ids.items() if name != question.document]
            for documents in (None, without):
                hits = fuse(store.search(vector, stems, 50, documents))
                began = time.perf_counter()
                rarity = store.rarity({stem for word in stems for stem in word})
                sentences = store.sentence_vectors([hit.chunk.id for hit in hits[:COMPARED]])
                asked = Question(question.text, stems, vector)
                signals.append(measure(asked, hits[: DEFAULTS.k], hits[DEFAULTS.k :], rarity, sentences))
                times.append((time.perf_counter() - began) * 1000)
                there.append(int(documents is None))
                names.append(questions.name)
                folds.append(fold_of[question.document])
        library.close()
    return signals, np.array(there), np.array(names), np.array(folds), times


def fitted(x: np.ndarray, y: np.ndarray, names: np.ndarray) -> tuple[float, np.ndarray]:
    """(bias, weights): logistic regression, the bias moved so that at most WRONGLY_REFUSED are in every set."""
    scale = x.std(axis=0) + 1e-9
    sizes = {name: (names == name).sum() for name in np.unique(names)}
    model = LogisticRegression(C=0.3, max_iter=1000)
    model.fit(x / scale, y, sample_weight=[len(y) / len(sizes) / sizes[n] for n in names])
    weights = model.coef_[0] / scale
    scores = x @ weights
    bias = -min(np.quantile(scores[(names == name) & (y == 1)], WRONGLY_REFUSED) for name in sizes)
    return float(bias), weights


def rates(scores: np.ndarray, y: np.ndarray, names: np.ndarray) -> dict[str, Any]:
    """By set: the share of answerable and of unanswerable questions that score below 0 and so are refused."""
    result = {}
    for name in np.unique(names):
        chosen = names == name
        result[str(name)] = {
            "questions": int((chosen & (y == 1)).sum()),
            "answerable_refused": round(float((scores[chosen & (y == 1)] < 0).mean()), 4),
            "unanswerable_refused": round(float((scores[chosen & (y == 0)] < 0).mean()), 4),
        }
    return result


def held_out(x: np.ndarray, y: np.ndarray, names: np.ndarray, parts: np.ndarray) -> dict[str, Any]:
    """Rates of each part of the searches, from constants that were fitted on all others."""
    scores = np.zeros(len(y))
    for part in np.unique(parts):
        rest = parts != part
        bias, weights = fitted(x[rest], y[rest], names[rest])
        scores[~rest] = bias + x[~rest] @ weights
    return rates(scores, y, names)


def main() -> None:
    """Measure, and fit where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    signals, y, names, folds, times = collected()
    everything = np.array([[value or 0.0 for value in astuple(s)] for s in signals])
    result: dict[str, Any] = {}
    for model, first in ((DEFAULT_EMBEDDING_MODEL, 0), ("", 2)):
        x = everything[:, first:]
        label = model or "words alone"
        if options.fit:
            bias, weights = fitted(x, y, names)
            values = [0.0] * first + [round(float(w), 3) for w in weights]
            print(f'    "{model}": Weights({bias:.3f}, {tuple(values)}),')
            result[label] = {
                "five folds by document": held_out(x, y, names, folds),
                "fitted on the other set": held_out(x, y, names, names),
            }
        else:
            scores = WEIGHTS[model].bias + x @ np.array(WEIGHTS[model].values[first:])
            result[label] = rates(scores, y, names)
    result["decision_ms"] = {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95)}
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    if not options.fit:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
