# Every target does its own set-up in .venv, once; what the set-up has to say goes to stderr.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

.PHONY: demo run run-ready test lint format bench soak pictures mutation pins clean

demo: $(RUN_READY)
	@$(BIN)/olievlek demo

run-ready: $(RUN_READY)

run: $(RUN_READY)
	@$(BIN)/olievlek run

test: $(DEV_READY)
	$(BIN)/pytest --numprocesses 4 --dist worksteal --cov --cov-report= tests
	$(BIN)/coverage report --fail-under 90
	$(BIN)/coverage report --include 'bot/core/*' --fail-under 100

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_READY)
	@$(BIN)/python -m bench

soak: $(DEV_READY)
	@$(BIN)/python -W ignore -m tests.system.soak

pictures: $(DEV_READY)
	@$(BIN)/python -m tools.docs.pictures

# Changes bot/core a thousand times, and sees whether its tests notice (docs/mutation.md); about half
# an hour. mutmut is not among the development tools, because only this needs it.
mutation: $(DEV_READY)
	@$(call install,requirements/mutation.txt)
	@$(BIN)/mutmut run --max-children 2
	@$(BIN)/python -m tools.mutation

# New pins, after a change of dependencies in pyproject.toml (needs uv). With the extras, or an older
# pip refuses to check hashes once a package that is asked for with an extra has a newer release.
pins:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade pyproject.toml --output-file requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --extra dev pyproject.toml --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis mutants

$(RUN_READY): requirements/run.txt pyproject.toml
	@echo "Setting up $(VENV) (once)..." >&2
	@$(call install,requirements/run.txt)
	@touch $@

$(DEV_READY): requirements/dev.txt pyproject.toml
	@echo "Setting up $(VENV) with the development tools (once)..." >&2
	@$(call install,requirements/dev.txt)
	@touch $@ $(RUN_READY)

# $(call install,FILE): a venv, the pinned packages of FILE, and a link to this folder in it.
# The link is a .pth file and a small script, so that running from a checkout builds nothing.
ifdef UV
define install
{ test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV); } </dev/null >&2 && \
$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1) </dev/null >&2 && \
$(link)
endef
else
define install
{ test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); } </dev/null >&2 && \
$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1) </dev/null >&2 && \
$(link)
endef
endif
define link
$(BIN)/python -c "import sysconfig, pathlib; \
pathlib.Path(sysconfig.get_path('purelib'), 'olievlek.pth').write_text('$(CURDIR)\n')" && \
printf '#!/bin/sh\nexec "%s/python" -m bot "$$@"\n' '$(CURDIR)/$(BIN)' > $(BIN)/olievlek && \
chmod +x $(BIN)/olievlek
endef
