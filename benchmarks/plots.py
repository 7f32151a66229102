"""The figures of the benchmarks as pictures: python -m benchmarks.plots [--only NAME ...]

Reads `results/*.json` and writes SVG files to `docs/plots/`. A plot whose result is not there yet is passed over.
Needs matplotlib (requirements-dev.txt).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.baselines import MEASURED
from benchmarks.named_sets import DESCRIPTIONS, OF_PEERS
from benchmarks.plot_growth import growth, words
from benchmarks.plot_style import ACCENT, LINE, QUIET, dots, figure, save, title

RESULTS = Path(__file__).parent / "results"
PLOTS = Path(__file__).parent.parent / "docs" / "plots"
RANKERS = {"fused": "Kilde", "dense": "meaning alone", "words": "words alone"}
METRICS = {"r_at_4": "R@4", "mrr": "MRR"}

Result = Mapping[str, Any]


def retrieval(result: Result, folder: Path) -> Iterator[Path]:
    """All sets: what Kilde finds, and what each of its two searches finds alone."""
    sets = {name: one for name, one in result["sets"].items() if name in DESCRIPTIONS}
    names = [name for name in DESCRIPTIONS if name in sets]
    made, axes = figure(9.6, 0.9 + 1.0 * len(names), len(names), 2, sharex="col")
    for row, name in enumerate(names):
        for column, (metric, label) in enumerate(METRICS.items()):
            found = [sets[name]["rankers"][ranker]["all"]["figures"][metric] for ranker in RANKERS]
            dots(
                axes[row][column],
                [*RANKERS.values()] if column == 0 else [""] * len(RANKERS),
                [one["value"] for one in found],
                [tuple(one["interval"]) for one in found],
                [ranker == "fused" for ranker in RANKERS],
            )
            axes[row][column].set_title(
                f"{DESCRIPTIONS[name]} ({sets[name]['questions']:,}): {label}" if column == 0 else label
            )
    title(
        made,
        "How often the right passage is found",
        "R@4: share of questions, whose number is in brackets, with the right passage among the first four. Lines: 95 %"
        " bootstrap intervals.",
    )
    yield save(made, folder / "retrieval.svg")


def baselines(result: Result, folder: Path) -> Iterator[Path]:
    """The public sets: Kilde beside the baselines."""
    names = [name for name in MEASURED if name in result["sets"]]
    made, axes = figure(
        9.6, 1.0 + 0.3 * sum(2 + len(MEASURED[name]) for name in names), len(names), 2,
        height_ratios=[2 + len(MEASURED[name]) for name in names],
    )  # fmt: skip
    for row, name in enumerate(names):
        for column, (metric, label) in enumerate(METRICS.items()):
            own = result["sets"][name]["rankers"]["fused"]["all"]["figures"][metric]
            others = sorted(((one[metric], other) for other, one in MEASURED[name].items()), reverse=True)
            dots(
                axes[row][column],
                ["Kilde", *(other for _, other in others)] if column == 0 else [""] * (len(others) + 1),
                [own["value"], *(value for value, _ in others)],
                [tuple(own["interval"]), *(None for _ in others)],
                [True, *(False for _ in others)],
            )
            axes[row][column].set_title(f"{DESCRIPTIONS[name]}: {label}")
    title(
        made,
        "Kilde beside the usual ways",
        "R@4: share of questions with the right passage among the first four. Line: 95 % bootstrap interval.\n"
        "The others: chunks of 600 characters with 100 of overlap, measured before Kilde was made; NorQuAD with its"
        " test half as well, 944 questions.",
    )
    yield save(made, folder / "baselines.svg")


def relevance(result: Result, folder: Path) -> Iterator[Path]:
    """What is shown as relevance, against how often it was right."""
    made, axes = figure(8.4, 4.2, 1, 2, width_ratios=(3, 2))
    curve, levels = axes[0]
    curve.plot((0, 1), (0, 1), color=LINE, linewidth=1.2, zorder=0)
    curve.annotate("as it should be", (0.62, 0.64), color=QUIET, rotation=41, fontsize=8, ha="center")
    bins = [one for one in result["bins"] if one["n"]]
    middles = [one.get("said", (one["from"] + one["to"]) / 2) for one in bins]
    for x, one in zip(middles, bins, strict=True):
        low, high = wilson(one["right"], one["n"])
        curve.plot((x, x), (low, high), color=ACCENT, alpha=0.45, linewidth=2.2, solid_capstyle="round")
    curve.plot(middles, [one["right"] / one["n"] for one in bins], "o-", color=ACCENT, markersize=6)
    curve.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="relevance shown", ylabel="share that was right")
    curve.grid()
    curve.set_title("Shown and true")
    found = [one for one in result["levels"] if one["n"]]
    dots(
        levels,
        [f"{one['name']} ({one['n']:,})" for one in found],
        [one["right"] / one["n"] for one in found],
        [wilson(one["right"], one["n"]) for one in found],
        [True] * len(found),
        "{:.0%}",
    )
    levels.set(xlim=(0, 1), title="Passages marked …")
    title(made, "What is shown as relevance, and how often it was right", "Lines: 95 % intervals (Wilson).")
    yield save(made, folder / "relevance.svg")


def peers(result: Result, folder: Path) -> Iterator[Path]:
    """For each set: quality and cost of every peer."""
    columns: dict[str, tuple[Callable[[Result], float], str, bool]] = {
        "R@4": (lambda r: float(r["quality"]["r_at_4"]["value"]), "{:.3f}", False),
        "MRR": (lambda r: float(r["quality"]["mrr"]["value"]), "{:.3f}", False),
        "indexing, s": (lambda r: float(r["index_s"]), "{:,.0f}", True),
        "search p50, ms": (lambda r: float(r["search_ms"]["p50"]), "{:,.0f}", True),
        "peak memory, MiB": (lambda r: float(r["peak_mib"] + r["helpers_peak_mib"]), "{:,.0f}", True),
        "on disk, MiB": (lambda r: float(r["disk_mib"]), "{:,.1f}", True),
    }
    for name, by_peer in result["results"].items():
        rows = [(peer, model, row) for peer, by_model in by_peer.items() for model, row in by_model.items()]
        rows.sort(key=lambda one: (one[0] != "kilde", -one[2]["quality"]["mrr"]["value"]))
        made, axes = figure(13.0, 1.0 + 0.33 * len(rows), 1, len(columns))
        for column, (label, (value, form, logarithmic)) in enumerate(columns.items()):
            metric = {"R@4": "r_at_4", "MRR": "mrr"}.get(label)
            labels = ["Kilde" if peer == "kilde" else f"{peer} · {model}" for peer, model, _ in rows]
            dots(
                axes[0][column],
                labels if column == 0 else [""] * len(rows),
                [value(row) for *_, row in rows],
                [tuple(row["quality"][metric]["interval"]) if metric else None for *_, row in rows],
                [peer == "kilde" for peer, *_ in rows],
                form,
            )
            axes[0][column].set_title(label)
            if logarithmic:
                axes[0][column].set_xscale("log")
                axes[0][column].margins(x=0.15)
                axes[0][column].minorticks_off()
        title(
            made,
            f"{OF_PEERS.get(name, name)}: Kilde beside its peers, same files, same machine",
            "Right of the first two columns less is better, and the axes are logarithmic.",
        )
        yield save(made, folder / f"peers-{name}.svg")


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


PLOTTED: Mapping[str, tuple[str, Callable[[Result, Path], Iterator[Path]]]] = {
    "retrieval": ("retrieval.json", retrieval),
    "baselines": ("retrieval.json", baselines),
    "relevance": ("relevance.json", relevance),
    "growth": ("scale.json", growth),
    "words": ("words.json", words),
    "peers": ("peers.json", peers),
}


def main() -> None:
    """Draw what there are results for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(PLOTTED))
    parser.add_argument("--to", type=Path, default=PLOTS, metavar="FOLDER", help="(%(default)s)")
    given = parser.parse_args()
    for name in given.only or PLOTTED:
        source, draw = PLOTTED[name]
        if not (RESULTS / source).is_file():
            print(f"{name}: no {source} yet")
            continue
        for path in draw(json.loads((RESULTS / source).read_text(encoding="utf-8")), given.to):
            print(path)


if __name__ == "__main__":
    main()
