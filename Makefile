# make setup, make demo: that is all a fresh machine with Python 3.11 or 3.12 and Java 17 needs.
# What follows ## is the text of make help.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BUILD := docker build
IMAGE := localhost/ringwatch:$(shell sed -n 's/^    version="\(.*\)",/\1/p' setup.py)
# Tests wait more than they compute: on two cores four of them, or two clusters, are at work at once.
AT_ONCE := --no-loadscope-reorder --numprocesses
# Files with tests of a mark: all others need not be read.
MARKED = $(shell grep -rlE 'mark\.$(1)\b' --include='test_*.py' tests | sort)
.DEFAULT_GOAL := help

.PHONY: help setup demo desk cluster submit cluster-status stop-job cluster-stop jars image lock deploy-files release test test-fast test-cluster test-browser test-long check audit format pretrained quality faults attacks attacks-api endpoints bench docs clean

help: ## show this help
	@echo "First: make setup, then make demo. Targets:"
	@awk -F ':[^#]*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nringwatch itself: %s --help\n' $(BIN)/ringwatch

##@ Start

setup: $(STAMP) ## install everything into .venv

$(STAMP): setup.py deploy/setup.sh
	@sh deploy/setup.sh $(VENV)
	@touch $(STAMP)

demo: $(STAMP) ## a simulated shop under attack, for about a minute
	@$(BIN)/ringwatch demo

desk: $(STAMP) ## the whole product, for an analyst: ARGS="--port 8090"; Ctrl-C ends it
	@$(BIN)/ringwatch desk $(ARGS)

##@ A standalone Flink on this machine: ARGS="--config mine.yaml --parallelism 2" goes to each of these

cluster: $(STAMP) ## start it
	@$(BIN)/ringwatch cluster start $(ARGS)

submit: $(STAMP) ## SOURCE=file:incoming DECISIONS=file:decisions: hand the job to it
	@$(BIN)/ringwatch cluster submit $(if $(SOURCE),--source $(SOURCE)) $(if $(DECISIONS),--decisions $(DECISIONS)) $(ARGS)

cluster-status: $(STAMP) ## show processes, jobs, last checkpoints
	@$(BIN)/ringwatch cluster status $(ARGS)

stop-job: $(STAMP) ## stop the job with a savepoint and print where that is
	@$(BIN)/ringwatch cluster stop-job $(ARGS)

cluster-stop: $(STAMP) ## end it
	@$(BIN)/ringwatch cluster stop $(ARGS)

jars: $(STAMP) ## fetch Flink's Kafka connector: what kafka:// URLs need
	@$(BIN)/python deploy/jars.py

##@ Containers and Kubernetes

image: $(STAMP) jars ## build the image: BUILD="buildah bud" ARGS="--build-arg BASE=... --target train"
	@$(BIN)/python deploy/jars.py deploy/s3
	$(BUILD) $(ARGS) -t $(IMAGE) -f deploy/container/Dockerfile .

lock: ## write deploy/container/locks anew, after a change of setup.py
	@test -x run/lock/bin/uv || (python3 -m venv run/lock && run/lock/bin/pip install --quiet uv==0.13.8)
	@run/lock/bin/python -m deploy.container.lock

deploy-files: $(STAMP) ## write dashboards, Flink's configuration of the containers and the rules of Kubernetes anew
	@$(BIN)/python -m deploy.grafana
	@$(BIN)/python -m deploy.container.flink_config
	@$(BIN)/python -m deploy.kubernetes

# Some minutes: the packages are installed anew. Sums are in dist/SHA256SUMS.
release: $(STAMP) ## wheel and sdist into dist/, tried in an environment of their own: the demo runs from it
	@$(BIN)/python deploy/release.py

##@ Tests

check: $(STAMP) ## lint, types, layers; of the desk's scripts, too, where tsc is (npm install -g typescript)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@! command -v tsc >/dev/null || tsc --project ops/desk/static/jsconfig.json

test: check ## check, and all tests but those of a cluster or a browser
	$(BIN)/pytest $(AT_ONCE) 4 -m "not cluster and not long and not browser"

test-fast: check ## check, and the tests that start no Flink
	$(BIN)/pytest $(AT_ONCE) 4 -m "not flink and not cluster and not long and not browser"

test-cluster: $(STAMP) ## tests with a JobManager and TaskManagers, and others of some minutes
	$(BIN)/pytest $(AT_ONCE) 2 -m "cluster and not long" $(call MARKED,cluster)

test-browser: $(STAMP) ## tests of the desk in a real browser
	$(BIN)/pytest $(AT_ONCE) 2 -m browser $(call MARKED,browser)

# Half an hour; after a change of what they are about, and before a release.
test-long: $(STAMP) ## further forms of these, and what endures: twenty kills, storms, measurements
	$(BIN)/pytest $(AT_ONCE) 2 -m long $(call MARKED,long)

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

audit: $(STAMP) ## known vulnerabilities of the installed packages, by OSV; warns, never fails
	@sh deploy/audit.sh $(VENV)

##@ Measurements

# More than an hour, with nothing else running; from Kafka, too, after make jars. Tables and plots go to run/bench.
bench: $(STAMP) ## how fast the job is here: ARGS="--quick --only job,replay"
	@test ! -d deploy/jars || $(BIN)/python deploy/jars.py deploy/broker
	$(BIN)/ringwatch bench $(ARGS)

# A quarter of an hour for three shops; the figures are kept in run/attacks.
attacks: $(STAMP) ## the tables of docs/attacks.md: ARGS="clock_ahead flood --seeds 21"
	$(BIN)/python -m tests.adversary $(ARGS)

# Half an hour on both databases; `python -m tests.attacks_api --number N` sends the same once more.
attacks-api: $(STAMP) ## the API called with all that it allows and forbids, as each role: ARGS="--examples 500"
	$(BIN)/python -m tests.attacks_api $(ARGS)

# Each case takes two to five minutes; `python -m tests.faults --help` names them. The table goes to run/faults/faults.md.
faults: $(STAMP) ## what breaks under faults, with a real Kafka and Redis: CASES="taskmanager rescale"
	$(BIN)/python -m tests.faults $(CASES)

# A quarter of an hour for all; `python -m tests.llm_endpoints --help` names them. The table goes to run/endpoints.
endpoints: $(STAMP) ## which LLM endpoints write the summaries: NAMES="azure-classic tgi"
	$(BIN)/python -m tests.llm_endpoints $(NAMES)

# About two hours for all tables.
quality: $(STAMP) ## the tables of docs/quality.md: DATA=folder TABLES="handbook cost"
	$(BIN)/python -m tests.quality $(TABLES) --data $(DATA)

# The README's picture is made by a run: ringwatch demo --picture docs/demo.svg
docs: $(STAMP) ## write the pages that are made from the code anew
	$(BIN)/python -m flink_job.settings.page > docs/settings.md
	$(BIN)/python -m flink_job.settings.config_file > config.yaml

# The same machine gives the same bytes. Demo and tests use other seeds. Of its rings one in ten evades, one in five
# of the others is diluted, one in seven of the rest ages what it uses, accounts bust out, some labels err, and kiosks
# are more than elsewhere, for each of them looks like a ring at first. For the thresholds each missed fraud costs the
# same: a few bust-outs are so dear that they alone would set them. A review costs so much that no more customers are
# flagged than before. Some nine of a hundred frauds of the simulator never get a label.
pretrained: $(STAMP) ## train the model that the demo uses anew
	$(BIN)/ringwatch simulate --events 200000 --seed 1 --from 2026-01-05 --kiosks 0.1 --evasive 0.1 --diluted 0.2 --aged 0.15 --bust-outs 0.1 --label-noise 0.002 --out run/pretrained
	env -u RINGWATCH_PSEUDONYM_KEY $(BIN)/ringwatch train --events run/pretrained/events.jsonl --out gnn/pretrained/default --seed 1 \
		--set train.costs.review=8 --set train.costs.missed_fraud_share=0 --set train.costs.missed_fraud_least=75 \
		--set train.costs.unlabelled_fraud_share=0.09

clean: ## remove everything that was made here, .venv and run included
	rm -rf $(VENV) deploy/jars deploy/broker/jars deploy/s3/jars deploy/operator/jars run build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
