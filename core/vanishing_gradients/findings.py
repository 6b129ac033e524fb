"""What is worth noticing in a gradient profile, and how a training ended."""

from __future__ import annotations

import numpy as np

from core.findings import Finding
from core.vanishing_gradients.gradients import GradientProfile
from core.vanishing_gradients.linear_collapse import one_matrix
from core.vanishing_gradients.networks import Net
from core.vanishing_gradients.training import Training

# A gradient that changes by less than this over the whole depth, in decades, is steady.
STEADY_DECADES = 1.0


def findings(net: Net, profile: GradientProfile) -> list[Finding]:
    """Return the findings about a gradient profile.

    - ``overflow``: a layer's z is not finite.
    - ``zero``: otherwise, some gradient is exactly 0.
    - ``steady``, ``vanishes`` or ``explodes``: otherwise, the change of the gradient over the whole depth, where less
      than `STEADY_DECADES` is steady.
    - ``no_theory``: the network has a normalisation.
    - ``theory`` or ``theory_fails``: without a normalisation, whether the slope agrees with mean-field theory within
      0.01 plus three standard errors.
    - ``one_matrix``: a network without activation, normalisation and skip connections equals a single matrix.

    Parameters
    ----------
    net : Net
    profile : GradientProfile

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> from core.vanishing_gradients.gradients import measure
    >>> [finding.code for finding in findings(Net(10), measure(Net(10)))]
    ['vanishes', 'theory']
    """
    results: list[Finding] = []
    z_variance = np.median(profile.z_variance, axis=0)
    gradient = np.median(profile.gradient, axis=0)
    overflowing = np.flatnonzero(~np.isfinite(z_variance))
    if overflowing.size:
        results.append(Finding("overflow", {"layer": int(overflowing[0]) + 1}))
    elif (gradient == 0).any():
        results.append(Finding("zero", {"layer": int(np.flatnonzero(gradient == 0)[-1]) + 1}))
    else:
        decades = profile.decades
        code = "steady" if abs(decades) < STEADY_DECADES else "vanishes" if decades > 0 else "explodes"
        figures = {"decades": abs(decades), "first": float(gradient[0]), "last": float(gradient[-1])}
        results.append(Finding(code, figures))
    if net.normalisation != "none":
        results.append(Finding("no_theory", {}))
    elif np.isfinite([profile.slope, profile.theory_slope]).all():
        # Slopes vary between random networks of finite width.
        tolerance = 3 * profile.slopes.std(ddof=1) / np.sqrt(profile.slopes.size) if profile.slopes.size > 1 else 0.0
        agrees = abs(profile.slope - profile.theory_slope) <= 0.01 + tolerance
        # Adding 0.0 turns −0.0 into 0.0.
        figures = {"slope": round(-profile.slope, 3) + 0.0, "theory": round(-profile.theory_slope, 3) + 0.0}
        results.append(Finding("theory" if agrees else "theory_fails", figures))
    if net.activation == "identity" and net.normalisation == "none" and not net.residual:
        product = one_matrix(net)
        if np.isfinite(product.error):
            rank = int((product.singular_values > 0.01).sum())
            figures = {"error": product.error, "rank": rank, "width": product.singular_values.size}
            results.append(Finding("one_matrix", figures))
    return results


def outcome(training: Training) -> str:
    """Classify how a training ended.

    Parameters
    ----------
    training : Training

    Returns
    -------
    str
        ``diverged``: a final loss is not finite. ``frozen``: otherwise, the median relative change of layer 1 is below
        0.001. ``learnt``: otherwise, the median final accuracy is above 0.8. ``slow``: otherwise.

    Examples
    --------
    >>> diverged = Training(np.array([0]), np.array([[np.nan]]), *[np.zeros((1, 1))] * 4)
    >>> outcome(diverged)
    'diverged'
    """
    if not np.isfinite(training.loss[:, -1]).all():
        return "diverged"
    if np.median(training.relative_change[:, 0]) < 1e-3:
        return "frozen"
    return "learnt" if np.median(training.accuracy[:, -1]) > 0.8 else "slow"
