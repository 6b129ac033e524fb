"""Measure speed and load: `python -m bench` prints tables and, with `--write`, saves them in bench/RESULTS.md."""
