"""Several server processes on one machine, behind nginx: ``python -m serve``."""
