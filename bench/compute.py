"""The computations by themselves, at a slow setting; and what vectorising gives."""

from __future__ import annotations

import importlib
import itertools
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from bench.table import Table, ms
from core import (
    bagging_vs_boosting,
    batch_size_minima,
    cls_vs_average_pooling,
    cross_entropy_vs_kl,
    gd_sgd_minibatch,
    likelihood_sampling,
    precision_recall,
    softmax_stability,
    vanishing_gradients,
)
from ui.registry import EXPLAINERS


def timed(compute: Callable[[], object], repeats: int = 7) -> float:
    """Return the median duration of several runs in seconds, after one warm-up run."""
    compute()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        compute()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _softmax_map(n_classes: int) -> object:
    offsets, spreads = softmax_stability.map_grid(n_classes)
    return softmax_stability.verdict_map(
        dtype="float16", n_classes=n_classes, true_class=0, offsets=offsets, spreads=spreads
    )


def _softmax_map_by_loop() -> object:
    offsets, spreads = softmax_stability.map_grid(10)
    return [
        softmax_stability.errors(
            softmax_stability.make_logits(10, offset=float(o), spread=float(s)), dtype="float16", true_class=0
        )
        for s in spreads
        for o in offsets
    ]


def _grow(n: int, depth: int | None, trees: int) -> object:
    sample = bagging_vs_boosting.make_sample("moons", n=n, flip=0.2)
    grid = bagging_vs_boosting.make_grid(sample, size=36)
    return [
        bagging_vs_boosting.fit_staged(sample, grid, method=method, depth=depth, stages=(1, trees), seed=0)
        for method in ("bagging", "adaboost")
    ]


def _runs(on: gd_sgd_minibatch.Problem, batch_size: int) -> object:
    return gd_sgd_minibatch.distances(
        on, start="corner", batch_size=batch_size, learning_rate=0.1 * on.limit, updates=1000, n_runs=100
    )


def _judge(seed: int) -> object:
    sample = precision_recall.draw(precision_recall.Population(2.563), 10_000, 0.1, seed=seed)
    ranking = precision_recall.rank(sample)
    return (
        precision_recall.metric_intervals(precision_recall.count(sample, 1.28)),
        precision_recall.histogram(sample, 1.28, -4, 8),
        precision_recall.curves(ranking),
        precision_recall.step_through(ranking, 1),
    )


def computations() -> Table:
    """Time each page's computations at slow settings, as they run in one process."""
    thousand = softmax_stability.make_logits(1000)
    skewed = (np.arange(1, 9) / 36, np.full(8, 1 / 8))
    diabetes = gd_sgd_minibatch.load_problem("diabetes")
    deepest = vanishing_gradients.Net(vanishing_gradients.MAX_DEPTH, width=128)
    trained = batch_size_minima.study(batch_size_minima.Setting((4, 16, 64, 256), examples=256))
    fresh = itertools.count(1)  # a new argument for functions that cache their results
    eight = (8, 16, 20, 24, 28, 32, 48, 64)
    # What takes seconds runs in a worker process, with progress.
    seconds: dict[str, Callable[[], object]] = {
        "gd: samples to a target": lambda: gd_sgd_minibatch.samples_to_target(diabetes, start="corner", target=0.02),
        "likelihood: coverage of Cauchy intervals, 10 sizes": lambda: likelihood_sampling.coverage_curves(
            likelihood_sampling.make_source("cauchy")
        ),
        "vanishing: 20 layers, 3 seeds, 100 updates": lambda: vanishing_gradients.train(vanishing_gradients.Net(20)),
        "vanishing: back through 200 steps, 4 cells": lambda: vanishing_gradients.through_time(steps=200),
        "batch: N = 256, 4 batch sizes, 5 seeds, all measures": lambda: batch_size_minima.study(
            batch_size_minima.Setting((4, 16, 64, 256), examples=256)
        ),
        "batch: N = 512, 4 batch sizes, 5 seeds, all measures": lambda: batch_size_minima.study(
            batch_size_minima.Setting()
        ),
        "precision: five models of digits, 8 splits": lambda: precision_recall.compare_models(),
        "bagging: 2 × 200 trees of full depth, n = 600": lambda: _grow(600, None, 200),
        "bagging: bias and variance, 16 sets": lambda: bagging_vs_boosting.bias_variance(
            "moons", method="bagging", depth=3, n_sets=16, stages=(1, 10, 100)
        ),
        "pooling: two poolings trained, 65 tokens, one seed": lambda: cls_vs_average_pooling.train_poolings(
            "needle", 65, seeds=1
        ),
    }
    runs: dict[str, Callable[[], object]] = {
        "softmax: five traces, 1000 classes": lambda: [
            softmax_stability.trace(thousand, algorithm=a, dtype="float16", true_class=0)
            for a in softmax_stability.ALGORITHMS
        ],
        "softmax: reference, float64, 1000 classes": lambda: softmax_stability.reference(
            thousand + next(fresh), dtype="float64", true_class=0
        ),
        "softmax: verdict map, 10 classes": lambda: _softmax_map(10),
        "softmax: verdict map, 1000 classes": lambda: _softmax_map(1000),
        "cross-entropy: headline and path, 8 classes": lambda: (
            cross_entropy_vs_kl.compare(*skewed),
            cross_entropy_vs_kl.loss_path(*skewed),
        ),
        "cross-entropy: Gaussian fit and surface": lambda: cross_entropy_vs_kl.fit_gaussian(5.7),
        "cross-entropy: P learned too": lambda: cross_entropy_vs_kl.train_jointly(),
        "gd: three runs of 1000 updates": lambda: gd_sgd_minibatch.compare(
            diabetes, start="corner", batch_size=32, learning_rate=0.1 * diabetes.limit, length=1000
        ),
        "gd: 100 runs of 1000 updates, B = 32": lambda: _runs(diabetes, 32),
        "gd: 100 runs of 1000 updates, B = 256": lambda: _runs(diabetes, 256),
        "likelihood: 60 Cauchy samples of 1000 values": lambda: likelihood_sampling.run(
            likelihood_sampling.make_source("cauchy"), 1000, "right", seed=next(fresh)
        ),
        "likelihood: 2000 lognormal samples of 30 values": lambda: likelihood_sampling.run(
            likelihood_sampling.make_source("lognormal"), 30, "right", seed=next(fresh)
        ),
        "precision: cells, intervals, curves and steps of 10,000 examples": lambda: _judge(next(fresh)),
        "vanishing: deepest network, width 128": lambda: vanishing_gradients.measure(deepest, seed=next(fresh)),
        "batch: toy, 8 batch sizes × 250 runs × 1500 updates": lambda: batch_size_minima.escape(eight),
        "batch: plane of 21 × 21 losses": lambda: batch_size_minima.plane(trained, batch_index=0, seed_index=0),
        "pooling: accuracy at 512 tokens": lambda: cls_vs_average_pooling.pooled_accuracy(
            "needle", [512], sharpness=1.0, seed=100 * next(fresh)
        ),
        "every thumbnail": lambda: [
            importlib.import_module(f"core.{explainer.stem}").thumbnail() for explainer in EXPLAINERS
        ],
    }
    rows = [(name, ms(timed(run))) for name, run in runs.items()]
    rows += [(name, ms(timed(run, repeats=1))) for name, run in seconds.items()]
    return Table("Computations", ("what", "median"), rows)


def vectorised() -> Table:
    """Compare vectorised code with an equivalent plain loop."""
    fast, slow = timed(lambda: _softmax_map(10)), timed(_softmax_map_by_loop, repeats=1)
    rows = [("softmax: verdict map", ms(fast), ms(slow), f"{slow / fast:.0f}")]
    return Table("Vectorised against a plain loop", ("what", "vectorised", "loop", "times faster"), rows)
