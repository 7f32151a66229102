"""Does Kilde refuse what its documents do not answer? python -m benchmarks.answerability [--fit]

Every question of every set is searched twice: in the whole store, and with the document that answers it left out.
Printed is how many are refused of each kind, by the constants in `rag/answering/answerability.py`, and how long the
decision takes.
Those constants were fitted on the same questions: --fit fits them anew (logistic regression, sets of equal weight) and
adds what comes of it with questions not seen while fitting: five folds, with all questions about a document in one
(in XQuAD about an article, of five paragraphs in a row), fitting on one set and testing on the other, and whether the
probabilities of the folds hold ("reliability"). Which signals there are was chosen with the same sets, so that all
figures are somewhat too good.

A few questions are answered by a second document, although the one that they were written for is left out. "raw"
counts them as unanswerable; "audited" counts those in `data/answered_elsewhere.jsonl` as answerable, so that refusing
them is wrong. They were found by reading the four passages of all 301 questions without their document that were
answered in the folds before there was a threshold for each language (22 are answered elsewhere), and of 80 drawn at
random from the 1,361 refused (1). A passage had to state the same fact; one that answers an ambiguous question in
another way does not count. The constants are fitted with the raw labels.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from benchmarks.question_sets import CACHE, DATA, available, indexed
from rag.answering.answerability import COMPARED, MATCHED, WEIGHTS, Signals, in_english, matches, measure
from rag.core.settings import DEFAULT_EMBEDDING_MODEL, DEFAULTS
from rag.core.text.sentences import query_words
from rag.core.types import Scope
from rag.models.embedding.protocol import Encoder, Passage, Tokens
from rag.retrieval.fusion import CANDIDATES
from rag.retrieval.searcher import ranked
from rag.store.values import Question

RESULT = Path(__file__).parent / "results" / "answerability.json"
ELSEWHERE = DATA / "answered_elsewhere.jsonl"
TOKENS = CACHE / "tokens"
WRONGLY_REFUSED = 0.042
"""Share of answerable questions that the fitted thresholds refuse: below the 5 % that are allowed, for questions that
were not seen while fitting."""
FEWEST = 100
"""Searches in a language for a threshold of its own: a question in Norwegian that quotes English words is no set."""
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
    """Encodes a passage once only, also between runs; `Encoder.encode_tokens` and nothing else.

    States are kept as float16, and a passage that is new in this run is rounded to it too.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self.encoder = encoder
        self.path = path
        self.kept: dict[str, Tokens] = {}
        self.new = False
        if path.exists():
            with np.load(path) as file:
                ends = np.cumsum(file["lengths"])[:-1]
                parts = zip(np.split(file["states"], ends), np.split(file["places"], ends), strict=True)
                self.kept = {str(k): Tokens(s, p) for k, (s, p) in zip(file["keys"], parts, strict=True)}

    def encode_tokens(self, passages: Sequence[Passage], *, queries: bool = False) -> list[Tokens]:
        keys = [sha256(repr((p.context, p.text, queries)).encode()).hexdigest() for p in passages]
        missing = {key: p for key, p in zip(keys, passages, strict=True) if key not in self.kept}
        for key, tokens in zip(missing, self.encoder.encode_tokens([*missing.values()], queries=queries), strict=True):
            self.kept[key] = Tokens(tokens.states.astype(np.float16), tokens.places)  # type: ignore[arg-type]
            self.new = True
        return [Tokens(self.kept[key].states.astype(np.float32), self.kept[key].places) for key in keys]

    def save(self) -> None:
        """For the next run, which is quick."""
        if self.new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept = list(self.kept.values())
            np.savez(
                self.path,
                keys=np.array(list(self.kept)),
                lengths=np.array([len(tokens.places) for tokens in kept]),
                states=np.concatenate([tokens.states for tokens in kept]),
                places=np.concatenate([tokens.places for tokens in kept]),
            )


@dataclass(frozen=True, slots=True)
class Searches:
    """Of each of n searches, as arrays (n,) but for signals, (n, 11).

    there: whether the document that answers was. answered: whether it or another one was, as audited. english: whether
    the question is. times: ms, of some decisions, on one core: elapsed and worked.
    """

    signals: np.ndarray
    there: np.ndarray
    answered: np.ndarray
    names: np.ndarray
    folds: np.ndarray
    english: np.ndarray
    times: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """biases: by whether the question is in English; under None for a language not fitted on: what refuses fewest.

    odds: by the same, answerable questions to one unanswerable at which that bias gives true probabilities.
    """

    biases: dict[bool | None, float]
    weights: np.ndarray
    odds: dict[bool | None, float]

    def logits(self, x: np.ndarray, english: np.ndarray) -> np.ndarray:
        """(n,): below 0 is refused."""
        chosen = [self.biases.get(bool(e), self.biases[None]) for e in english]
        return np.array(x @ self.weights + np.array(chosen))


def elsewhere() -> set[tuple[str, str, str]]:
    """(set, question, document left out) of those that a second document answers too; ids alone are not unique.

    Raises AssertionError where the second document lacks the quote.
    """
    documents = {questions.name: questions.documents for questions in available()}
    entries = [json.loads(line) for line in ELSEWHERE.read_text(encoding="utf-8").splitlines()]
    for entry in entries:
        assert entry["quote"] in documents[entry["set"]][entry["document"]], entry
    return {(entry["set"], entry["question"], entry["left_out"]) for entry in entries}


def collected() -> Searches:
    """Searches for every question, with its document and without."""
    rows: list[tuple[Signals, bool, bool, str, int, bool]] = []
    times: list[tuple[float, float]] = []
    audited = elsewhere()
    for questions in available():
        library = indexed(questions)
        store = library.store
        ids = {d.name: d.id for d in library.documents.all()}
        together = PARAGRAPHS.get(questions.name, 1)
        fold_of = {name: number // together % FOLDS for number, name in enumerate(sorted(ids))}
        encoder = library.embedding_models.embedding(DEFAULT_EMBEDDING_MODEL).encoder()
        torch.set_num_threads(1)  # on a busy machine several wait for each other, many times as long as they work
        remembering: Any = Remembering(encoder, TOKENS / f"{questions.name}.npz")
        vectors = encoder.encode_queries([q.text for q in questions.questions])
        languages = dict.fromkeys([*store.chunks.searchable(Scope()).languages, "da", "en"])
        for number, (question, vector) in enumerate(zip(questions.questions, vectors, strict=True)):
            words = query_words(question.text, languages)
            stems = [list(alternatives) for alternatives in words]
            without = [i for name, i in ids.items() if name != question.document]
            for documents in (None, without):
                rarity = store.chunks.rarity({stem for word in stems for stem in word})
                candidates = store.chunks.search(vector, stems, CANDIDATES, documents)
                hits = ranked(store.chunks, candidates, words, rarity, question.text)
                timed = documents is None and number % TIMED_EVERY == 0
                began, worked = time.perf_counter(), time.process_time()
                sentences = store.chunks.sentence_vectors([hit.chunk.id for hit in hits[:COMPARED]])
                asked = Question(question.text, stems, vector)
                met = matches(asked, hits[:MATCHED], rarity, encoder if timed else remembering)
                signals = measure(asked, hits[: DEFAULTS.k], hits[DEFAULTS.k :], rarity, sentences, met)
                if timed:
                    times.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
                there = documents is None
                answered = there or (questions.name, question.id, question.document) in audited
                english = in_english(question.text)
                rows.append((signals, there, answered, questions.name, fold_of[question.document], english))
        remembering.save()
        library.close()
    signals_, there_, answered_, names, folds, english_ = zip(*rows, strict=True)
    return Searches(
        np.array([[value or 0.0 for value in astuple(s)] for s in signals_]),
        np.array(there_),
        np.array(answered_),
        np.array(names),
        np.array(folds),
        np.array(english_),
        times,
    )


def fitted(x: np.ndarray, searches: Searches, chosen: np.ndarray, apart: bool) -> Fitted:
    """Logistic regression on the chosen searches, the bias moved so that at most WRONGLY_REFUSED of the answerable are.

    chosen: (n,) bool. apart: a bias for each language; else one, which refuses no more than that in either.
    """
    x, y, names, english = (a[chosen] for a in (x, searches.there, searches.names, searches.english))
    scale = x.std(axis=0) + 1e-9
    sizes = {name: (names == name).sum() for name in np.unique(names)}
    model = LogisticRegression(C=0.3, max_iter=1000)
    model.fit(x / scale, y, sample_weight=[len(y) / len(sizes) / sizes[n] for n in names])
    weights = model.coef_[0] / scale
    scores = x @ weights
    biases: dict[bool | None, float] = {
        bool(e): -float(np.quantile(scores[(english == e) & y], WRONGLY_REFUSED))
        for e in np.unique(english)
        if (english == e).sum() >= FEWEST
    }
    biases[None] = max(biases.values())
    if not apart:
        biases = dict.fromkeys((True, False, None), biases[None])
    odds = {e: float(np.exp(bias - model.intercept_[0])) for e, bias in biases.items()}
    return Fitted(biases, weights, odds)


def rates(logits: np.ndarray, searches: Searches) -> dict[str, Any]:
    """By set, with the raw and the audited labels: of the answerable and of the unanswerable, how many there are and
    the share that scores below 0 and so is refused."""
    result: dict[str, Any] = {}
    for name in np.unique(searches.names):
        result[str(name)] = {}
        for label, y in (("raw", searches.there), ("audited", searches.answered)):
            refused = logits < 0
            yes, no = (searches.names == name) & y, (searches.names == name) & ~y
            result[str(name)][label] = {
                "answerable": int(yes.sum()),
                "answerable_refused": round(float(refused[yes].mean()), 4),
                "unanswerable": int(no.sum()),
                "unanswerable_refused": round(float(refused[no].mean()), 4),
            }
    return result


def held_out(x: np.ndarray, searches: Searches, parts: np.ndarray, apart: bool) -> np.ndarray:
    """The logit of each part of the searches, from constants that were fitted on all others."""
    logits = np.zeros(len(x))
    for part in np.unique(parts):
        rest = parts != part
        logits[~rest] = fitted(x, searches, rest, apart).logits(x[~rest], searches.english[~rest])
    return logits


def at_five_percent(logits: np.ndarray, searches: Searches) -> dict[str, Any]:
    """By set: the share of unanswerable questions refused where exactly 5 % of the answerable are."""
    shares: dict[str, Any] = {}
    for name in np.unique(searches.names):
        shares[str(name)] = {}
        for label, y in (("raw", searches.there), ("audited", searches.answered)):
            limit = np.quantile(logits[(searches.names == name) & y], 0.05)
            shares[str(name)][label] = round(float((logits[(searches.names == name) & ~y] < limit).mean()), 4)
    return shares


def reliability(logits: np.ndarray, y: np.ndarray, odds: np.ndarray) -> list[dict[str, float]]:
    """By tenths of probability: how many searches, their mean probability, and the share that has an answer, were
    there `odds` (n,) answerable questions to one that is not."""
    p = 1 / (1 + np.exp(-logits))
    weight = np.where(y, odds, 1.0)
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


def constants(model: str, fit: Fitted) -> str:
    """The entry of `rag.answering.answerability.WEIGHTS`."""
    values = [0.0] * len(NAMES)
    for name, weight in zip(USED[model], fit.weights, strict=True):
        values[NAMES.index(name)] = round(float(weight), 3)
    return f'    "{model}": Weights({fit.biases[False]:.3f}, {fit.biases[True]:.3f}, {tuple(values)}),'


def main() -> None:
    """Measure, and fit where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    searches = collected()
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for model, used in USED.items():
        label = model or "words alone"
        apart = bool(model)  # cosines differ by language; words do so too little to have a manual refused more often
        x = searches.signals[:, [NAMES.index(name) for name in used]]
        if options.fit:
            fit = fitted(x, searches, np.full(len(x), True), apart)
            print(constants(model, fit))
            logits = held_out(x, searches, searches.folds, apart)
            odds = np.array([fit.odds[bool(e)] for e in searches.english])
            result[label] = {
                "five folds by document": rates(logits, searches),
                "five folds, at 5 % of the answerable": at_five_percent(logits, searches),
                "fitted on the other set": rates(held_out(x, searches, searches.names, apart), searches),
                "answerable to one unanswerable": {
                    "english": round(fit.odds[True], 1),
                    "other": round(fit.odds[False], 1),
                },
                "reliability in the folds": reliability(logits, searches.there, odds),
            }
        weights = WEIGHTS[model]
        bias = np.where(searches.english, weights.english, weights.bias)
        result.setdefault(label, {})["as shipped"] = rates(bias + searches.signals @ np.array(weights.values), searches)
    for name, times in zip(("decision_ms", "decision_cpu_ms"), zip(*searches.times, strict=True), strict=True):
        result[name] = {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95)}
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
