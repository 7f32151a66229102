"""Does "strong" mean what it says? python -m benchmarks.relevance [--fit]

Every question of every set with known passages is searched, and every fifth once more without the document that answers
it, as users ask such questions, too; then no passage is right. Of each of the first ten hits the probability that it is
the right one is set against whether it is. The figures are of five folds by document, each judged by constants that
were fitted on the others (logistic regression), and of the test half of the Danish questions, which were fitted on in
no fold. --fit prints the constants for `rag/retrieval/relevance.py`, fitted on everything else.

A hit is right where it holds the accepted answer (see `benchmarks.retrieval`). Other passages that answer as well count
as wrong, so that the truth is a little better.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.machine import machine
from benchmarks.named_sets import named
from benchmarks.question_sets import indexed
from benchmarks.retrieval import Targets
from rag.retrieval.relevance import Level, level, measure

RESULT = Path(__file__).parent / "results" / "relevance.json"
SETS = ("xquad_en", "norquad_validation", "danish")
SHOWN = 10
WITHOUT_EVERY = 5
FOLDS = 5
BINS = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """n hits: signals (n, 6), right (n,), fold (n,) with -1 for those held out, set (n,), rank (n,)."""

    signals: np.ndarray
    right: np.ndarray
    fold: np.ndarray
    name: np.ndarray
    rank: np.ndarray


def shown(names: Iterable[str], *, meaning: bool) -> Shown:
    """The hits of all questions of some sets."""
    rows: list[tuple[tuple[float, ...], bool, int, str, int]] = []
    for name in names:
        questions = named(name)
        with indexed(questions) as library:
            targets = Targets(library, questions)
            ids = {document.name: document.id for document in library.documents.all()}
            fold_of = {document: number % FOLDS for number, document in enumerate(sorted(ids))}
            for number, question in enumerate(questions.questions):
                target = targets.of(question)
                fold = -1 if question.split == "test" else fold_of[question.document]
                searches: list[list[int] | None] = [None]
                if number % WITHOUT_EVERY == 0:
                    searches.append([i for document, i in ids.items() if document != question.document])
                for documents in searches:
                    hits = library.search(question.text, meaning=meaning, documents=documents).hits
                    signals = measure(hits)[:SHOWN]
                    for hit, of in zip(hits, signals, strict=False):
                        right = documents is None and target.is_met_by(hit)
                        rows.append((of.values(), right, fold, name, hit.retrieved_rank))
    signals, right, folds, sets, ranks = (np.array(column) for column in zip(*rows, strict=True))
    return Shown(signals, right, folds, sets, ranks)


def fitted(hits: Shown, chosen: np.ndarray) -> LogisticRegression:
    """The sets weigh the same."""
    names = hits.name[chosen]
    weights = sum((names == name) / (names == name).sum() for name in set(names))
    return LogisticRegression(C=10.0, max_iter=1000).fit(
        hits.signals[chosen], hits.right[chosen], sample_weight=weights / weights.mean()
    )


def probabilities(hits: Shown) -> np.ndarray:
    """(n,): of each hit, by constants that were not fitted on it."""
    found = np.zeros(len(hits.right))
    for fold in (-1, *range(FOLDS)):
        model = fitted(hits, (hits.fold != fold) & (hits.fold != -1))
        found[hits.fold == fold] = model.predict_proba(hits.signals[hits.fold == fold])[:, 1]
    return found


def levels(hits: Shown, found: np.ndarray, chosen: np.ndarray) -> list[dict[str, Any]]:
    """How often the hits of each level were right, among the first ten and among the first four."""
    of = np.array([level(p).value for p in found])
    rows = []
    for one in Level:
        marked = chosen & (of == one.value)
        first = marked & (hits.rank <= 4)
        rows.append(
            {
                "name": one.value,
                "n": int(marked.sum()),
                "right": int(hits.right[marked].sum()),
                "n_of_four": int(first.sum()),
                "right_of_four": int(hits.right[first].sum()),
            }
        )
    return rows


def result(hits: Shown) -> dict[str, Any]:
    """As JSON."""
    found = probabilities(hits)
    edges = np.linspace(0, 1, BINS + 1)
    at = np.clip(np.digitize(found, edges) - 1, 0, BINS - 1)
    return {
        "bins": [
            {
                "from": round(float(edges[b]), 2),
                "to": round(float(edges[b + 1]), 2),
                "n": int((at == b).sum()),
                "right": int(hits.right[at == b].sum()),
                "said": round(float(found[at == b].mean()), 4) if (at == b).any() else None,
            }
            for b in range(BINS)
        ],
        "levels": levels(hits, found, np.ones(len(found), bool)),
        "by_set": {
            f"{name}{' test' if held else ''}": levels(hits, found, (hits.name == name) & ((hits.fold == -1) == held))
            for name in dict.fromkeys(hits.name.tolist())
            for held in (False, True)
            if ((hits.name == name) & ((hits.fold == -1) == held)).any()
        },
        "brier": round(float(((found - hits.right) ** 2).mean()), 4),
    }


def main() -> None:
    """The table, and the constants where asked for."""
    parser = argparse.ArgumentParser(description="How often a passage's relevance is right")
    parser.add_argument("--fit", action="store_true", help="print the constants of rag/retrieval/relevance.py")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine()}
    for meaning in (True, False):
        hits = shown(SETS, meaning=meaning)
        key = "by_meaning_and_words" if meaning else "by_words"
        of = result(hits)
        figures |= of if meaning else {key: of}
        print(f"{key}: {len(hits.right)} hits, Brier score {of['brier']}")
        for name, rows in {"all": of["levels"], **of["by_set"]}.items():
            said = "  ".join(f"{r['name']} {r['right']} of {r['n']}" for r in rows)
            print(f"  {name:24} {said}")
        if options.fit:
            model = fitted(hits, hits.fold != -1)
            signals = ", ".join(f"{w:.2f}" for w in model.coef_[0])
            print(f"    {meaning}: Weights({model.intercept_[0]:.2f}, ({signals})),")
    RESULT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
