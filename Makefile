# Every target sets up .venv itself, once; the output of that goes to stderr.
# The system's own if it is new enough: distributions compile theirs with optimisation, and one that was
# compiled without, as pyenv does, takes a third longer for the tests.
SYSTEM_PYTHON := /usr/bin/python3
PYTHON ?= $(shell $(SYSTEM_PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(SYSTEM_PYTHON) || echo python3)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
UV := $(shell command -v uv 2>/dev/null)
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
ELEMENT_READY := build/element/.ready
LIGHTHOUSE_READY := build/lighthouse/.ready
FIREFOX_READY := build/firefox/.ready
OIDC_READY := build/oidc/.ready

# More processes than cores, because many tests wait rather than compute; those of `make test` compute,
# and get in each other's way with more. Long tests start first.
PROCESSES ?= 5
BUSY_PROCESSES ?= 3
ORDER := --dist loadgroup --no-loadscope-reorder
SPREAD := --numprocesses $(PROCESSES) $(ORDER)
# Otherwise each of the programs that the tests start may compile all of the bot again.
unexport PYTHONDONTWRITEBYTECODE
# What takes long or needs more than Python; see the marks in pyproject.toml.
LONG := slow or server or browser
FAST := tests/unit tests/conversation tests/store tests/delivery tests/content

# A checkout that was moved, or whose Python is gone, is set up again.
MADE_IN := $(VENV)/.made-in
is_moved = { test -e $(MADE_IN) && ! grep -qxF "$$(pwd)" $(MADE_IN); }
$(shell test -e $(VENV) && { ! $(BIN)/python -c "" 2>/dev/null || $(is_moved); } && rm -f $(RUN_READY) $(DEV_READY))

.PHONY: help demo run run-ready test test-long coverage test-fast test-office test-element test-firefox test-webkit test-oidc test-image test-docs test-alerts test-walk lighthouse lint format bench year operation-year soak people attack pictures docs mutation nightly image sbom notices audit reuse assets pins clean

help: ## Lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN_READY) ## Starts a conversation in the terminal; you decide when time passes
	@$(BIN)/olievlek demo

run-ready: $(RUN_READY) ## Installs what the program needs, without development tools

run: $(RUN_READY) ## Runs the bot with the settings in .env
	@$(BIN)/python tools/foreground.py $(BIN)/olievlek run

# Left out by name as well, for to read them takes as long as ten tests.
SHORT := -m "not ($(LONG))" --ignore tests/system --ignore tests/web/chromium
CORE := tests/unit/core

# To measure all of bot/ takes a third longer; bot/core alone, by its own tests, takes nothing more.
test: $(DEV_READY) ## Runs the tests that need Python alone, and checks that those of bot/core run all of it
	$(BIN)/pytest --numprocesses $(BUSY_PROCESSES) $(ORDER) $(SHORT) --ignore $(CORE) tests
	@mkdir -p build
	$(BIN)/python -m slipcover --source bot/core -m pytest --numprocesses $(WORKERS) -m "not ($(LONG))" $(CORE)
	$(BIN)/python -m tools.covered bot/core

# Not part of `test`: the six minutes are full. Run it every night.
coverage: $(DEV_READY) ## Runs all tests that run in its own process, and checks how much of bot/ they run
	@mkdir -p build
	$(BIN)/python -m slipcover --source bot -m pytest $(SPREAD) --ignore tests/system --ignore tests/web/chromium tests
	$(BIN)/python -m tools.covered bot bot/core

# Left out are folders in which no test may be long; tests/conftest.py sees to that.
test-long: $(DEV_READY) ## Runs the others: PostgreSQL, Matrix, dialogues, floods, killed programs, each page in a browser
	$(BIN)/pytest $(SPREAD) -m "$(LONG)" --ignore tests/content --ignore tests/languages tests

test-fast: $(DEV_READY) ## Runs the tests that need no server or separate process
	$(BIN)/pytest $(SPREAD) -m "not server and not slow" $(FAST)

# Not part of `test`: LibreOffice is too large to install for each run.
test-office: $(DEV_READY) ## Opens and saves the template in LibreOffice, and reads what it wrote
	@$(BIN)/python -m tools.office
	$(BIN)/pytest tests/unit/set_files/test_office.py

# Not part of `test`: the twenty minutes of .ci/run are full. Run it by hand after a change to the
# Matrix channel, and every night where something can.
test-element: $(DEV_READY) $(ELEMENT_READY) ## Talks with the bot as Element does, with matrix-js-sdk (needs npm)
	$(BIN)/pytest --numprocesses $(WORKERS) tests/element

# Not part of `test` either, for it takes npm. In `test` is a provider of our own, which also lies.
test-oidc: $(DEV_READY) $(OIDC_READY) ## Signs in at a certified OpenID provider, oidc-provider (needs npm)
	$(BIN)/pytest tests/oidc

# Not part of `test`: its figures depend on what else the machine does.
lighthouse: $(DEV_READY) $(LIGHTHOUSE_READY) ## Has Lighthouse look at the main pages (needs npm; Debian: chromium)
	$(BIN)/pytest --numprocesses 0 --capture no tests/lighthouse

# Not part of `test`: Firefox is large, and one browser in them is enough.
test-firefox: $(DEV_READY) $(FIREFOX_READY) ## Tells the story of the chat in Firefox (needs npm; Debian: firefox-esr)
	$(BIN)/pytest --numprocesses 0 tests/firefox

# The driver and the browser are of one Debian package, so nothing else drives them.
test-webkit: $(DEV_READY) ## Tells the story of the chat in WebKit (Debian: webkit2gtk-driver xvfb)
	$(BIN)/pytest --numprocesses 0 tests/webkit

# Not part of `test`: it takes minutes, most of them spent waiting. Run it by hand after a change to what
# is measured, and every night.
test-alerts: $(DEV_READY) ## Provokes each alert and does what its page says (as root; Debian: prometheus)
	$(BIN)/pytest --numprocesses $(WORKERS) tests/alerts

lint: $(DEV_READY) ## Checks style, types, layers, dependencies and dead code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

format: $(DEV_READY) ## Formats the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_READY) ## Measures speed and memory
	@$(BIN)/python -m bench

year: $(DEV_READY) ## Simulates a year of two hundred people, and writes docs/year.md
	@$(BIN)/python -m tools.year

# Not part of `test`: it takes root, for a disk of its own, and minutes.
operation-year: $(DEV_READY) ## Lives a year of faults and upgrades, and asks promtool which alerts come (as root)
	@$(BIN)/python -W ignore -m tests.system.operation_year

soak: $(DEV_READY) ## Simulates weeks of use with random faults
	@$(BIN)/python -W ignore -m tests.system.soak

people: $(DEV_READY) ## Has random people do everything at random moments, for ten minutes or so
	@$(BIN)/python -m pytest -q -n 0 --timeout 0 --lives 100 tests/conversation/random_people

attack: $(DEV_READY) ## Guesses in WORLDS=20000 drawn worlds what one person did, from all figures
	@$(BIN)/python -m tools.docs.figures --worlds $(or $(WORLDS),20000)

pictures: $(DEV_READY) ## Draws the pictures in the docs again
	@$(BIN)/python -m tools.docs.pictures

# Only these two need the generator, so it is not among the development tools.
docs: $(DEV_READY) ## Builds the website of the docs in build/site, and the manual page in build/man
	@$(call install,requirements/docs.txt)
	@$(BIN)/python -m tools.docs.site

# Not part of `test`: it builds the website first. Run it by hand after a change to it, and every night.
test-docs: docs ## Reads the website in Chromium: axe, on a phone, the search, and nothing from elsewhere
	$(BIN)/pytest tests/site

# Makes two thousand small changes to bot/core, and checks whether its tests fail. mutmut is not among
# the development tools, because only this target needs it.
mutation: $(DEV_READY) ## Shows which changes to bot/core its tests do not notice (a quarter of an hour)
	@$(call install,requirements/mutation.txt)
	@$(BIN)/mutmut run --max-children $(WORKERS)
	@$(BIN)/python -m tools.mutation

# Each goes on if another fails, and what failed is named at the end.
NIGHTLY := coverage test-element test-oidc test-firefox test-webkit test-docs test-office test-image \
	test-alerts test-walk lighthouse reuse audit operation-year soak

nightly: $(DEV_READY) ## Runs what .ci/run has no room for, for every night (as root; Debian's packages and npm)
	@failed=; for target in $(NIGHTLY); do $(MAKE) "$$target" || failed="$$failed $$target"; done; \
	test -z "$$failed" || { echo "These failed:$$failed" >&2; exit 1; }

# Not part of `test`: an image takes minutes to build, and it takes root.
test-image: $(DEV_READY) image ## Runs the image as it is meant to run: no rights, nothing writable but its volume
	$(BIN)/pytest tests/image

# Not part of `test`: it makes machines of Debian's packages, which takes root and half an hour.
test-walk: $(DEV_READY) ## Installs it on a bare Debian as the docs say, until a challenge comes (as root; Debian: mmdebstrap)
	$(BIN)/pytest --numprocesses 0 --capture no tests/walk

# Without the development tools, which take minutes to install.
image: $(RUN_READY) ## Builds a container image (as root; Debian: buildah mmdebstrap)
	@$(call install,requirements/build.txt)
	@deploy/image/build.sh

# Only these need cyclonedx-bom, pip-audit and reuse, so none is among the development tools.
sbom: $(DEV_READY) ## Writes build/sbom.cdx.json: what the program is made of (CycloneDX)
	@$(call install,requirements/supply-chain.txt)
	@$(BIN)/python -m tools.supply_chain.sbom

notices: $(DEV_READY) ## Writes build/NOTICES.txt: the licences of what the program is made of
	@$(BIN)/python -m tools.supply_chain.notices

audit: $(DEV_READY) ## Looks up known vulnerabilities, and says what it could not look up
	@$(call install,requirements/supply-chain.txt)
	@$(BIN)/python -m tools.supply_chain.audit

reuse: $(DEV_READY) ## Checks that each file says who made it and under which licence
	@$(call install,requirements/supply-chain.txt)
	@$(BIN)/reuse lint

# What it takes in is committed, so that nobody else needs npm.
assets: $(DEV_READY) ## Takes in the style sheets of the pages (needs npm)
	@mkdir -p build/assets
	@cp tools/assets/package.json tools/assets/package-lock.json build/assets
	@npm ci --prefix build/assets --ignore-scripts --no-audit --no-fund --loglevel error >&2
	@$(BIN)/python -m tools.assets

# --no-strip-extras: otherwise an older pip refuses to check hashes when a package that is required
# with an extra has a newer release.
pins: ## Pins the newest versions of the dependencies in pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade pyproject.toml --output-file requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --extra dev pyproject.toml --output-file requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --extra s3 --extra telemetry --constraints requirements/dev.txt pyproject.toml \
		--output-file requirements/extras.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --constraints requirements/dev.txt requirements/supply-chain.in \
		--output-file requirements/supply-chain.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --constraints requirements/dev.txt requirements/docs.in --output-file requirements/docs.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade requirements/uv.in --output-file requirements/uv.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
		--upgrade --constraints requirements/dev.txt --constraints requirements/supply-chain.txt \
		requirements/build.in --output-file requirements/build.txt

clean: ## Removes everything that the targets create
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis mutants

$(RUN_READY): requirements/run.txt pyproject.toml
	@echo "Setting up $(VENV) (once)..." >&2
	@$(call install,requirements/run.txt)
	@touch $@

# Without compiling: what is used is compiled when it is first imported, which is half of it.
$(DEV_READY): requirements/dev.txt pyproject.toml
	@echo "Setting up $(VENV) with the development tools (once)..." >&2
	@$(call install,requirements/dev.txt,--no-compile)
	@touch $@ $(RUN_READY)

# The registry is the one that npm is set up with: the lock file names none, and nothing that comes
# with a package is run.
build/%/.ready: tests/%/package.json tests/%/package-lock.json
	@echo "Setting up $(@D) with what npm has (once)..." >&2
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error >&2
	@touch $@

# $(call install,FILE,OPTIONS): makes a venv, installs the pinned packages in FILE, and links this folder
# into it with a .pth file and a small script, so that running from a checkout builds nothing. What an
# earlier try left is used; a venv without a working Python, or of another folder, is made anew.
ifdef UV
define install
$(check_python) && $(clear_venv) && \
{ test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV); } </dev/null >&2 && \
$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1) </dev/null >&2 && \
$(link)
endef
else
define install
$(check_python) && $(clear_venv) && \
{ $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); } </dev/null >&2 && \
$(BIN)/python -m pip install -qq --disable-pip-version-check $(2) --require-hashes -r $(1) </dev/null >&2 && \
$(link)
endef
endif
define check_python
{ $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
{ echo "Olievlek needs Python 3.11 or newer, and $(PYTHON) is not; install one, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }; }
endef
define clear_venv
{ ! test -e $(VENV) || $(BIN)/python -c "" 2>/dev/null && ! $(is_moved) || rm -rf $(VENV); }
endef
define link
$(BIN)/python -c "import os, pathlib, sysconfig; \
pathlib.Path(sysconfig.get_path('purelib'), 'olievlek.pth').write_text(os.getcwd() + '\n')" && \
cp tools/olievlek.sh $(BIN)/olievlek && chmod +x $(BIN)/olievlek && pwd >$(MADE_IN)
endef
