"""Kilde's retrieval against what people would use instead: python -m benchmarks.peers [--peer NAME] [--set NAME]

Each peer runs in its own environment, which is installed at the first run, and offline; each combination of peer, model
and set in a process of its own. Those that are in the results already are passed over, so that a run that was cut off
goes on where it was; --fresh forgets those that are chosen and measures them anew. What each row is: README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.peers import sets
from benchmarks.peers.environments import OURS, python_of
from benchmarks.peers.measuring import ChildFailed, K, clusters, measured
from benchmarks.peers.protocol import Model
from benchmarks.peers.table import tables, with_table
from benchmarks.question_sets import CACHE
from rag.models.sources import packaged

README = Path(__file__).parent / "README.md"
RESULT = Path(__file__).parent.parent / "results" / "peers.json"
# Kilde comes last: what it is measured with is the newest of all
PEERS = ("langchain", "llamaindex", "txtai", "chroma", "haystack", "haystack_hybrid", OURS)
MODELS = ("minilm", "e5")


def model(name: str) -> Model:
    """The folder of one of the models, from an installed package. Raises SystemExit where there is none."""
    if name == "minilm":
        source = packaged.minilm()
        prefixes = ("", "")
    else:
        source = packaged.e5(CACHE / "models", lambda stage, share: None, tokenizer_only=False)
        prefixes = ("query: ", "passage: ")
    if source is None:
        raise SystemExit(f"the package with the model {name} is not installed: requirements-dev.txt")
    return Model(name, str(source.path), *prefixes)


def models_of(peer: str) -> tuple[str, ...]:
    """Kilde is measured with its default alone."""
    return ("e5",) if peer == OURS else MODELS


def main() -> None:
    """Measure what is chosen and not there yet, and print all results."""
    given = _arguments()
    result: dict[str, Any] = {"results": {}}
    if given.output.is_file():
        result = json.loads(given.output.read_text(encoding="utf-8"))
    chosen = [
        (name, peer, one)
        for peer in given.peer or PEERS
        for one in models_of(peer)
        if one in (given.model or MODELS)
        for name in given.set or sets.available()
    ]
    if given.install:
        for peer in given.peer or PEERS:
            python_of(peer)
        return
    if given.fresh and not given.table:
        for name, peer, one in chosen:
            result["results"].get(name, {}).get(peer, {}).pop(one, None)
        _keep(result, given.output)
    failed = []
    for name, peer, one in [] if given.table else chosen:
        if one in result["results"].get(name, {}).get(peer, {}):
            continue
        print(f"{peer} {one} {name} ...", file=sys.stderr, flush=True)
        try:
            row = measured(peer, model(one), sets.written(name, given.limit), given.lock)
        except ChildFailed as error:
            failed.append(str(error))
            continue
        result["results"].setdefault(name, {}).setdefault(peer, {})[one] = row
        _keep(result, given.output)
    shared = {name: clusters(sets.SETS[name]().questions) for name in result["results"]} if not given.limit else {}
    told = tables(result["results"], shared)
    print(told)
    if given.output == RESULT:
        README.write_text(with_table(README.read_text(encoding="utf-8"), told), encoding="utf-8")
    if failed:
        raise SystemExit("\n".join(failed))


def _keep(result: dict[str, Any], output: Path) -> None:
    kept = {"machine": machine(), "k": K, "results": result["results"]}
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_suffix(".tmp")
    part.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(output)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", choices=PEERS)
    parser.add_argument("--set", action="append", choices=list(sets.SETS))
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--fresh", action="store_true", help="forget what is known of those chosen first")
    parser.add_argument("--install", action="store_true", help="make the environments and stop")
    parser.add_argument("--table", action="store_true", help="print what is known and stop")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="hold it while something is measured (flock)")
    parser.add_argument("--output", type=Path, default=RESULT, metavar="FILE", help="where to keep it (%(default)s)")
    parser.add_argument("--limit", type=int, metavar="N", help="only so many documents, to try it out; needs --output")
    given = parser.parse_args()
    if given.limit and given.output == RESULT:
        parser.error("--limit needs an --output of its own")
    return given


if __name__ == "__main__":
    main()
