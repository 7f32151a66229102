"""Can the chance of an answer be believed, and are the right questions refused? python -m benchmarks.answerability

Every question of `benchmarks.answered` is asked through the public API, those of the articles also with the document
that answers left out. Measured are the constants in the code on the split "test", which nothing was fitted on, or with
--split on the other one: how many answerable questions are refused and how many others are answered, and of the answers
at each level how many first quotes are right, by set, language and kind of question. Only the split "test" is kept.

--fit fits the constants in `rag/answering/answerability.py` on the split "dev" (logistic regression, each set weighing
the same) and prints them, with what they reach on documents that were not fitted on (four folds), and with each signal
left out. --without-reader asks as with an embedding model that has no reader.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.answered import Case, cases
from benchmarks.machine import machine
from benchmarks.metrics import Values, estimate
from rag.answering.answerability import POSSIBLE, STRONG, Confidence, Models, Signals, Weights, confidence
from rag.models.embedding.registry import EmbeddingModelHandle

RESULT = Path(__file__).parent / "results" / "answerability.json"
WRONGLY_REFUSED = 0.05
"""Share of answerable questions that the threshold refuses, as fitted."""
FOLDS = 4
REGULAR = 1.0
NAMES = [field.name for field in fields(Signals)]
OF_READER, OF_VECTORS = ("best", "relevance", "sentence"), ("outlier",)
WAYS = {"reader": (), "vectors": OF_READER, "words": (*OF_READER, *OF_VECTORS)}
"""By what there is: the signals that are missing."""
BANDS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question. signals: (signals,); answerable: whether a document answers; first: whether the first quote does."""

    name: str
    group: str
    language: str
    kind: str
    signals: Values
    answerable: bool
    first: bool
    refused: bool
    chance: float


def judged(case: Case) -> Judged:
    """What became of a question."""
    trace, answer = case.turn.trace.answerability, case.turn.answer
    signals = np.array([trace.signals.get(name) or 0.0 for name in NAMES])
    refused = answer is None or not answer.answered
    chance = trace.chance or 0.0
    return Judged(
        case.name, case.group, case.language, case.kind, signals, case.answerable, case.first, refused, chance
    )


def fitted(of: Sequence[Judged], wanted: Callable[[Judged], bool], missing: Sequence[str] = ()) -> Weights:
    """A logistic model; the signals are brought to the same spread while it is fitted."""
    used = np.array([name not in missing for name in NAMES])
    values = np.array([one.signals for one in of]) * used
    spread = values.std(0) + 1e-9
    sizes = {name: sum(one.name == name for one in of) for name in {one.name for one in of}}
    weights = np.array([len(of) / len(sizes) / sizes[one.name] for one in of])
    model = LogisticRegression(C=REGULAR, max_iter=5_000)
    model.fit(values / spread, [wanted(one) for one in of], sample_weight=weights)
    return Weights(float(model.intercept_[0]), Signals(*(model.coef_[0] / spread * used).tolist()))


def with_threshold(of: Sequence[Judged], weights: Weights, least: float = WRONGLY_REFUSED) -> Weights:
    """The same with the bias at which that share of the answerable questions of the worst set is below 0.5."""
    logits = [
        np.quantile([_logit(weights, one.signals) for one in of if one.answerable and one.name == name], least)
        for name in {one.name for one in of}
    ]
    return Weights(weights.bias - float(np.mean(logits)), weights.signals)


def models(of: Sequence[Judged], missing: Sequence[str] = ()) -> Models:
    """Both models."""
    answers = with_threshold(of, fitted(of, lambda one: one.answerable, missing))
    return Models(answers, fitted(of, lambda one: one.first, missing))


def folded(of: Sequence[Judged], missing: Sequence[str] = ()) -> list[Judged]:
    """Each question judged by models of the folds that it is not in."""
    groups = sorted({(one.name, one.group) for one in of})
    fold = {group: number % FOLDS for number, group in enumerate(groups)}
    by_fold = [models([one for one in of if fold[one.name, one.group] != number], missing) for number in range(FOLDS)]
    return [rejudged(one, by_fold[fold[one.name, one.group]]) for one in of]


def rejudged(one: Judged, by: Models) -> Judged:
    """A question as other models judge it."""
    signals = Signals(*one.signals.tolist())
    refused = by.answers.probability(signals) < 0.5
    return Judged(
        one.name, one.group, one.language, one.kind, one.signals, one.answerable, one.first, refused,
        by.first.probability(signals),
    )  # fmt: skip


def _logit(weights: Weights, signals: Values) -> float:
    return weights.bias + float(np.array(astuple(weights.signals)) @ signals)


def figures(of: Sequence[Judged]) -> dict[str, Any]:
    """Shares with intervals: refused_wrongly, refused_rightly, and by level how many first quotes answer."""
    given = [one for one in of if not one.refused]
    result: dict[str, Any] = {"questions": len(of)}
    shares = {
        "refused_wrongly": [(one, one.refused) for one in of if one.answerable],
        "refused_rightly": [(one, one.refused) for one in of if not one.answerable],
        **{level.value: [(one, one.first) for one in given if confidence(one.chance) is level] for level in Confidence},
    }
    for name, values in shares.items():
        if values:
            share = estimate([float(value) for _, value in values], [(one.name, one.group) for one, _ in values])
            result[name] = {"n": len(values), **share.rounded()}
    return result


def bands(of: Sequence[Judged]) -> list[dict[str, float]]:
    """Of the answers given, by tenths of the chance: how many, the mean chance and the share that is right."""
    found = []
    for band in range(BANDS):
        inside = [one for one in of if not one.refused and min(int(one.chance * BANDS), BANDS - 1) == band]
        if inside:
            chance = float(np.mean([one.chance for one in inside]))
            right = float(np.mean([one.first for one in inside]))
            found.append({"answers": len(inside), "chance": round(chance, 4), "right": round(right, 4)})
    return found


def result_of(of: Sequence[Judged]) -> dict[str, Any]:
    """All figures: of all together, by set, by language and by kind of question."""
    result: dict[str, Any] = {"all": figures(of), "bands": bands(of)}
    for slice_name in ("name", "language", "kind"):
        values = sorted({getattr(one, slice_name) for one in of})
        result[slice_name] = {
            value: figures([one for one in of if getattr(one, slice_name) == value]) for value in values
        }
    return result


def said(result: dict[str, Any]) -> str:
    """Lines to print."""
    rows = [("all", result["all"]), *(row for name in ("name", "language", "kind") for row in result[name].items())]
    lines = [f"  {value:20} {_shares(one)}" for value, one in rows]
    for band in result["bands"]:
        lines.append(f"  chance {band['chance']:.2f}: {band['answers']} answers, right {band['right']:.3f}")
    return "\n".join(lines)


def _shares(one: dict[str, Any]) -> str:
    shares = [(name, share) for name, share in one.items() if name != "questions"]
    return ", ".join(f"{name} {share['value']:.3f} {share['interval']} of {share['n']}" for name, share in shares)


def fit(of: Sequence[Judged]) -> None:
    """Fit on all, and print the constants and what they reach in folds."""
    for way, missing in WAYS.items():
        if way == "reader" and not any(one.signals[NAMES.index("best")] for one in of):
            continue
        found = models(of, missing)
        print(f'    "{way}": Models(')
        for weights in (found.answers, found.first):
            values = ", ".join(f"{value:.3f}" for value in astuple(weights.signals))
            print(f"        Weights({weights.bias:.3f}, Signals({values})),")
        print("    ),")
        print(said({**result_of(folded(of, missing)), "kind": {}}))
    for name in NAMES:
        print(f"  without {name}: {_shares(figures(folded(of, (name,))))}")


def main() -> None:
    """Ask, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the constants on the split dev")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="what is measured")
    parser.add_argument("--without-reader", action="store_true", help="as with another embedding model")
    parser.add_argument("--every", type=int, default=1, help="of the articles one question in so many (1)")
    options = parser.parse_args()
    if options.without_reader:
        EmbeddingModelHandle.reader = lambda self: None  # type: ignore[method-assign]
    of = [judged(case) for case in cases("dev" if options.fit else options.split, options.every)]
    if options.fit:
        fit(of)
        return
    result = {
        "machine": machine(),
        "every": options.every,
        "levels": {"strong": STRONG, "possible": POSSIBLE},
        **result_of(of),
    }
    print(said(result))
    if options.split == "test" and not options.without_reader:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
