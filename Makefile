# Two commands: `make run` sets everything up and starts Akta; `make test` sets everything up and tests it.
.PHONY: run setup setup-test test lint types unit coverage clean help
.SILENT:

PYTHON = .venv/bin/python

help:            ## what there is
	grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/'

run: setup       ## set up what is missing, then serve Akta until Ctrl-C
	exec .venv/bin/akta serve

setup:           ## set up only; the command is .venv/bin/akta
	deploy/setup.sh run

setup-test:      ## set up, and what the tests need
	deploy/setup.sh test

test: setup-test lint types unit   ## everything: lint, types, import contracts, tests on real servers

lint: setup-test ## ruff and the import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	PYTHONPATH=. .venv/bin/lint-imports

types: setup-test ## mypy, strict
	.venv/bin/mypy

unit: setup-test ## the tests
	$(PYTHON) -m pytest -q -n 2 --dist worksteal

coverage: setup-test ## the tests once more, and which lines they reach: takes twice as long
	rm -f .coverage .coverage.*
	$(PYTHON) -m pytest -q -n 2 --dist worksteal --cov --cov-report=term:skip-covered

clean:           ## remove what set-up and tests made (never the data folder)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* .import_linter_cache
