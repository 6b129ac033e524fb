"""The lock for heavy imports: reentrant, and sufficient for concurrent imports of parts of scikit-learn."""

import subprocess
import sys

from core.lazy_imports import importing


def test_lock_is_reentrant():
    with importing, importing:
        pass
    # Released completely: the same thread can acquire it again without waiting.
    assert importing.acquire(blocking=False)
    importing.release()


def test_concurrent_imports_under_the_lock_succeed():
    code = """
import importlib, threading
from core.lazy_imports import importing

failures = []
start = threading.Barrier(4)

def load(module):
    start.wait()
    try:
        with importing:
            importlib.import_module(module)
    except ImportError as error:
        failures.append(error)

modules = ("sklearn.tree", "sklearn.ensemble", "sklearn.datasets", "scipy.stats")
threads = [threading.Thread(target=load, args=(module,)) for module in modules]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failures)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
