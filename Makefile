# Every verb of the house.  Make is the one thing a bare Debian 12 must have.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help portal stop clean test bench token lint

help: ## print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

portal: ## install what is missing, start everything, publish the samples, print the address
	@stack/run portal

stop: ## stop all that was started; leaves no process behind
	@stack/run stop

clean: ## stop, and remove var/
	@stack/run clean

test: ## set up what is missing and run every test
	@stack/run test

bench: ## measure what this portal promises beside stock CKAN; BENCH=harvest_new N=300 for a part
	@stack/run bench

token: ## print an API token of the administrator
	@stack/run token

lint: ## ruff, types, secrets
	@stack/run lint
