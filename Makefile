# Everything lives in .venv, installed from hash-pinned locks. Stamps inside it make a second run instant.

VENV := .venv
BIN := $(VENV)/bin
CREATED := $(VENV)/.created
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# The long harnesses have a time limit of their own for each test; a hang must not hold a build for hours.
PROVE_TIMEOUT_S := 1200
BROWSER_TIMEOUT_S := 180
AT_ONCE := 2

.DEFAULT_GOAL := help
.PHONY: help install run test browser pictures docs prove bench lint format lock clean

help:  ## Say what can be done here.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

install: $(INSTALLED)  ## Create .venv and install the service into it.

run: $(INSTALLED)  ## Start the whole service on port 8080, sandbox included.
	@$(BIN)/billing up

test: $(DEVELOPING)  ## Run every test except the browser's and the long harnesses, on every database.
	$(BIN)/python -m pytest tests --ignore=tests/prove --ignore=tests/browser -n $(AT_ONCE) --dist worksteal

browser: $(DEVELOPING)  ## Walk every page of the console with Chromium, and judge it with axe.
	$(BIN)/python -m pytest tests/browser --timeout=$(BROWSER_TIMEOUT_S) --durations=5

docs: $(DEVELOPING)  ## Build the documentation as a site, into build/handbook.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file docs/handbook/mkdocs.yml

pictures: $(DEVELOPING)  ## Take the documentation's pictures anew, with Chromium and a demo world.
	$(BIN)/python -m tests.browser.pictures

# What each harness did is printed at the end, line by line: kills, cuts, restarts, histories.
prove: $(DEVELOPING)  ## Run the long harnesses, and the services that are wrong on purpose.
	$(BIN)/python -m pytest tests/prove -n $(AT_ONCE) --dist worksteal \
		--timeout=$(PROVE_TIMEOUT_S) --durations=10

# ONLY=P1,P6 measures some goals; QUICK=1 takes a quick look, which is not written into the page;
# SCALE is how many transactions the large database of P17 and P18 has.
bench: $(DEVELOPING)  ## Measure the service beside its limits, and keep the table in docs/performance.md.
	$(BIN)/python -m benchmarks --only "$(ONLY)" $(if $(SCALE),--scale $(SCALE)) \
		$(if $(QUICK),--size quick,--write)

lint: $(DEVELOPING)  ## Check style, formatting, types and the walls between the layers.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEVELOPING)  ## Put the code into the one format.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The development lock is held to the versions of the first, so that both name one set of packages.
lock: $(DEVELOPING)  ## Write both locks anew from pyproject.toml, keeping versions that still fit.
	$(LOCK) --group build pyproject.toml --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

clean:  ## Remove the environment and everything that was built or cached.
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@python=; \
	for candidate in python3.11 python3; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "billing needs Python 3.11 or newer with its venv module (Debian: apt-get install python3 python3-venv)" >&2; \
		exit 1; \
	fi; \
	$$python -m venv $(VENV)
	@touch $@

# The project itself is installed editable, by the build backend that the lock pins.
$(INSTALLED): $(CREATED) requirements.lock pyproject.toml
	@echo "Installing the service into $(VENV) (about a minute the first time)"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPING): $(INSTALLED) requirements-dev.lock
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
