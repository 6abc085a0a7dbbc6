# Panah. A fresh machine needs Python 3.11, pip, make and git; everything else is set up here.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto
# Bytecode of the tests is kept: to make it takes seconds of every run
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo gallery test test-all check spell format bench lock clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(READY)

demo: $(READY) ## Rehearse on this computer, by hand in a page (ARGS=--script: by itself in the terminal)
	$(BIN)/python -m bot demo $(ARGS)

gallery: $(READY) ## Pictures of every screen in every language, to look through (ARGS=ru: of one); needs chromium
	$(BIN)/python -m tests.browser.gallery $(ARGS)

test: $(READY) check ## The tests, without network, in a few minutes
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

test-all: $(READY) ## Everything slow too: crash loops, PostgreSQL, a browser, another implementation
	sh tests/all.sh $(ARGS)

check: $(READY) ## Style, types, import contracts, catalogues
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml --no-logo 2>/dev/null || $(BIN)/lint-imports --config pyproject.toml
	$(BIN)/python -m bot.catalogues check

spell: $(READY) ## Words of the catalogues that hunspell does not know; a warning, never a fault
	$(BIN)/python -m bot.catalogues spell

format: $(READY) ## Put the code in its style
	$(BIN)/ruff check -q --fix .
	$(BIN)/ruff format -q .

bench: $(READY) ## One report form on Panah and on a plain bot, in one run, and the ratio
	$(BIN)/python -m bench $(ARGS)

PINNED := --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-header --no-emit-options

lock: $(READY) ## Pin requirements.in and requirements-browser.in anew, with hashes
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile $(PINNED) -o requirements.lock requirements.in
	$(BIN)/pip-compile $(PINNED) -o requirements-browser.lock requirements-browser.in

clean: ## Remove what was set up
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
