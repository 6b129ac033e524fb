"""Libraries and topics of the worker processes. The fork server imports them once, and its forks share their memory.

A worker that is no fork imports this module, too. Only imports: a fork copies no threads, and torch and BLAS start
theirs with the first computation.
"""

import gc
import importlib
import sys

from ui.registry import EXPLAINERS

LIBRARIES = (
    "scipy.optimize",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.naive_bayes",
    "sklearn.neighbors",
    "torch",
)

# scikit-learn imports pandas if it can. No job needs it, it takes memory (docs/performance.md), and pyarrow starts a
# thread, which a fork does not copy.
sys.modules["pandas"] = None  # type: ignore[assignment]
for name in (*LIBRARIES, *(f"core.{explainer.stem}" for explainer in EXPLAINERS)):
    importlib.import_module(name)
del sys.modules["pandas"]
# A garbage collection writes to the objects that it visits, and what a worker writes to is no longer shared.
gc.collect()
gc.freeze()
