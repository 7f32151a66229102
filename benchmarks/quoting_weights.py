"""Fits the weights of `rag/generation/quoting/choosing.py`: python -m benchmarks.quoting_weights [--test]

A conditional logistic model of which part of the passages answers, over the questions of the split "dev" of
`benchmarks.answered`, each set weighing the same. Printed: the weights with and without the reader, and how often the
best part answers on documents that were not fitted on (four folds), also with each signal left out. --test prints what
the weights in the code reach on the split "test", which nothing was fitted on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from benchmarks.answered import Case, cases
from benchmarks.metrics import Values, estimate
from rag.answering.analysis.requoting import Requoter
from rag.generation.quoting.choosing import WEIGHTS
from rag.generation.quoting.quotable import quotables
from rag.generation.quoting.signals import Signals, measure
from rag.store.values import Question

FOLDS = 4
RIDGE = 0.005
STEPS, RATE = 300, 0.1
NAMES = [field.name for field in fields(Signals)]
OF_READER = ("sentence", "relevance", "span")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a question's passages. signals: (parts, signals); right: which of them answer."""

    name: str
    group: str
    signals: Values
    right: np.ndarray

    def without(self, left_out: Sequence[str]) -> Parts:
        kept = np.array([float(name not in left_out) for name in NAMES])
        return replace(self, signals=self.signals * kept)


def parts_of(case: Case) -> Parts:
    """What could be quoted in answer to a question."""
    requoting = Requoter(case.library.store, case.library.embedding_models).of(case.turn)
    known, turn = requoting.known, case.turn
    found = quotables(turn.hits, known.after)
    question = Question(turn.searched, requoting.stems, requoting.question)
    signals = measure(question, found, known.vectors, known.readings).values if found else np.zeros((0, len(NAMES)))
    return Parts(case.name, case.group, signals, np.array([case.right(part.text) for part in found], bool))


def fitted(of: Sequence[Parts]) -> Values:
    """(signals,) by gradient steps (Adam); questions of which no part or each answers say nothing."""
    telling = [one for one in of if one.right.any() and not one.right.all()]
    sizes = {name: sum(one.name == name for one in telling) for name in {one.name for one in telling}}
    weights = np.zeros(len(NAMES))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        gradient = RIDGE * weights
        for one in telling:
            scores = one.signals @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            wanted = chances * one.right / (chances * one.right).sum()
            gradient += (chances - wanted) @ one.signals / (sizes[one.name] * len(sizes))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def firsts(of: Sequence[Parts], weights: Values) -> list[float]:
    """Of each question whether the best part answers."""
    return [float(len(one.right) > 0 and one.right[int(np.argmax(one.signals @ weights))]) for one in of]


def folded(of: Sequence[Parts]) -> list[float]:
    """As `firsts`, each question by weights of the folds that it is not in."""
    groups = sorted({(one.name, one.group) for one in of})
    fold = {group: number % FOLDS for number, group in enumerate(groups)}
    weights = [fitted([one for one in of if fold[one.name, one.group] != number]) for number in range(FOLDS)]
    return [firsts([one], weights[fold[one.name, one.group]])[0] for one in of]


def said(of: Sequence[Parts], values: Sequence[float]) -> str:
    """The share of each set, with its interval."""
    shares = []
    for name in dict.fromkeys(one.name for one in of):
        places = [place for place, one in enumerate(of) if one.name == name]
        figure = estimate([values[place] for place in places], [of[place].group for place in places])
        shares.append(f"{name} {figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]")
    return ", ".join(shares)


def main() -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="what the weights in the code reach on the split test")
    parser.add_argument("--every", type=int, default=1, help="of the articles one question in so many (1)")
    options = parser.parse_args()
    of = [parts_of(case) for case in cases("test" if options.test else "dev", options.every) if case.answerable]
    for reader in (True, False):
        used = of if reader else [one.without(OF_READER) for one in of]
        print("with the reader" if reader else "without it")
        weights = np.array([getattr(WEIGHTS[reader], name) for name in NAMES])
        print("  weights in the code:", said(used, firsts(used, weights)))
        if options.test:
            continue
        found = fitted(used)
        print("  fitted:", ", ".join(f"{name}={weight:.2f}" for name, weight in zip(NAMES, found, strict=True)))
        print("  in folds:", said(used, folded(used)))
        for name in NAMES:
            left = [one.without((name,)) for one in used]
            print(f"  without {name}:", said(left, folded(left)))


if __name__ == "__main__":
    main()
