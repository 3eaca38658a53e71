# `make repro` is all a newcomer needs; `make help` lists the rest.
SHELL := bash
PYTHON ?= python3
VENV := .venv
# The virtual environment comes first on PATH: stages run the first `python` there.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
PIP_ARGS ?=
# Tests of two files at a time: most of a test keeps one core busy. In the order of their names: by their number of
# tests, the few that take minutes would come last, one after another.
WORKERS ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder

# The revision that `compare` begins with; exported, so that no shell reads a branch's name as code.
export BASE ?= origin/main

.PHONY: help init repro verify verify-cpus locked compare compare-markdown compare-comment test test-slow check lint types example schema lock clean

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 18

repro: $(VENV)/run    ## set up, check params.yaml, run what has changed, report
	python -m plumbline check
	dvc repro
	@python -m plumbline report

init: $(VENV)/run     ## your own table: make init DATA=houses.csv TARGET=price, then make repro
	python -m plumbline init "$(DATA)" $(if $(TARGET),--target "$(TARGET)")

locked: $(VENV)/run   ## whether dvc.lock is in step with code and params; needs no data
	@python -m plumbline locked

compare: $(VENV)/run  ## metrics and params beside another revision's: make compare BASE=main
	@python -m plumbline compare "$$BASE"

compare-markdown: $(VENV)/run  ## the same as Markdown, added to the file SUMMARY
	@set -o pipefail; python -m plumbline compare "$$BASE" --markdown | tee -a "$$SUMMARY"

compare-comment: $(VENV)/run  ## the same as the comment of this workflow on pull request PR
	@python -m plumbline compare "$$BASE" --markdown | gh pr comment "$$PR" --edit-last --create-if-none --body-file -

test: $(VENV)/dev     ## the fast tests
	python -m pytest -m "not slow" $(WORKERS)

test-slow: $(VENV)/dev  ## the slow tests: whole pipelines, real data
	python -m pytest -m slow $(WORKERS)

check: lint types test  ## what CI runs: lint, types, tests

verify-cpus: $(VENV)/run  ## equal bits on emulated Intel and AMD CPUs: needs qemu-user, and patience
	python -m benchmarks.cpus

lint: $(VENV)/dev     ## ruff
	ruff check .
	ruff format --check .

types: $(VENV)/dev    ## mypy
	mypy

verify: $(VENV)/run   ## run the last commit again in a scratch folder: are all bytes the recorded ones?
	python -m plumbline verify

example: $(VENV)/run  ## run one example in a scratch copy: make example NAME=line
	python -m plumbline example $(NAME)

schema: $(VENV)/run   ## write plumbline/schema.json anew, after a plug-in has come or changed
	python -m plumbline schema

lock:            ## pin the newest packages that pyproject.toml admits
	$(PYTHON) -m venv --clear $(VENV)
	pip install $(PIP_ARGS) torch==2.13.0
	pip install $(PIP_ARGS) $$(python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"])')
	{ echo "# Every package of an environment, pinned; made from pyproject.toml by make lock."; \
	  pip freeze | sed 's/+cpu$$//'; } > requirements.lock
	pip install $$(python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"])')
	{ echo "# Tools for make check, on top of requirements.lock; made by make lock."; echo "-r requirements.lock"; \
	  pip freeze | sed 's/+cpu$$//' | grep -vxFf requirements.lock; } > requirements-dev.lock

clean:           ## remove the environment
	rm -rf $(VENV)

$(VENV)/run: requirements.lock
	@echo "setting up $(VENV) from requirements.lock (once, a few minutes)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r requirements.lock
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	@pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r requirements-dev.lock
	@touch $@
