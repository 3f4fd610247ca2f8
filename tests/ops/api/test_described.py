"""The description of the API: every operation says what it does, what it takes, and what it answers."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from ops.api.app import ROUTERS
from ops.api.bodies import actions, cases, control, digest, entities, feedback, incidents, notices, overview
from ops.api.bodies.fields import Answer, Request

HAS_NO_BODY = ("204", "303")


def document() -> dict[str, Any]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return app.openapi()


API = document()
OPERATIONS = [(method, path) for path, methods in API["paths"].items() for method in methods if path.startswith("/v1/")]


def shape(content: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a body, wherever it is written."""
    schema = content["schema"]
    schema = next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)
    return API["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def has_example(content: dict[str, Any]) -> bool:
    """Return whether a body has an example, as a whole or of each of its fields."""
    found = shape(content)
    if "example" in content or "examples" in content or found.get("examples") or found.get("example"):
        return True
    return bool(found.get("properties")) and all("examples" in field for field in found["properties"].values())


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_is_described(method: str, path: str) -> None:
    operation = API["paths"][path][method]
    assert operation["summary"] and operation["description"] and operation["tags"]
    assert all(map(has_example, operation.get("requestBody", {}).get("content", {}).values()))
    for status, answer in operation["responses"].items():
        assert answer["description"], status
        assert status in HAS_NO_BODY or answer.get("content"), status


MODULES = (actions, cases, control, digest, entities, feedback, incidents, notices, overview)
BODIES = [body for module in MODULES for body in vars(module).values() if isinstance(body, type) and issubclass(body, Answer | Request)]


@pytest.mark.parametrize("body", dict.fromkeys(BODIES))
def test_an_example_is_what_the_body_may_be(body: type[Answer]) -> None:
    if body not in (Answer, Request):
        [given] = body.model_json_schema()["examples"]
        body.model_validate(given)
