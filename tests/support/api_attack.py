"""The whole API called with whatever its description allows and forbids, as one role.

No answer may be 500, have a status that is not documented, another type of content, or a body that does not
fit its schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.api_desk import OF_ROLE, Desk
from tests.support.case_samples import put_case
from tests.support.incident_samples import pseudonym


def no_fault(_: Any, response: Any, case: Any) -> None:
    """Nothing fails in the code; 503 says that a part of the service is away, as it is here."""
    assert response.status_code in range(500) or response.status_code == 503, f"{case.method} {case.path}: {response.status_code}"


CHECKS = [
    no_fault,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
schemathesis.serializer.alias("application/x-amz-json-1.1", "application/json")
_HOST = {"Host": "127.0.0.1:8080"}
BUT = {("GET", "/v1/session/oidc"), ("GET", "/v1/session/oidc/callback")}
"""They lead to another server."""


def attack(desk: Desk, role: str | None, examples: int, known: Mapping[str, Sequence[Any]], number: int = 0) -> int:
    """Call every operation `examples` times as a role, None: without a name; return how many calls it was.

    Raises what a check finds. `known` are names that are there, `number` chooses what is sent.
    """
    headers = {**_HOST, **({"Authorization": f"Bearer {OF_ROLE[role]}"} if role else {})}
    schema = schemathesis.openapi.from_asgi("/openapi.json", desk.client.app, headers=_HOST)
    calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if (operation.method.upper(), operation.path) not in BUT:
            calls += _call(operation, headers, known, examples, number)
    return calls


def _call(operation: Any, headers: Mapping[str, str], known: Mapping[str, Sequence[Any]], examples: int, number: int) -> int:
    calls = 0

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=st.data())
    def called(case: Any, data: st.DataObject) -> None:
        nonlocal calls
        calls += 1
        for name in case.path_parameters:
            if name in known and data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        case.call_and_validate(headers=headers, checks=CHECKS)

    called()
    return calls


def fill(desk: Desk) -> dict[str, Sequence[Any]]:
    """Put in something of everything; return names that are there, by the name of the path's part."""
    for number in range(1, 6):
        put_case(desk.store, number)
    case = "case-0000000000000001"
    verdict = desk.call("ada", "POST", f"/v1/cases/{case}/verdict", {"verdict": "fraud", "reason": "x"}).json()["verdict"]["id"]
    when = {"field": "event_type", "is": "signup"}
    desk.call("ada", "PUT", "/v1/rules/R7", {"when": when, "decision": "block", "text": "x", "reason": "x"})
    desk.call("ada", "PUT", "/v1/lists/L1", {"list": "allow", "raw": "device:4f2a", "reason": "x"})
    alerts = desk.items("/v1/alerts")
    return {
        "incident_id": [f"inc-{number:016x}" for number in range(1, 6)],
        "case_id": [f"case-{number:016x}" for number in range(1, 6)],
        "alert_id": [alert["id"] for alert in alerts],
        "verdict_id": [verdict],
        "rule_id": ["R7"],
        "record_id": ["L1"],
        "change_id": [1, 2],
        "revision": [1],
        "entity": [f"device:{pseudonym(1_000_000)}"],
        "name": ["auto_block"],
    }
