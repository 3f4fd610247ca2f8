"""`ringwatch rules`: what it reads, refuses, shows and finds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from domain.events.identity import DEMO_KEY, Pseudonyms, as_text
from flink_job.cli import main
from tests.support.gnn_history import documents, write

WAVE = """
id: R7
version: 3
when:
  all:
    - {field: event_type, is: order}
    - {field: amount, at_least: 200, currency: EUR}
    - not: {time_of_day: {from: 22:00, to: 23:00, zone: UTC}}
decision: block
text: large orders
by: ann
reason: a wave
expires_at: 2036-12-31
"""
DRAFT = "when: {field: amount, at_least: 200, currency: EUR}\ndecision: investigate\n"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", [{**one, "currency": "EUR"} if "amount" in one else one for one in documents(200, frauds=9)])


@pytest.fixture
def decisions(history: Path) -> Path:
    """Every ninth order investigated."""
    names, found = Pseudonyms(DEMO_KEY), []
    for number, line in enumerate(history.read_text().splitlines()):
        one = json.loads(line)
        if one["event_type"] != "label":
            account = as_text(names.of("account", one["account_id"]))
            decision = "investigate" if number % 9 == 0 else "approve"
            found.append({"event_id": one["event_id"], "decision": decision, "score": 0.5, "entities": {"account": account}})
    return write(history.with_name("decisions.jsonl"), found)


def file_of(tmp_path: Path, text: str, name: str = "rule.yaml") -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def test_rules_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = {"id": "R8", "version": 1, "state": "deleted", "by": "ann", "reason": "over"}
    wave, lines = file_of(tmp_path, WAVE), file_of(tmp_path, f"{json.dumps(record)}\n{json.dumps({**record, 'id': 'R9'})}\n", "r.jsonl")
    assert main(["rules", "check", wave, lines]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"ok   {wave}: R7 version 3, active, 3 conditions, block"
    assert said[1] == f"ok   {lines}, rule 1: R8 version 1, deleted, 0 conditions, investigate"
    assert len(said) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (WAVE.replace("200", "'200'"), "when.all[1].at_least: a number is wanted, not a string; write it without quotes"),
        (WAVE.replace("200", "2:00"), "when.all[1].at_least: a number is wanted, not a string"),
        (WAVE.replace("200", ".nan"), "when.all[1].at_least: a finite number is wanted"),
        (WAVE + "id: R8\n", "line: id appears twice in an object"),
        (WAVE.replace("currency: EUR", "currency: NO"), "when.all[1].currency: a currency code such as EUR is wanted"),
        ("- 7\n", "line: a rule is wanted, an object with id, version, when and decision, not a number"),
        ("", "line: it holds no rule"),
        ("a: [", "line: not YAML"),
        ("7: 8\n", "line: a name is wanted before each colon"),
        ("when: 2026-01-01\n", "id: 1 to 64"),
        (WAVE.replace("200", "!!timestamp 2026-01-01"), "line: not YAML"),
        ("!!set {a, b}", "line: not YAML"),
        ("!!python/object/apply:os.system ['true']\n", "line: not YAML"),
    ],
)
def test_a_rule_that_cannot_be_read_is_a_failure(text: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, good = file_of(tmp_path, text, "wrong.yaml"), file_of(tmp_path, WAVE)
    assert main(["rules", "check", wrong, good]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"FAIL {wrong}: {complaint}")
    assert said[1].startswith("ok ")


def test_what_a_draft_lacks_names_the_command_that_takes_drafts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", file_of(tmp_path, DRAFT)]) == 1
    assert "; it is missing (ringwatch rules try takes drafts without id)" in capsys.readouterr().out
    assert main(["rules", "check", file_of(tmp_path, WAVE.replace("by: ann\n", ""))]) == 1
    assert "takes drafts without by)" in capsys.readouterr().out
    for text in (WAVE.replace("id: R7", "id: R 7"), WAVE.replace("decision: block\n", "")):
        assert main(["rules", "check", file_of(tmp_path, text)]) == 1
        assert "drafts" not in capsys.readouterr().out, "a draft needs it, too"


@pytest.mark.parametrize("kind", ["list", "model", "switch", "shadow_model"])
def test_other_control_records_are_no_rules(kind: str, history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = {"control": "rule", "id": "R8", "version": 1, "state": "deleted", "by": "ann", "reason": "over"}
    other = {"control": kind, "id": "L1", "path": "models/new", "list": "mules"}
    file = file_of(tmp_path, f"{json.dumps(rule)}\n{json.dumps(other)}\n", "control.jsonl")
    assert main(["rules", "check", file]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("ok ")
    assert said[1] == f"FAIL {file}, rule 2: control: this is no rule but a {kind} record; leave it out of this file"
    assert main(["rules", "try", file_of(tmp_path, json.dumps(other), "one.json"), "--events", str(history)]) == 2
    assert f"one.json: control: this is no rule but a {kind} record" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_everything_that_a_condition_may_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "--set", "graph.numeric_attributes=[items]", "--set", "graph.categorical_attributes=[channel]"]) == 0
    said = capsys.readouterr().out
    for name in (
        "device.accounts_1h",
        "{attribute: items,",
        "{attribute: channel,",
        "account, device, address, ip",
        "in_list",
        "refund_request",
    ):
        assert name in said
    assert re.search(r"event\.amount +amount \[currency: currency\.reference", said)


def tried(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main(["rules", "try", *map(str, words), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_draft_is_tried_beside_what_was_decided(
    history: Path, decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tried(capsys, file_of(tmp_path, DRAFT), "--events", history, "--decisions", decisions)
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    large = [one["event_id"] for one in lines if one.get("amount", 0) >= 200]
    frauds = {one["subject_event_id"] for one in lines if one["event_type"] == "label"}
    asked = {one["event_id"]: one["decision"] for one in map(json.loads, decisions.read_text().splitlines())}
    assert (found["events"], found["known_frauds"]) == (200, 9)
    (rule,) = found["rules"]
    assert (rule["rule"], rule["fired"], rule["fraud"]) == ("draft-1", len(large), len(frauds & set(large)))
    assert rule["fired"] > 3
    assert rule["would_add"] == sum(asked[event_id] == "approve" for event_id in large)
    assert rule["examples"]["fraud"] == [event_id for event_id in large if event_id in frauds][:5]
    assert rule["says"].startswith("the rule fires: ")
    assert "EUR (at least 200.00)" in rule["says"]


def test_a_rule_sees_the_lists_of_the_control_file_at_each_event(
    history: Path, decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [one for one in map(json.loads, history.read_text().splitlines()) if one["event_type"] != "label"]
    listed = events[50]
    fixed = {"control": "list", "id": "L1", "list": "mules", "by": "ann", "reason": "try"}
    put = {**fixed, "version": 1, "state": "active", "raw": f"account:{listed['account_id']}", "from": events[50]["event_time"]}
    gone = {**fixed, "version": 2, "state": "deleted", "from": events[150]["event_time"]}
    control = write(tmp_path / "control.jsonl", [put, gone])
    draft = file_of(tmp_path, "when: {entity: account, in_list: mules}\ndecision: block\n")
    options = ("--events", history, "--decisions", decisions)
    (rule,) = tried(capsys, draft, *options, "--control", control)["rules"]
    assert rule["fired"] == sum(one["account_id"] == listed["account_id"] for one in events[50:150])
    assert "the account is on the list mules" in rule["says"]
    assert tried(capsys, draft, *options)["rules"][0]["fired"] == 0


def test_a_truth_beside_the_events_counts_instead_of_their_labels(
    history: Path, decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "truth.csv").write_text("event_id,is_fraud\n" + "".join(f"e{number},false\n" for number in range(200)))
    options = ("--events", history, "--decisions", decisions, "--truth", tmp_path / "truth.csv")
    (rule,) = tried(capsys, file_of(tmp_path, DRAFT), *options)["rules"]
    assert (rule["fraud"], rule["unknown"], rule["legitimate"]) == (0, 0, rule["fired"])


def test_figures_for_people_fit_a_terminal(history: Path, decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, DRAFT + "---\nid: never\nwhen: {field: event_type, is: login}\ndecision: block\n")
    assert main(["rules", "try", path, "--events", str(history), "--decisions", str(decisions)]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    for part in (
        "of 200 events",
        "in total",
        "precision   100.0% of",
        "of 9 known frauds",
        "never (block)",
        "fires for 0 of 200 events (0.00%)",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (DRAFT.replace("EUR", "EURO"), "when.currency: a currency code such as EUR is wanted; did you mean EUR?"),
        (f"{DRAFT}id: a\n---\n{DRAFT}id: a\n", "two rules have one id"),
    ],
)
def test_a_wrong_draft_is_wrong_usage(text: str, complaint: str, history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "try", file_of(tmp_path, text), "--events", str(history)]) == 2
    assert complaint in capsys.readouterr().err


def test_decisions_on_other_events_are_refused(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write(tmp_path / "other.jsonl", [{"event_id": "x", "decision": "approve", "score": 0.1}])
    assert main(["rules", "try", file_of(tmp_path, DRAFT), "--events", str(history), "--decisions", str(other)]) == 1
    assert "does not decide event 'e0'" in capsys.readouterr().err


def test_a_rule_is_tried_on_what_the_stream_holds(
    tmp_path: Path,
    history: Path,
    decisions: Path,
    redis_url: str,
    redis_client: Any,
    stream_prefix: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = history.read_text().splitlines()
    with redis_client.pipeline() as pipe:
        for line in lines:
            pipe.xadd(f"{stream_prefix}{'labels' if json.loads(line)['event_type'] == 'label' else 'events'}", {"json": line})
        for line in decisions.read_text().splitlines()[:-5]:
            pipe.xadd(f"{stream_prefix}decisions", {"json": line})
        pipe.execute()
    options = ["--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}", "--json"]
    assert main(["rules", "try", file_of(tmp_path, DRAFT), "--events", str(history), "--decisions", str(decisions), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert main(["rules", "try", file_of(tmp_path, DRAFT), "--stream", "100000", *options]) == 0
    streamed = json.loads(capsys.readouterr().out)
    assert streamed["window"]["events"] == streamed["events"] == whole["events"]
    assert streamed["rules"][0]["days"] and streamed["rules"][0]["fired"] == whole["rules"][0]["fired"]
    assert main(["rules", "try", file_of(tmp_path, DRAFT), "--stream", "50", *options]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 50
    listed = file_of(tmp_path, "when: {entity: device, in_list: mules}\ndecision: block\n", "listed.yaml")
    assert main(["rules", "try", listed, "--stream", "50", *options]) == 0
    assert json.loads(capsys.readouterr().out)["rules"][0]["fired"] == 0
