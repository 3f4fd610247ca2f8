"""The summariser's operator, without an endpoint."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Mapping
from typing import Any

import pytest

from domain.summaries.summary import Summary
from domain.summaries.template_writer import template_summary
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


class Slow:
    """A writer that takes as many milliseconds as an incident has alerts."""

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        await asyncio.sleep(incident["alerts"] / 1000)
        return template_summary(incident)


def test_the_revisions_of_an_incident_keep_their_order_and_wait_for_no_other() -> None:
    incident = incident_of([alert(number) for number in range(3)])
    operator, ended = opened(Summarise(LlmSettings()), Runtime()), list[tuple[str, int]]()
    operator._writer = Slow()

    async def summarise(name: str, revision: int, alerts: int) -> None:
        (text,) = await operator.async_invoke(json.dumps({**incident, "id": name, "revision": revision, "alerts": alerts}))
        ended.append((name, json.loads(text)["revision"]))

    async def all_at_once() -> None:
        given = [("inc-1", 1, 300), ("inc-1", 2, 10), ("inc-2", 1, 20), ("inc-1", 3, 150), ("inc-2", 2, 10)]
        await asyncio.gather(*(summarise(*one) for one in given))

    asyncio.run(all_at_once())
    assert ended == [("inc-2", 1), ("inc-2", 2), ("inc-1", 1), ("inc-1", 2), ("inc-1", 3)]
    assert operator._last == {}, "nothing is kept of what is done"
