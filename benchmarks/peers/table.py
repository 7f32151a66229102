"""The results as tables in Markdown: each peer beside Kilde, with ratios, and with a mark where Kilde loses. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.metrics import difference

OURS = ("kilde", "e5")
LOSES = "◀"
"""Behind a figure of a peer that is better than Kilde's."""
MARKS = ("<!-- table -->", "<!-- /table -->")
LEGEND = (
    f"Kilde's figure is 1×; {LOSES} marks what a peer does better than Kilde. R@k and MRR: share of the questions; "
    "ΔMRR: the peer less Kilde, with its 95 % interval (paired bootstrap). Pace: ms of a "
    "fixed piece of work when the row began. Taken: how much of the processor the host of this virtual machine gave to "
    "others meanwhile. Times compare where both are about the same."
)
HEAD = (
    "peer",
    "model",
    "R@1",
    "R@4",
    "R@10",
    "MRR",
    "ΔMRR",
    "characters in 4",
    "chunks",
    "index s",
    "p50 ms",
    "p99 ms",
    "peak MiB",
    "disk MiB",
    "first search s",
    "pace ms",
    "taken",
)

Row = Mapping[str, Any]


def with_table(text: str, told: str) -> str:
    """`text` with what stands between the two marks replaced. Raises ValueError where they are not there."""
    before, first, rest = text.partition(MARKS[0])
    _, last, after = rest.partition(MARKS[1])
    if not first or not last:
        raise ValueError("no place for the table")
    return f"{before}{first}\n{told}\n{last}{after}"


class Cost(NamedTuple):
    """A figure of which less is better."""

    value: float
    digits: int = 0


def tables(results: Mapping[str, Mapping[str, Mapping[str, Row]]], shared: Mapping[str, Sequence[Hashable]]) -> str:
    """results: by set, peer and model. shared: of each set what its questions share, for the intervals."""
    parts = [LEGEND]
    for name, by_peer in results.items():
        ours = by_peer.get(OURS[0], {}).get(OURS[1])
        lines = [_line(HEAD), _line(["---"] * 2 + ["---:"] * (len(HEAD) - 2))]
        for peer, by_model in sorted(by_peer.items(), key=lambda one: (one[0] != OURS[0], one[0])):
            lines += [_row(peer, model, row, ours, shared.get(name)) for model, row in sorted(by_model.items())]
        parts.append(f"### {name}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def costs(row: Row) -> dict[str, Cost]:
    """By the column's name."""
    return {
        "index s": Cost(row["index_s"], 1),
        "p50 ms": Cost(row["search_ms"]["p50"], 1),
        "p99 ms": Cost(row["search_ms"]["p99"], 1),
        "peak MiB": Cost(row["peak_mib"] + row["helpers_peak_mib"]),
        "disk MiB": Cost(row["disk_mib"], 1),
        "first search s": Cost(row["start_to_first_search_s"], 1),
    }


def _row(peer: str, model: str, row: Row, ours: Row | None, shared: Sequence[Hashable] | None) -> str:
    other = ours is not None and row is not ours
    cells = [peer, model]
    for metric in ("r_at_1", "r_at_4", "r_at_10", "mrr"):
        value = row["quality"][metric]["value"]
        better = other and ours is not None and value > ours["quality"][metric]["value"]
        cells.append(f"{value:.3f}" + _mark(better))
    cells.append(_difference(row, ours, shared) if other and ours is not None else "")
    cells += [str(row["characters_in_top_4"]), str(row["chunks"])]
    own = costs(ours) if ours is not None else {}
    for column, cost in costs(row).items():
        told = f"{cost.value:.{cost.digits}f}"
        if other and own[column].value:
            ratio = cost.value / own[column].value
            told += f" ({ratio:.2f}×)" + _mark(ratio < 1)
        cells.append(told)
    cells.append(f"{row['pace_ms']:.0f}" if "pace_ms" in row else "")
    return _line([*cells, f"{row['taken_by_others']:.0%}" if "taken_by_others" in row else ""])


def _difference(row: Row, ours: Row, shared: Sequence[Hashable] | None) -> str:
    theirs, mine = ([int(rank) for rank in one["ranks"].split()] for one in (row, ours))
    if len(theirs) != len(mine):
        return "other questions"
    found = difference(theirs, mine, shared)["mrr"]
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def _mark(better: bool) -> str:
    return f" {LOSES}" if better else ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
