"""Writes the figures into the texts: python -m benchmarks.report [--check]

The parts of README.md, benchmarks/README.md and SECURITY.md between "<!-- figures: NAME -->" and "<!-- end of figures
-->" are made from `results/*.json` and from nothing else. --check writes nothing and fails where a text says something
else than the results do.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import readme_rows, result_tables, security_tables

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
TEXTS = (ROOT / "README.md", Path(__file__).parent / "README.md", ROOT / "SECURITY.md")
PART = re.compile(r"(<!-- figures: (?P<name>[\w-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)

Results = Mapping[str, Any]
PARTS: Mapping[str, Callable[[Results], str]] = {
    "how-well-it-does": readme_rows.table,
    "results": result_tables.tables,
    **security_tables.PARTS,
}


def read(folder: Path = RESULTS) -> dict[str, Any]:
    """The results by their names."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def filled(text: str, results: Results) -> str:
    """A text with its parts made anew. Raises KeyError for a part of an unknown name."""
    return PART.sub(lambda part: f"{part[1]}{PARTS[part['name']](results)}\n{part[3]}", text)


def main() -> None:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a text has to change")
    given = parser.parse_args()
    results = read()
    stale = []
    for path in TEXTS:
        old = path.read_text(encoding="utf-8")
        new = filled(old, results)
        if new != old:
            stale.append(path.relative_to(ROOT).as_posix())
            if not given.check:
                path.write_text(new, encoding="utf-8")
    if given.check and stale:
        raise SystemExit(f"{', '.join(stale)}: not what the results say; python -m benchmarks.report writes it anew")
    print(f"written: {', '.join(stale)}" if stale else "nothing to change")


if __name__ == "__main__":
    main()
