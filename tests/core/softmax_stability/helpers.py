"""Facts about the floating-point types, and independent computations that several test modules use."""

import ml_dtypes
import mpmath
import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.softmax_stability import ALGORITHMS, DTYPES

# (bits of the significand, largest exponent): the IEEE 754 formats and bfloat16.
FORMATS = {"float16": (11, 15), "bfloat16": (8, 127), "float32": (24, 127), "float64": (53, 1023)}
TORCH = {name: getattr(torch, name) for name in DTYPES}
WITH_LOSS = [name for name in ALGORITHMS if name != "shifted"]
logit_rows = arrays(np.float64, st.integers(2, 12), elements=st.floats(-30, 30))


def as_dtype(values, dtype):
    return np.asarray(values, dtype=np.float64).astype(getattr(ml_dtypes, dtype, dtype))


def epsilon(dtype):
    return 2.0 ** (1 - FORMATS[dtype][0])


def overflow_bound(dtype):
    """Half a unit above the largest number: values from here on round to inf."""
    bits, exponent = FORMATS[dtype]
    return mpmath.mpf(2) ** exponent * (2 - mpmath.mpf(2) ** -bits)


def underflow_bound(dtype):
    """Half the smallest subnormal number: values up to here round to 0."""
    bits, exponent = FORMATS[dtype]
    return mpmath.mpf(2) ** (2 - exponent - bits) / 2


def neighbours(value, dtype):
    number = as_dtype(value, dtype)
    return [float(np.nextafter(number, as_dtype(end, dtype))) for end in (-np.inf, np.inf)]


def exact(z, true_class):
    """Return softmax, log10 p, loss and gradient, computed with 60 digits."""
    with mpmath.workdps(60):
        exps = [mpmath.exp(mpmath.mpf(float(x))) for x in z]
        total = mpmath.fsum(exps)
        p = [e / total for e in exps]
        others = mpmath.fsum(v for k, v in enumerate(p) if k != true_class)
        gradient = [v if k != true_class else -others for k, v in enumerate(p)]
        loss = -mpmath.log(p[true_class])
        return (
            [float(v) for v in p],
            [float(mpmath.log10(v)) for v in p],
            float(loss),
            [float(g) for g in gradient],
        )
