# Longshore. `make run` and `make test` do all set-up by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
ENV := . scripts/env.sh &&
.DEFAULT_GOAL := help

.PHONY: help setup run dev test lint audit generate fmt ui screenshots measure bench package aws-conformance

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Install everything that tests and checks need
	@scripts/setup.sh test

run: ## Open the app on the sandbox (without a display: the walkthrough in the terminal)
	@scripts/setup.sh build
	@scripts/run.sh

dev: ## Open the app with hot reload of the UI
	@scripts/setup.sh build
	@scripts/dev.sh

ui/dist/index.html: ui/package.json ui/package-lock.json ui/index.html $(shell find ui/src -type f 2>/dev/null)
	@scripts/setup.sh build
	@cd ui && npm run --silent build

ui: ui/dist/index.html

# A test of the UI waits more than half of its time, so more of them run at once than there are cores.
# Everything is built as one workspace and together with the tests, so that each dependency is built
# once with one set of features: the tests' dependencies add some.
test: ui/dist/index.html ## Pass every test, the desktop ones too
	@scripts/setup.sh test
	@cd ui && npm test --silent -- --maxWorkers=$$(( $$(getconf _NPROCESSORS_ONLN) * 5 / 2 ))
	@$(ENV) cargo build --quiet --workspace --bins --tests
	@$(ENV) scripts/recorded.sh scripts/with-desktop.sh cargo nextest run --workspace --no-fail-fast
	@$(ENV) cargo test --quiet --workspace --doc
	@scripts/control-plane.sh

lint: ui/dist/index.html ## Check style, generated files, dependencies and their direction
	@scripts/setup.sh test
	@$(ENV) cargo fmt --all --check
	@$(ENV) cargo clippy --quiet --workspace --all-targets -- -D warnings
	@$(ENV) cargo build --quiet --workspace --bins --tests && "$$CARGO_TARGET_DIR/debug/longshore-apigen" --check
	@$(ENV) "$$LONGSHORE_VENV/bin/python" scripts/iam-table.py --check
	@scripts/arrows.py
	@scripts/cycles.py
	@$(ENV) cargo fetch --quiet --locked
	@$(ENV) cargo deny --offline --log-level error check licenses bans sources
	@cd ui && npm run --silent lint

# Ends with 3 when it cannot reach the advisories.
audit: ## Look for known faults in dependencies, which needs the network
	@scripts/setup.sh test
	@$(ENV) scripts/audit.py

generate: ## Write what follows from the API table, and the table of IAM actions
	@scripts/setup.sh venv
	@$(ENV) "$$LONGSHORE_VENV/bin/python" scripts/iam-table.py
	@$(ENV) cargo build --quiet --workspace --bin longshore-apigen && "$$CARGO_TARGET_DIR/debug/longshore-apigen"

fmt: ## Format everything
	@$(ENV) cargo fmt --all
	@cd ui && npm run --silent format

screenshots: ui/dist/index.html ## Take the screenshots of the documentation from the real window
	@scripts/setup.sh test
	@$(ENV) cargo build --quiet --workspace --bins --tests
	@$(ENV) scripts/with-desktop.sh "$$CARGO_TARGET_DIR/debug/screenshots" docs/screenshots

measure: ui/dist/index.html ## Measure the window with 1,000 repositories of 20 images each
	@scripts/setup.sh test
	@$(ENV) cargo build --quiet --workspace --bins --tests
	@$(ENV) scripts/with-desktop.sh "$$CARGO_TARGET_DIR/debug/measure"

# WORKLOADS=W1,W2 or all (W1 to W5 by default), RUNS=5, JSON=FILE, WITHOUT=skopeo.
bench: ## Measure copying beside the limit of this machine and skopeo
	@scripts/setup.sh bench
	@$(ENV) cargo build --quiet --release -p longshore-cli -p longshore-benches
	@$(ENV) "$$CARGO_TARGET_DIR/release/bench" run \
	  $(if $(WORKLOADS),--workloads "$(WORKLOADS)") \
	  $(if $(RUNS),--runs $(RUNS)) $(if $(JSON),--json "$(JSON)") $(if $(WITHOUT),--without $(WITHOUT))

# ACCOUNT=111122223333 REGION=us-west-2 PROFILE=name DOCUMENTS=yes JSON=FILE. With ACCOUNT it needs
# Python only.
aws-conformance: ## Compare ECR with its documentation: AWS with ACCOUNT and REGION, otherwise the sandbox
ifdef ACCOUNT
	@scripts/setup.sh venv
	@scripts/aws-conformance.sh "$(ACCOUNT)" "$(REGION)" $(if $(PROFILE),--profile "$(PROFILE)") \
	  $(if $(DOCUMENTS),--documents) $(if $(JSON),--json "$(JSON)")
else
aws-conformance: ui/dist/index.html
	@scripts/setup.sh test
	@$(ENV) cargo build --quiet --workspace --bins --tests
	@JSON="$(JSON)" scripts/aws-conformance.sh
endif

package: ui/dist/index.html ## Build deb and rpm packages
	@scripts/setup.sh build
	@scripts/package.sh
