"""Heavy libraries are imported inside the functions that need them, and by one thread at a time.

Two sessions that import different parts of scikit-learn for the first time at the same moment meet halfway, in a module
that is only half there ("cannot import name … from partially initialized module"). Parts of SciPy, of which scipy.stats
looks at torch while it loads, come under the same lock; scipy.special is light, and imported where it is needed.
"""

from threading import RLock

importing = RLock()
