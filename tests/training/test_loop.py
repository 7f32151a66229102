"""A small network in training: what is made less, and a run that goes on where it was cut off."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.models.reader.sequences import Sequenced
from training.reader.loop import Recipe, Run, epoch_steps, epochs, weights
from training.reader.network import Network, Scores, loss, scored
from training.reader.states import Example

WIDTH = 16
RECIPE = Recipe(seed=3, layers=1, epochs=3, groups=2, rate=3e-3, warm_up=2)


def example(right: bool, seed: int, gold: tuple[int, ...] = (), span: tuple[int, int] | None = None) -> Example:
    """Ten tokens: a question of three, and a text of six in two sentences. A right one is told by its states."""
    drawn = np.random.default_rng(seed).standard_normal((10, WIDTH)).astype(np.float16)
    if right:
        drawn[4:7, 0] += 4
    characters = np.array([[n, n + 1] for n in range(6)], np.int32)
    sequence = Sequenced([0] * 10, (1, 3), (3, 9), ((3, 6), (6, 9)), characters)
    return Example(sequence, drawn, right, gold, span)


def groups(count: int = 8) -> list[tuple[str, list[Example]]]:
    found = []
    for number in range(count):
        right = [example(True, number, (0,), (4, 5))] if number % 4 else []
        wrong = [example(False, 100 * number + n) for n in range(4)]
        found.append(("everyday_train" if number % 2 else "reader_no", [*right, *wrong]))
    return found


def run(folder: Path, recipe: Recipe = RECIPE) -> Run:
    torch.manual_seed(5)
    return Run(Network(1, WIDTH, 32, 2, 1e-12), recipe, folder)


def test_an_epoch_has_one_right_and_two_wrong_passages_of_each_question() -> None:
    steps = epoch_steps(groups(), RECIPE, 0)
    drawn = [group for step in steps for group in step]
    assert len(drawn) == 4 + 2 * 4  # everyday questions twice
    assert {(len(group), sum(one.right for one in group)) for group in drawn} == {(3, 1), (3, 0)}
    assert max(map(len, steps)) == RECIPE.groups
    again = epoch_steps(groups(), RECIPE, 0)
    assert [[one.right for one in group] for step in again for group in step] == [
        [one.right for one in group] for group in drawn
    ]


def test_what_is_right_is_learned(tmp_path: Path) -> None:
    trained = run(tmp_path, Recipe(seed=3, layers=1, epochs=12, groups=4, rate=3e-3, warm_up=2))
    data = groups(24)
    for _ in epochs(trained, data):
        pass
    unseen = [example(True, 9_001), example(False, 9_002), example(True, 9_003), example(False, 9_004)]
    states = torch.from_numpy(np.stack([one.states for one in unseen])).to(torch.bfloat16)
    trained.network.eval()
    with torch.no_grad():
        relevance = scored(trained.network, states, torch.ones(4, 10, dtype=torch.bool), unseen).relevance
    assert min(relevance[0], relevance[2]) > max(relevance[1], relevance[3])


def test_a_run_that_was_cut_off_ends_where_the_other_ends(tmp_path: Path) -> None:
    data = groups()
    whole = run(tmp_path / "whole")
    assert list(epochs(whole, data)) == [1, 2, 3]
    first = run(tmp_path / "cut")
    total = 3 * len(epoch_steps(data, RECIPE, 0))
    first.train(data, 0, total)  # an epoch, and then two steps of the next one, of which nothing is kept
    for step in epoch_steps(data, RECIPE, 1)[:2]:
        first._step(step, total)
    second = run(tmp_path / "cut")
    second.resume()
    assert second.done == total // 3
    assert list(epochs(second, data)) == [1, 2, 3]
    expected, said = weights(whole.checkpoint)
    found, _ = weights(second.checkpoint)
    assert int(said["done"]) == total
    for name, tensor in expected.items():
        assert torch.allclose(found[name], tensor, atol=1e-5), name


def test_a_checkpoint_of_another_recipe_is_not_overwritten(tmp_path: Path) -> None:
    run(tmp_path).save()
    with pytest.raises(SystemExit, match="another recipe"):
        run(tmp_path, Recipe(seed=4, layers=1, epochs=3)).resume()


def test_the_loss_of_scores_that_say_nothing() -> None:
    batch = [example(True, 1, (0,), (4, 5)), example(False, 2), example(False, 3)]
    inside = torch.full((3, 10), -1e4)
    inside[:, 3:9] = 0
    total, parts = loss(Scores(torch.zeros(3), torch.zeros(6), inside, inside), batch, [3])
    expected = {"relevance": math.log(2), "listwise": math.log(3), "span": math.log(18), "sentence": math.log(6)}
    assert parts == pytest.approx(expected, abs=1e-5)
    assert float(total) == pytest.approx(math.log(2) + 0.5 * (math.log(3) + math.log(18) + math.log(6)), abs=1e-5)


def test_a_group_without_a_right_passage_teaches_relevance_alone() -> None:
    batch = [example(False, 1), example(False, 2)]
    zeros = torch.zeros(2, 10)
    total, parts = loss(Scores(torch.zeros(2), torch.zeros(4), zeros, zeros), batch, [2])
    assert parts == pytest.approx({"relevance": math.log(2)}, abs=1e-6)
    assert float(total) == pytest.approx(math.log(2), abs=1e-6)


def test_padding_changes_nothing() -> None:
    network = Network(1, WIDTH, 32, 2, 1e-12).eval()
    one = example(True, 1, (0,))
    alone = torch.from_numpy(one.states).float()[None]
    padded = torch.cat([alone, torch.full((1, 5, WIDTH), 7.0)], 1)
    mask = torch.arange(15)[None] < 10
    with torch.no_grad():
        expected = scored(network, alone, mask[:, :10], [one])
        found = scored(network, padded, mask, [one])
    assert torch.allclose(found.relevance, expected.relevance, atol=1e-5)
    assert torch.allclose(found.sentences, expected.sentences, atol=1e-5)
    assert torch.allclose(found.starts[:, :10].softmax(1), expected.starts.softmax(1), atol=1e-5)
