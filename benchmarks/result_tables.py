"""The results as tables in Markdown, with the commands that made them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.baselines import MEASURED, TARGETS
from benchmarks.named_sets import DESCRIPTIONS, OF_PEERS
from benchmarks.plot_growth import ENGINES, OPENED, SIZES, figure_at
from benchmarks.question_sets import OTHERS
from benchmarks.reading import table as reading_table

Result = Mapping[str, Any]
METRICS_TOLD = ("r_at_1", "r_at_4", "mrr")
METRICS = {"r_at_1": "R@1", "r_at_4": "R@4", "r_at_10": "R@10", "mrr": "MRR", "ndcg_at_10": "nDCG@10"}
RANKERS = {"fused": "Kilde", "dense": "meaning alone", "words": "words alone"}


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown; the first `left` columns are aligned to the left, the others to the right."""
    lines = [head, ["---"] * left + ["---:"] * (len(head) - left), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def retrieval(result: Result) -> Iterator[str]:
    sets = {name: result["sets"][name] for name in DESCRIPTIONS if name in result["sets"]}
    rows = []
    for name, one in sets.items():
        for ranker, label in RANKERS.items():
            for part in ("all", "dev", "test", OTHERS):
                found = one["rankers"][ranker].get(part)
                if found and (ranker == "fused" or part == "all"):
                    what = DESCRIPTIONS[name] if ranker == "fused" and part == "all" else ""
                    shown = label if part == "all" else f"{label}, {part}"
                    rows.append([what, shown, f"{found['questions']:,}", *map(_estimate, _of(found))])
        for other, figures in MEASURED.get(name, {}).items():
            cells = [f"{figures[metric]:.3f}" if metric in figures else "" for metric in METRICS]
            rows.append(["", f"*baseline: {other}*", "", *cells])
        target = TARGETS.get(name)
        if target:
            rows.append(["", "*target*", "", *(f"{target[m]:.3f}" if m in target else "" for m in METRICS)])
    yield grid(["set", "ranking", "questions", *METRICS.values()], rows, 2)
    yield "![How often the right passage is found](../docs/plots/retrieval.svg)"
    yield "![Kilde beside the usual ways](../docs/plots/baselines.svg)"
    yield "With 95 % bootstrap intervals; *baseline* and *target* rows are constants, see `baselines.py`."
    head = ["set", "documents", "passages", "passages of (tokens)", "seconds to add", "to read and embed"]
    built = [
        [
            DESCRIPTIONS[name],
            f"{one['documents']:,}",
            f"{one['chunks']:,}",
            f"{one['settings']['chunk_size']}, {one['settings']['overlap']} of overlap",
            *(f"{one['built'][key]:.0f}" if key in one["built"] else "-" for key in ("add_s", "index_s")),
        ]
        for name, one in sets.items()
    ]
    yield grid(head, built)
    yield "The seconds are of one run, in which others may have used the machine; - where it was cut off in between."
    kinds = [
        [DESCRIPTIONS[name], kind, f"{row['questions']}", *map(_estimate, _of(row))]
        for name, one in sets.items()
        for kind, row in one["rankers"]["fused"].items()
        if kind not in ("all", "dev", "test", "ranks", OTHERS)
    ]
    if kinds:
        yield "By kind of question, dev and test together:"
        yield grid(["set", "kind", "questions", *METRICS.values()], kinds, 2)


def relevance(result: Result) -> Iterator[str]:
    rows = [
        [one["name"], f"{one['n']:,}", f"{one['right']:,}", f"{one['right'] / one['n']:.1%}"]
        for one in result["levels"]
        if one["n"]
    ]
    yield grid(["marked", "passages", "right", "share"], rows)
    yield "![What is shown as relevance, and how often it was right](../docs/plots/relevance.svg)"


def peers(result: Result) -> Iterator[str]:
    from benchmarks.peers.table import tables as of_peers

    yield of_peers(result["results"], {}).replace("### ", "#### ")
    for name in result["results"]:
        yield f"![Kilde beside its peers: {OF_PEERS.get(name, name)}](../docs/plots/peers-{name}.svg)"


def scale(result: Result) -> Iterator[str]:
    head = ["chunks", "search p50 / p99, ms", "while indexing", "taken by others", "vectors p50 / p99"]
    head += [
        "recall@10 to exact",
        "words p50 / p99",
        "opening, s",
        "without snapshot",
        "after a crash",
        "memory of vectors, MB",
        "database, MB",
    ]
    rows = []
    for one in result["sizes"]:
        found = one.get("search", {})
        pairs = [_pair(found.get(name)) for name in ("search", "search_indexing", "vectors", "words")]
        opened = [
            figure_at(one, path) for path in (*OPENED.values(), SIZES["memory of the vectors"], SIZES["database"])
        ]
        taken = f"{found['taken_by_others']:.0%}" if "taken_by_others" in found else ""
        cells = [f"{one['chunks']:,}", *pairs[:2], taken, pairs[2], _cell(found.get("recall_10")), pairs[3]]
        cells += map(_cell, opened)
        rows.append(cells)
    yield grid(head, rows)
    yield (
        "Taken by others: of the processor time that was wanted, what the host of this virtual machine gave to others"
        " (steal time) in the attempt that is kept, the one with the least."
    )
    changes = list(
        dict.fromkeys(
            name for one in result["sizes"] for name, spent in one.get("change", {}).items() if isinstance(spent, dict)
        )
    )
    if changes:
        yield "Changes: ms until it is durable, and of the next search:"
        head = ["chunks", *(name.replace("_", " ") for name in changes)]
        yield grid(head, [[f"{one['chunks']:,}", *(_change(one, name) for name in changes)] for one in result["sizes"]])
    yield "![How time and memory grow from a thousand chunks to a million](../docs/plots/growth.svg)"


def indexing(result: Result) -> Iterator[str]:
    head = ["engine", "passages a second", "Kilde is faster by", "GFLOP/s", "cosine to float32, least"]
    for told in (result, result.get("variants", {})):
        rows = []
        for name, row in told.get("engines", {}).items():
            ratio = told["ratios"].get(f"kilde to {name}")
            rate, gflops = (f"{row[key]:,.1f}" for key in ("passages_per_second", "gflops"))
            rows.append([name, rate, f"{ratio:.2f}" if ratio else "", gflops, f"{row['cosine']['min']:.5f}"])
        if rows:
            taken = told.get("taken_by_others")
            yield "The same passages by the same model, in turns" + (
                f"; of the processor, others took {taken:.0%}:" if taken is not None else ":"
            )
            yield grid(head, rows, 1)
    peak, ours = result["peak_gflops"][result["precision"]], result["engines"]["kilde"]
    told = f"The processor multiplies square matrices at {peak:,.0f} GFLOP/s in {result['precision']}; Kilde embeds at"
    yield f"{told} {ours['share_of_peak']:.0%} of that."
    if parts := result.get("operators"):
        rate, tokens = parts["bound_passages_per_second"], parts["batch"]["tokens"]
        yield (
            f"A layer alone, without tokens to count or sentences to average: {parts['matrix_share']:.0%} of its time"
            f" are multiplications by weights, at {parts['matrix_gflops']:,.0f} GFLOP/s; the rest multiplies little,"
            f" and bounds the whole at {rate:.0f} passages of {tokens} tokens a second."
        )
        yield grid(["operator", "share"], [[name, f"{share:.0%}"] for name, share in parts["share"].items()], 1)


def second_stage(result: Result) -> Iterator[str]:
    names = list(result["sets"])
    head = ["variant", *(f"{DESCRIPTIONS.get(name, name)}, R@1 / R@4 / MRR" for name in names)]
    rows = [
        [variant, *(" / ".join(f"{result['sets'][name][variant][m]:.3f}" for m in METRICS_TOLD) for name in names)]
        for variant in result["sets"][names[0]]
    ]
    yield grid(head, rows, 1)


def words(result: Result) -> Iterator[str]:
    head = ["chunks", "engine", "build, s", "disk, MB", "memory, MB", "p50 / p99, ms", "while adding", "add, ms"]
    head += ["remove, ms", "plain FTS5's time to its own", "of its first ten"]
    rows = [
        [
            f"{row['chunks']:,}",
            ENGINES.get(row["engine"], row["engine"]) + ("*" if row.get("measured") else ""),
            *(_cell(row.get(key)) for key in ("build_cpu_s", "disk_mb", "memory_mb")),
            _pair(row, "_cpu"),
            _pair(row.get("while_adding"), "_cpu"),
            *(_cell(row.get(key)) for key in ("add_cpu_ms", "remove_cpu_ms", "ratio", "same_ten")),
        ]
        for row in result["rows"]
    ]
    yield (
        "The machine was shared: all times are processor time of the thread that asks (Tantivy writes in others)."
        " \\* measured earlier, on an Intel Xeon, beside plain FTS5 of then."
    )
    yield grid(head, rows, 2)
    yield "![Searching by words beside other engines](../docs/plots/words.svg)"


def index_choice(result: Result) -> Iterator[str]:
    head = ["chunks", "index", "searched", "build, s", "MB", "recall@10", "recall@50", "p50 / p99, ms"]
    rows = [
        [
            f"{row['chunks']:,}",
            row["index"],
            row["setting"],
            *(_cell(row[key]) for key in ("build_s", "mb", "recall_10", "recall_50")),
            f"{_cell(row['p50_ms_1'])} / {_cell(row['p99_ms_1'])}",
        ]
        for row in result["rows"]
    ]
    yield "<details><summary>All that was measured</summary>"
    yield grid(head, rows, 3)
    yield "</details>"


def reading(result: Result) -> Iterator[str]:
    readers = result["readers"]
    order = [reading_table.OURS, reading_table.BEFORE]
    told = {name: readers[name] for name in [*order, *(one for one in readers if one not in order)] if name in readers}
    versions = [f"{name} {version}" for name, version in result["versions"].items() if version]
    yield (
        "Of what must stand in the text, the share that does; behind it how often something stands there that must not."
        f" {reading_table.LOSES} marks what is better than Kilde's, – formats that are not read."
        + (f" {', '.join(versions)}; plain: the usual library of each format, in a few lines." if versions else "")
    )
    yield grid([*reading_table.SHARES_HEAD, *told], [*reading_table.shares(told)], 1)
    yield grid(reading_table.KILDE_HEAD, [*reading_table.of_kilde(readers[reading_table.OURS])])
    if reading_table.BEFORE in readers:
        yield "<details><summary>Kilde before a change of its loaders</summary>"
        yield grid(reading_table.KILDE_HEAD, [*reading_table.of_kilde(readers[reading_table.BEFORE])])
        yield "</details>"


def _pair(spent: Result | None, kind: str = "") -> str:
    """kind: "_cpu" for processor time."""
    return "" if spent is None else f"{_cell(spent[f'p50{kind}_ms'])} / {_cell(spent[f'p99{kind}_ms'])}"


def _change(one: Result, name: str) -> str:
    spent = one.get("change", {}).get(name)
    return "" if spent is None else f"{_cell(spent['ms'])}; {_cell(spent['next_search_ms'])}"


def _cell(value: float | None) -> str:
    """Three figures, or the whole number."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _of(found: Result) -> list[Result]:
    return [found["figures"][metric] for metric in METRICS]


def _estimate(one: Result) -> str:
    low, high = one["interval"]
    return f"{one['value']:.3f} [{low:.3f}, {high:.3f}]"


SECTIONS: Mapping[str, tuple[str, str, Callable[[Result], Iterator[str]]]] = {
    "retrieval": ("Retrieval", "benchmarks.retrieval", retrieval),
    "relevance": ("Relevance as it is shown", "benchmarks.relevance", relevance),
    "second_stage": ("What else could be done with the candidates", "benchmarks.second_stage", second_stage),
    "indexing": ("Embedding", "benchmarks.indexing", indexing),
    "scale": ("From a thousand chunks to a million", "benchmarks.scale", scale),
    "index_choice": ("Which index at which size", "benchmarks.index_choice", index_choice),
    "words": ("Searching by words", "benchmarks.words", words),
    "peers": ("Peers", "benchmarks.peers", peers),
    "reading": ("What comes out of a file", "benchmarks.reading", reading),
}
"""By the name of the result: heading, command, and what makes its paragraphs."""


def tables(results: Mapping[str, Result]) -> str:
    """All sections whose results are there."""
    parts = []
    for name, (heading, command, make) in SECTIONS.items():
        if name in results:
            parts += [f"### {heading}", f"`python -m {command}`{_machine(results[name])}", *make(results[name])]
    return "\n" + "\n\n".join(parts) + "\n"


def _machine(result: Result) -> str:
    one = result.get("machine")
    if not isinstance(one, Mapping):
        return ""
    packages = ", ".join(f"{name} {version}" for name, version in one["packages"].items())
    return f" on {one['processor']}, {one['cores']} cores, Python {one['python']}, {packages}"
