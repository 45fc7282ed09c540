# make run    set everything up and start the server on 127.0.0.1:8000
# make test   set up what the tests need and run them all
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/python -m uv pip install --quiet --python $(BIN)/python
# A file's tests stay in one process, since they share servers.
SPREAD := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: run test check-all gate lock clients small-model setup setup-test clean

run: setup
	$(BIN)/hydrophone serve

setup: $(VENV)/.run-installed

setup-test: $(VENV)/.test-installed

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Hydrophone needs Python 3.11 or newer; set PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: $(BIN)/python requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# uv, by its hash in the lock, installs the rest in a fifth of pip's time.
$(VENV)/.test-installed: $(BIN)/python requirements/test.txt pyproject.toml
	sed -n '/^uv==/,/[^\]$$/p' requirements/test.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(UV) --require-hashes -r requirements/test.txt
	$(UV) --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.run-installed

# The same examples at every run, so that a change is judged by itself; check-all looks for new ones.
test: setup-test gate
	$(BIN)/python -m pytest -m "not slow" --hypothesis-profile=ci $(SPREAD)

check-all: setup-test gate
	$(BIN)/python -m pytest $(SPREAD)

# Other people's clients, each in an environment of its own; their tests skip without them.
clients: setup-test
	$(BIN)/python scripts/clients.py

gate: setup-test
	$(BIN)/python scripts/gate.py

# Newest versions within pyproject's bounds, with hashes, for every platform.
lock: setup-test
	$(BIN)/python scripts/lock.py

# A language model for tests that want a real one; they skip without it.
small-model: setup-test
	$(BIN)/python scripts/small_model.py

clean:
	rm -rf $(VENV) .venv-clients .venv-model build dist .mypy_cache .ruff_cache .pytest_cache
