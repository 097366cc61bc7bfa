# Two commands do all set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
HARNESS := $(VENV)/.harness
EXAMPLE ?= quick
# Two processes of tests: one runs models, the other all the rest (tests/conftest.py).
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-slow lint format clean

# The main job on the embedded default: documents in, tuned model and report out.
# EXAMPLE=quick (part of the English set), EXAMPLE=ja or EXAMPLE=en (the full sets).
demo: $(STAMP)
	$(BIN)/python examples/demo.py $(EXAMPLE)

test: $(STAMP) lint
	$(PYTEST) -m "not slow"

test-slow: $(HARNESS)
	$(PYTEST)

lint: $(STAMP)
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix src tests benchmarks examples
	$(BIN)/ruff format src tests benchmarks examples

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,dev]'
	touch $(STAMP)

# The programs that exported tasks and datasets are written for: only the slow tests run them.
# Of LLaMA-Factory the reader of files alone: what it depends on would replace our torch and TRL.
$(HARNESS): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,dev,harness]'
	$(BIN)/python -m pip install --quiet --no-deps llamafactory==0.9.2
	touch $(HARNESS)

clean:
	rm -rf $(VENV) demo demo-ja demo-en
