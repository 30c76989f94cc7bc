# Needs Python 3.11, make and a C compiler; fetches everything else into .tools/ and .venv/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

UV_VERSION := 0.13.8
PYTHON ?= python3.11
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin
STAMP := .venv/.synced
ROOMS := rapport components channels actions learning llm

# Rasa and TensorFlow talk a lot when they are imported.
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export RASA_TELEMETRY_ENABLED := false
# The Python that is there, never one from the internet.
export UV_PYTHON := 3.11
export UV_PYTHON_DOWNLOADS := never

# A quick check that fails saves the slow ones.
.NOTPARALLEL:
.PHONY: help run setup train talk test check lint types unit requirements requirements-check data \
	conversations integration docs format clean models test-models learn-demo

help: ## list the everyday commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: $(STAMP) ## set up what is missing, start the assistant, print the chat's address
	@$(BIN)/rapport up

setup: $(STAMP) ## set up everything, start nothing
	@$(BIN)/rapport up --only-setup

train: $(STAMP) ## train the Rasa model if its files changed
	@$(BIN)/rapport train

talk: $(STAMP) ## chat in the terminal
	@$(BIN)/rapport talk

test: ## everything that CI runs, the quick checks first
	@$(MAKE) lint types unit data setup conversations integration

check: test ## the same as make test

lint: $(STAMP) ## style, and whether requirements.txt and docs/settings.md are current
	$(BIN)/ruff check .
	@$(MAKE) requirements-check
	$(BIN)/python -m rapport.settings_docs --check docs/settings.md

types: $(STAMP) ## type hints
	$(BIN)/mypy $(ROOMS)

unit: $(STAMP) ## unit tests
	$(BIN)/pytest tests/unit tests/generators

data: $(STAMP) ## the designer's files: mistakes and contradictions
	$(BIN)/rapport validate

conversations: $(STAMP) ## the conversation suite, tests/test_*.yml, with the real actions
	$(BIN)/rapport test --live

integration: $(STAMP) ## a trained model, real servers
	$(BIN)/python -m pytest tests/integration tests/browser

models: $(STAMP) ## install llama.cpp (compiled: minutes), transformers and torch for the CPU
	@$(UV) sync --frozen --inexact --quiet --extra llama-cpp --extra transformers --group models
	@UV="$(UV)" bash .ci/install-torch

test-models: models ## the generators with real models: a tiny one is trained, exported and asked
	$(BIN)/pytest -rs tests/generators

learn-demo: $(STAMP) ## a simulated week, one cycle of learning, the same customers before and after (ten minutes)
	@$(BIN)/rapport learn demo

format: $(STAMP) ## mend what ruff can mend
	$(BIN)/ruff check --fix .

docs: $(STAMP) ## write docs/settings.md anew
	$(BIN)/python -m rapport.settings_docs docs/settings.md

requirements: $(STAMP) ## write requirements.txt anew, from uv.lock
	@UV="$(UV)" bash .ci/export-requirements > requirements.new && mv requirements.new requirements.txt

requirements-check:
	@echo "requirements.txt is that of uv.lock?"
	@diff --brief requirements.txt <(UV="$(UV)" bash .ci/export-requirements) >/dev/null \
		|| { echo "requirements.txt is old: run 'make requirements'."; exit 1; }

clean: ## delete what was built: var/, models/, caches (conversations and tickets, too)
	rm -rf var models .rasa .mypy_cache .ruff_cache .pytest_cache
	find $(ROOMS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One file stands for "the environment is that of uv.lock", so that a second run loses no time.
$(STAMP): uv.lock pyproject.toml | $(UV)
	@echo "Installing the packages of uv.lock (a minute or two the first time) …"
	@$(UV) sync --frozen --quiet
	@touch $@

.tools/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11, or 'make PYTHON=…'."; exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
