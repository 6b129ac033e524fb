"""The figures in the answers to the exam questions (``teachers.exams`` in ``pages/<topic>.toml``)."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from core import bagging_vs_boosting as trees
from core import batch_size_minima as minima
from core import cls_vs_average_pooling as pooling
from core import cross_entropy_vs_kl as entropy
from core import gd_sgd_minibatch as descent
from core import likelihood_sampling as sampling
from core import precision_recall as classification
from core import softmax_stability as softmax
from core import vanishing_gradients as gradients
from core.exams import Exam, draw_value


def values(topic, name: str) -> tuple:
    return topic.EXAMS[name].values


def test_every_value_is_drawn() -> None:
    exam = Exam("rate", (1, 2, 3, 4))
    drawn = [draw_value(exam, f"rate {number}") for number in range(400)]
    assert all(70 < drawn.count(value) < 130 for value in exam.values)


def test_the_limits_of_exp_name_the_number_type() -> None:
    limits = {dtype: softmax.exp_range(dtype).last_finite for dtype in values(softmax, "dtype")}
    expected = {"float16": 11, "bfloat16": 89, "float32": 89, "float64": 710}
    assert limits == pytest.approx(expected, abs=0.6)


def test_the_probability_of_two_classes_gives_the_temperature() -> None:
    for temperature in values(softmax, "temperature"):
        settings = {"algorithm": "shifted", "dtype": "float64", "true_class": 1, "temperature": temperature}
        [_, p] = softmax.trace(np.array([0.0, 2.0]), **settings).probabilities
        assert 2 / math.log(p / (1 - p)) == pytest.approx(temperature)


def test_the_best_gap_gives_the_smoothing() -> None:
    for epsilon in values(entropy, "smoothing"):
        gap = entropy.smooth_labels(classes=10, epsilon=epsilon, unit="nats").optimal_gap
        assert 10 / (math.exp(gap) + 9) == pytest.approx(epsilon)


def test_reverse_kl_changes_to_one_bump_between_the_distances_of_the_exam() -> None:
    seeks = [entropy.fit_gaussian(distance).seeks_mode for distance in (3.0, 5.0, 5.6, 5.8, 6.0, 8.0)]
    assert seeks == [False] * 3 + [True] * 3
    assert set(values(entropy, "separation")) == {3.0, 5.0, 6.0, 8.0}


def test_the_means_of_samples_scatter_by_one_over_the_root_of_their_size() -> None:
    for n in values(sampling, "n"):
        scatter = sampling.scatter_of_estimates(sampling.run(sampling.make_source("normal"), n)).scatter
        assert scatter == pytest.approx(1 / math.sqrt(n), rel=0.15)


def test_the_cut_of_the_likelihood_is_half_a_quantile() -> None:
    cuts = [NormalDist().inv_cdf((1 + level) / 2) ** 2 / 2 for level in values(sampling, "level")]
    assert cuts == pytest.approx([0.82, 1.35, 1.92, 3.32], abs=0.005)
    for level, cut in zip(values(sampling, "level"), cuts, strict=True):
        one = sampling.first_sample(sampling.run(sampling.make_source("normal"), 30, level=level))
        assert one.cut == pytest.approx(-cut, abs=1e-6)


def test_the_likelihood_per_value_approaches_the_entropy() -> None:
    limits = {"normal": -0.62, "wide": -1.62, "narrow": 0.38, "coin": -0.30, "classes": -1.0}
    assert set(values(sampling, "density")) == set(limits)
    for density, limit in limits.items():
        log10 = sampling.running_products(density).log10
        assert log10[-1] / log10.size == pytest.approx(limit, abs=0.03)


def test_one_update_multiplies_the_excess_loss_by_the_square() -> None:
    problem = descent.load_problem("diabetes")
    for rate in values(descent, "rate"):
        settings = {"start": "steep", "batch_size": 442, "learning_rate": problem.learning_rate(rate), "length": 5}
        excess = descent.compare(problem, unit="updates", **settings)["gd"].excess
        assert excess[1:] / excess[:-1] == pytest.approx((1 - 2 * rate) ** 2, rel=1e-3)


def test_the_curve_of_the_runs_gives_the_learning_rate() -> None:
    sizes = (8, 16, 24, 28, 64, 512)
    flat = {rate: minima.escape(sizes, learning_rate=rate).flat for rate in values(minima, "rate")}
    assert flat[0.01][2] > 0.5 > flat[0.01][3]
    assert [int((share > 0.5).sum()) for share in flat.values()] == [1, 3, 5, 6]
    assert flat[0.05][-1] == 1.0 and flat[0.02][-1] == 0.0


def test_the_shift_of_a_batch_and_the_noise_that_leaves_the_flat_valley() -> None:
    deviations = [math.sqrt((512 - b) / (511 * b)) for b in values(minima, "batch")]
    assert deviations == pytest.approx([0.35, 0.17, 0.08], abs=0.006)
    stays = {noise: minima.escape((8,), noise=noise, start="flat").flat[0] for noise in values(minima, "noise")}
    assert stays["batch"] > 0.98 and stays["additive"] < 0.9


def staged(method: str, *, flip: float = 0.0, rate: float = 1.0) -> trees.StagedFit:
    """Fit depth-3 trees to the moons."""
    settings = {"method": method, "depth": 3, **({"learning_rate": rate} if method == "gradient" else {})}
    _, fits = trees.fit_staged_ensembles(
        trees.make_sample("moons", flip=flip), methods={"one": settings}, size=4, stages=trees.STAGES
    )
    return fits["one"]


def test_margins_and_out_of_bag_errors_give_the_settings_of_the_ensembles() -> None:
    early = trees.STAGES.index(5)
    slow, middle, fast = (staged("gradient", rate=rate).margins[early] for rate in values(trees, "rate"))
    assert slow.max() < 0.5 and np.median(fast) > 0.9
    assert 0.5 < np.median(middle) < 0.9
    for flip in values(trees, "flip"):
        bag = staged("bagging", flip=flip)
        assert bag.oob_error[-1] == pytest.approx(flip + (1 - 2 * flip) * bag.test_error[-1], abs=0.03)


def test_precision_recall_and_cost_give_the_hidden_settings() -> None:
    tpr, fpr = classification.rates(classification.Population(2.563), 1.28)
    precision = [float(classification.expected_precision(s, tpr, fpr)) for s in values(classification, "share")]
    assert precision == pytest.approx([0.08, 0.32, 0.69, 0.90], abs=0.006)
    recall = [NormalDist().cdf(d - 1.28) for d in values(classification, "separation")]
    assert recall == pytest.approx([0.39, 0.59, 0.76, 0.96], abs=0.006)
    for ratio in values(classification, "ratio"):
        ranking = classification.rank(classification.draw(classification.Population(2.563), 10_000, 0.5))
        cost = classification.sweep(ranking, -4.0, 8.0, ratio=ratio).cost
        assert cost[-1] / cost[0] == pytest.approx(ratio, rel=1e-3)


def test_the_needle_has_a_multiple_of_the_weight_of_an_average_key() -> None:
    ratios = [math.exp(4 * sharpness) for sharpness in values(pooling, "sharpness")]
    assert ratios == pytest.approx([2, 7, 55], rel=0.12)


def test_the_slopes_of_the_gradient_give_activation_weights_and_bias() -> None:
    def decades(net: gradients.Net) -> float:
        gradient = np.median(gradients.measure(net).gradient, axis=0)
        return math.log10(gradient[0] / gradient[-1])

    sigmoid, tanh, relu, identity = (
        decades(gradients.Net(30, activation=name)) for name in values(gradients, "activation")
    )
    assert sigmoid < 2 * relu < relu < tanh < identity
    assert relu / 29 == pytest.approx(math.log10(math.sqrt(0.5)), rel=0.1)
    for sigma in values(gradients, "sigma_w"):
        net = gradients.Net(30, activation="relu", init="free", sigma_w=sigma)
        assert decades(net) / 29 == pytest.approx(math.log10(sigma / math.sqrt(2)), abs=0.02)
    for bias in values(gradients, "forget"):
        kept = 1 / (1 + math.exp(-bias))
        factor = 10 ** (gradients.through_time(steps=100, forget_bias=bias).memory_decades / 99)
        assert factor - kept == pytest.approx(0.1, abs=0.03)
