"""Does Kilde refuse what its documents do not answer? python -m benchmarks.evidence [--fit]

Every question of every set is searched twice: in the whole store, and with the document that answers it left out.
Printed is how many are refused of each kind, by the constants in `rag/evidence.py`, and how long the decision takes.
Those constants were fitted on the same questions: --fit fits them anew (logistic regression, sets of equal weight) and
adds what comes of it with questions not seen while fitting: five folds, with all questions about a document in one
(in XQuAD about an article, of five paragraphs in a row), fitting on one set and testing on the other, and whether the
probabilities of the folds hold ("reliability"). Which signals there are was chosen with the same sets, so that all
figures are somewhat too good.
A few questions called unanswerable are answered by a second document all the same; they are not taken out.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.question_sets import available, indexed
from rag.embedding import Encoder, Passage, Tokens
from rag.evidence import COMPARED, MATCHED, WEIGHTS, Question, Signals, matches, measure
from rag.retrieval import fuse
from rag.settings import DEFAULT_EMBEDDING_MODEL, DEFAULTS
from rag.text import query_stems

RESULT = Path(__file__).parent / "results" / "evidence.json"
WRONGLY_REFUSED = 0.045
"""Share of answerable questions that the fitted threshold refuses, in the set where that is highest: below the 5 %
that are allowed, for questions that were not seen while fitting."""
FOLDS = 5
PARAGRAPHS = {"xquad_en": 5}
"""Documents in a row that belong to one article, and so into one fold."""
TIMED_EVERY = 25
NAMES = [field.name for field in fields(Signals)]
USED = {
    DEFAULT_EMBEDDING_MODEL: ("match", "ahead", "sentence", "outlier", "words", "missing", "rarity"),
    "": ("coverage", "words", "missing", "together", "second", "lexical", "rarity"),
}
"""With late interaction all eleven signals refuse no more than these seven, which answer more on a document of another
kind (Debian's manual)."""


class Remembering:
    """Encodes a passage once only; `Encoder.encode_tokens` and nothing else."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.kept: dict[tuple[Passage, bool], Tokens] = {}

    def encode_tokens(self, passages: Sequence[Passage], *, queries: bool = False) -> list[Tokens]:
        new = [passage for passage in passages if (passage, queries) not in self.kept]
        for passage, tokens in zip(new, self.encoder.encode_tokens(new, queries=queries), strict=True):
            self.kept[passage, queries] = tokens
        return [self.kept[passage, queries] for passage in passages]


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
        together = PARAGRAPHS.get(questions.name, 1)
        fold_of = {name: number // together % FOLDS for number, name in enumerate(sorted(ids))}
        encoder = library.models.embedding(DEFAULT_EMBEDDING_MODEL).encoder()
        remembering: Any = Remembering(encoder)
        vectors = encoder.encode_queries([q.text for q in questions.questions])
        languages = dict.fromkeys([*store.languages(), "da", "en"])
        for number, (question, vector) in enumerate(zip(questions.questions, vectors, strict=True)):
            stems = query_stems(question.text, languages)
            without = [i for name, i in ids.items() if name != question.document]
            for documents in (None, without):
                hits = fuse(store.search(vector, stems, 50, documents))
                timed = documents is None and number % TIMED_EVERY == 0
                began = time.perf_counter()
                rarity = store.rarity({stem for word in stems for stem in word})
                sentences = store.sentence_vectors([hit.chunk.id for hit in hits[:COMPARED]])
                asked = Question(question.text, stems, vector)
                met = matches(asked, hits[:MATCHED], rarity, encoder if timed else remembering)
                signals.append(measure(asked, hits[: DEFAULTS.k], hits[DEFAULTS.k :], rarity, sentences, met))
                if timed:
                    times.append((time.perf_counter() - began) * 1000)
                there.append(int(documents is None))
                names.append(questions.name)
                folds.append(fold_of[question.document])
        library.close()
    return signals, np.array(there), np.array(names), np.array(folds), times


def fitted(x: np.ndarray, y: np.ndarray, names: np.ndarray) -> tuple[float, np.ndarray, float]:
    """(bias, weights, odds): logistic regression, the bias moved so that at most WRONGLY_REFUSED are, in every set.

    odds: answerable questions to one unanswerable at which the moved bias gives true probabilities; as fitted, 1.
    """
    scale = x.std(axis=0) + 1e-9
    sizes = {name: (names == name).sum() for name in np.unique(names)}
    model = LogisticRegression(C=0.3, max_iter=1000)
    model.fit(x / scale, y, sample_weight=[len(y) / len(sizes) / sizes[n] for n in names])
    weights = model.coef_[0] / scale
    scores = x @ weights
    bias = -min(np.quantile(scores[(names == name) & (y == 1)], WRONGLY_REFUSED) for name in sizes)
    return float(bias), weights, float(np.exp(bias - model.intercept_[0]))


def rates(logits: np.ndarray, y: np.ndarray, names: np.ndarray) -> dict[str, Any]:
    """By set: the share of answerable and of unanswerable questions that score below 0 and so are refused."""
    result = {}
    for name in np.unique(names):
        chosen = names == name
        result[str(name)] = {
            "questions": int((chosen & (y == 1)).sum()),
            "answerable_refused": round(float((logits[chosen & (y == 1)] < 0).mean()), 4),
            "unanswerable_refused": round(float((logits[chosen & (y == 0)] < 0).mean()), 4),
        }
    return result


def held_out(x: np.ndarray, y: np.ndarray, names: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """The logit of each part of the searches, from constants that were fitted on all others."""
    logits = np.zeros(len(y))
    for part in np.unique(parts):
        rest = parts != part
        bias, weights, _ = fitted(x[rest], y[rest], names[rest])
        logits[~rest] = bias + x[~rest] @ weights
    return logits


def at_five_percent(logits: np.ndarray, y: np.ndarray, names: np.ndarray) -> dict[str, float]:
    """By set: the share of unanswerable questions refused where exactly 5 % of the answerable are."""
    shares = {}
    for name in np.unique(names):
        limit = np.quantile(logits[(names == name) & (y == 1)], 0.05)
        shares[str(name)] = round(float((logits[(names == name) & (y == 0)] < limit).mean()), 4)
    return shares


def reliability(logits: np.ndarray, y: np.ndarray, odds: float) -> list[dict[str, float]]:
    """By tenths of probability: how many searches, their mean probability, and the share that has an answer, were
    there `odds` answerable questions to one that is not."""
    p = 1 / (1 + np.exp(-logits))
    weight = np.where(y == 1, odds, 1.0)
    tenths = np.minimum((p * 10).astype(int), 9)
    return [
        {
            "from": tenth / 10,
            "searches": int((tenths == tenth).sum()),
            "probability": round(float(np.average(p[tenths == tenth], weights=weight[tenths == tenth])), 3),
            "answerable": round(float(np.average(y[tenths == tenth], weights=weight[tenths == tenth])), 3),
        }
        for tenth in np.unique(tenths).tolist()
    ]


def constants(model: str, bias: float, weights: np.ndarray) -> str:
    """The entry of `rag.evidence.WEIGHTS`."""
    values = [0.0] * len(NAMES)
    for name, weight in zip(USED[model], weights, strict=True):
        values[NAMES.index(name)] = round(float(weight), 3)
    return f'    "{model}": Weights({bias:.3f}, {tuple(values)}),'


def main() -> None:
    """Measure, and fit where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    signals, y, names, folds, times = collected()
    everything = np.array([[value or 0.0 for value in astuple(s)] for s in signals])
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for model, used in USED.items():
        label = model or "words alone"
        x = everything[:, [NAMES.index(name) for name in used]]
        if options.fit:
            bias, weights, odds = fitted(x, y, names)
            print(constants(model, bias, weights))
            logits = held_out(x, y, names, folds)
            result[label] = {
                "five folds by document": rates(logits, y, names),
                "five folds, at 5 % of the answerable": at_five_percent(logits, y, names),
                "fitted on the other set": rates(held_out(x, y, names, names), y, names),
                "answerable to one unanswerable": round(odds, 1),
                "reliability in the folds": reliability(logits, y, odds),
            }
        else:
            logits = WEIGHTS[model].bias + everything @ np.array(WEIGHTS[model].values)
            result.setdefault(label, {})["as shipped"] = rates(logits, y, names)
    result["decision_ms"] = {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95)}
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
