# Everything sets itself up: Python 3.11+, make and the package registries are enough. `make help` lists the verbs.
PYTHON ?= python3
UV := .uv/bin/uv
SYNC := $(UV) sync --frozen --quiet --compile-bytecode
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Another service than that of service.py: make demo SERVICE=samples/hello_node/service.py
export SERVICE_FILE ?= $(SERVICE)
export JSII_NODE := $(CURDIR)/.venv/bin/node
# A shell that exports this would make every synth three times slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up down synth compare deploy destroy sandbox snapshots test test-fast load lint audit sbom bench mutation clean

help: ## List the targets of this Makefile
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: setup ## Run and verify everything on your machine ($0, no account)
	@python -m demo $(ARGS)

up: setup ## The same, left running until `make down`
	@python -m local_aws up $(ARGS)

down: setup ## Stop the local run that `make up` started
	@python -m local_aws down

synth: setup ## Write the CloudFormation templates to cdk.out and validate
	@cdk synth --quiet --no-notices --validation $(ARGS)

compare: setup ## Write the comparison page of the last local run
	@python -m comparison $(ARGS)

deploy: setup ## Check your account, then deploy: make deploy STACK=OrdersOnLambda
	@python -m deployment deploy $(or $(STACK),$(error which stack? make deploy STACK=OrdersOnLambda)) -- $(ARGS)

destroy: setup ## Delete all stacks from your AWS account
	@cdk destroy --all $(ARGS)

sandbox: setup ## Run drills in a sandbox account: make sandbox ACCOUNT=ID TARGET=lambda
	@python -m sandbox run --account $(or $(ACCOUNT),$(error which account? make sandbox ACCOUNT=111122223333 TARGET=lambda)) --target $(or $(TARGET),lambda) $(ARGS)

snapshots: setup ## Accept the current templates as snapshots
	@pytest -q tests/snapshot --snapshot-update

test: setup ## Run all tests, including the local runs (minutes)
	@FAILED=0; pytest -n 2 --dist loadfile -m "not local_run and not container" $(ARGS) || FAILED=1; pytest -n 4 -m local_run tests/integration/emulator $(ARGS) || FAILED=1; pytest -m "local_run or container" --ignore tests/integration/emulator $(ARGS) || FAILED=1; exit $$FAILED

test-fast: setup ## Run the tests that take seconds: no engine, no browser
	@pytest -q -n 2 --dist loadfile -m "not local_run and not container and not browser and not slow" $(ARGS)

load: setup ## Place 10,000 orders while faults are injected (an hour)
	@python -m local_aws load --orders 10000 $(ARGS)

lint: setup ## Run ruff and mypy
	@ruff check . && ruff format --check . && mypy

audit: setup ## Compare all locked packages with databases of vulnerabilities
	@python -m supply_chain audit $(ARGS)

sbom: setup ## Write the bill of materials of the image (CycloneDX)
	@python -m supply_chain sbom $(ARGS)

bench: setup .venv-benchmark/ready ## Benchmark synthesis and the sample service
	@python -m benchmarks.synth
	@python -m benchmarks.synth.targets
	@.venv-benchmark/bin/python -m benchmarks.service

mutation: setup ## Mutate the most critical modules, and count what the tests notice
	@python -m tests.mutation $(ARGS)

clean: ## Delete what set-up and runs created, but the states of runs in accounts
	rm -rf .venv .venv-benchmark .venv-emulator .venv-service .uv node_modules cdk.out
	find build -mindepth 1 -maxdepth 1 ! -name sandbox -exec rm -rf {} +

setup: .venv/ready .venv-emulator/ready .venv-service/ready node_modules/.package-lock.json

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}. Fix: make PYTHON=python3.13 $(MAKECMDGOALS)")'
	@echo "set-up: uv"
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/ready: uv.lock pyproject.toml sample_service/pyproject.toml | $(UV)
	@echo "set-up: CDK, tests and tools (.venv)"
	@$(SYNC) && touch $@

.venv-emulator/ready: uv.lock | $(UV)
	@echo "set-up: AWS emulator (.venv-emulator)"
	@UV_PROJECT_ENVIRONMENT=.venv-emulator $(SYNC) --only-group emulator && touch $@

.venv-service/ready: uv.lock sample_service/pyproject.toml | $(UV)
	@echo "set-up: sample service (.venv-service)"
	@UV_PROJECT_ENVIRONMENT=.venv-service $(SYNC) --package orders --no-default-groups && touch $@

.venv-benchmark/ready: uv.lock | $(UV)
	@echo "set-up: benchmark candidates (.venv-benchmark)"
	@UV_PROJECT_ENVIRONMENT=.venv-benchmark $(SYNC) --only-group benchmark && touch $@

node_modules/.package-lock.json: package-lock.json | .venv/ready
	@echo "set-up: CDK CLI (node_modules)"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@
