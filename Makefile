# make setup, make demo: that is all a fresh machine with Python 3.11 or 3.12 and Java 17 needs.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo cluster submit cluster-status stop-job cluster-stop test test-fast test-cluster check audit jars format pretrained quality faults bench docs clean

setup: $(STAMP)

$(STAMP): setup.py deploy/setup.sh
	@sh deploy/setup.sh $(VENV)
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/ringwatch demo

# A standalone Flink on this machine and the job on it; ARGS="--config mine.yaml --parallelism 2" goes to each of these.
cluster: $(STAMP)
	@$(BIN)/ringwatch cluster start $(ARGS)

# make submit SOURCE=file:incoming DECISIONS=file:decisions [ARGS="--from SAVEPOINT"]
submit: $(STAMP)
	@$(BIN)/ringwatch cluster submit $(if $(SOURCE),--source $(SOURCE)) $(if $(DECISIONS),--decisions $(DECISIONS)) $(ARGS)

cluster-status: $(STAMP)
	@$(BIN)/ringwatch cluster status $(ARGS)

# Stop the job with a savepoint and print where it is.
stop-job: $(STAMP)
	@$(BIN)/ringwatch cluster stop-job $(ARGS)

cluster-stop: $(STAMP)
	@$(BIN)/ringwatch cluster stop $(ARGS)

# Lint, types, layers: the tests' gate.
check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest -m "not cluster"

# Without the tests that start a Flink.
test-fast: check
	$(BIN)/pytest -m "not flink and not cluster"

# A JobManager and two TaskManagers: submissions, savepoints, another parallelism, kill -9; and what else takes minutes.
test-cluster: $(STAMP)
	$(BIN)/pytest -m cluster

# Known vulnerabilities of the installed packages, by the advisories of OSV. Warns, never fails.
audit: $(STAMP)
	@sh deploy/audit.sh $(VENV)

# Flink's Kafka connector from Maven Central, held against pinned checksums: what kafka:// URLs need.
jars: $(STAMP)
	@$(BIN)/python deploy/jars.py

# What breaks while the job runs on a cluster with a real Kafka and Redis, against a clean run: make faults [CASES="taskmanager rescale"].
# Each case takes two to five minutes; `python -m tests.faults --help` names them. The table goes to run/faults/faults.md.
faults: $(STAMP)
	$(BIN)/python -m tests.faults $(CASES)

# How fast the job is on this machine, beside other ways of doing the same work: make bench [ARGS="--quick --only job,replay"].
# Three quarters of an hour, with nothing else running; from Kafka, too, after make jars. Tables and plots go to run/bench.
bench: $(STAMP)
	@test ! -d deploy/jars || $(BIN)/python deploy/jars.py deploy/broker
	$(BIN)/ringwatch bench $(ARGS)

# The artifact that the demo uses, made anew; the same machine gives the same bytes. Demo and tests use other seeds.
pretrained: $(STAMP)
	$(BIN)/ringwatch simulate --events 150000 --seed 1 --out run/pretrained
	env -u RINGWATCH_PSEUDONYM_KEY $(BIN)/ringwatch train --events run/pretrained/events.jsonl --out gnn/pretrained/default --seed 1

# The tables of docs/quality.md, measured anew: make quality DATA=folder [TABLES="handbook cost"]. About two hours for all.
quality: $(STAMP)
	$(BIN)/python -m tests.quality $(TABLES) --data $(DATA)

# The pages that are made from the code.
docs: $(STAMP)
	$(BIN)/python -m flink_job.settings.page > docs/settings.md
	$(BIN)/python -m flink_job.settings.config_file > config.yaml

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) deploy/jars deploy/broker/jars run build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
