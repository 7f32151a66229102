"""The loop: steps of groups, and checkpoints that a run goes on from after it was cut off."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from training.reader.network import Network, loss, scored
from training.reader.states import Example

SAVED_EVERY = 150.0
"""Seconds between checkpoints."""
WINDOW = 40
"""Steps whose groups are sorted by length together: the steps of one window are then drawn in any order."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained. groups: in a step, each of one right and `wrong` wrong passages. rate: of the layers, that of
    the heads is `heads` times it; it rises over `warm_up` steps and then falls to 0. often: times per epoch that groups
    of a set are seen.
    """

    seed: int
    layers: int
    epochs: int
    groups: int = 12
    wrong: int = 2
    rate: float = 3e-4
    heads: float = 3.0
    warm_up: int = 30
    decay: float = 0.01
    everyday: int = 2

    def often(self, source: str) -> int:
        return self.everyday if source.startswith("everyday") else 1


Step = list[list[Example]]
Examples = list[tuple[str, list[Example]]]
"""Groups, each with the name of its set."""


def epoch_steps(examples: Examples, recipe: Recipe, epoch: int) -> list[Step]:
    """The steps of an epoch, the same for the same seed: groups of about one length together."""
    draw = random.Random(recipe.seed * 1000 + epoch)
    drawn: list[list[Example]] = []
    for source, of in examples:
        right, wrong = [one for one in of if one.right], [one for one in of if not one.right]
        for _ in range(recipe.often(source)):
            most = recipe.wrong + (not right)
            drawn.append([*draw.sample(right, min(1, len(right))), *draw.sample(wrong, min(most, len(wrong)))])
    draw.shuffle(drawn)
    steps: list[Step] = []
    for start in range(0, len(drawn), WINDOW * recipe.groups):
        window = sorted(drawn[start : start + WINDOW * recipe.groups], key=_longest)
        of_window = [window[at : at + recipe.groups] for at in range(0, len(window), recipe.groups)]
        draw.shuffle(of_window)
        steps += of_window
    return steps


def _longest(group: Sequence[Example]) -> int:
    return max(len(one.sequence.ids) for one in group)


class Run:
    """A network in training: its weights in bfloat16 for the products, and in float32 for the steps."""

    def __init__(self, network: Network, recipe: Recipe, folder: Path) -> None:
        self.masters = [parameter.detach().float().clone() for parameter in network.parameters()]
        self.network = network.to(torch.bfloat16).train()
        self.recipe = recipe
        self.folder = folder
        self.done = 0
        names = [name for name, _ in network.named_parameters()]
        self.names = names
        self.parameters = [parameter for _, parameter in network.named_parameters()]
        layers = [master for name, master in zip(names, self.masters, strict=True) if name.startswith("layer.")]
        heads = [master for name, master in zip(names, self.masters, strict=True) if not name.startswith("layer.")]
        self.optimizer = torch.optim.AdamW(
            [{"params": layers, "times": 1.0}, {"params": heads, "times": recipe.heads}],
            lr=recipe.rate,
            weight_decay=recipe.decay,
        )

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    def train(self, examples: Examples, epoch: int, total: int) -> None:
        """The steps of an epoch that are not done. total: steps of all epochs."""
        steps = epoch_steps(examples, self.recipe, epoch)
        first = self.done - epoch * len(steps)
        began = saved = time.monotonic()
        means: dict[str, float] = {}
        for seen, step in enumerate(steps[max(0, first) :], 1):
            parts = self._step(step, total)
            means = {name: 0.98 * means.get(name, value) + 0.02 * value for name, value in parts.items()}
            self.done += 1
            now = time.monotonic()
            if seen % 10 == 0:
                pace = (now - began) / seen
                left = pace * (total - self.done) / 60
                said = " ".join(f"{name} {value:.3f}" for name, value in means.items())
                print(f"step {self.done} of {total}, {pace:.2f} s each, {left:.0f} min left: {said}", flush=True)
            if now - saved > SAVED_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def _step(self, step: Step, total: int) -> dict[str, float]:
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.done)
        flat = [one for group in step for one in group]
        states, mask = _batch(flat)
        total_loss, parts = loss(scored(self.network, states, mask, flat), flat, list(map(len, step)))
        total_loss.backward()
        with torch.no_grad():
            for parameter, master in zip(self.parameters, self.masters, strict=True):
                master.grad = None if parameter.grad is None else parameter.grad.float()
                parameter.grad = None
            torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
            for group in self.optimizer.param_groups:
                group["lr"] = self.recipe.rate * group["times"] * _share(self.done, self.recipe.warm_up, total)
            self.optimizer.step()
            for parameter, master in zip(self.parameters, self.masters, strict=True):
                parameter.copy_(master)
        return dict(parts)

    def save(self) -> None:
        """Keep weights, the optimizer's moments and how far it is, in place of the checkpoint before."""
        tensors = {f"weights.{name}": master for name, master in zip(self.names, self.masters, strict=True)}
        for name, master in zip(self.names, self.masters, strict=True):
            for moment in ("exp_avg", "exp_avg_sq"):
                if moment in self.optimizer.state[master]:
                    tensors[f"{moment}.{name}"] = self.optimizer.state[master][moment]
        self.folder.mkdir(parents=True, exist_ok=True)
        work = self.checkpoint.with_suffix(".part")
        save_file(tensors, work, {"done": str(self.done), "recipe": json.dumps(asdict(self.recipe))})
        work.replace(self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one of the same recipe."""
        if not self.checkpoint.exists():
            return
        with safe_open(self.checkpoint, "pt") as file:
            if json.loads(file.metadata()["recipe"]) != asdict(self.recipe):
                raise SystemExit(f"{self.checkpoint} is of another recipe: move it away")
            self.done = int(file.metadata()["done"])
            kept = set(file.keys())
            for name, master, parameter in zip(self.names, self.masters, self.parameters, strict=True):
                master.copy_(file.get_tensor(f"weights.{name}"))
                with torch.no_grad():
                    parameter.copy_(master)
                if f"exp_avg.{name}" in kept:
                    self.optimizer.state[master] = {
                        "step": torch.tensor(float(self.done)),
                        **{m: file.get_tensor(f"{m}.{name}") for m in ("exp_avg", "exp_avg_sq")},
                    }


def _batch(flat: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """(n, t, h) bfloat16 states, and (n, t) bool where they are none of padding."""
    width = max(len(one.sequence.ids) for one in flat)
    states = np.zeros((len(flat), width, flat[0].states.shape[1]), np.float16)
    mask = torch.zeros(len(flat), width, dtype=torch.bool)
    for row, one in enumerate(flat):
        length = len(one.sequence.ids)
        states[row, :length] = one.states
        mask[row, :length] = True
    return torch.from_numpy(states).to(torch.bfloat16), mask


def weights(checkpoint: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The network's weights of a checkpoint, float32, and what is said of it: "done", "recipe"."""
    with safe_open(checkpoint, "pt") as file:
        names = [name.removeprefix("weights.") for name in file.keys() if name.startswith("weights.")]  # noqa: SIM118
        return {name: file.get_tensor(f"weights.{name}") for name in names}, dict(file.metadata())


def _share(step: int, warm_up: int, total: int) -> float:
    """Of the learning rate, in a step counted from 0."""
    if step < warm_up:
        return (step + 1) / warm_up
    return max(0.0, (total - step) / max(1, total - warm_up))


def epochs(run: Run, examples: Examples) -> Iterator[int]:
    """Train what is not done yet; after each epoch its number, from 1."""
    counts = [len(epoch_steps(examples, run.recipe, epoch)) for epoch in range(run.recipe.epochs)]
    assert len(set(counts)) == 1
    total = sum(counts)
    for epoch in range(run.recipe.epochs):
        if run.done < (epoch + 1) * counts[0]:
            run.train(examples, epoch, total)
        yield epoch + 1
    assert math.isclose(run.done, total)
