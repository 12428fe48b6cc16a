# The commands of the README. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Runs a command and says how long it took: $(call stage,name,command).
stage = @start=$$SECONDS; $(2); echo "stage $(1): $$((SECONDS - start)) s"

.PHONY: help run tools test check bench

help: ## Lists the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: ## Runs everything on http://127.0.0.1:3000 (PORT=…); FRESH=1 starts over
	@PORT="$(PORT)" FRESH="$(FRESH)" cargo run --quiet --locked --package local

tools: ## Installs what the tests of the portal need: Chromium and axe-core
	$(call stage,tools,tests/portal/install)

test: tools ## Runs every test
	$(call stage,build,cargo test --locked --workspace --no-run --quiet)
	$(call stage,test,cargo test --locked --workspace --no-fail-fast)

check: ## Checks format and lints
	$(call stage,format,cargo fmt --all --check)
	$(call stage,lint,cargo clippy --locked --workspace --all-targets -- --deny warnings)

bench: ## Measures what is claimed: ratios in one run
	$(call stage,bench,cargo bench --locked --package tests --profile dev)
