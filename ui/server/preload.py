"""Libraries and topics of the worker processes, which the fork server imports once: the workers share their memory.

Only imports: a fork copies no threads, and torch and BLAS start theirs with the first computation.
"""

import gc
import importlib

from ui.registry import EXPLAINERS
from ui.server.no_pandas import block_pandas

LIBRARIES = (
    "scipy.optimize",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.naive_bayes",
    "sklearn.neighbors",
    "torch",
)

block_pandas()
for name in (*LIBRARIES, *(f"core.{explainer.stem}" for explainer in EXPLAINERS)):
    importlib.import_module(name)
# A garbage collection writes to the objects that it visits, and what a worker writes to is no longer shared.
gc.collect()
gc.freeze()
