"""The manifests as documents, and what is in a FlinkDeployment's definition."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.jars import fetch
from tests import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
Document = dict[str, Any]


def documents(*patterns: str) -> list[Document]:
    """All documents of the files that match, files of kustomize itself left out."""
    files = sorted(path for pattern in patterns for path in FOLDER.glob(pattern))
    texts = [path.read_text(encoding="utf-8") for path in files if path.name not in ("kustomization.yaml", "fields.yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text)]


BASE = documents("base/*.yaml")


def of_kind(*kinds: str) -> list[Document]:
    return [one for one in BASE if one["kind"] in kinds]


def one_of(kind: str, name: str) -> Document:
    [found] = [one for one in of_kind(kind) if one["metadata"]["name"] == name]
    return found


def pods() -> dict[str, Document]:
    """Name of what makes them -> a pod's specification."""
    found = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in of_kind("Deployment", "Job")}
    return found | {"ringwatch": one_of("FlinkDeployment", "ringwatch")["spec"]["podTemplate"]["spec"]}


def pod_labels() -> list[dict[str, str]]:
    """Labels that pods have: ours, those that kustomize adds to each, and those that Flink gives its own."""
    added = {"app.kubernetes.io/part-of": "ringwatch"}
    ours = [one["spec"]["template"]["metadata"]["labels"] | added for one in of_kind("Deployment", "Job")]
    template = one_of("FlinkDeployment", "ringwatch")["spec"]["podTemplate"]["metadata"]["labels"]
    flinks = {"app": "ringwatch", "type": "flink-native-kubernetes"}
    return [*ours, *(template | flinks | {"component": component} for component in ("jobmanager", "taskmanager"))]


def definition() -> Document:
    """The schema of a FlinkDeployment, of the operator's own jar, which Maven brings where it is absent."""
    folder = ROOT / "deploy" / "operator"
    if not (folder / "jars").is_dir() and shutil.which("mvn") is None:
        pytest.skip("Maven brings the operator's definitions: apt-get install maven")
    [jar] = fetch(folder).glob("*.jar")
    with zipfile.ZipFile(io.BytesIO(jar.read_bytes())) as opened:
        text = opened.read("META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml")
    [version] = yaml.load(text, yaml.CSafeLoader)["spec"]["versions"]  # half a megabyte
    schema: Document = version["schema"]["openAPIV3Schema"]
    return schema


def closed(schema: Document) -> Document:
    """The schema with every object closed to fields that it does not name."""
    found = dict(schema)
    if "properties" in schema:
        found["properties"] = {name: closed(inner) for name, inner in schema["properties"].items()}
        found.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    if isinstance(schema.get("items"), dict):
        found["items"] = closed(schema["items"])
    return found


def images() -> Iterator[str]:
    """All images."""
    yield one_of("FlinkDeployment", "ringwatch")["spec"]["image"]
    for pod in pods().values():
        yield from (container["image"] for container in pod["containers"] if "image" in container)


def settings_files() -> list[Path]:
    return sorted(FOLDER.glob("overlays/*/ringwatch.yaml"))
