"""How the verdicts of sentences hold: python -m benchmarks.grounding [--split train] [--show GROUP]

Sentences of XQuAD (English), NorQuAD (Norwegian), and of Debian's Danish manual with the sample documents: as they
stand or written in another way (true), with one thing changed (altered), and from other documents (other), each held
against four passages. What was decided on was looked at with the other half of the documents (`--split train`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

import rag.samples
from benchmarks.grounding_set import Case, Corpus, cases
from benchmarks.manual import fetched
from benchmarks.question_sets import DATA, load
from rag.grounding import ground
from rag.loaders.pdf_text import page_text
from rag.types import Verdict

RESULT = Path(__file__).parent / "results" / "grounding.json"
LANGUAGES = ("en", "no", "da")
EXPECTED = {"true": Verdict.SUPPORTED, "altered": Verdict.PARTLY, "other": Verdict.UNSUPPORTED}


def corpus(language: str) -> Corpus:
    """The documents of a language. Five neighbouring paragraphs of XQuAD are of one article."""
    if language == "da":
        texts = {}
        for path in [fetched(), *sorted(Path(rag.samples.__file__).parent.glob("*"))]:
            if path.suffix == ".pdf":
                document = pdfium.PdfDocument(path)
                for number, page in enumerate(document):
                    texts[f"{path.name} {number + 1}"] = page_text(page.get_textpage()).text
            elif path.suffix in (".md", ".txt"):
                texts[path.name] = path.read_text(encoding="utf-8")
        return Corpus("da", {name: (name, text) for name, text in texts.items()})
    documents = load(DATA / ("xquad_en.json" if language == "en" else "norquad_validation.json")).documents
    size = 5 if language == "en" else 1
    if language == "no":
        documents = dict(list(documents.items())[::4])  # four times as much text as the others have
    return Corpus(language, {n: (f"{language}{i // size}", text) for i, (n, text) in enumerate(documents.items())})


def judged(chosen: Iterable[Case]) -> list[tuple[Case, Verdict, float]]:
    """Each case with its verdict and the milliseconds it took."""
    rows = []
    for case in chosen:
        began = time.perf_counter()
        verdicts = [sentence.verdict for sentence in ground(case.text, case.hits, case.language)]
        elapsed = (time.perf_counter() - began) * 1000
        # one that is taken for two is as good as its worse half
        worst = max(verdicts, key=list(Verdict).index, default=Verdict.UNSUPPORTED)
        rows.append((case, worst, elapsed))
    return rows


def figures(rows: list[tuple[Case, Verdict, float]]) -> dict[str, Any]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for case, verdict, _ in rows:
        counted[f"{case.group}: {case.kind}"][verdict] += 1
        groups[case.group][verdict] += 1
    result: dict[str, Any] = {"kinds": {k: _row(v) for k, v in counted.items()}}
    result["groups"] = {group: _row(groups[group]) for group in EXPECTED}
    result["verdicts"] = {}
    for group, verdict in EXPECTED.items():
        called = sum(groups[other][verdict] for other in EXPECTED)
        right = groups[group][verdict]
        result["verdicts"][verdict.value] = {
            "precision": round(right / called, 4) if called else None,
            "recall": round(right / groups[group].total(), 4),
        }
    times = sorted(elapsed for *_, elapsed in rows)
    result["ms_per_sentence"] = {
        "median": round(times[len(times) // 2], 2),
        "p95": round(times[len(times) * 95 // 100], 2),
    }
    return result


def _row(counter: Counter[str]) -> dict[str, Any]:
    return {"n": counter.total()} | {v.value: round(counter[v] / counter.total(), 4) for v in Verdict}


def main() -> None:
    """Measure, print a table, and keep the figures of the test half under results/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--show", choices=tuple(EXPECTED), help="print the cases of a group that came out wrong")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    options = parser.parse_args()
    result: dict[str, Any] = {}
    print(f"{'':32}{'n':>6}{'supported':>11}{'partly':>9}{'unsupported':>13}")
    for language in options.languages:
        rows = judged(case for case in cases(corpus(language)) if case.split == options.split)
        found = result[language] = figures(rows)
        for name, row in [*found["kinds"].items(), *((f"all {k}", v) for k, v in found["groups"].items())]:
            shares = "".join(f"{row[v.value]:>{w}.1%}" for v, w in zip(Verdict, (11, 9, 13), strict=True))
            print(f"{language} {name:29}{row['n']:6}{shares}")
        print(language, json.dumps(found["verdicts"]), json.dumps(found["ms_per_sentence"]))
        for case, verdict, _ in rows if options.show else ():
            wrong = verdict is Verdict.SUPPORTED if options.show != "true" else verdict is not Verdict.SUPPORTED
            if case.group == options.show and wrong:
                print(f"[{verdict}] {case.kind}\n  {case.original}\n  {case.text}")
    if options.split == "test" and tuple(options.languages) == LANGUAGES:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(
            json.dumps({"machine": machine, "split": "test", "languages": result}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
