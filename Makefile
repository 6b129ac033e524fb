# Each target does all its own set-up in .venv; the second time it has nothing to do and says nothing.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qqq --retries 1 --disable-pip-version-check

.PHONY: run dev test lint bench
.DELETE_ON_ERROR:

run: .venv/run.stamp
	@$(BIN)/streamlit run app.py

# The file watcher on and errors in full: for writing pages.
dev: .venv/run.stamp
	@$(BIN)/streamlit run app.py --server.fileWatcherType auto --client.showErrorDetails full

test: .venv/test.stamp
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: .venv/test.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary

bench: .venv/test.stamp
	@$(BIN)/python -m bench

.venv/run.stamp: pyproject.toml requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the app needs (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/test.stamp: .venv/run.stamp
	@echo "Installing what the tests need (once) …"
	@$(PIP) -r requirements.txt '.[test]'
	@touch $@
