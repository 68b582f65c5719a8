# What a person does with this repository. A machine needs `make`, `git` and Python 3.11, no more.
# Ports and folders of the local stack: CANDOI_LOCAL_GATEWAY_PORT and so on, see docs/settings.md.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= uv
# More words for a command: make test ARGS="tests/unit -x"
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
TRAIN_VENV := .venv-train
TRAIN_INSTALLED := $(TRAIN_VENV)/.installed
TORCH_INSTALLED := $(TRAIN_VENV)/.torch-installed
BENCH_VENV := .venv-bench
BENCH_INSTALLED := $(BENCH_VENV)/.installed
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes -r
LOCK_OPTIONS := --quiet --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
LOCK := $(UV) pip compile pyproject.toml $(LOCK_OPTIONS)
detach := $(if $(DETACH),--detach)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo up down status logs clean test lint simulate contracts train eval bench bench-ratio lock python

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | while IFS= read -r line; do \
		printf '  make %-13s %s\n' "$${line%%:*}" "$${line##*## }"; done

demo: venv ## Start everything, feed real posts, show the province's ratios (DETACH=1: leave it running)
	@$(RUN) -m demo $(detach) $(ARGS)

up: venv ## Start PostgreSQL, Kafka and the four services; Ctrl-C stops (DETACH=1: in the background)
	@$(RUN) -m deploy.local up $(detach) $(ARGS)

down: venv ## Stop them calmly; the data stay
	@$(RUN) -m deploy.local down

status: venv ## Show what runs
	@$(RUN) -m deploy.local status

logs: venv ## Show the last log lines (ARGS=--follow: go on)
	@$(RUN) -m deploy.local logs $(ARGS)

clean: venv ## Stop everything and remove its data; the downloaded jars stay
	@$(RUN) -m deploy.local clean

test: venv ## Run all tests against a real Kafka and a real PostgreSQL
	@$(RUN) -m pytest $(ARGS)

simulate: venv ## Live through 10,000 simulated worlds (ARGS="--seed 7": replay one)
	@$(RUN) -m tests.simulation $(ARGS)

lint: venv ## Check style, types and who imports whom
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports

contracts: venv ## Write docs/contracts, docs/settings.md and the like from the code
	@$(RUN) -m docs.generate $(ARGS)

bench: venv $(BENCH_INSTALLED) ## Measure throughput and latency on this machine
	@$(RUN) -m benchmarks $(ARGS)

bench-ratio: venv $(BENCH_INSTALLED) ## Measure the ratio service: applying, rebuilding, reading (half an hour)
	@$(RUN) -m benchmarks applying rebuilding reading $(ARGS)

# One thread for each of the two halves of a batch: more would wait for one another.
train: $(TORCH_INSTALLED) ## Train the default model anew, in an environment of its own (hours; 6 GB)
	@OMP_NUM_THREADS=1 $(TRAIN_VENV)/bin/python -m training all $(ARGS)

eval: $(TRAIN_INSTALLED) ## Measure the default model on posts it has not seen; print all figures
	@$(TRAIN_VENV)/bin/python -m training eval $(ARGS)

lock: ## Pin the requirements anew from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it or set UV=/path/to/uv" >&2; exit 1; }
	$(LOCK) -o requirements/runtime.txt $(ARGS)
	$(LOCK) -c requirements/runtime.txt --extra local --extra dev -o requirements/dev.txt $(ARGS)
	$(LOCK) -c requirements/runtime.txt --extra training -o requirements/training.txt $(ARGS)
	$(LOCK) -c requirements/training.txt --extra training --extra training-torch \
		-o requirements/training-torch.txt $(ARGS)
	$(UV) pip compile --group pyproject.toml:bench $(LOCK_OPTIONS) -o requirements/bench.txt $(ARGS)

venv: $(INSTALLED) ## Make the Python environment .venv; done by the others when the lock has changed

# The stamp is written last: what was interrupted is done again.
$(INSTALLED): requirements/dev.txt
	@$(MAKE) --no-print-directory python
	@echo "Installing the packages of $< into $(VENV) (a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) $(PIP_INSTALL) $<
	@touch $@

$(TRAIN_INSTALLED): requirements/training.txt
	@$(MAKE) --no-print-directory python
	@echo "Installing the packages of $< into $(TRAIN_VENV) (a few minutes)"
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_VENV)/bin/python $(PIP_INSTALL) $<
	@touch $@

$(TORCH_INSTALLED): requirements/training-torch.txt $(TRAIN_INSTALLED)
	@echo "Installing the packages of $< into $(TRAIN_VENV) (minutes, 5 GB)"
	@$(TRAIN_VENV)/bin/python $(PIP_INSTALL) $<
	@touch $@

# Apart from the rest: what is measured against wants other versions than the services do.
$(BENCH_INSTALLED): requirements/bench.txt
	@$(MAKE) --no-print-directory python
	@echo "Installing the packages of $< into $(BENCH_VENV) (a minute)"
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python $(PIP_INSTALL) $<
	@touch $@

python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed: install it, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
