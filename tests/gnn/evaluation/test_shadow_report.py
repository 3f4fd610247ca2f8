"""The report on shadows, against a table made by hand and against plain arithmetic over all events."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS, INVESTIGATE
from domain.events.identity import DEMO_KEY, Pseudonyms, as_text
from domain.health.intervals import share_interval
from domain.times import rfc3339
from flink_job.cli import main
from gnn.evaluation.paired import EXACT_BELOW, mcnemar
from gnn.evaluation.shadow_counts import ShadowCounts, counts_of
from gnn.evaluation.shadow_report import ShadowReport, shadow_reports

PSEUDONYMS = Pseudonyms(DEMO_KEY)


def document(event_id: str, decision: str, shadow: str | None = None, fired: str | None = None, **changes: Any) -> dict[str, Any]:
    """A decision; `shadow` is what model B decides, `fired` what the shadow rule R7 says."""
    found = {"event_id": event_id, "event_time": 1, "event_type": "order", "decision": decision, "score": 0.5, "amount": 10.0}
    found |= {"currency": "EUR", "entities": {"account": as_text(PSEUDONYMS.of("account", "u1"))}, "reasons": []}
    if shadow:
        found["shadow"] = {"model": "b", "score": 0.25, "decision": shadow}
    if fired:
        found["rules"] = [{"id": "R7", "version": 2, "mode": "shadow", "decision": fired}, {"id": "R1", "version": 1, "mode": "active",
                                                                                          "decision": BLOCK}]  # fmt: skip
    return found | changes


def report_of(events: list[tuple[dict[str, Any], bool | None]]) -> ShadowReport:
    counts = ShadowCounts()
    for each, is_fraud in events:
        counts.take(each, is_fraud)
    [report] = shadow_reports(counts)
    return report


def test_a_model_in_shadow_by_a_table_made_by_hand() -> None:
    report = report_of([
        (document("1", BLOCK, BLOCK), True),
        (document("2", BLOCK, INVESTIGATE, amount=100.5), True),
        (document("3", INVESTIGATE, APPROVE), False),
        (document("4", INVESTIGATE, APPROVE, amount=7.0, currency="USD"), False),
        (document("5", INVESTIGATE, APPROVE), None),
        (document("6", APPROVE, INVESTIGATE), True),
        (document("7", APPROVE, BLOCK, amount=None), False),
        (document("8", APPROVE, APPROVE), None),
        (document("9", APPROVE), True),
    ])  # fmt: skip
    found = report.document()
    assert (found["kind"], found["name"], found["events"], found["labelled"], found["agreed"]) == ("model", "b", 8, 6, 2)
    assert found["agreement"][INVESTIGATE] == {APPROVE: 3, INVESTIGATE: 0, BLOCK: 0}
    assert found["agreement"][BLOCK] == {APPROVE: 0, INVESTIGATE: 1, BLOCK: 1}
    assert found["flagged"] == {
        "both": {"events": 2, "frauds": 2, "legitimate": 0, "unknown": 0},
        "active_alone": {"events": 3, "frauds": 0, "legitimate": 2, "unknown": 1},
        "shadow_alone": {"events": 2, "frauds": 1, "legitimate": 1, "unknown": 0},
    }
    assert (found["precision"]["active"]["value"], found["precision"]["active"]["of"]) == (0.5, 4)
    sure = share_interval(3, 4)
    assert found["precision"]["shadow"] == {"value": 0.75, "low": round(sure.low, 6), "high": round(sure.high, 6), "of": 4}
    assert found["difference"] == {"active_right": 1, "shadow_right": 3, "p_value": 0.625}
    assert found["money"] == {
        "EUR": {"active_caught": 110.5, "active_false": 10.0, "shadow_caught": 120.5, "shadow_false": 0.0},
        "USD": {"active_caught": 0.0, "active_false": 7.0, "shadow_caught": 0.0, "shadow_false": 0.0},
    }
    assert found["sentence"] == "Labels so far do not tell the two apart (p = 0.62)."


def test_a_rule_that_flags_counts_from_its_first_firing_on() -> None:
    report = report_of([
        (document("1", BLOCK), True),  # before
        (document("2", APPROVE, fired=INVESTIGATE), True),
        (document("3", BLOCK), True),
        (document("4", APPROVE), False),
        (document("5", BLOCK, fired=INVESTIGATE), False),
    ])  # fmt: skip
    assert (report.kind, report.name, report.events) == ("rule", "R7 version 2", 4)
    assert {part.name: (part.events, part.frauds) for part in report.parts} == {
        "both": (1, 0), "active_alone": (1, 1), "shadow_alone": (1, 1),
    }  # fmt: skip
    assert report.agreement[BLOCK] == {APPROVE: 1, INVESTIGATE: 1, BLOCK: 0}


def test_a_rule_that_spares_leaves_all_else_as_it_is() -> None:
    spares = "approve_unless_blocked"
    report = report_of([
        (document("1", INVESTIGATE, fired=spares), False),
        (document("2", INVESTIGATE, fired=spares), True),
        (document("3", BLOCK, fired=spares), True),
        (document("4", INVESTIGATE), False),
        (document("5", APPROVE, fired=spares), None),
    ])  # fmt: skip
    assert {part.name: part.events for part in report.parts} == {"both": 2, "active_alone": 2, "shadow_alone": 0}
    assert report.agreed == 3 and (report.active_right, report.shadow_right) == (1, 1)


@pytest.mark.parametrize("seed", range(10))
def test_figures_are_those_of_plain_arithmetic(seed: int) -> None:
    draw = random.Random(seed)
    events = []
    for number in range(400):
        shadow, truth = draw.choice(DECISIONS), draw.choice([True, False, None])
        money = {"amount": round(draw.uniform(0, 99), 2), "currency": draw.choice(["EUR", "USD", None])}
        events.append((document(str(number), draw.choice(DECISIONS), shadow, **money), truth))
    report = report_of(events)
    labelled = [(each["decision"] != APPROVE, each["shadow"]["decision"] != APPROVE, truth) for each, truth in events if truth is not None]
    for side, of in ((report.active, 0), (report.shadow, 1)):
        flagged = [one[2] for one in labelled if one[of]]
        assert side and side["value"] == pytest.approx(sum(flagged) / len(flagged), abs=1e-6) and side["of"] == len(flagged)
    only = [sum((one[at] == one[2]) and (one[1 - at] != one[2]) for one in labelled) for at in (0, 1)]
    assert [report.active_right, report.shadow_right] == only and report.p_value == mcnemar(*only)
    for money in report.money:
        caught = [each["amount"] for each, truth in events if truth and each["shadow"]["decision"] != APPROVE
                  and each["currency"] == money.currency]  # fmt: skip
        assert money.shadow_caught == pytest.approx(math.fsum(caught))
    assert sum(sum(row.values()) for row in report.agreement.values()) == report.events == 400


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 9), (12, 12), (0, 24)])
def test_the_paired_test_is_exact_where_events_are_few(first: int, second: int) -> None:
    events = first + second
    tail = sum(Fraction(math.comb(events, count), 2**events) for count in range(events + 1) if count <= min(first, second))
    assert events < EXACT_BELOW and mcnemar(first, second) == pytest.approx(float(min(Fraction(1), 2 * tail)))


def test_the_paired_test_is_close_to_the_exact_one_where_events_are_many() -> None:
    events, fewer = 60, 20
    exact = 2 * sum(math.comb(events, count) for count in range(fewer + 1)) / 2**events
    assert mcnemar(fewer, events - fewer) == pytest.approx(exact, rel=0.15) and mcnemar(30, 30) == 1.0
    assert mcnemar(0, 0) is None and mcnemar(7, 30) == mcnemar(30, 7)


def test_three_shadow_models_of_one_file_are_apart() -> None:
    documents = [document(str(number), APPROVE, BLOCK) for number in range(6)]
    for number, each in enumerate(documents):
        each["shadow"]["model"] = "abc"[number % 3]
    found = shadow_reports(counts_of(documents, lambda each: None))
    assert [(one.name, one.events, one.p_value, one.active) for one in found] == [(name, 2, None, None) for name in "abc"]


def lines(path: Path, documents: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in documents))
    return path


def label(number: int, subject: str, is_fraud: bool | None, account: str = "u1", **changes: Any) -> dict[str, Any]:
    at = 1_700_000_000_000 + number
    return {"event_id": f"l{number}", "event_type": "label", "event_time": at, "account_id": account, "subject_event_id": subject,
            "is_fraud": is_fraud, **changes}  # fmt: skip


def test_the_command_takes_the_last_label_of_the_account_s_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = lines(tmp_path / "d.jsonl", [document("e1", APPROVE, BLOCK), document("e2", BLOCK, APPROVE), document("e3", BLOCK, BLOCK)])
    labels = lines(tmp_path / "l.jsonl", [
        label(1, "e1", True), label(2, "e2", True), label(3, "e2", False), label(4, "e3", True, account="another"),
    ])  # fmt: skip
    out = tmp_path / "report.json"
    assert main(["shadow-report", "--decisions", str(decisions), "--labels", str(labels), "--json", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(out.read_text()) and found["decisions"] == 3
    [report] = found["shadows"]
    assert report["flagged"]["shadow_alone"]["frauds"] == 1 and report["flagged"]["active_alone"]["legitimate"] == 1
    assert report["flagged"]["both"]["unknown"] == 1, "the label is of another account's event of this id"
    assert main(["shadow-report", "--decisions", str(decisions), "--labels", str(labels)]) == 0
    shown = capsys.readouterr().out
    assert "model b in shadow: 3 events, 2 of them with a label, decided alike: 33.3%" in shown and "the shadow alone" in shown


def test_the_command_takes_a_table_of_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = lines(tmp_path / "d.jsonl", [document("e1", APPROVE, BLOCK), document("e2", BLOCK, APPROVE)])
    truth = tmp_path / "truth.csv"
    truth.write_text("event_id,is_fraud\ne1,true\n")
    assert main(["shadow-report", "--decisions", str(decisions), "--truth", str(truth), "--json"]) == 0
    [report] = json.loads(capsys.readouterr().out)["shadows"]
    assert report["labelled"] == 1 and report["difference"] == {"active_right": 0, "shadow_right": 1, "p_value": 1.0}


def test_the_command_says_when_there_is_no_shadow_or_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = lines(tmp_path / "plain.jsonl", [document("e1", APPROVE)])
    assert main(["shadow-report", "--decisions", str(plain)]) == 1
    assert "no shadow in 1 decision: send a control record shadow_model" in capsys.readouterr().err
    other = lines(tmp_path / "other.jsonl", [document("e1", APPROVE, BLOCK, fired=BLOCK)])
    assert main(["shadow-report", "--decisions", str(other), "--rule", "R8"]) == 1
    said = "no decision names rule R8 in shadow: it has never fired, or was not in shadow; there are model b, rule R7 version 2"
    assert said in capsys.readouterr().err
    assert main(["shadow-report", "--decisions", str(other), "--rule", "R7", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["shadows"]] == ["R7 version 2"]


def test_of_many_shadows_few_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = [{"id": f"S{number:02}", "version": 1, "mode": "shadow", "decision": BLOCK} for number in range(30)]
    many = lines(tmp_path / "many.jsonl", [document("e1", APPROVE) | {"rules": rules}])
    assert main(["shadow-report", "--decisions", str(many), "--rule", "R8"]) == 1
    said = capsys.readouterr().err
    assert "S03 version 1" in said and "S10" not in said and "others" in said


@pytest.mark.parametrize("shadow", ["b", {"decision": BLOCK}, {"model": "b", "decision": "hold"}])
def test_a_damaged_shadow_is_named(shadow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = lines(tmp_path / "d.jsonl", [document("e1", APPROVE) | {"shadow": shadow}])
    assert main(["shadow-report", "--decisions", str(damaged)]) == 1
    assert "d.jsonl: " in (said := capsys.readouterr().err) and ("shadow" in said or "decision" in said)


def test_truth_and_labels_are_not_given_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = lines(tmp_path / "plain.jsonl", [document("e1", APPROVE, BLOCK)])
    assert main(["shadow-report", "--decisions", str(plain), "--truth", str(plain), "--labels", str(plain)]) == 2
    assert "--truth takes the place of --labels" in capsys.readouterr().err


def test_a_rule_counts_from_its_first_firing_by_decided_at_in_whatever_order_files_are_read() -> None:
    events = [document(str(number), APPROVE, decided_at=1000 + number, fired=BLOCK if number in (3, 7) else None) for number in range(10)]
    expected = [report.document() for report in shadow_reports(counts_of(events, lambda each: each["event_id"] == "5"))]
    assert expected[0]["events"] == 7
    for seed in range(5):
        mixed = random.Random(seed).sample(events, len(events))
        assert [report.document() for report in shadow_reports(counts_of(mixed, lambda each: each["event_id"] == "5"))] == expected


def test_of_events_decided_at_once_event_time_and_then_the_id_say_which_was_first() -> None:
    events = [document(name, APPROVE, decided_at=5, event_time=time_ms) for name, time_ms in (("a", 1), ("c", 2), ("d", 2))]
    events.insert(1, document("b", APPROVE, decided_at=5, event_time=2, fired=BLOCK))
    [report] = shadow_reports(counts_of(reversed(events), lambda each: None))
    assert report.events == 3


def test_a_later_version_of_a_rule_ends_the_earlier() -> None:
    def fired(number: int, version: int) -> dict[str, Any]:
        rules = [{"id": "R7", "version": version, "mode": "shadow", "decision": BLOCK}]
        return document(str(number), APPROVE, decided_at=number, rules=rules)

    quiet = [document(str(number), APPROVE, decided_at=number) for number in (0, 2, 4, 6, 7)]
    events = [*quiet, fired(1, 9), fired(3, 9), fired(5, 10), fired(8, 9), fired(9, 10)]
    found = {report.name: report for report in shadow_reports(counts_of(events, lambda each: None))}
    assert {name: report.events for name, report in found.items()} == {"R7 version 9": 4, "R7 version 10": 5}
    assert found["R7 version 9"].agreed == 2
    assert {name: (report.first_ms, report.last_ms) for name, report in found.items()} == {"R7 version 9": (1, 4), "R7 version 10": (5, 9)}


def test_it_says_from_when_to_when_each_was_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version that is older than one that has fired is compared on no event, so in no time."""
    start, versions = 1_790_000_000_000, {2: 3, 5: 3, 6: 1, 7: 4}
    events = []
    for number in range(10):
        rules = [{"id": "R7", "version": versions[number], "mode": "shadow", "decision": BLOCK}] if number in versions else []
        shadow = APPROVE if number in (4, 8) else None
        events.append(document(str(number), APPROVE, shadow, decided_at=start + 1000 * number, event_time=5, rules=rules))
    random.Random(1).shuffle(events)
    decisions = lines(tmp_path / "d.jsonl", events)
    assert main(["shadow-report", "--decisions", str(decisions), "--json"]) == 0
    found = {one["name"]: (one["from"], one["to"], one["events"]) for one in json.loads(capsys.readouterr().out)["shadows"]}
    at = [rfc3339(start + 1000 * number) for number in range(10)]
    assert found == {
        "b": (at[4], at[8], 2), "R7 version 1": (None, None, 0), "R7 version 3": (at[2], at[6], 5), "R7 version 4": (at[7], at[9], 3),
    }  # fmt: skip
    assert main(["shadow-report", "--decisions", str(decisions), "--rule", "R7"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "version 3 in shadow: 5 events" in shown and f"Compared on what was decided from {at[2]} to {at[6]}. No label" in shown
    assert "version 1 in shadow: 0 events" in shown and "Compared on no event: a later version of it has fired before." in shown
