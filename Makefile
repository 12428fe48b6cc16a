# The commands of the README. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where cargo builds.
target = $(shell cargo metadata --locked --no-deps --format-version 1 | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')

# Runs a command and says how long it took: $(call stage,name,command).
stage = @start=$$SECONDS; $(2); echo "stage $(1): $$((SECONDS - start)) s"

.PHONY: help run tools test fmt check bench bench-hash bench-peers load scan sameness lighthouse screens model years fuzz rules guards emulate drill deploy new

help: ## Lists the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: ## Runs everything on http://127.0.0.1:3000 (PORT=…); FRESH=1 starts over
	@cargo build --locked --workspace --bin local
	@PORT="$(PORT)" FRESH="$(FRESH)" exec "$(target)/debug/local"

tools: ## Installs what tests and checks need: Chromium, npm packages, cargo-lambda, botocore, a generator of clients, Schemathesis
	$(call stage,tools,tests/portal/install && infra/tools/install cargo-lambda botocore openapi-client schemathesis >/dev/null)

test: tools ## Runs every test
	$(call stage,build,cargo test --locked --workspace --no-run --quiet)
	$(call stage,test,cargo test --locked --workspace --no-fail-fast)

fmt: ## Formats all sources
	@tests/portal/install --without-browser
	$(call stage,format,cargo fmt --all && tests/portal/lint --fix)

check: ## Checks format, lints, prose, pages, templates and the document of the API
	@tests/portal/install --without-browser
	$(call stage,format,cargo fmt --all --check)
	$(call stage,lint,cargo clippy --locked --workspace --all-targets -- --deny warnings)
	$(call stage,rustdoc,RUSTDOCFLAGS="--deny warnings --allow rustdoc::private_intra_doc_links" cargo doc --quiet --locked --workspace --no-deps --document-private-items)
	$(call stage,sources,tests/lint/run)
	$(call stage,portal,tests/portal/lint)
	$(call stage,templates,infra/lint)
	$(call stage,document,xtask/lint/run)

bench: ## Measures what is claimed: ratios in one run
	$(call stage,functions,tests/benches/build)
	$(call stage,bench,cargo bench --locked --package tests --profile dev)

bench-hash: ## Compares the hash of passwords with other implementations (see tests/benches/hash/run for what it needs)
	@tests/benches/hash/run

bench-peers: ## Compares with better-auth and django-allauth, in turns, in one run; QUICK=1 to try it
	$(call stage,peers,tests/benches/peers/run $(if $(QUICK),--quick))

load: ## Has HOUSEHOLDS (6) use the portal at once for MINUTES (10), then floods it from a thousand sources
	$(call stage,load,tests/load/run $(or $(MINUTES),10) $(HOUSEHOLDS))
	$(call stage,flood,cargo test --quiet --locked --workspace --test journeys -- --ignored --exact --nocapture floods::during_a_flood_from_a_thousand_sources_every_tenant_gets_in)

scan: ## Has a scanner of web applications look for weak spots of the portal and the API
	@infra/tools/install wapiti >/dev/null
	$(call stage,scan,cargo test --quiet --locked --workspace --test contract -- --ignored --nocapture scan::)

sameness: ## Times releases for subjects that exist and that do not; PAIRS (2000) of each, on a quiet machine
	$(call stage,functions,tests/benches/build)
	$(call stage,sameness,PAIRS=$(or $(PAIRS),2000) cargo bench --locked --package tests --profile dev --bench functions)

lighthouse: ## Measures three pages of the portal: speed, accessibility, good practice
	@tests/portal/lighthouse/run

screens: ## Takes the pictures of the portal in docs/screens
	@tests/portal/install
	@cargo test --quiet --locked --workspace --test portal -- --ignored screens::

model: ## Explores every order of the steps of all operations, for hours; MINUTES of each scenario
	$(call stage,model,cargo run --locked --package model -- large $(or $(MINUTES),60))

years: ## Simulates years of households: SEED=1 HOUSEHOLDS=1000 DAYS=1096, FAULTS in a million calls
	$(call stage,years,cargo run --locked --package years -- "$(SEED)" "$(HOUSEHOLDS)" "$(DAYS)" "$(FAULTS)")

fuzz: ## Fuzzes, guided by coverage: TARGETS="events tokens" EXECUTIONS=1000000 of each, SEED=1
	$(call stage,fuzz,EXECUTIONS="$(EXECUTIONS)" SEED="$(SEED)" tests/fuzz/guided/run $(TARGETS))

rules: ## Takes out one rule of the store at a time, and its test has to fail; RULES="LinkUsable MailDue" for some
	$(call stage,rules,tests/rules/run $(RULES))

guards: ## Takes out one guard at a time, and its test has to fail; GUARDS="session links" for some
	$(call stage,guards,tests/rules/run --guards $(GUARDS))

emulate: ## Builds and deploys to an emulator of AWS, and runs the journeys there
	@infra/emulate/run

drill: ## Rehearses accidents on that emulator, by the lines of the operator's guide
	@infra/emulate/run drill

deploy: ## Builds and deploys to AWS: ENV=dev, staging or production
	$(call stage,build,infra/build $(ENV))
	$(call stage,deploy,infra/deploy $(ENV))

new: ## Lays out an operation: OP=change-language ROUTE="PUT /api/account/language"
	@cargo xtask new "$(OP)" "$(ROUTE)"
