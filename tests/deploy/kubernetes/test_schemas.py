"""Every manifest is right by the schema of its kind, and has no field that the schema does not name."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from tests.deploy.kubernetes.manifests import BASE, Document, closed, definition, of_kind, one_of

BY_OPERATORS = ("FlinkDeployment", "ServiceMonitor", "PodMonitor", "PrometheusRule")
"""Kinds that Kubernetes itself does not have."""
KUBERNETES = [one for one in BASE if one["kind"] not in BY_OPERATORS]
VERSIONS = ("1.31", "1.37")
"""Of Kubernetes: an old one that is still met, and the newest."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", KUBERNETES, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_takes_it(document: Document, version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_field_that_is_misspelt_is_refused() -> None:
    wrong: Any = copy.deepcopy(one_of("Deployment", "ringwatch-web"))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_flinks_operator_takes_the_job_but_for_the_version_of_flink() -> None:
    schema, job = closed(definition()), one_of("FlinkDeployment", "ringwatch")
    found = jsonschema.Draft202012Validator(schema)  # of the schema itself nothing is asked, which takes half a minute
    assert schema["properties"]["spec"]["properties"]["flinkVersion"]["enum"][-1] == "v1_20", "the jar knows 2.3 now: ask for it, too"
    known = {**job, "spec": {**job["spec"], "flinkVersion": "v1_20"}}
    for part in ("apiVersion", "kind", "metadata"):
        schema["properties"].setdefault(part, {})
    assert not list(found.iter_errors(known))
    wrong: Any = copy.deepcopy(known)
    wrong["spec"]["job"]["upgradeModus"] = "savepoint"
    assert "upgradeModus" in next(found.iter_errors(wrong)).message


def test_there_is_something_of_each_kind() -> None:
    kinds = {
        "Deployment": 2, "Job": 1, "FlinkDeployment": 1, "NetworkPolicy": 3, "PodDisruptionBudget": 3, "ServiceMonitor": 1,
        "PodMonitor": 1, "PrometheusRule": 1, "ServiceAccount": 2,
    }  # fmt: skip
    assert {kind: len(of_kind(kind)) for kind in kinds} == kinds
