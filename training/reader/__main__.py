"""Trains the reader: python -m training.reader [--seed N] [--layers 6] [--epochs 2]

Searches wrong passages for each question, computes what the lower layers make of all of them, trains the layers above,
and measures after each epoch. All of it is kept under `benchmarks/cache/reader`, so that a run that was cut off goes on
where it was.

--pack writes the last checkpoint, measured, to `rag/models/reader`, with its card. --measure-only prints the figures
of the reader that is there.
"""

from __future__ import annotations

import argparse
import json
import os

# threads that wait for each other must not take a busy processor's time; read when torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from rag.models.reader.weights import FILE
from training.reader.base import base
from training.reader.groups import groups
from training.reader.loop import Recipe, Run, epochs
from training.reader.packing import card, measured, packed
from training.reader.sets import FOLDER, training_sets
from training.reader.states import examples


def main() -> None:
    """Train, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the heads' first weights and of the order (1)")
    parser.add_argument("--layers", type=int, default=6, help="upper layers that are trained (6)")
    parser.add_argument("--epochs", type=int, default=2, help="how often each question is seen (2)")
    parser.add_argument("--threads", type=int, default=2, help="of the processor (2)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--pack", action="store_true", help="write the last checkpoint into the package")
    mode.add_argument("--measure-only", action="store_true", help="measure the packaged reader")
    options = parser.parse_args()
    recipe = Recipe(options.seed, options.layers, options.epochs)
    folder = FOLDER / f"run-{recipe.layers}-{recipe.epochs}-{recipe.seed}"
    if options.measure_only:
        print(json.dumps(measured(FILE), indent=1))
        return
    sets = training_sets()
    found = [groups(one) for one in sets]
    if options.pack:
        checkpoint = folder / "checkpoint.safetensors"
        counts = {one.name: len(of) for one, of in zip(sets, found, strict=True)}
        last = folder / f"epoch-{recipe.epochs}.json"  # there only once the checkpoint is that of the end
        packed(checkpoint)
        figures = json.loads(last.read_text(encoding="utf-8")) if last.exists() else measured(FILE)
        card(checkpoint, FILE, sets, counts, figures)
        return
    below = base(recipe.layers, recipe.seed)
    torch.set_num_threads(options.threads)
    seen = [
        (one.name, group)
        for one, of in zip(sets, found, strict=True)
        for group in examples(below.pipeline, below.lower, recipe.layers, of)
    ]
    run = Run(below.upper, recipe, folder)
    run.resume()
    for epoch in epochs(run, seen):
        result = folder / f"epoch-{epoch}.json"
        if not result.exists():
            figures = measured(packed(run.checkpoint, folder / f"epoch-{epoch}.safetensors"))
            torch.set_num_threads(options.threads)
            result.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
            print(f"epoch {epoch}: {json.dumps({name: one['all'] for name, one in figures.items()})}", flush=True)


if __name__ == "__main__":
    main()
