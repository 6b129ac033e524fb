"""Heavy libraries are imported inside the functions that need them, and by one thread at a time.

Two sessions that import different parts of scikit-learn for the first time at the same moment meet halfway, in a module
that is only half there ("cannot import name … from partially initialized module"). Parts of SciPy, of which scipy.stats
looks at torch while it loads, come under the same lock; scipy.special is lighter, and imported by the modules that need
it. The topic whose thumbnail is the first on the home page does without.
"""

from threading import RLock

importing = RLock()
