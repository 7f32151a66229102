"""Whether every word and number of a file comes out as it stands there: python -m benchmarks.reading [--only READER]

For each file it is written down what must stand in its text, what must not (invented headers, numbers run together,
struck text), and what cannot be read and has to be said in a notice. Most files are made up and made here: one content
in many formats, and what only some formats have; the others are test files of well-known packages, fetched by name and
hash, with what must stand in them written down by hand (`benchmarks/data/reading_public.toml`).

Kilde reads through its sandbox, as the app does; files that hold other documents through a library. Beside it stand
MarkItDown, docling and unstructured, each in an environment of its own and by its own quick start, offline and with a
limit of time for each file, and the plainest use of each format's usual library. Kilde is asked for more: it quotes
single rows, so that in each row of a table the names of the columns have to stand; of the others it is enough that the
header stands above, in columns. A format of which a reader fails on all files is one it does not read: "–".

--only kilde measures that alone again and keeps the others' figures. --misses lists what was not right.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.reading.corpus import own
from benchmarks.reading.judging import Reading, Sample, judged
from benchmarks.reading.public import public
from benchmarks.reading.readers import kilde, running
from benchmarks.reading.readers.adapters import READERS
from benchmarks.reading.scoring import row, summed
from benchmarks.reading.table import BEFORE, OURS, misses
from benchmarks.result_tables import reading

RESULT = Path(__file__).parent.parent / "results" / "reading.json"
PACKAGES = ("lxml", "openpyxl", "pypdfium2", "python-docx", "python-pptx")


def measured(reader: str, samples: Sequence[Sample]) -> dict[str, Any]:
    """The rows of all files by their names. Raises NotInstalled."""
    if reader == OURS:
        return _rows(samples, kilde.readings(samples))
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for sample in samples:
            path = Path(folder) / sample.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(sample.data)
            paths.append(path)
        return _rows(samples, running.readings(reader, paths))


def _rows(samples: Sequence[Sample], readings: Iterable[Reading]) -> dict[str, Any]:
    rows = {}
    for n, (sample, read) in enumerate(zip(samples, readings, strict=True), 1):
        rows[sample.name] = row(sample, read, judged(sample, read))
        print(f"\r{n} of {len(samples)} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows


def main() -> None:
    """Measure what is chosen, keep it, and print the tables."""
    given = _arguments()
    result: dict[str, Any] = json.loads(given.output.read_text(encoding="utf-8")) if given.output.is_file() else {}
    if not given.table:
        samples = [one for one in [*own(), *public()] if given.files in one.name]
        for reader in given.only or (*READERS, OURS):
            print(f"{reader} ...", file=sys.stderr)
            try:
                rows = measured(reader, samples)
            except running.NotInstalled as error:
                print(error, file=sys.stderr)
                continue
            if not given.files:
                result.setdefault("readers", {})[reader] = summed(rows)
                result.setdefault("versions", {})[reader] = running.version(reader)
                if reader == OURS:
                    result |= {"files": rows, "machine": machine(PACKAGES)}
                _keep(result, given.output)
            if given.misses or given.files:
                print("\n".join(misses(rows)))
    elif given.misses:
        print("\n".join(misses(result["files"])))
    if given.before:
        result["readers"][BEFORE] = result["readers"][OURS]
        _keep(result, given.output)
    if not given.files:
        print("\n\n".join(reading(result)))


def _keep(result: dict[str, Any], output: Path) -> None:
    part = output.with_suffix(".tmp")
    part.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(output)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", choices=(*READERS, OURS), metavar="READER", help="may be given several times"
    )
    parser.add_argument(
        "--files", default="", metavar="PART", help="only files with this in their names; keeps no figures"
    )
    parser.add_argument("--misses", action="store_true", help="list all that was not right")
    parser.add_argument("--table", action="store_true", help="measure nothing: print what is known")
    parser.add_argument("--before", action="store_true", help="keep Kilde's figures as those before a change as well")
    parser.add_argument("--output", type=Path, default=RESULT, metavar="FILE", help="where to keep it (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
