"""Run the fault tests and print a table: python -m tests.faults [--seed N] [--quick] [--json] [name ...].

Without names all rows are run, and the table is kept in benchmarks/results/faults.json and docs/durability.md; with
names these rows alone, and they take the place of those that are kept there. Names: see --help.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.core.text.sentences import detect_language
from tests.faults import cost, damage, disk, kill, power, together, turns
from tests.faults.child import ChildFailed
from tests.faults.rows import FULL, QUICK, Row, Run, Size

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "faults.json"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "durability.md"
_BEGIN, _END = "<!-- faults: begin -->", "<!-- faults: end -->"
ROWS: dict[str, Run] = {
    "kill": kill.random_moments,
    "steps": kill.named_steps,
    "document": kill.in_a_document,
    "turns": turns.turns_killed,
    "snapshots": damage.snapshots,
    "pages": damage.pages,
    "misplaced": damage.misplaced,
    "wal": damage.newest,
    "full": disk.full,
    "limit": disk.file_limit,
    "read-only": disk.read_only,
    "eio": disk.sync_fails,
    "sessions": together.sessions,
    "two": together.two_programs,
    "power": power.power_loss,
    "cost": cost.cost,
}


def main() -> int:
    """0 when every row that could be run is good."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *ROWS], help=", ".join(ROWS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="few cases of each; nothing is kept")
    parser.add_argument("--json", action="store_true", help="the rows as JSON on stdout")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # a fault that is made on purpose is no news
    detect_language("What each case would load for itself.")
    import_module("faiss")
    gc.collect()
    gc.freeze()  # else each case, which is a fork, would look through all that was imported, and so copy it
    os.environ |= {"KILDE_EMBEDDING_MODEL": "fake/hashing", "KILDE_FIND_SERVERS": "0"}
    size = QUICK if options.quick else FULL
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory(prefix="kilde-faults-") as default:
        os.environ["KILDE_DATA"] = default
        for name in options.name or ROWS:
            rows[name] = _run(name, options.seed, size)
            if not options.quick:
                _keep({name: rows[name]}, options.seed)
            if not options.json:
                print(_line(rows[name]), flush=True)
    if options.json:
        json.dump({name: row.as_plain() for name, row in rows.items()}, sys.stdout)
    return 0 if all(row.good or row.not_run for row in rows.values()) else 1


def _run(name: str, seed: int, size: Size) -> Row:
    try:
        return ROWS[name](seed, size)
    except (ChildFailed, AssertionError):
        return Row(name, 1, {"the test itself": 1}, {"said": traceback.format_exc()})


def _line(row: Row) -> str:
    if row.not_run:
        return f"not run  {row.name}: {row.not_run}"
    wrong = ", ".join(f"{name} {count}" for name, count in row.wrong.items())
    counted = ", ".join(f"{name} {value}" for name, value in row.told.items())
    return f"{'good' if row.good else 'WRONG':7}  {row.name}: {row.cases} cases; {wrong} ({counted}; {row.seconds} s)"


def _keep(rows: dict[str, Row], seed: int) -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"rows": {}}
    ran = datetime.now(UTC).isoformat(timespec="seconds")
    kept["command"] = "python -m tests.faults"
    kept["rows"] |= {name: {**row.as_plain(), "seed": seed, "ran": ran} for name, row in rows.items()}
    kept["rows"] = {name: kept["rows"][name] for name in ROWS if name in kept["rows"]}
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n{_table(kept['rows'])}\n{_END}{after}", encoding="utf-8")


def _table(rows: dict[str, Any]) -> str:
    """Of what is kept, as Markdown."""
    lines = ["| what was done | cases | must be 0 | also counted |", "|---|---|---|---|"]
    for row in rows.values():
        wrong = ", ".join(f"{name} **{count}**" for name, count in row["wrong"].items()) or "–"
        told = ", ".join(f"{name} {value}" for name, value in row["told"].items() if not isinstance(value, list))
        cases = f"{row['cases']}{' (few)' if row.get('few') else ''}"
        lines.append(f"| {row['name']} | {row['not_run'] or cases} | {wrong} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
