"""Heavy libraries are imported inside the functions that need them, and by one thread at a time.

Two sessions that import different parts of scikit-learn for the first time at the same moment meet halfway, in a module
that is only half there ("cannot import name … from partially initialized module"). scipy.stats, which is imported with
the modules that need it, looks at torch while it loads, and must not find half of it: it comes under the same lock.
"""

from threading import RLock

importing = RLock()
