"""Rules are tried one at a time, in a process that ends in time."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import pytest

from ops.api.dry_runs import DryRuns
from ops.api.problems import Problem

ECHO = "import json, os, sys; print(json.dumps({'rule': json.load(open(sys.argv[1])), 'nice': os.getpriority(os.PRIO_PROCESS, 0)}))"


def runs(code: str, limit_s: float = 20.0) -> DryRuns:
    return DryRuns([sys.executable, "-c", code], limit_s)


def refused(runs: DryRuns) -> Problem:
    with pytest.raises(Problem) as why:
        asyncio.run(runs.tried({}))
    return why.value


def test_the_rule_goes_there_and_its_figures_come_back() -> None:
    found = asyncio.run(runs(f"import time; time.sleep(0.2); {ECHO}").tried({"text": "<größer>"}))
    assert found["rule"] == {"text": "<größer>"} and found["nice"] >= 10


def test_it_ends_in_time() -> None:
    began = time.monotonic()
    assert "took more than 0 s" in refused(runs("import time; time.sleep(60)", 0.3)).detail
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("code", "said"),
    [("import sys; sys.exit('no Redis')", "no Redis"), ("print('[]')", "it wrote no figures"), ("", "it wrote no figures")],
)
def test_why_it_failed_is_said(code: str, said: str) -> None:
    problem = refused(runs(code))
    assert problem.status == 503 and said in problem.detail


def test_one_at_a_time() -> None:
    both = runs(f"import time; time.sleep(0.5); {ECHO}")

    async def at_once() -> list[Any]:
        return await asyncio.gather(both.tried({"n": 1}), both.tried({"n": 2}), return_exceptions=True)

    first, second = asyncio.run(at_once())
    assert first["rule"] == {"n": 1} and isinstance(second, Problem) and second.status == 409
    assert json.dumps(asyncio.run(both.tried({"n": 3}))["rule"]) == '{"n": 3}'


def test_a_rule_that_asks_for_a_list_has_a_command_of_its_own() -> None:
    found = DryRuns([sys.executable, "-c", "print('{\"on\": 1}')"], of_lists=[sys.executable, "-c", "print('{\"on\": 2}')"])
    listed = {"when": {"not": {"entity": "account", "not_in_list": "mules"}}}
    assert [asyncio.run(found.tried(rule)) for rule in ({"text": "in_list"}, listed)] == [{"on": 1}, {"on": 2}]
