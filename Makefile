# `make book` builds the published book into _build/html; `make test` tells whether all of it works.
PYTHON ?= python3
BIN = .venv/bin
export PYTHONPATH = book

.PHONY: book test check lab lock lint clean

book: .venv/ready
	$(BIN)/jupyter-book build . -W -n --keep-going

test: .venv/ready
	$(BIN)/python -m pytest

check: .venv/ready
	$(BIN)/python -m founding_act.check

lab: .venv/ready
	JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter $(BIN)/jupyter lab book

lint: .venv/ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check book tests

lock: .venv/ready
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header requirements.txt -o requirements.lock

clean:
	rm -rf _build

.venv/ready: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	touch $@
