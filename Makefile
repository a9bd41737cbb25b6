# Every command a person types. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PORT ?= 8000
WORKERS ?= 2
DEPTH ?= nightly

.PHONY: help setup demo test check lint run worker bench drills screenshots
help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Install system packages (sudo only when needed), Python packages, front-end files
	@scripts/setup.sh

demo: setup ## Start everything with invented data; prints the address and the sign-ins; Ctrl-C stops it
	@PORT=$(PORT) .venv/bin/handback demo

test: ## The whole test suite, browser tests included
	@scripts/setup.sh --browser
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadscope

check: ## Lint, types, contracts, then the tests: what CI runs
	@scripts/setup.sh --browser
	@$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadscope

lint: ## Lint, types, import contracts and the texts' words only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --cache-dir .local/import_linter
	.venv/bin/handback lint-texts

run: setup ## The web server with the settings of the environment
	.venv/bin/handback serve

worker: setup ## The worker with the settings of the environment
	.venv/bin/handback worker

bench: setup ## Performance ratios, each beside its floor, and how to repeat them
	$(PYTHON) -m benchmarks

drills: setup ## Kills, faults, forgeries against the sender; DEPTH=ci is short, ONLY="M1 M7" some rows
	$(PYTHON) -m drills --depth $(DEPTH) $(if $(ONLY),--only $(ONLY))

screenshots: ## A picture of every screen, phone and desktop, EN and ES, into screenshots/ (not in git)
	@scripts/setup.sh --browser
	@rm -rf screenshots
	EVERY_SCREEN=1 $(PYTHON) -m pytest tests/browser -q -n 0 -p no:randomly
	@echo "Pictures: screenshots/LANGUAGE-WIDTH/"
