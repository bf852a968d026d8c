# Everything a person does with a checkout. `make help` lists it.
# What a target prints on stdout is the program's own; the set-up speaks on stderr.

MAKEFLAGS += --no-print-directory
.SILENT:
.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo bench bench-app bench-console test check format lock clean reliability soak soak-messages mutants kills branches worlds drill

PYTHON ?= python3
BIN := .venv/bin

help: ## List these targets
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## Install what Roundbook needs to run (system packages, .venv); does nothing the second time
	$(PYTHON) tools/setup.py run

setup-test: ## The same, with what only the tests need
	$(PYTHON) tools/setup.py test

demo: setup ## Work a day in the field and see it arrive at head office; ONCE=1: no window, JSON as last line, then exit
	$(BIN)/roundbook demo $(if $(ONCE),--once)

bench: setup ## Measure the common workload beside the least Flask + SQLite; JSON as last line; ARGS="--chains 5"
	$(BIN)/python -m benchmarks.run $(ARGS)

bench-console: setup-test ## Every page of the console with 100,000 customers and 2,000,000 records; axe on every page; JSON as last line
	$(BIN)/python -m benchmarks.console $(ARGS)

bench-app: setup-test ## Measure the field app: start, search, save, an order's taps, memory; JSON as last line
	$(BIN)/python -m benchmarks.field.run $(ARGS)

test: setup-test check ## Check, then run all tests; ARGS="-k name -x" goes to pytest
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-test ## Formatter, linter, strict type checker, import contracts
	$(BIN)/ruff format --check . || { echo "To format it: make format"; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup-test ## Format the code, sort the imports, fix what the linter can fix
	$(BIN)/ruff check --quiet --fix . || true
	$(BIN)/ruff format .

lock: ## Bring the lock files to what pyproject.toml asks for; UPGRADE=1: to the newest versions that it allows
	$(PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

reliability: setup-test ## Simulate 50,000 device-days in memory and 3,000 on the whole stack, each fault at least 100 times; 40 seeds on both databases; 2,000 x 50 steps of device and office against a model
	$(BIN)/roundbook simulate --stack pure --seed 1 --at-least 50000 --each-fault 100
	$(BIN)/roundbook simulate --stack whole --seed 1 --at-least 3000 --each-fault 5
	ROUNDBOOK_ENGINE_SEEDS=40 $(BIN)/python -m pytest tests/simulation/test_engines.py -q -n 0
	ROUNDBOOK_MACHINES=2000 ROUNDBOOK_STEPS=50 $(BIN)/python -m pytest tests/simulation/test_state_machine.py -q -n 0 --timeout 3600

soak: setup ## Simulate for HOURS hours from the last unused seed, and add to docs/soak-ledger.md
	$(BIN)/roundbook simulate --soak $(or $(HOURS),8)

kills: setup-test ## Kill PostgreSQL with all its children 60 times, and the device's store 1,000 times, while they are written
	ROUNDBOOK_POSTGRES_KILLS=60 ROUNDBOOK_KILLS=1000 $(BIN)/python -m pytest tests/crash -n 0 --timeout 3600 $(ARGS)

soak-messages: setup ## 2,000 text messages under 150 kills, 30 Redis restarts and 10 FLUSHALL; JSON as last line; ARGS="--seed 2"
	$(BIN)/python -m benchmarks.messages.soak $(ARGS)

branches: setup-test ## Show that every branch of rights, merge and clock is taken by their specifications
	$(BIN)/python -m pytest tests/rules/test_branches.py -q -n 0

mutants: setup ## Break the product on purpose, one break at a time: the simulation must find each; JSON as last line
	$(BIN)/roundbook mutants

worlds: setup-test ## Hold 100 pairs of worlds against each other, and race 2,000 grants against their withdrawals
	ROUNDBOOK_WORLDS=100 ROUNDBOOK_RACES=2000 $(BIN)/python -m pytest tests/console/test_non_interference.py tests/console/test_releases.py tests/console/test_races.py -q -n 0 --timeout 7200 $(ARGS)

drill: setup-test ## Damage backups 3,000 times, restore 20, let 50 devices rejoin, time it all; JSON as last line; ARGS="--mutations 300000"
	$(BIN)/python -m tests.drill $(ARGS)

clean: ## Remove .venv and what tools leave behind; data, keys and logs of a run stay
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
