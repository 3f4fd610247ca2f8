"""The uids of the operators: what a savepoint names its state by."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flink_job.cluster.savepoint_uids import unknown_uids
from flink_job.settings.order_match import order_uid
from flink_job.settings.settings import load
from tests.support.job_process import ROOT

pytestmark = [pytest.mark.flink, pytest.mark.timeout(400)]

# Changing or dropping one of those with state (source, stages, waves, rings, incidents, reviews, decisions)
# breaks every savepoint taken before. Those with a number are made by the Table API and hold no state.
KEPT = {
    "source-0", "parse", "side-rejected", "rejected-in-one-place", "deliver-rejected",
    "stage-account", "stage-device", "stage-address", "stage-ip",
    "event-time", "count-crowds", "waves",
    "raise-alerts", "deliver-alerts", "rings", "incidents", "reviews", "side-overflow", "side-forgotten", "summaries", "deliver-incidents",
    "health-texts", "health-news-stages", "health-news-worker", "judge-labels", "health",
    "decisions", "Sink Committer: decisions", "own-prefix",
}  # fmt: skip
MADE = {
    "false": {
        "1_external-datastream", "2_calc", "3_watermark-assigner", "4_calc", "5_python-calc", "6_calc", "7_external-datastream",
        "8_external-datastream", "9_calc", "10_external-datastream", "11_external-datastream", "12_calc", "13_external-datastream",
        "14_external-datastream", "15_calc", "16_external-datastream",
    },
    # the watermarks are those of all events: what is approved is left out after them
    "true": {
        "1_external-datastream", "2_calc", "3_watermark-assigner", "4_calc", "5_external-datastream",
        "6_external-datastream", "7_calc", "8_external-datastream", "9_external-datastream", "10_python-calc", "11_calc",
        "12_external-datastream", "13_external-datastream", "14_calc", "15_external-datastream", "16_external-datastream",
        "17_calc", "18_external-datastream", "19_external-datastream", "20_calc", "21_external-datastream",
    },
}  # fmt: skip
"""By `job.early_approval`."""
OF_CONTROL = {
    "control", "control-records", "admit-models", "side-refused-control", "side-control_applied", "applied-in-one-place",
    "deliver-applied",
}  # fmt: skip
"""An operator right after a side output of as many subtasks is one with it, and has no uid of its own."""
TURNS = {
    "turns", "turns-gathered", "account-visits", "account-gathered", "device-turns", "device-visits", "device-gathered", "address-turns",
    "address-visits", "address-gathered", "ip-turns", "ip-visits",
}  # fmt: skip
"""Of several subtasks; they hold no state. One reader alone brings all of an account in turn."""


# In a process of its own: PyFlink warns when it is imported, and its Java lives as long as the process.
PROGRAM = """
import json, re, sys
from flink_job.cluster.environment import of_options
from flink_job.settings.flink_options import CLUSTER_RESTARTS, job_options
from flink_job.job import wire
from flink_job.settings.settings import load

given = 0  # the Table API counts on from graph to graph; a user's process has one graph

def built(words):
    global given
    settings = load(None, words)
    env = of_options(job_options(settings, CLUSTER_RESTARTS))
    wire(env, settings)
    graph = env._generate_stream_graph(True, "uids")
    nodes = [(node.getTransformationUID(), node.getMaxParallelism()) for node in graph.getStreamNodes().toArray()]
    before, counted = given, [int(found[1]) for uid, _ in nodes if (found := re.match("([0-9]+)_", uid))]
    given = max(counted)
    nodes = [(re.sub("^[0-9]+(?=_)", lambda number: str(int(number[0]) - before), uid), most) for uid, most in nodes]
    alone = [str(node.getOperatorName()) for node in graph.getStreamNodes().toArray() if node.getParallelism() == 1]
    return {"nodes": nodes, "alone": alone, "vertices": graph.getJobGraph().getNumberOfVertices()}

print(json.dumps([built(words) for words in json.loads(sys.argv[1])]))
"""
WITHOUT_CONTROL = [(parallelism, form, early) for parallelism, form in ((1, ""), (2, "?format=debezium")) for early in ("false", "true")]


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The graph of each job, all built by one process: Java starts once."""
    folder = tmp_path_factory.mktemp("topology")
    (folder / "events.jsonl").touch()
    (folder / "control").mkdir()
    jobs: dict[tuple[Any, ...], list[str]] = {one: words(folder, *one) for one in WITHOUT_CONTROL}
    jobs |= {(one, "control"): words(folder, one, "", "false", f"job.control=file:{folder / 'control'}") for one in (1, 2)}
    modes = [f"job.{name}=file:{folder / name}" for name in ("enriched", "flagged")]
    jobs |= {(early, "modes"): words(folder, 1, "", early, *modes) for early in ("false", "true")}
    jobs |= {(one, "raw"): words(folder, one, "", "true", *modes, "job.enriched_raw=true") for one in (1, 2)}
    jobs |= {(one, "order"): words(folder, one, "", "false", "job.order=event_time") for one in (1, 2)}
    command = [sys.executable, "-c", PROGRAM, json.dumps(list(jobs.values()))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, json.loads(done.stdout.splitlines()[-1]), strict=True))


def words(folder: Path, parallelism: int, form: str, early: str, *more: str) -> list[str]:
    source, decisions = folder / "events.jsonl", folder / "decisions"
    settings = [f"job.sources=['file:{source}{form}']", f"job.decisions=file:{decisions}", f"job.parallelism={parallelism}"]
    return [*settings, f"job.early_approval={early}", "identity.pseudonyms=1", *more]  # later versions have a first stage of their own


@pytest.mark.parametrize(("parallelism", "form", "early"), WITHOUT_CONTROL)
def test_every_operator_has_its_frozen_uid(graphs: dict[tuple[Any, ...], Any], parallelism: int, form: str, early: str) -> None:
    """Whatever the parallelism, with a format or without: a savepoint of one must be read by the other."""
    found = graphs[parallelism, form, early]
    more = TURNS if parallelism > 1 else set()
    assert {uid for uid, _ in found["nodes"]} == KEPT | MADE[early] | ({"format-0"} if form else set()) | more
    assert {most for _, most in found["nodes"]} == {128}, "another number of key groups cannot read a savepoint"
    assert found["vertices"] > 5, "Flink itself refuses to make a job of operators without uid"


def test_what_runs_in_one_place_has_one_subtask(graphs: dict[tuple[Any, ...], Any]) -> None:
    """Others would do nothing, and take threads, buffers and marks on every TaskManager."""
    reader = {"Source: events 0", "debezium 0", "parse", "turns", "turns gathered"}
    desk = {"reviews", "forgotten", "overflow, overflow to Redis"}
    places = {"alerts to Redis", "rings", "waves", "health to Redis", "rejected to Redis", "owner of the prefix"}
    assert set(graphs[2, "?format=debezium", "false"]["alone"]) == reader | desk | places


@pytest.mark.parametrize(("parallelism", "more"), [(1, set()), (2, {"parse-lines", "event-time-judged"} | TURNS)])
def test_a_control_stream_adds_its_own_uids(graphs: dict[tuple[Any, ...], Any], parallelism: int, more: set[str]) -> None:
    """`admit-models` has the ledger, and `parse`, wherever it is, what is in force."""
    found = graphs[parallelism, "control"]
    assert {uid for uid, _ in found["nodes"]} == KEPT | MADE["false"] | OF_CONTROL | more
    assert {most for _, most in found["nodes"]} == {128}


@pytest.mark.parametrize("early", ["false", "true"])
def test_modes_add_their_sinks_and_change_no_uid_with_state(graphs: dict[tuple[Any, ...], Any], early: str) -> None:
    found = {uid for uid, _ in graphs[early, "modes"]["nodes"]}
    sinks = {"enriched", "Sink Committer: enriched", "flagged", "Sink Committer: flagged"}
    assert {uid for uid in found if not uid[0].isdigit()} == KEPT | sinks


@pytest.mark.parametrize("parallelism", [1, 2])
def test_raw_lines_add_a_join_of_their_own(graphs: dict[tuple[Any, ...], Any], parallelism: int) -> None:
    """`raw-join` has what waits for its other half."""
    found = graphs[parallelism, "raw"]
    sinks = {"enriched", "Sink Committer: enriched", "flagged", "Sink Committer: flagged"}
    join = {"raw-lines", "event-time-raw", "enriched-by-event", "raw-join"}
    assert {uid for uid, _ in found["nodes"] if not uid[0].isdigit()} == KEPT | sinks | join | (TURNS if parallelism > 1 else set())
    assert {most for _, most in found["nodes"]} == {128}


@pytest.mark.parametrize("parallelism", [1, 2])
def test_an_order_adds_what_holds_events_in_front_of_each_stage(graphs: dict[tuple[Any, ...], Any], parallelism: int) -> None:
    """Also with one subtask: what waits must be read by a job of any parallelism."""
    found = graphs[parallelism, "order"]
    settings = load(None, ["identity.pseudonyms=1"])
    orders = {order_uid(kind, settings) for kind in ("account", "device", "address", "ip")}
    assert not unknown_uids(sorted(orders))
    on_the_way = {uid for uid in TURNS if not uid.endswith("turns") and uid != "turns-gathered"} | {"time-gathered", "event-time-passed"}
    assert {uid for uid, _ in found["nodes"]} == KEPT | MADE["false"] | orders | on_the_way
    assert {most for _, most in found["nodes"]} == {128}
