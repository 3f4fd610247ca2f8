"""The manifests name what exists: settings, options, ports, paths, keys, labels; and pods may do little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.container.flink_config import BLOB_PORT, DATA_PORT, METRICS_PORT, REST_PORT, RPC_PORT, TASK_RPC_PORT, container_options
from deploy.kubernetes.__main__ import WRITTEN, text
from flink_job.cli import parsed
from flink_job.settings.settings import load
from ops.api.rights import RIGHTS
from tests import ROOT
from tests.deploy.kubernetes.manifests import BASE, FOLDER, images, of_kind, one_of, pod_labels, pods, settings_files

JOB = one_of("FlinkDeployment", "ringwatch")["spec"]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
CONTAINERS = [(name, pod, container) for name, pod in pods().items() for container in pod["containers"]]
IDS = [name for name, _, _ in CONTAINERS]


def test_the_rules_are_prometheus_own() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == text(), "run make deploy-files"


def test_kustomize_takes_every_file_of_the_base() -> None:
    listed = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    found = {path.name for path in (FOLDER / "base").glob("*.yaml")}
    assert set(listed) == found - {"kustomization.yaml", "fields.yaml"}


@pytest.mark.parametrize("file", settings_files(), ids=lambda one: one.parent.name)
def test_settings_are_ones_and_agree_with_the_job(file: Path) -> None:
    found = load(file)
    assert found.job.parallelism == JOB["job"]["parallelism"]
    assert found.service.score.events in found.job.sources and found.service.labels in found.job.sources
    assert found.service.score.decisions == found.job.decisions and found.service.control == found.job.control
    assert found.service.sign_with in found.job.control_keys and not found.service.store.upgrade
    assert found.job.flink["execution.checkpointing.dir"].startswith("s3://")


def test_flinks_options_are_those_of_the_containers() -> None:
    ours, theirs = JOB["flinkConfiguration"], container_options()
    shared = {name: value for name, value in theirs.items() if name in ours}
    assert {name: ours[name] for name in shared} == {**shared, "execution.checkpointing.savepoint-dir": "s3://ringwatch/savepoints"}
    left_out = theirs.keys() - ours.keys()
    # What Flink's native Kubernetes or the operator sets, or the pod's resources say.
    assert left_out == {
        "blob.server.port", "env.java.opts.all", "env.java.opts.jobmanager", "io.tmp.dirs", "jobmanager.bind-host",
        "jobmanager.memory.process.size", "jobmanager.rpc.address", "jobmanager.rpc.port", "rest.address", "rest.bind-address", "rest.port",
        "taskmanager.bind-host", "taskmanager.memory.process.size",
    }  # fmt: skip
    assert JOB["taskManager"]["resource"]["memory"] == "2048m" and theirs["taskmanager.memory.process.size"] == "2g"
    assert JOB["jobManager"]["resource"]["memory"] == theirs["jobmanager.memory.process.size"]


def test_the_job_is_started_as_the_container_starts_it() -> None:
    entry = (ROOT / "deploy" / "container" / "entry.sh").read_text(encoding="utf-8")
    linked = (ROOT / "deploy" / "container" / "one_flink.sh").read_text(encoding="utf-8")
    words = JOB["job"]["args"]
    script = words[words.index("-py") + 1]
    assert JOB["job"]["entryClass"] in entry and f"-py {script} " in entry
    assert script == "/opt/ringwatch/main.py" and "PACKAGES:-/opt/ringwatch}" in linked and '"$packages/main.py"' in linked
    [version] = re.findall(r"^apache-flink==(\S+)", (ROOT / "deploy/container/locks/job.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert JOB["job"]["jarURI"].endswith(f"/opt/flink/opt/flink-python-{version}.jar")
    assert JOB["flinkVersion"] == f"v{'_'.join(version.split('.')[:2])}"
    assert str(parsed(["run", *words[words.index("--config") :]]).config) == "/etc/ringwatch/settings/ringwatch.yaml"


def test_one_image_of_one_version() -> None:
    [version] = re.findall(r'^    version="(.*)",', (ROOT / "setup.py").read_text(encoding="utf-8"), re.MULTILINE)
    kustomization = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(images()) == {"localhost/ringwatch", f"localhost/ringwatch:{version}"}
    assert kustomization["images"] == [{"name": "localhost/ringwatch", "newTag": version}]


@pytest.mark.parametrize("name", ["ringwatch-migrate", "ringwatch-web", "ringwatch-worker"])
def test_commands_are_ones(name: str) -> None:
    words = pods()[name]["containers"][0]["args"]
    assert str(parsed([word.replace("$(POD_IP)", "10.0.0.7") for word in words]).config) == "/etc/ringwatch/settings/ringwatch.yaml"


@pytest.mark.parametrize(("name", "pod", "container"), CONTAINERS, ids=IDS)
def test_pods_write_two_folders_and_may_do_nothing_else(name: str, pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 9999
    own = container["securityContext"]
    assert own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/var/lib/ringwatch", "/tmp"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize(("name", "pod", "container"), CONTAINERS, ids=IDS)
def test_secrets_are_files_of_keys_that_the_page_makes(name: str, pod: dict[str, Any], container: dict[str, Any]) -> None:
    operate = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    named = {one["name"]: Path(one["value"]).name for one in container["env"] if "value" in one}
    assert named and all(f"| `{variable.removesuffix('_FILE')}`" in operate for variable in named)
    assert all(f"--from-file={key}" in PAGE for key in named.values())
    [secret] = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    items = {item["key"] for item in secret.get("items", ())}
    assert not items or items == set(named.values())


def test_probes_ask_routes_that_are_there_under_a_name_that_is_known() -> None:
    container = pods()["ringwatch-web"]["containers"][0]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert ("GET", asked["path"]) in RIGHTS and asked["port"] == container["ports"][0]["name"]
        assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert container["livenessProbe"]["httpGet"]["path"] != "/readyz", "a store that is away must not restart every instance"
    assert container["ports"][0]["containerPort"] == load(None).service.port
    [monitor] = of_kind("ServiceMonitor")
    assert ("GET", monitor["spec"]["endpoints"][0]["path"]) in RIGHTS


def test_selectors_choose_pods_that_are_there() -> None:
    for one in of_kind("NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "Deployment", "Service"):
        selector = one["spec"].get("podSelector") or one["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert any(wanted.items() <= labels.items() for labels in pod_labels()), one["metadata"]["name"]


def test_every_pod_is_closed_and_only_named_ports_are_opened() -> None:
    closed = one_of("NetworkPolicy", "ringwatch-closed")["spec"]
    assert "ingress" not in closed and closed["policyTypes"] == ["Ingress"]
    assert all(closed["podSelector"]["matchLabels"].items() <= labels.items() for labels in pod_labels())
    opened = {port["port"] for one in of_kind("NetworkPolicy") for rule in one["spec"].get("ingress", ()) for port in rule["ports"]}
    assert opened == {DATA_PORT, TASK_RPC_PORT, RPC_PORT, BLOB_PORT, REST_PORT, METRICS_PORT, load(None).service.port}
    assert all(rule["from"] for one in of_kind("NetworkPolicy") for rule in one["spec"].get("ingress", ()))


def test_only_the_job_may_call_kubernetes() -> None:
    for name, pod in pods().items():
        assert name == "ringwatch" or pod["automountServiceAccountToken"] is False
    accounts = {one["metadata"]["name"] for one in of_kind("ServiceAccount")}
    assert {JOB["serviceAccount"], *(pod["serviceAccountName"] for name, pod in pods().items() if name != "ringwatch")} == accounts
    assert not [one for one in BASE if one["kind"].startswith("Cluster")]
