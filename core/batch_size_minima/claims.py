"""The claims on trial of `core.batch_size_minima`."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.batch_size_minima.escapes import escape
from core.batch_size_minima.intervals import Interval, interval
from core.batch_size_minima.minibatch_noise import N_EXAMPLES
from core.batch_size_minima.networks import MLP, digits_problem
from core.batch_size_minima.noise_by_direction import noise_by_direction
from core.batch_size_minima.reparametrisation import rescaling
from core.batch_size_minima.studies import study
from core.batch_size_minima.training import Run, Setting, train
from core.claims import Claim, Claims, Verdict, verdict_by_cases

_Evidence = dict[str, float | str]

# The smallest batch against the full batch.
CLEAN = Setting(batch_sizes=(8, 256), examples=256, seeds=12)
NOISY = replace(CLEAN, label_noise=0.5, learning_rate=0.4)
DECAYED = replace(NOISY, weight_decay=0.01)
LINEAR = replace(CLEAN, protocol="linear", learning_rate=1.28, epochs=200)
# One epoch: as in pre-training, no example is repeated.
ONE_PASS = Setting(batch_sizes=(8, 32, 128, 1024), examples=1024, protocol="epochs", epochs=1, seeds=8)
# Networks whose gradient noise is measured by direction, and the number of directions.
NOISE_SEEDS, TOP = 6, 10
RATES = (0.1, 0.2, 0.4, 0.8, 1.2)
# Equal updates at one learning rate; the best rate of each batch size is chosen on other seeds.
SHORT = Setting(batch_sizes=(8, 256), examples=256, updates=100, seeds=10)
SHARED_RATES = (0.2, 0.8, 1.6)


@lru_cache(maxsize=8)
def train_cached(setting: Setting) -> tuple[Run, ...]:
    """Train with few measurements, which suffice for λmax to converge, and cache the result: claims share settings."""
    return train(setting, points=6)


def _difference(setting: Setting, curve: str) -> Interval:
    """Return the difference of the final values of a curve, full minus small batch, paired over seeds."""
    small, large = train_cached(setting)
    usable = small.usable & large.usable
    return interval(np.where(usable, getattr(large, curve)[:, -1] - getattr(small, curve)[:, -1], np.nan))


def _figures(name: str, result: Interval, scale: float = 1.0) -> _Evidence:
    """Return the evidence about an interval, multiplied by ``scale``."""
    return {
        f"{name}_mean": scale * result.mean,
        f"{name}_low": scale * result.low,
        f"{name}_high": scale * result.high,
        f"{name}_wins": float(result.positive),
        f"{name}_count": float(result.count),
    }


def large_batch_sharp() -> Claim:
    """Large batches converge to sharp minimisers, small ones to flat ones."""
    evidence: _Evidence = {"edge": 2 / LINEAR.learning_rate}
    supported = []
    for name, setting in (("updates", CLEAN), ("linear", LINEAR)):
        small, large = train_cached(setting)
        result = _difference(setting, "sharpness")
        evidence |= {f"{name}_small": float(np.nanmean(small.sharpness[:, -1]))}
        evidence |= {f"{name}_large": float(np.nanmean(large.sharpness[:, -1]))} | _figures(name, result)
        supported.append(result.low > 0)
    return Claim(verdict_by_cases(supported), evidence)


def flat_generalises() -> Claim:
    """Flat minima generalise better."""
    evidence: _Evidence = {}
    supported = []
    for name, setting in (("clean", CLEAN), ("noisy", NOISY), ("decayed", DECAYED)):
        sharper, accuracy = _difference(setting, "sharpness"), _difference(setting, "test_accuracy")
        evidence |= {f"{name}_sharper": float(sharper.positive)} | _figures(name, accuracy, 100)
        # The claim predicts that the full batch is worse where it is sharper.
        supported.append(sharper.low > 0 and accuracy.high < 0)
    one = study(replace(CLEAN, batch_sizes=(8,), seeds=1))
    same = rescaling(one, np.geomspace(0.1, 10, 9))
    evidence |= {"dinh_low": float(same.lambda_max.min()), "dinh_high": float(same.lambda_max.max())}
    evidence |= {"dinh_accuracy": 100 * float(same.accuracy[0]), "dinh_change": float(same.logit_change.max())}
    # If rescaling changes the sharpness of one function, sharpness cannot determine how well it generalises.
    supported.append(bool(same.lambda_max.max() < 2 * same.lambda_max.min()))
    return Claim(verdict_by_cases(supported), evidence)


def small_batch_regularises() -> Claim:
    """A smaller batch regularises."""
    evidence: _Evidence = {}
    supported = []
    for name, setting in (("clean", CLEAN), ("noisy", NOISY), ("decayed", DECAYED)):
        accuracy = _difference(setting, "test_accuracy")
        evidence |= _figures(name, _negated(accuracy), 100)
        supported.append(accuracy.high < 0)
    for size, run in zip(("small", "large"), train_cached(NOISY), strict=True):
        evidence[f"fits_{size}"] = 100 * float(run.accuracy[:, -1].mean())
        evidence[f"test_{size}"] = 100 * float(run.test_accuracy[:, -1].mean())
    evidence["test_decayed"] = 100 * float(train_cached(DECAYED)[1].test_accuracy[:, -1].mean())
    return Claim(verdict_by_cases(supported), evidence)


def _negated(result: Interval) -> Interval:
    """Return the interval of the differences with the opposite sign."""
    return Interval(-result.mean, -result.high, -result.low, result.count, result.count - result.positive)


def large_batches_pretrain() -> Claim:
    """In pre-training the batch can be as large as you like."""
    ends = [train(replace(ONE_PASS, learning_rate=rate), points=1) for rate in RATES]
    shares = np.array([[np.nan_to_num(run.test_accuracy[:, -1]).mean() for run in runs] for runs in ends])
    best = shares.max(axis=0)
    evidence: _Evidence = {
        f"b_{batch}": 100 * float(share) for batch, share in zip(ONE_PASS.batch_sizes, best, strict=True)
    }
    evidence |= {"weights": float(MLP.parameters), "examples": float(ONE_PASS.examples)}
    # One epoch over a thousand digits is not pre-training, so that no outcome can decide the claim.
    return Claim(Verdict.UNTESTED, evidence)


def one_rate_is_fair() -> Claim:
    """One learning rate for all batch sizes makes a fair comparison."""
    shared = {rate: _test_accuracies(replace(SHORT, learning_rate=rate)) for rate in SHARED_RATES}
    chosen_on = [_test_accuracies(replace(SHORT, learning_rate=rate, seed=1)).mean(axis=1) for rate in RATES]
    best = [RATES[row] for row in np.argmax(chosen_on, axis=0)]
    tuned = [_test_accuracies(replace(SHORT, learning_rate=rate))[row] for row, rate in enumerate(best)]
    results = {f"{rate:g}".replace(".", "_"): interval(large - small) for rate, (small, large) in shared.items()}
    own = interval(tuned[1] - tuned[0])
    evidence: _Evidence = {"best_small": best[0], "best_large": best[1], **_figures("own", own, 100)}
    for name, result in results.items():
        evidence |= _figures(f"at_{name}", result, 100)
    # A shared rate is fair if it gives the difference of well-chosen rates to one point of accuracy.
    return Claim(verdict_by_cases([abs(result.mean - own.mean) < 0.01 for result in results.values()]), evidence)


def _test_accuracies(setting: Setting) -> NDArray[np.float64]:
    """Return the final test accuracies, shape (batch sizes, seeds); 0 where a model has diverged."""
    return np.array([np.nan_to_num(run.test_accuracy[:, -1]) for run in train(setting, points=1)])


def sam_flatter() -> Claim:
    """Sharpness-aware minimisation finds flatter minima."""
    evidence, flatter, _ = _against_plain(sam=0.1)
    return Claim(verdict_by_cases(flatter), evidence)


def sam_generalises() -> Claim:
    """Sharpness-aware minimisation generalises better."""
    evidence, _, better = _against_plain(sam=0.1)
    return Claim(verdict_by_cases(better), evidence)


def momentum_flatter() -> Claim:
    """Momentum leads to flatter minima."""
    evidence, flatter, _ = _against_plain(momentum=0.9)
    return Claim(verdict_by_cases(flatter), evidence)


def _against_plain(*, momentum: float = 0.0, sam: float = 0.0) -> tuple[_Evidence, list[bool], list[bool]]:
    """Return paired differences to plain SGD by labels and batch size, where it is flatter, and where it is better."""
    evidence: _Evidence = {}
    flatter, better = [], []
    for name, setting in (("clean", CLEAN), ("noisy", NOISY)):
        changed = train_cached(replace(setting, momentum=momentum, sam=sam))
        for plain, other in zip(train_cached(setting), changed, strict=True):
            usable = plain.usable & other.usable
            sharper, accurate = (
                interval(np.where(usable, getattr(other, curve)[:, -1] - getattr(plain, curve)[:, -1], np.nan))
                for curve in ("sharpness", "test_accuracy")
            )
            key = f"{name}_{plain.batch}"
            evidence |= _figures(f"{key}_sharper", sharper) | _figures(f"{key}_better", accurate, 100)
            flatter.append(sharper.high < 0)
            better.append(accurate.low > 0)
    return evidence, flatter, better


def noise_along_curvature() -> Claim:
    """Gradient noise is strongest in the directions in which the loss curves most."""
    settings = {
        "clean": replace(CLEAN, batch_sizes=(8,), seeds=NOISE_SEEDS),
        "noisy": replace(NOISY, batch_sizes=(8,), seeds=NOISE_SEEDS),
        "cross_entropy": replace(NOISY, label_noise=0.0, loss="cross_entropy", batch_sizes=(8,), seeds=NOISE_SEEDS),
    }
    evidence: _Evidence = {"top": float(TOP), "parameters": float(MLP.parameters), "seeds": float(NOISE_SEEDS)}
    supported = []
    for name, setting in settings.items():
        [run] = train_cached(setting)
        problem = digits_problem(setting.examples, seeds=setting.seeds, label_noise=setting.label_noise)
        measured = [
            noise_by_direction(model, inputs, targets, loss=setting.loss)
            for model, inputs, targets in zip(run.models, problem.inputs, problem.targets, strict=True)
        ]
        ranks = interval(np.array([_rank_correlation(each.curvature, each.variance) for each in measured]))
        share = interval(np.array([each.variance[:TOP].sum() / each.total for each in measured]))
        evidence |= {f"{name}_rank": ranks.mean, f"{name}_low": ranks.low, f"{name}_high": ranks.high}
        evidence[f"{name}_share"] = 100 * share.mean
        # Strongest there: most curved directions are the noisiest, and the top has more than ten times an even share.
        supported.append(ranks.low > 0.5 and share.low > 10 * TOP / MLP.parameters)
    return Claim(verdict_by_cases(supported), evidence)


def _rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation of values without ties."""
    return float(np.corrcoef(x.argsort().argsort(), y.argsort().argsort())[0, 1])


def _noise_is_the_reason() -> Claim:
    """Small batches end in flat minima because of the noise in the gradient estimate."""
    sizes = (8, 24, 64, N_EXAMPLES)
    baseline = escape(sizes)
    unbiased = escape(sizes, noise="proportional")
    injected = escape((8,), noise="additive")
    back = escape((8,), noise="additive", start="flat")
    edge = escape((N_EXAMPLES,), learning_rate=0.035)
    evidence: dict[str, float | str] = {
        f"b_{size}": float(p) for size, p in zip(sizes[:3], baseline.flat, strict=False)
    }
    evidence |= {
        "low_8": float(baseline.low[0]),
        "high_64": float(baseline.high[2]),
        "full": float(baseline.flat[3]),
        "unbiased": float(unbiased.flat[0]),
        "injected": float(injected.flat[0]),
        "returned": 1 - float(back.flat[0]),
        "edge": float(edge.flat[0]),
        "runs": float(baseline.path.shape[2]),
    }
    more_noise = all(bool(result.low[0] > result.high[2]) for result in (baseline, unbiased))
    # Noise is the only way out if no run leaves without it, at no learning rate tried.
    only_noise = bool(max(baseline.high[3], edge.high[0]) < 0.05) and bool(injected.low[0] > 0.5)
    if more_noise and only_noise:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if more_noise else Verdict.FALSE, evidence)


CLAIMS: Claims = {
    "large_batch_sharp": large_batch_sharp,
    "flat_generalises": flat_generalises,
    "noise_is_the_reason": _noise_is_the_reason,
    "noise_along_curvature": noise_along_curvature,
    "small_batch_regularises": small_batch_regularises,
    "sam_flatter": sam_flatter,
    "sam_generalises": sam_generalises,
    "momentum_flatter": momentum_flatter,
    "large_batches_pretrain": large_batches_pretrain,
    "one_rate_is_fair": one_rate_is_fair,
}
