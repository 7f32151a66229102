"""How the verdicts of sentences hold: python -m benchmarks.grounding [--split train] [--sample N] [--show GROUP]

Sentences of XQuAD (English), NorQuAD (Norwegian), and of Debian's Danish manual with the sample documents: as they
stand or written in another form (true), with one thing changed (altered), and from other documents (other); written
freely by hand (rephrased) and those with one thing changed; and of a perspective. Each is held against four passages,
with the meaning of the embedding model. What was decided on was looked at with the other half of the documents
(`--split train`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium

import rag.documents.samples
from benchmarks.grounding_set import SEED, Case, Corpus, cases, of_perspective, rephrased
from benchmarks.manual import fetched
from benchmarks.question_sets import CACHE, DATA, load
from rag.answering.grounding import Similar, StoredSimilarity, ground
from rag.core.types import Span, Verdict
from rag.documents.loaders.pdf.text import page_text
from rag.models import DEFAULT_EMBEDDING, resolve_embedding
from rag.models.embedding.encoder import load_encoder
from rag.models.embedding.protocol import Embedded, Encoder, Passage
from rag.store.values import Vector

RESULT = Path(__file__).parent / "results" / "grounding.json"
LANGUAGES = ("en", "no", "da")
EXPECTED = {
    "true": Verdict.SUPPORTED,
    "altered": Verdict.PARTLY,
    "other": Verdict.UNSUPPORTED,
    "perspective": Verdict.PERSPECTIVE,
    "rephrased": Verdict.SUPPORTED,
    "rephrased, altered": Verdict.PARTLY,
    "rephrased, other language": Verdict.SUPPORTED,
    "rephrased, altered, other language": Verdict.PARTLY,
}
SETS = {
    "made by rule": ("true", "altered", "other", "perspective"),
    "rephrased by hand": ("rephrased", "rephrased, altered"),
}
Row = tuple[Case, Verdict, float]


def corpus(language: str) -> Corpus:
    """The documents of a language. Five neighbouring paragraphs of XQuAD are of one article."""
    if language == "da":
        texts = {}
        for path in [fetched(), *sorted(Path(rag.documents.samples.__file__).parent.glob("*"))]:
            if path.suffix == ".pdf":
                document = pdfium.PdfDocument(path)
                for number, page in enumerate(document):
                    texts[f"{path.name} {number + 1}"] = page_text(page, page.get_textpage()).text
            elif path.suffix in (".md", ".txt"):
                texts[path.name] = path.read_text(encoding="utf-8")
        return Corpus("da", {name: (name, text) for name, text in texts.items()})
    documents = load(DATA / ("xquad_en.json" if language == "en" else "norquad_validation.json")).documents
    size = 5 if language == "en" else 1
    if language == "no":
        documents = dict(list(documents.items())[::4])  # four times as much text as the others have
    return Corpus(language, {n: (f"{language}{i // size}", text) for i, (n, text) in enumerate(documents.items())})


class Embedding:
    """The real model, with the vectors of sentences that were embedded beforehand, all in one go."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vector] = {}

    def prepare(self, texts: Iterable[str]) -> None:
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(new, self._encoder.encode_passages([Passage(t) for t in new]).vectors, strict=True))

    def encode_passages(self, passages: Sequence[Passage]) -> Embedded:
        self.prepare(p.text for p in passages)
        return Embedded(np.stack([self._known[p.text] for p in passages]), [])


def meaning(of: Corpus, chosen: Sequence[Case], encoder: Encoder) -> Similar:
    """Similarity over the passages that the cases show, as it is stored while indexing."""
    shown = {hit.chunk.id: hit.chunk for case in chosen for hit in case.hits}
    passages = [
        Passage(c.text, "", tuple(Span(s.start - c.start, s.end - c.start) for s in c.sentences))
        for c in shown.values()
    ]
    vectors = encoder.encode_passages(passages).sentences
    embedding = Embedding(encoder)
    embedding.prepare(case.text for case in chosen)
    return StoredSimilarity(DEFAULT_EMBEDDING, embedding, dict(zip(shown, vectors, strict=True)))


def judged(chosen: Iterable[Case], similar: Similar | None) -> list[Row]:
    """Each case with its verdict and the milliseconds it took, its embedding not counted."""
    rows = []
    for case in chosen:
        began = time.perf_counter()
        found = ground(case.text, case.hits, case.spoken, similar=similar, perspective=case.perspective)
        elapsed = (time.perf_counter() - began) * 1000
        # one that is taken for two is as good as its worse half
        worst = max((s.verdict for s in found), key=list(Verdict).index, default=Verdict.UNSUPPORTED)
        rows.append((case, worst, elapsed))
    return rows


def figures(rows: list[Row]) -> dict[str, Any]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for case, verdict, _ in rows:
        counted[f"{case.group}: {case.kind}"][verdict] += 1
        groups[case.group][verdict] += 1
    result: dict[str, Any] = {"kinds": {k: _row(v) for k, v in sorted(counted.items())}}
    result["groups"] = {group: _row(groups[group]) for group in EXPECTED if group in groups}
    result["verdicts"] = {}
    for name, members in SETS.items():
        present = [group for group in members if group in groups]
        found = result["verdicts"][name] = {}
        for verdict in dict.fromkeys(EXPECTED[group] for group in present):
            called = sum(groups[group][verdict] for group in present)
            wanted = [group for group in present if EXPECTED[group] is verdict]
            right = sum(groups[group][verdict] for group in wanted)
            found[verdict.value] = {
                "precision": round(right / called, 4) if called else None,
                "recall": round(right / sum(groups[group].total() for group in wanted), 4),
            }
    times = sorted(elapsed for *_, elapsed in rows)
    result["ms_per_sentence"] = {
        "median": round(times[len(times) // 2], 2),
        "p95": round(times[len(times) * 95 // 100], 2),
    }
    return result


def _row(counter: Counter[str]) -> dict[str, Any]:
    return {"n": counter.total()} | {v.value: round(counter[v] / counter.total(), 4) for v in Verdict}


def embedding_ms(chosen: Sequence[Case], encoder: Encoder) -> float:
    """Milliseconds a sentence to embed an answer of five sentences: the median of 20 such answers."""
    texts = [case.text for case in chosen if case.group == "rephrased"]
    times = []
    for n in range(20):
        answer = [Passage(texts[(5 * n + k) % len(texts)]) for k in range(5)]
        began = time.perf_counter()
        encoder.encode_passages(answer)
        times.append((time.perf_counter() - began) * 1000 / len(answer))
    return round(sorted(times)[len(times) // 2], 2)


def sampled(of: Corpus, split: str, count: int | None) -> list[Case]:
    """All cases of one half, or `count` of each group that was made by rule."""
    by_group: dict[str, list[Case]] = defaultdict(list)
    for case in cases(of):
        if case.split == split:
            by_group[case.group].append(case)
    rng = random.Random(SEED)
    chosen = [c for found in by_group.values() for c in (rng.sample(found, min(count, len(found))) if count else found)]
    return [*chosen, *(c for c in (*of_perspective(of), *rephrased(of)) if c.split == split)]


def table(result: dict[str, Any]) -> str:
    """The figures as a table for the README: shares by group, then precision and recall of each verdict."""
    shown = [v.value for v in Verdict]
    lines = [f"| sentences | language | n | {' | '.join(shown)} |", "|---|---|---:|" + "---:|" * len(shown)]
    for group in EXPECTED:
        for language, found in result.items():
            for name, row in (
                (group, found["groups"].get(group)),
                (f"{group} (words only)", found["words_only"]["groups"].get(group)),
            ):
                if row:
                    shares = " | ".join(f"{row[v]:.1%}" for v in shown)
                    lines.append(f"| {name} | {language} | {row['n']} | {shares} |")
    lines += ["", "| set | language | verdict | precision | recall |", "|---|---|---|---:|---:|"]
    for name in SETS:
        for language, found in result.items():
            for verdict, row in found["verdicts"][name].items():
                precision = "-" if row["precision"] is None else f"{row['precision']:.1%}"
                lines.append(f"| {name} | {language} | {verdict} | {precision} | {row['recall']:.1%} |")
    for language, found in result.items():
        ms, embed = found["ms_per_sentence"], found["ms_embedding_a_sentence"]
        lines.append(f"\n{language}: {ms['median']} ms a sentence (p95 {ms['p95']}), and {embed} ms to embed it")
    return "\n".join(lines)


def main() -> None:
    """Measure, print a table, and keep the figures of the test half under results/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--sample", type=int, help="so many sentences of each group made by rule, instead of all")
    parser.add_argument("--show", choices=tuple(EXPECTED), help="print the cases of a group that came out wrong")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    options = parser.parse_args()
    encoder = load_encoder(resolve_embedding(DEFAULT_EMBEDDING, CACHE / "models"))
    result: dict[str, Any] = {}
    for language in options.languages:
        of = corpus(language)
        chosen = sampled(of, options.split, options.sample)
        rows = judged(chosen, meaning(of, chosen, encoder))
        result[language] = figures(rows)
        result[language]["words_only"] = figures(judged((c for c in chosen if c.group.startswith("rephrased")), None))
        result[language]["ms_embedding_a_sentence"] = embedding_ms(chosen, encoder)
        for name, row in result[language]["kinds"].items():
            print(f"{language} {name:46}{row['n']:6}" + "".join(f"{row[v.value]:>9.1%} {v.value}" for v in Verdict))
        for case, verdict, _ in rows if options.show else ():
            wrong = verdict is Verdict.SUPPORTED if "altered" in case.group else verdict is not EXPECTED[case.group]
            if case.group == options.show and wrong:
                print(f"[{verdict}] {case.kind}\n  {case.original}\n  {case.text}")
    print(f"\n{table(result)}")
    if options.split == "test" and tuple(options.languages) == LANGUAGES:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        kept = {"machine": machine, "split": "test", "sample": options.sample, "languages": result}
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
