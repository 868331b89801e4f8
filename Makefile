# The two commands of the README are `make up` and `make test`; each does all the set-up it needs.
ENV ?= local
SLIPWAY := .venv/bin/slipway

.DEFAULT_GOAL := help
.PHONY: help setup up preview health list down test lint bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  ENV=name chooses an environment from environments/ (default: local)"

setup: ## Make this machine ready: Python packages, container engine, tools, images
	@toolchain/bootstrap.sh
	@$(SLIPWAY) setup

up: ## Bring an environment to life, or up to date, and check its health
	@toolchain/bootstrap.sh
	@$(SLIPWAY) up $(ENV)

preview: ## Show what `make up` would change
	@toolchain/bootstrap.sh
	@$(SLIPWAY) preview $(ENV)

health: ## Check every layer of an environment
	@toolchain/bootstrap.sh
	@$(SLIPWAY) health $(ENV)

list: ## Show everything that slipway has on this machine
	@toolchain/bootstrap.sh
	@$(SLIPWAY) list

down: ## Remove an environment and everything that belongs to it
	@toolchain/bootstrap.sh
	@$(SLIPWAY) destroy $(ENV) --yes

lint: ## Linters and types only
	@toolchain/bootstrap.sh
	@tests/run lint

test: ## Set up, then every test: linters, units, plugins, playbooks, an emulated AWS, and a whole environment up and away again
	@toolchain/bootstrap.sh
	@$(SLIPWAY) setup --tests --with helm --with actionlint --with ministack --with host-packages-debian12
	@tests/run

bench: ## Measure slipway against a plain script with the same binaries and images
	@toolchain/bootstrap.sh
	@$(SLIPWAY) setup
	@bench/run
