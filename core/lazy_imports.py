"""A lock for heavy libraries, which are imported inside the functions that need them.

Use it as ``with importing: import sklearn``. Without the lock, two threads that import different parts of scikit-learn
for the first time can fail with "cannot import name … from partially initialized module". torch and the heavy parts of
SciPy use the same lock, because scipy.stats accesses torch while it loads. scipy.special is light and imported at
module level, except in the topic whose thumbnail is the first on the home page.
"""

from threading import RLock
from typing import Any

importing = RLock()


def load_torch() -> Any:
    """Import torch and limit it to one thread: small matrices are slower on several."""
    with importing:
        import torch
    torch.set_num_threads(1)
    return torch
