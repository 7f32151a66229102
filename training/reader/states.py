"""States after the lower layers, which are not trained, computed once for every question with every passage.

All epochs and seeds then cost the upper layers alone. They lie in one file of float16, (tokens, 384), under
`benchmarks/cache/reader`, about 150 kB for each passage.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from rag.core.types import Span
from rag.models.embedding.fused_bert import FusedBert
from rag.models.embedding.pipeline import EmbeddingPipeline
from rag.models.embedding.protocol import Passage
from rag.models.reader.sequences import Sequenced, sequences
from training.reader.groups import Candidate, Group
from training.reader.sets import FOLDER

BATCH = 32
STEP = 64
"""Groups between two records of how far it has come."""


@dataclass(frozen=True, slots=True)
class Example:
    """A passage of a group. states: (t, h) float16, in a file. gold, span: as in `Candidate`, in tokens."""

    sequence: Sequenced
    states: np.ndarray
    right: bool
    gold: tuple[int, ...]
    span: tuple[int, int] | None


def examples(pipeline: EmbeddingPipeline, lower: FusedBert, layers: int, found: Sequence[Group]) -> list[list[Example]]:
    """The examples of each group of a set: their states are kept, or computed, going on where a run was cut off.

    lower: computes the states after the lower layers; layers: how many there are above them.
    """
    of_groups = [sequenced(pipeline, group) for group in found]
    texts = hashlib.sha256(str(layers).encode())
    rows = 0
    for sequence in itertools.chain.from_iterable(of_groups):
        texts.update(np.array(sequence.ids, np.int32).tobytes())
        rows += len(sequence.ids)
    path = FOLDER / f"states-{texts.hexdigest()[:16]}.f16"
    progress = path.with_suffix(".json")
    done = json.loads(progress.read_text(encoding="utf-8")) if path.exists() and progress.exists() else 0
    states = np.memmap(path, np.float16, "r+" if path.exists() else "w+", shape=(rows, pipeline.dimension))
    placed = []
    at = 0
    for group, of_group in zip(found, of_groups, strict=True):
        placed.append([])
        for one, sequence in zip(group.passages, of_group, strict=True):
            end = at + len(sequence.ids)
            gold, span = _gold(one, sequence), _span(one, sequence)
            placed[-1].append(Example(sequence, states[at:end], one.right, gold, span))
            at = end
    for start in range(done, len(placed), STEP):
        _fill(lower, pipeline.pad, [one for group in placed[start : start + STEP] for one in group])
        states.flush()
        _record(progress, start + STEP)
        if start // STEP % 5 == 0:
            print(f"states: {start} of {len(placed)} groups of {found[0].source}", flush=True)
    return placed


def sequenced(pipeline: EmbeddingPipeline, group: Group) -> list[Sequenced]:
    """The sequences of a group's passages."""
    return sequences(pipeline.tokenizer, group.question, [passage(one) for one in group.passages])


def passage(one: Candidate) -> Passage:
    """A candidate as the reader takes it."""
    return Passage(one.text, one.context, tuple(Span(*span) for span in one.sentences))


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, t) int64 tokens, and bool where they are none of padding."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows])
    return ids, torch.arange(width) < torch.tensor([[len(row)] for row in rows])


def _fill(lower: FusedBert, pad: int, of: Sequence[Example]) -> None:
    by_length = sorted(of, key=lambda one: len(one.sequence.ids))
    for start in range(0, len(by_length), BATCH):
        batch = by_length[start : start + BATCH]
        ids, mask = padded([one.sequence.ids for one in batch], pad)
        out = lower(ids, None if bool(mask.all()) else mask).float().numpy()
        for one, row in zip(batch, out, strict=True):
            one.states[:] = row[: len(one.sequence.ids)]


def _record(path: Path, done: int) -> None:
    work = path.with_suffix(".part")
    work.write_text(json.dumps(done), encoding="utf-8")
    work.rename(path)


def _gold(one: Candidate, sequence: Sequenced) -> tuple[int, ...]:
    return tuple(number for number in one.gold if sequence.sentences[number][1])


def _span(one: Candidate, sequence: Sequenced) -> tuple[int, int] | None:
    """The first and the last token of the short answer; None where it is not known or was cut off."""
    if one.span is None:
        return None
    begins, ends = sequence.characters[:, 0], sequence.characters[:, 1]
    inside = np.flatnonzero((ends > one.span[0]) & (begins < one.span[1]) & (ends > begins))
    if not len(inside) or ends[inside[-1]] < one.span[1]:
        return None
    return sequence.text[0] + int(inside[0]), sequence.text[0] + int(inside[-1])
