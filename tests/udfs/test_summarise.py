"""The summariser's operator, without an endpoint."""

from __future__ import annotations

import asyncio
import json
import warnings

import pytest

from ops.llm.settings import LlmSettings
from tests.support.incident_samples import alert, incident_of

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.summarise import Summarise
from tests.support.operator_runtime import Runtime, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_summary_of_the_template_is_added_to_the_incident() -> None:
    incident = incident_of([alert(number) for number in range(3)])
    operator = opened(Summarise(LlmSettings()), Runtime())
    (text,) = asyncio.run(operator.async_invoke(json.dumps(incident)))
    told = json.loads(text)
    assert {name: told[name] for name in incident} == json.loads(json.dumps(incident))
    assert told["headline"]
    assert told["writer"]["name"] == "template"
    (text,) = operator.timeout(json.dumps(incident))
    assert json.loads(text)["writer"]["fallback_reason"] == "timeout"
