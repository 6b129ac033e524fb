"""Speed and load, measured: `python -m bench` prints tables; with `--write` it keeps them in bench/RESULTS.md."""
