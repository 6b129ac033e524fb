"""The claims on trial of `core.batch_size_minima` that trained networks decide."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from core.batch_size_minima.networks import MLP
from core.batch_size_minima.sharpness import Interval, interval, study
from core.batch_size_minima.slices import rescaling
from core.batch_size_minima.training import Run, Setting, train
from core.claims import Claim, Verdict

_Evidence = dict[str, float | str]

# The smallest batch against all the examples at once.
CLEAN = Setting(batch_sizes=(8, 256), examples=256, seeds=12)
NOISY = replace(CLEAN, label_noise=0.5, learning_rate=0.4)
DECAYED = replace(NOISY, weight_decay=0.01)
LINEAR = replace(CLEAN, protocol="linear", learning_rate=1.28, epochs=200)
# One pass over the digits: as in pre-training, no example comes twice.
ONE_PASS = Setting(batch_sizes=(8, 32, 128, 1024), examples=1024, protocol="epochs", epochs=1, seeds=8)
RATES = (0.1, 0.2, 0.4, 0.8, 1.2)


@lru_cache(maxsize=4)
def trained(setting: Setting) -> tuple[Run, ...]:
    """Train, and look a few times only: λmax needs some looks to settle. Two claims share some settings."""
    return train(setting, points=6)


def _more(setting: Setting, curve: str) -> Interval:
    """Return by how much a curve of the full batch ends above the small batch's, paired over seeds."""
    small, large = trained(setting)
    usable = small.usable & large.usable
    return interval(np.where(usable, getattr(large, curve)[:, -1] - getattr(small, curve)[:, -1], np.nan))


def _figures(name: str, found: Interval, scale: float = 1.0) -> _Evidence:
    return {
        f"{name}_mean": scale * found.mean, f"{name}_low": scale * found.low, f"{name}_high": scale * found.high,
        f"{name}_wins": float(found.positive), f"{name}_count": float(found.count),
    }  # fmt: skip


def _by_outcomes(supported: list[bool]) -> Verdict:
    return Verdict.HOLDS if all(supported) else Verdict.DEPENDS if any(supported) else Verdict.FALSE


def large_batch_sharp() -> Claim:
    """Large batches converge to sharp minimisers, small ones to flat ones."""
    evidence: _Evidence = {"edge": 2 / LINEAR.learning_rate}
    supported = []
    for name, setting in (("updates", CLEAN), ("linear", LINEAR)):
        small, large = trained(setting)
        found = _more(setting, "sharpness")
        evidence |= {f"{name}_small": float(np.nanmean(small.sharpness[:, -1]))}
        evidence |= {f"{name}_large": float(np.nanmean(large.sharpness[:, -1]))} | _figures(name, found)
        supported.append(found.low > 0)
    return Claim(_by_outcomes(supported), evidence)


def flat_generalises() -> Claim:
    """Flat minima generalise better."""
    evidence: _Evidence = {}
    supported = []
    for name, setting in (("clean", CLEAN), ("noisy", NOISY), ("decayed", DECAYED)):
        sharper, accuracy = _more(setting, "sharpness"), _more(setting, "test_accuracy")
        evidence |= {f"{name}_sharper": float(sharper.positive)} | _figures(name, accuracy, 100)
        # Where the full batch is sharper, is it worse?
        supported.append(sharper.low > 0 and accuracy.high < 0)
    one = study(replace(CLEAN, batch_sizes=(8,), seeds=1))
    same = rescaling(one, np.geomspace(0.1, 10, 9))
    evidence |= {"dinh_low": float(same.top.min()), "dinh_high": float(same.top.max())}
    evidence |= {"dinh_accuracy": 100 * float(same.accuracy[0]), "dinh_change": float(same.logit_change.max())}
    # A function that has every sharpness generalises in one way only.
    supported.append(bool(same.top.max() < 2 * same.top.min()))
    return Claim(_by_outcomes(supported), evidence)


def small_batch_regularises() -> Claim:
    """A smaller batch regularises."""
    evidence: _Evidence = {}
    supported = []
    for name, setting in (("clean", CLEAN), ("noisy", NOISY), ("decayed", DECAYED)):
        accuracy = _more(setting, "test_accuracy")
        evidence |= _figures(name, _reversed(accuracy), 100)
        supported.append(accuracy.high < 0)
    for size, run in zip(("small", "large"), trained(NOISY), strict=True):
        evidence[f"fits_{size}"] = 100 * float(run.accuracy[:, -1].mean())
        evidence[f"test_{size}"] = 100 * float(run.test_accuracy[:, -1].mean())
    evidence["test_decayed"] = 100 * float(trained(DECAYED)[1].test_accuracy[:, -1].mean())
    return Claim(_by_outcomes(supported), evidence)


def _reversed(found: Interval) -> Interval:
    """Return the interval of the differences taken the other way round."""
    return Interval(-found.mean, -found.high, -found.low, found.count, found.count - found.positive)


def large_batches_pretrain() -> Claim:
    """In pre-training the batch can be as large as you like."""
    ends = [train(replace(ONE_PASS, learning_rate=rate), points=1) for rate in RATES]
    shares = np.array([[np.nan_to_num(run.test_accuracy[:, -1]).mean() for run in runs] for runs in ends])
    best = shares.max(axis=0)
    evidence: _Evidence = {
        f"b_{batch}": 100 * float(share) for batch, share in zip(ONE_PASS.batch_sizes, best, strict=True)
    }
    evidence |= {"weights": float(MLP.parameters), "examples": float(ONE_PASS.examples)}
    # One pass over a thousand digits is no pre-training, however it ends: no outcome here settles the sentence.
    return Claim(Verdict.UNTESTED, evidence)
