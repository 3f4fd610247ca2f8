"""docker-compose.yml: right by its schema, all that it names exists, and its containers can do little."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.container.flink_config import METRICS_PORT, REST_PORT
from flink_job.cli import parsed
from flink_job.settings.settings import Settings, load
from tests import ROOT

HERE = ROOT / "deploy" / "container"
TEXT = (HERE / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
OURS = ("migrate", "jobmanager", "taskmanager", "service", "worker")
SETTINGS = HERE / "ringwatch.yaml"


def settings() -> Settings:
    return load(SETTINGS)


def test_it_is_right_by_its_schema() -> None:
    schema = json.loads((files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.validate(COMPOSE, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**COMPOSE, "services": {"redis": {"imagee": "redis"}}}, schema)


def test_every_variable_is_in_the_example_with_its_default() -> None:
    lines = (HERE / ".env.example").read_text(encoding="utf-8").splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert dict(re.findall(r"(?<!\$)\$\{(\w+):-([^}]*)\}", TEXT)) == example
    assert not re.findall(r"(?<!\$)\$\{\w+\}", TEXT), "each variable has a default"


def test_what_is_mounted_exists() -> None:
    for config in COMPOSE["configs"].values():
        assert (HERE / config["file"]).is_file(), config
    made = (HERE / "secrets.sh").read_text(encoding="utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"${{SECRETS:-./secrets}}/{name}"
        assert re.search(rf"\b{name}\b", made), name
    for service in COMPOSE["services"].values():
        used = {one if isinstance(one, str) else one["source"] for one in (*service.get("secrets", ()), *service.get("configs", ()))}
        assert used <= COMPOSE["secrets"].keys() | COMPOSE["configs"].keys()
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (HERE / source).is_dir(), volume


@pytest.mark.parametrize("name", OURS)
def test_our_containers_write_two_folders_and_may_do_nothing_else(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] and service["user"] == "9999:9999" and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["volumes"] == ["data:/var/lib/ringwatch"] and [one.partition(":")[0] for one in service["tmpfs"]] == ["/tmp"]


@pytest.mark.parametrize("name", ["migrate", "service", "worker"])
def test_our_commands_are_ones(name: str) -> None:
    words = COMPOSE["services"][name]["command"]
    assert parsed(words).config == Path("/etc/ringwatch/ringwatch.yaml")


def test_the_jobmanager_takes_the_options_of_run() -> None:
    first, *options = COMPOSE["services"]["jobmanager"]["command"]
    assert first == "jobmanager" and parsed(["run", *options]).config == Path("/etc/ringwatch/ringwatch.yaml")


def test_secrets_are_files_that_the_program_reads() -> None:
    variables = COMPOSE["x-ringwatch"]["environment"]
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    for variable, file in variables.items():
        assert f"| `{variable.removesuffix('_FILE')}`" in page, variable
        assert file.removeprefix("/run/secrets/") in COMPOSE["x-ringwatch"]["secrets"]
    assert not re.search(r"PASSWORD: (?!/run)", TEXT.replace("_FILE", "")), "no password is written down"


def test_job_and_service_meet() -> None:
    found = settings()
    assert {found.service.score.events, found.service.labels} == set(found.job.sources)
    assert found.service.score.decisions == found.job.decisions
    assert found.service.control == found.job.control and found.service.sign_with in found.job.control_keys
    topics = re.findall(r"for topic in ([\w ]+);", TEXT)[0].split()
    assert {url.rpartition("/")[2] for url in (*found.job.sources, found.job.decisions)} == set(topics)


def test_ports_are_those_that_are_listened_on() -> None:
    services = COMPOSE["services"]
    inside = {name: service["ports"][0].rpartition(":")[2] for name, service in services.items() if "ports" in service}
    assert inside == {"jobmanager": str(REST_PORT), "service": str(settings().service.port), "grafana": "3000"}
    assert all(":-127.0.0.1:" in port for service in services.values() for port in service.get("ports", ()))
    prometheus = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    assert f"jobmanager:{METRICS_PORT}" in prometheus and f"service:{settings().service.port}" in prometheus
    assert f"port: {METRICS_PORT}" in prometheus


def test_the_service_answers_prometheus_under_its_name() -> None:
    assert COMPOSE["services"]["service"]["hostname"] in settings().service.hosts


def test_the_secrets_are_made_once(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(["sh", HERE / "secrets.sh", tmp_path], capture_output=True, text=True, check=True)
        first = {path.name: path.read_text() for path in tmp_path.iterdir()}
        assert "pseudonym_key" in done.stdout
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == first
    assert first["redis_password"].strip() in first["redis_url"] and first["postgres_password"].strip() in first["store_url"]
    assert len(first["pseudonym_key"].strip()) == 64 and first["pseudonym_key"] != first["control_key_ops"]
