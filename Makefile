# Each target sets up .venv automatically and installs again only if the dependencies have changed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run serve dev test check lint bench
.DELETE_ON_ERROR:

run: .venv/run.stamp
	@MALLOC_ARENA_MAX=1 $(BIN)/streamlit run app.py

# Several processes behind nginx (docs/hosting.md): `make serve ARGS="--port 80"`.
serve: .venv/run.stamp
	@$(BIN)/python -m serve $(ARGS)

# With the file watcher and full error messages: for writing pages.
dev: .venv/run.stamp
	@$(BIN)/streamlit run app.py --server.fileWatcherType auto --client.showErrorDetails full

test: .venv/test.stamp
	@$(BIN)/python -m pytest -n 2 --dist worksteal

# What to run before a commit: style, types and the quick tests.
check: lint
	@$(BIN)/python -m pytest -n 2 -m "not slow and not browser" tests/core tests/ui tests/test_architecture.py

lint: .venv/test.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary

# All sections, or some: `make bench ARGS="--only users"`.
bench: .venv/test.stamp
	@$(BIN)/python -m bench $(ARGS)

.venv/run.stamp: pyproject.toml requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the app needs (once) …"
	@scripts/install .
	@touch $@

.venv/test.stamp: .venv/run.stamp
	@echo "Installing what the tests need (once) …"
	@scripts/install '.[test]'
	@touch $@
