# Two commands do everything: `make run` and `make test`. Needs git, make and python3 >= 3.11, nothing else.

PYTHON ?= python3
HOME_DIR ?= home
LEADS ?= 100000
EVENTS_PER_LEAD ?= 10
ROUNDS ?= 1
BIN := .venv/bin

# Nothing is told to anybody about who runs what.
export DAGSTER_DISABLE_TELEMETRY := yes
export GX_ANALYTICS_ENABLED := false
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run test soak check format dev docs bench lock canary clean python env env-dev

help: ## what there is to say here
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: env ## the main job on the sample landing zone, in ./home (HOME_DIR=...)
	@test -d "$(HOME_DIR)/policy" || $(BIN)/sluice init "$(HOME_DIR)" --from-example
	@$(BIN)/sluice run --home "$(HOME_DIR)"
	@echo
	@echo "tables    $(HOME_DIR)/warehouse.db (SQLite), $(HOME_DIR)/lake (Parquet)"
	@echo "receipts  $(HOME_DIR)/out/receipts/"
	@echo "report    $(HOME_DIR)/out/report/index.html"
	@echo "next      $(BIN)/sluice --help    make dev    drop a file into $(HOME_DIR)/landing/ and make run again"

test: env-dev ## format, lint, types, import rules, SQL, docs, all tests but the slow (STEPS="lint types" for some)
	@$(BIN)/python .ci/steps.py test $(STEPS)

soak: env-dev ## the slow tests: chains of killed and refused runs on both warehouses, replays, the pages in a browser
	@$(BIN)/python .ci/steps.py soak

check: env-dev ## everything of `make test` but the tests
	@$(BIN)/python .ci/steps.py check $(STEPS)

format: env-dev ## puts Python and SQL into the house's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix --quiet . ; $(BIN)/sqlfluff fix --quiet assets quality serving

dev: env ## the Dagster UI on http://127.0.0.1:3000 over ./home, with its schedule and sensor
	@test -d "$(HOME_DIR)/policy" || $(BIN)/sluice init "$(HOME_DIR)" --from-example
	@mkdir -p "$(HOME_DIR)/dagster" && cp dagster.yaml "$(HOME_DIR)/dagster/dagster.yaml"
	SLUICE_HOME="$(abspath $(HOME_DIR))" DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" \
	  $(BIN)/dg dev -w workspace.yaml --host 127.0.0.1

docs: env ## writes the data dictionary, the lineage page and the README's table list
	@$(BIN)/python docs/generate.py

bench: env ## the run beside the floor on a simulated world (LEADS=100000 EVENTS_PER_LEAD=10 ROUNDS=1)
	@$(BIN)/python -m benchmarks.run --leads $(LEADS) --events-per-lead $(EVENTS_PER_LEAD) --rounds $(ROUNDS)

# pip checks hashes only where a package wanted with an extra is pinned with it, hence --no-strip-extras.
UV_COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-strip-extras --no-config --quiet $(UPGRADE) pyproject.toml requirements.in

lock: env-dev ## writes the lock files anew (UPGRADE=--upgrade to take newer versions)
	$(UV_COMPILE) --output-file requirements.lock
	$(UV_COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

canary: python ## the tests on the newest of everything that pyproject.toml allows
	@rm -rf .venv-canary && $(PYTHON) -m venv .venv-canary
	.venv-canary/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager -e '.[dev]'
	.venv-canary/bin/python -m pip list --disable-pip-version-check
	.venv-canary/bin/python .ci/steps.py test tests soak

clean: ## removes the environment and what tools left behind; ./home stays
	rm -rf .venv .venv-canary .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

# --- the environment -----------------------------------------------------------------------------------------

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) not found: Sluice needs Python 3.11 or newer" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old: Sluice needs Python 3.11 or newer (another one: make run PYTHON=python3.12)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

env: python
	@"$(PYTHON)" .ci/environment.py requirements.lock

env-dev: python
	@"$(PYTHON)" .ci/environment.py requirements-dev.lock
