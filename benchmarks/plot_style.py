"""How the plots look: a light card that can be read on a dark page too, one accent colour, labels instead of keys."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

ACCENT = "#0F6B6B"
INK = "#1D2430"
QUIET = "#8A8F99"
LINE = "#DDD8CB"
CARD = "#FFFFFF"
GREYS = ("#6B7080", "#8A8F99", "#A9ADB5", "#C3C6CC")


def figure(width: float, height: float, rows: int = 1, columns: int = 1, **given: Any) -> tuple[Any, Any]:
    """A figure with `rows` by `columns` axes as an array (rows, columns); sizes in inches."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {
            "figure.facecolor": CARD,
            "axes.facecolor": CARD,
            "axes.edgecolor": LINE,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlesize": 10.5,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.titlepad": 7,
            "figure.constrained_layout.h_pad": 0.09,
            "figure.constrained_layout.w_pad": 0.09,
            "font.size": 9,
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "grid.color": LINE,
            "grid.linewidth": 0.6,
            "svg.hashsalt": "kilde",  # the same figures give the same file
        }
    )
    made, axes = pyplot.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained", **given)
    return made, axes


def title(made: Any, text: str, note: str = "") -> None:
    """What the plot says, and below it in small what it is."""
    made.suptitle(text, x=0.012, ha="left", fontsize=12.5, fontweight="bold", color=INK)
    if note:
        made.supxlabel(note, x=0.012, ha="left", fontsize=8, color=GREYS[0])


def dots(
    axes: Any,
    names: Sequence[str],
    values: Sequence[float],
    intervals: Sequence[tuple[float, float] | None],
    ours: Sequence[bool],
    form: str = "{:.3f}",
) -> None:
    """One row for each name, the first on top: a dot with its interval as a line, and its figure at the right."""
    for row, (value, interval, own) in enumerate(zip(values, intervals, ours, strict=True)):
        colour = ACCENT if own else GREYS[1]
        if interval is not None:
            axes.plot(interval, (row, row), color=colour, linewidth=2.2, alpha=0.45, solid_capstyle="round")
        axes.plot(value, row, "o", color=colour, markersize=6.5)
        axes.annotate(
            form.format(value),
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            color=colour if own else INK,
            fontweight="bold" if own else "normal",
        )
    axes.set_yticks(range(len(names)), names)
    for label, own in zip(axes.get_yticklabels(), ours, strict=True):
        label.set_color(ACCENT if own else INK)
        label.set_fontweight("bold" if own else "normal")
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=6)
    axes.grid(axis="x")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)


def curves(
    axes: Any,
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    ours: Collection[str],
    unit: str,
    height: float,
) -> None:
    """Lines over the number of chunks, both axes logarithmic, each with its name and last figure at its end.

    ours: names of those in the accent colour. height: of the axes in inches, about, so that names do not overlap.
    """
    from matplotlib.ticker import LogLocator

    others = [name for name in lines if name not in ours]
    for name, (x, y) in lines.items():
        colour = ACCENT if name in ours else GREYS[others.index(name) % len(GREYS)]
        width, dashes = (
            (2.0, (None, None)) if name in ours else (1.4, (4, 2) if others.index(name) % 2 else (None, None))
        )
        axes.plot(x, y, "o-", color=colour, markersize=4.5, linewidth=width, dashes=dashes)
    axes.set(xscale="log", yscale="log")
    axes.grid()
    axes.minorticks_off()
    axes.tick_params(length=0)
    axes.xaxis.set_major_formatter(lambda value, place: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, place: f"{value:,g}")
    low, high = (math.log10(one) for one in axes.get_ylim())
    if high - low < 1.5:  # too little for a power of ten at each end
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    points = 72 * height / (high - low)  # for a factor of ten
    widest = max(x[-1] for x, _ in lines.values())
    last = None
    for name, (x, y) in sorted(lines.items(), key=lambda one: one[1][1][-1]):
        if x[-1] < widest:  # no room at its right: other lines go on there
            told = f"{name} {_short(y[-1])} {unit}"
            axes.annotate(told, (x[-1], y[-1]), (0, 6), textcoords="offset points", ha="right", fontsize=8.5)
            continue
        at = (math.log10(y[-1]) - low) * points
        place = at if last is None else max(at, last + 11)
        last = place
        axes.annotate(
            f"{name} {_short(y[-1])} {unit}",
            (x[-1], y[-1]),
            xytext=(8, place - at),
            textcoords="offset points",
            va="center",
            color=ACCENT if name in ours else INK,
            fontweight="bold" if name in ours else "normal",
            fontsize=8.5,
            annotation_clip=False,
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def save(made: Any, path: Path) -> Path:
    """As SVG, without a date in it."""
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(made)
    return path
