"""The claims on trial of `core.vanishing_gradients`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.intervals import t_interval
from core.vanishing_gradients.activations import Array, activate
from core.vanishing_gradients.findings import STEADY_DECADES
from core.vanishing_gradients.gradients import measure
from core.vanishing_gradients.jacobians import kept_directions, singular_values
from core.vanishing_gradients.linear_collapse import one_matrix
from core.vanishing_gradients.matrix_completion import SEEN_SHARE, complete_matrix
from core.vanishing_gradients.networks import Net
from core.vanishing_gradients.recurrent import through_time
from core.vanishing_gradients.training import train

# Networks trained for each configuration of a claim, and the accuracy of a network that has learnt.
N_TRAINED, LEARNT = 10, 0.7


def _decades(net: Net, *, seeds: int = 5) -> float:
    """Return the change of the gradient from the last to the first layer, in decades."""
    return -measure(net, seeds=seeds).slope * (net.depth - 1)


def _derivative_in_unit_interval() -> Claim:
    """Sigmoid's derivative lies in (0, 1)."""
    slope = activate(np.linspace(-20, 20, 4001), "sigmoid")[1]
    evidence: dict[str, float | str] = {"smallest": float(slope.min()), "largest": float(slope.max())}
    return Claim(Verdict.HOLDS if slope.min() > 0 and slope.max() < 1 else Verdict.FALSE, evidence)


def _many_factors_vanish() -> Claim:
    """Many layers of factors below 1 make the gradient vanish."""
    depths = (10, 20, 40)
    decades = [_decades(Net(depth=depth)) for depth in depths]
    deepest = measure(Net(depth=depths[-1]), seeds=5).gradient
    factor = float((deepest[:, :-1] / deepest[:, 1:]).max())
    evidence: dict[str, float | str] = {f"at_{depth}": value for depth, value in zip(depths, decades, strict=True)}
    evidence["largest_factor"] = factor
    vanishes = factor < 1 and decades[0] > decades[1] > decades[2] and decades[2] < -10
    return Claim(Verdict.HOLDS if vanishes else Verdict.FALSE, evidence)


def _relu_solves() -> Claim:
    """ReLU solves it."""
    by_init = {init: _decades(Net(depth=50, activation="relu", init=init)) for init in ("default", "xavier", "he")}
    return _verdict_on_cure(dict(by_init))


def _verdict_on_cure(decades: dict[str, float | str]) -> Claim:
    """Return the verdict on a claimed cure from the change in decades of each configuration; below 2 is cured."""
    cured = [abs(float(value)) < 2 for value in decades.values()]
    return Claim(verdict_by_cases(cured), decades)


def _skip_solves() -> Claim:
    """A skip connection solves it."""
    relu = Net(depth=50, activation="relu", init="he", residual=True)
    return _verdict_on_cure(
        {
            "sigmoid": _decades(Net(depth=50, residual=True)),
            "alone": _decades(relu),
            "with_norm": _decades(replace(relu, normalisation="layer")),
            "scaled": _decades(replace(relu, branch="scaled")),
        }
    )


def _gates_solve() -> Claim:
    """LSTM's gates solve it."""
    decades: dict[str, float | str] = {
        f"bias_{bias}": through_time(forget_bias=bias).decades["lstm"] for bias in (0, 1, 2, 3)
    }
    claim = _verdict_on_cure(decades)
    further: dict[str, float | str] = {
        "rnn": through_time().decades["rnn"],
        "memory_2": through_time(forget_bias=2).memory_decades,
    }
    return Claim(claim.verdict, decades | further)


def _explosion_is_rare() -> Claim:
    """Exploding gradients rarely happen."""
    nets = {
        "default": Net(depth=50, activation="relu", init="default"),
        "xavier": Net(depth=50, activation="tanh"),
        "free": Net(depth=50, activation="relu", init="free", sigma_w=2.0),
        "sigmoid": Net(depth=50, init="free", sigma_w=6.0, centred=True),
        "skip": Net(depth=50, activation="relu", init="he", residual=True),
    }
    decades = {name: _decades(net) for name, net in nets.items()}
    evidence: dict[str, float | str] = {**decades}
    exploding = [value > STEADY_DECADES / 2 for value in decades.values()]
    if not any(exploding):
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.FALSE if all(exploding) else Verdict.DEPENDS, evidence)


def _clipping_cures() -> Claim:
    """Clipping the gradient cures exploding gradients."""
    skip = Net(depth=10, activation="relu", init="he", residual=True)
    deep = replace(skip, depth=30)
    experiments = {"large_rate": (skip, 0.1), "small_rate": (skip, 0.003), "deep": (deep, 0.1)}
    evidence: dict[str, float | str] = {"networks": float(N_TRAINED)}
    helps = []
    for name, (net, rate) in experiments.items():
        without, clipped = (_accuracies(net, learning_rate=rate, clip=clip) for clip in (None, 1.0))
        low, high = _paired_interval(clipped - without)
        evidence |= {
            f"{name}_without": 100 * float(without.mean()),
            f"{name}_clipped": 100 * float(clipped.mean()),
            f"{name}_low": 100 * low,
            f"{name}_high": 100 * high,
        }
        helps.append(low > 0 and clipped.mean() > LEARNT)
    for branch in ("scaled", "zero"):
        evidence[branch] = 100 * float(_accuracies(replace(deep, branch=branch), learning_rate=0.03).mean())
    return Claim(verdict_by_cases(helps), evidence)


def _accuracies(
    net: Net, *, learning_rate: float, steps: int = 200, optimiser: str = "sgd", clip: float | None = None
) -> Array:
    """Train networks; return the final accuracies, 0 after a divergence, shape (N_TRAINED,)."""
    run = train(net, steps=steps, optimiser=optimiser, learning_rate=learning_rate, clip=clip, seeds=N_TRAINED)
    return np.nan_to_num(run.accuracy[:, -1])


def _paired_interval(differences: Array) -> tuple[float, float]:
    """Return the 95 % t interval of the mean of paired differences."""
    low, high = t_interval(differences)
    return float(low), float(high)


def _batch_normalisation_fixes() -> Claim:
    """Batch normalisation fixes it."""
    relu = Net(depth=50, activation="relu", init="he", normalisation="batch")
    decades: dict[str, float | str] = {
        "sigmoid": _decades(Net(depth=20, normalisation="batch")),
        "relu": _decades(relu),
    }
    per_layer = 10 ** -measure(relu, seeds=5).slope
    plain = _decades(Net(depth=20))
    layer = _decades(Net(depth=20, normalisation="layer"))
    verdict = _verdict_on_cure(decades).verdict
    further: dict[str, float | str] = {
        "factor": per_layer,
        "theory": float(np.sqrt(np.pi / (np.pi - 1))),
        "plain": plain,
        "layer": layer,
    }
    return Claim(verdict, decades | further)


def _depth_needs_activations() -> Claim:
    """Without activations depth adds nothing."""
    orthogonal = one_matrix(Net(depth=50, activation="identity", init="orthogonal"))
    xavier = one_matrix(Net(depth=50, activation="identity", init="xavier"))
    one, three = complete_matrix(1, seeds=5), complete_matrix(3, seeds=5)
    evidence: dict[str, float | str] = {
        "error": max(orthogonal.error, xavier.error),
        "seen": SEEN_SHARE,
        "one": float(one.hidden.mean()),
        "three": float(three.hidden.mean()),
        "seeds": float(one.hidden.size),
    }
    if max(orthogonal.error, xavier.error) > 1e-9:
        return Claim(Verdict.FALSE, evidence)
    # Both fit what they have seen; a paired difference in what they have not means that depth changes the training.
    fitted = max(one.seen.max(), three.seen.max()) < 1e-3
    trains_alike = not fitted or not (three.hidden < one.hidden).all()
    return Claim(Verdict.HOLDS if trains_alike else Verdict.DEPENDS, evidence)


def _first_layers_learn_least() -> Claim:
    """Where gradients vanish, the first layers learn least."""
    nets = {"sigmoid": Net(depth=30), "relu": Net(depth=30, activation="relu")}
    evidence: dict[str, float | str] = {}
    for name, net in nets.items():
        profile = measure(net, seeds=5)
        weights = profile.weight_gradient
        evidence[f"{name}_signal"] = _median_change(profile.gradient)
        evidence[f"{name}_weights"] = _median_change(weights)
    evidence["relu_size"] = float(np.median(weights))
    vanishes = [float(evidence[f"{name}_signal"]) < -STEADY_DECADES for name in nets]
    learns_least = [float(evidence[f"{name}_weights"]) < -STEADY_DECADES for name in nets]
    if all(learns_least):
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if all(vanishes) and any(learns_least) else Verdict.FALSE, evidence)


def _steady_trains_well() -> Claim:
    """If the gradient keeps its size, a deep network trains well."""
    nets = {init: Net(depth=50, activation="tanh", init=init) for init in ("xavier", "orthogonal")}
    evidence: dict[str, float | str] = {"networks": float(N_TRAINED), "width": float(nets["xavier"].width)}
    accuracy = {}
    for name, net in nets.items():
        accuracy[name] = _accuracies(net, steps=100, optimiser="adam", learning_rate=3e-4)
        evidence |= {
            f"{name}_decades": _decades(net),
            f"{name}_directions": float(np.median(kept_directions(singular_values(net, seeds=5)))),
            f"{name}_accuracy": 100 * float(accuracy[name].mean()),
        }
    low, high = _paired_interval(accuracy["orthogonal"] - accuracy["xavier"])
    evidence |= {"low": 100 * low, "high": 100 * high}
    steady = all(abs(float(evidence[f"{name}_decades"])) < STEADY_DECADES for name in nets)
    learnt = [bool(values.mean() > LEARNT) for values in accuracy.values()]
    # Two networks with equally steady gradients of which one trains worse: the size does not decide it.
    if steady and any(learnt) and low > 0:
        return Claim(Verdict.DEPENDS, evidence)
    return Claim(Verdict.HOLDS if steady and all(learnt) else Verdict.FALSE, evidence)


def _median_change(gradient: Array) -> float:
    """Return log10 of the first over the last layer's value, shape (seeds, depth), as the median over the seeds."""
    return float(np.median(np.log10(gradient[:, 0] / gradient[:, -1])))


CLAIMS: Claims = {
    "derivative_in_unit_interval": _derivative_in_unit_interval,
    "many_factors_vanish": _many_factors_vanish,
    "relu_solves": _relu_solves,
    "skip_solves": _skip_solves,
    "gates_solve": _gates_solve,
    "explosion_is_rare": _explosion_is_rare,
    "clipping_cures": _clipping_cures,
    "batch_normalisation_fixes": _batch_normalisation_fixes,
    "depth_needs_activations": _depth_needs_activations,
    "first_layers_learn_least": _first_layers_learn_least,
    "steady_trains_well": _steady_trains_well,
}
