"""Questions over the lake: the closed query language answers as plain lists do, and reads nothing else."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.times import DAY_MS
from ops.assistant import child
from ops.assistant.asker import Asker
from ops.assistant.lake import LakeByQuery
from ops.assistant.lake_count import sql_of
from ops.assistant.measures import MEASURES
from ops.assistant.query import query_of
from ops.assistant.sources import Sources
from ops.assistant.tools import Toolbox
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.store import Store
from tests.ops.lake.lake_samples import FIRST_MS
from tests.support.decided_lake import DAYS, DirectLake, InLake, fill
from tests.support.scripted_questions import ScriptedModel, call, rows

LONG_AFTER = FIRST_MS + 500 * DAY_MS
"""When the store no longer has what the lake has."""
WINDOW = "2026-03-02..2026-03-21"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> InLake:
    return fill(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def tools(sqlite_store: Store, made: InLake) -> Toolbox:
    return Toolbox(sqlite_store, LONG_AFTER, Sources(DirectLake(made.url)))


def counted(tools: Toolbox, measure: str, **arguments: Any) -> dict[tuple[Any, ...], Any]:
    found = tools.call("count", {"measure": measure, "window": WINDOW, **arguments})
    assert "in the lake" in found.title
    return {row.values[:-1]: row.values[-1] for row in found.rows}


def test_figures_are_those_of_plain_lists(tools: Toolbox, made: InLake) -> None:
    by = Counter((one["decision"],) for one in made.decisions)
    assert counted(tools, "decisions", by="decision") == by
    days = Counter((one["event_time"] // DAY_MS * DAY_MS, one["event_type"]) for one in made.decisions)
    assert counted(tools, "decisions", by=["day", "event_type"]) == days
    money = Counter[tuple[str]]()
    for one in made.decisions:
        money[one["currency"],] += round(100 * one["amount"])  # type: ignore[assignment]
    assert counted(tools, "decided_money") == {key: cents / 100 for key, cents in money.items()}
    assert counted(tools, "alerts", where={"decision": "block"}) == {(): sum(one["decision"] == "block" for one in made.alerts)}
    assert counted(tools, "incidents", by="severity") == Counter((one["severity"],) for one in made.incidents)
    assert counted(tools, "incident_alerts") == {(): 60}
    assert counted(tools, "highest_score") == {(): max(one["score"] for one in made.alerts)}


def test_every_measure_by_every_trait_is_sql(made: InLake) -> None:
    lake = DirectLake(made.url)
    for name, measure in MEASURES.items():
        for by in ["day", [*measure.subject.traits][:2], [*measure.subject.traits][2:4]] if measure.in_lake else []:
            lake.rows(sql_of(query_of({"measure": name, "by": by, "window": WINDOW}, LONG_AFTER)), 10, 10.0)
    assert len(lake.asked) == 27


def test_one_day_of_it(tools: Toolbox, made: InLake) -> None:
    day = FIRST_MS // DAY_MS + 3
    found = tools.call("count", {"measure": "decisions", "window": "2026-03-05"})
    assert found.rows[0].values == (sum(one["event_time"] // DAY_MS == day for one in made.decisions),)


@pytest.mark.parametrize("value", ["it's", "' OR 1=1 --", "x'); DROP TABLE decisions; --", "\\' OR true", "$$", "\u2019 OR 1=1"])
def test_no_text_ends_its_quotes(tools: Toolbox, made: InLake, value: str) -> None:
    expected = sum(one["event_type"] == value for one in made.decisions)
    if expected:
        assert counted(tools, "decisions", where={"event_type": value}) == {(): expected}
    else:
        with pytest.raises(NotFound, match="nothing in the lake has these traits"):
            counted(tools, "decisions", where={"event_type": value})
    assert len(tools.call("find_decisions", {"event_type": value, "window": WINDOW}).rows) == min(10, expected)


def test_what_the_lake_does_not_have_is_not_zero(sqlite_store: Store, made: InLake, tmp_path: Path) -> None:
    tools = Toolbox(sqlite_store, LONG_AFTER, Sources(DirectLake(made.url)))
    with pytest.raises(NotFound, match=r"the lake has decisions from 2026-03-02 to 2026-03-21 only"):
        tools.call("count", {"measure": "decisions", "window": "2026-02"})
    assert "which begins on 2026-03-02" in tools.call("count", {"measure": "decisions", "window": "2026-02-01..2026-03-03"}).title
    with pytest.raises(Conflict, match="has no table yet"):
        Toolbox(sqlite_store, LONG_AFTER, Sources(DirectLake(str(tmp_path)))).call("count", {"measure": "decisions"})
    with pytest.raises(Invalid, match=r"in a lake only, and there is none \(lake.url\)"):
        Toolbox(sqlite_store, LONG_AFTER).call("count", {"measure": "decisions"})
    with pytest.raises(Invalid, match="there is no 'find_decisions'"):
        Toolbox(sqlite_store, LONG_AFTER).call("find_decisions", {})


def test_the_store_answers_what_it_has(sqlite_store: Store, made: InLake) -> None:
    lake = DirectLake(made.url)
    tools = Toolbox(sqlite_store, FIRST_MS + DAYS * DAY_MS, Sources(lake))
    assert tools.call("count", {"measure": "alerts", "window": WINDOW}).rows[0].values == (0,)
    assert tools.call("count", {"measure": "cases", "window": "2020-01"}).rows[0].values == (0,)
    assert not lake.asked


def test_decisions_are_listed(tools: Toolbox, made: InLake) -> None:
    one = made.decisions[17]
    found = tools.call("find_decisions", {"event": "e17", "window": WINDOW})
    assert [row.values[:4] for row in found.rows] == [("e17", one["event_time"], one["event_type"], one["decision"])]
    entity = f"account:{one['entities']['account']}"
    its = sorted((one for one in made.decisions if f"account:{one['entities']['account']}" == entity), key=lambda one: -one["event_time"])
    listed = tools.call("find_decisions", {"entity": entity, "window": WINDOW, "most": 5})
    assert listed.column("event") == [one["event_id"] for one in its[:5]] and listed.is_cut
    assert listed.rows[0].address == f"/entities/{entity}"
    of_device = tools.call("find_decisions", {"entity": "device:45d4a0a3cdb12542", "decision": "block", "window": WINDOW, "most": 20})
    assert set(of_device.column("decision")) == {"block"}


def test_a_model_asks_it_and_code_says_it(sqlite_store: Store, made: InLake) -> None:
    turns = call("count", measure="decisions", where={"decision": "approve"}, window=WINDOW), rows("T1")
    model = ScriptedModel(*turns)
    answer = Asker(lambda: model, sources=Sources(DirectLake(made.url))).ask(sqlite_store, "What was let through?", LONG_AFTER, None)
    expected = sum(one["decision"] == "approve" for one in made.decisions)
    title = "Events that were decided, decision approve, from 2026-03-02 to 2026-03-21, in the lake"
    assert [one.text for one in answer.sentences] == [f"{title}: decisions {expected}."]
    assert "find_decisions" in model.heard[0][0]["content"] and "try_rule" not in model.heard[0][0]["content"]


def test_the_command_is_that_of_query_with_its_limits(made: InLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "NICE", 0)  # its share of a machine that is busy with other tests
    command = [sys.executable, "-m", "flink_job.cli", "query", "-", "--format", "json", "--set", f"lake.url={made.url}"]
    lake = LakeByQuery(command, 20.0)
    assert lake.rows("SELECT count(DISTINCT event_id) AS n FROM decisions", 5, 20.0) == [{"n": 300}]
    with pytest.raises(Conflict, match="took more than"):
        lake.rows("SELECT sum(a.range * b.range) FROM range(100000) a, range(100000) b", 5, 0.5)


def test_a_command_that_hangs_is_ended() -> None:
    from ops.assistant.child import output_of

    with pytest.raises(Conflict, match="more than 1 s and was ended"):
        output_of([sys.executable, "-c", "import time; time.sleep(60)"], "", 0.6)
    with pytest.raises(Conflict, match="it is away"):
        output_of([sys.executable, "-c", "raise SystemExit('ringwatch query: it is away')"], "", 20)
