"""Escapes against SGD on real examples, and their dependence on batch size, noise, start and learning rate."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from core import batch_size_minima as topic
from core.intervals import wilson
from core.validate import InvalidArgument


def test_escape_matches_sgd_on_real_batches() -> None:
    """SGD on real examples with torch's gradient ends in the flat basin as often as with normal shifts."""
    rng = np.random.default_rng(0)
    examples = rng.standard_normal(512)
    examples = torch.from_numpy((examples - examples.mean()) / examples.std())
    steps, runs = 300, 400
    for batch_size, learning_rate in ((8, 0.005), (20, 0.01), (32, 0.012)):
        w = torch.full((runs,), -1.0, dtype=torch.float64)
        for _ in range(steps):
            order = torch.from_numpy(rng.random((runs, 512)).argpartition(batch_size, axis=1)[:, :batch_size].copy())
            w.requires_grad_(True)
            at = w - examples[order].mean(dim=1)
            parabolas = torch.stack([30 * (at + 1) ** 2, 3 * (at - 1) ** 2])
            loss = -0.15 * torch.logsumexp(-parabolas / 0.15, dim=0)
            [slope] = torch.autograd.grad(loss.sum(), [w])
            w = (w - learning_rate * slope).detach()
        ends = int((w > topic.BARRIER).sum())
        found = topic.escape([batch_size], learning_rate=learning_rate, steps=steps, n_runs=2000)
        assert 0.1 < found.flat[0] < 0.9, "a case that tells something"
        low, high = wilson(ends, runs, level=0.999)
        assert low < found.flat[0] < high


def test_share_of_flat_ends_falls_with_batch_size() -> None:
    """The share falls significantly with B. All batch sizes share their draws, so that nothing else differs."""
    found = topic.escape([8, 16, 24, 32, 64, 512])
    assert all(a >= b for a, b in pairwise(found.flat))
    # The names of the first scenes: all runs leave, some of them, none.
    assert found.flat[0] == 1 and 0.1 < found.flat[2] < 0.9 and found.flat[4] == 0
    assert found.low[2] > found.high[3] and found.low[3] > found.high[4]


@pytest.mark.parametrize("seed", range(3))
def test_runs_do_not_depend_on_the_other_batch_sizes(seed: int) -> None:
    for constant_ratio in (False, True):
        together = topic.escape([8, 32, 64], steps=200, constant_ratio=constant_ratio, seed=seed)
        for row, size in enumerate((8, 32, 64)):
            alone = topic.escape([size], steps=200, constant_ratio=constant_ratio, seed=seed)
            np.testing.assert_array_equal(together.path[row], alone.path[0])


def test_path_follows_the_update_rule() -> None:
    found = topic.escape([16], steps=topic.STAGES, seed=4)
    rng = np.random.default_rng(4)
    w = -1 + rng.uniform(-0.01, 0.01, topic.N_RUNS)
    sd = math.sqrt((512 - 16) / (511 * 16))
    for t in range(topic.STAGES + 1):
        assert found.stages[0, t] == t
        np.testing.assert_allclose(found.path[0, t], w, rtol=1e-6)
        w = w - 0.01 * topic.slope(w - sd * rng.standard_normal(topic.N_RUNS))


def test_without_noise_runs_end_in_the_basin_they_start_in() -> None:
    found = topic.escape([512], start="uniform", n_runs=2000)
    starts = found.path[0, 0]
    assert found.flat[0] == np.mean(starts > topic.BARRIER)
    width = (1.5 - topic.BARRIER) / 3
    assert found.low[0] < width < found.high[0]
    np.testing.assert_allclose(found.path[0, -1], np.where(starts > topic.BARRIER, 1, -1), atol=1e-9)


def test_only_additive_noise_returns_from_the_flat_basin() -> None:
    there = {noise: topic.escape([8], noise=noise, start="flat").flat[0] for noise in topic.NOISES}
    assert there["batch"] == there["proportional"] == 1
    assert 0.7 < there["additive"] < 0.95
    back = topic.escape([8], noise="additive", start="sharp")
    assert 0.7 < back.flat[0] < 0.95, "both directions cross: the start is forgotten"


def test_full_batch_leaves_the_sharp_minimum_beyond_the_edge_of_stability() -> None:
    below, above = (topic.escape([512], learning_rate=rate) for rate in (0.033, 0.034))
    assert below.flat[0] == 0 and above.flat[0] == 1


def test_constant_ratio_keeps_lr_over_b_and_lr_times_updates_constant() -> None:
    found = topic.escape([8, 32, 128], steps=400, constant_ratio=True)
    np.testing.assert_allclose(found.learning_rates / found.batch_sizes, 0.01 / 32)
    np.testing.assert_array_equal(found.steps, [1600, 400, 100])
    np.testing.assert_array_equal(found.stages[:, -1], found.steps)


def test_equal_lr_over_b_gives_different_outcomes() -> None:
    found = topic.escape([16, 32, 64], constant_ratio=True)
    assert found.low[1] > found.high[0] and found.low[2] > found.high[1]


def test_diverged_runs_are_counted() -> None:
    found = topic.escape([8, 512], learning_rate=0.5, steps=100)
    assert found.diverged.tolist() == [1, 1] and np.isnan(found.path[:, -1]).all()
    assert (found.in_sharp[:, 0] == topic.N_RUNS).all() and not (found.in_sharp + found.in_flat)[:, -1].any()
    assert np.isnan(found.flat).all() and np.isnan(found.low).all() and np.isnan(found.high).all()


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("out_of_range", {"batch_sizes": [513]}),
        ("out_of_range", {"batch_sizes": [0]}),
        ("not_an_integer", {"batch_sizes": [8.5]}),
        ("too_few", {"batch_sizes": []}),
        ("not_a_number", {"batch_sizes": ["many"]}),
        ("not_positive", {"learning_rate": 0.0}),
        ("not_finite", {"learning_rate": math.nan}),
        ("out_of_range", {"steps": 0}),
        ("out_of_range", {"n_runs": 0}),
        ("out_of_range", {"seed": -1}),
        ("unknown_choice", {"noise": "loud"}),
        ("unknown_choice", {"start": "anywhere"}),
    ],
)
def test_escape_rejects_invalid_arguments(code: str, options: dict[str, object]) -> None:
    sizes = options.pop("batch_sizes", [8])
    with pytest.raises(InvalidArgument) as refused:
        topic.escape(sizes, **options)  # type: ignore[arg-type]
    assert refused.value.code == code
