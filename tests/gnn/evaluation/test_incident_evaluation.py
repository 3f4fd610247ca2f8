"""Incidents against the truth: figures by hand on a small history, and files that do not fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import redis

from domain.decisions.decision import Decision
from domain.incidents.settings import IncidentSettings
from flink_job.cli import main
from gnn.evaluation import EvaluationError
from gnn.evaluation.incident_files import most_in_an_hour, read_incidents
from gnn.evaluation.incident_tables import incident_tables
from gnn.evaluation.incidents import IncidentEvaluation, evaluate_incidents
from gnn.scoring.incident_replay import IncidentReplay, as_line
from tests.support.incident_samples import START, alert_document

MINUTE = 60_000
SETTINGS = IncidentSettings(gap_s=6 * 3600, longest_s=24 * 3600, lone_wait_s=3600)


class History:
    """Decisions in time order with the truth beside them."""

    def __init__(self, folder: Path) -> None:
        self.decisions, self.truth, self.incidents = (folder / name for name in ("decisions.jsonl", "truth.parquet", "incidents.jsonl"))
        self.rows: list[dict[str, Any]] = []
        self.known: list[dict[str, Any]] = []
        self.joins: list[list[str]] = []

    def event(self, minute: int, label: str, *joins: str, ring: str | None = None, member: int | None = None, **changes: Any) -> None:
        number = len(self.rows)
        entities = {"account": f"{member or 100 + number:016x}"}
        document = alert_document(number, START + minute * MINUTE, **{"ring": label, "entities": entities, "score": 0.7, **changes})
        self.rows.append({name: value for name, value in document.items() if name != "severity"})
        self.joins.append(list(joins))
        self.known.append({
            "event_id": f"e{number}", "event_time": START + minute * MINUTE, "is_fraud": ring is not None, "ring_id": ring,
            "ring_kind": "device_farm" if ring else None, "member": member,
        })  # fmt: skip

    def write(self, settings: IncidentSettings = SETTINGS) -> list[dict[str, Any]]:
        replay = IncidentReplay(settings, out_of_order_s=0)
        documents = [told for row, joins in zip(self.rows, self.joins, strict=True) for told in replay.take(Decision.of(row), joins)]
        documents += replay.finish()
        self.incidents.write_text("".join(map(as_line, documents)))
        self.decisions.write_text("".join(map(as_line, self.rows)))
        pd.DataFrame(self.known).to_parquet(self.truth)
        return documents

    def evaluate(self) -> IncidentEvaluation:
        return evaluate_incidents(read_incidents(self.incidents), self.decisions, self.truth)


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ring r1: three members at one device, a fourth that meets them late.

    Ring r2: one member. Beside them a stray and an approved event.
    """
    past = History(tmp_path)
    for member in (1, 2, 3):
        past.event(2 * member, f"{min(member, 1):016x}", ring="r1", member=member)
    past.event(10, "d" * 16, ring="r1", member=4)
    past.event(20, f"{1:016x}", "d" * 16, ring="r1", member=4)
    past.event(21, f"{1:016x}", ring=None)
    past.event(30, "e" * 16, ring="r2", member=9)
    past.event(40, "f" * 16, score=0.1)
    past.event(50, "a" * 16, score=0.0, decision="approve")
    past.event(600, "a" * 16, score=0.0, decision="approve")
    return past


def test_figures_by_hand(history: History) -> None:
    history.write()
    found = history.evaluate()
    assert (found.alerts, found.incidents, found.unconnected, found.unconnected_alerts) == (8, 4, 1, 1)
    assert (found.alerts_in_none, found.alerts_in_several, found.incidents_miscounted) == (0, 0, 0)
    assert found.compression == 8 / 4
    assert found.compression_attacks == 6 / 3
    assert (found.ring_alerts, found.ring_alerts_unconnected) == (6, 0)
    assert found.purity == found.purity_with_lists == 6 / 7, "one alert of nobody in the incident of r1"
    every, farms = found.rings
    assert every == farms.__class__(**{**vars_of(farms), "kind": "all"})
    assert every.rings == 2
    assert every.completeness == pytest.approx((4 / 5 + 1) / 2)
    assert every.completeness_by_alerts == pytest.approx(5 / 6)
    assert every.completeness_merged == 1.0
    assert every.incidents_per_ring == 1.5
    assert (every.by_third_flagged_member, every.third_flagged) == (2, 2)
    assert every.from_third_member_s == pytest.approx(3 * 60 - 6 * 60), "published a minute after minute 2"
    assert (found.summaries.published, found.summaries.valid, found.summaries.unsupported_numbers) == (found.revisions, 1.0, 0)
    assert found.summaries.writers == {"template": 1.0}
    json.dumps(found.document(), allow_nan=False)


def vars_of(figures: Any) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in figures.__dataclass_fields__}


def test_a_wrong_number_in_a_summary_and_an_alert_that_is_nowhere_are_seen(history: History) -> None:
    documents = history.write()
    documents[0]["headline"] = "A ring with 987 alerts"
    documents[0]["writer"] |= {"name": "llm", "retries": 1, "cost": 0.5, "input_tokens": 7, "output_tokens": 3}
    first = documents[0]["id"]
    kept = [document for document in documents if document["id"] == first or not document["ring"].startswith("unconnected")]
    history.incidents.write_text("".join(map(as_line, kept)))
    found = history.evaluate()
    assert found.summaries.valid == pytest.approx(1 - 1 / len(kept))
    assert found.summaries.unsupported_numbers == 1
    assert (found.summaries.retries, found.summaries.cost, found.summaries.input_tokens) == (1, 0.5, 7)
    assert found.summaries.writers["llm"] == pytest.approx(1 / len(kept))
    assert found.alerts_in_none == 1


def test_an_incident_that_says_another_number_of_alerts_is_miscounted(history: History) -> None:
    documents = history.write()
    documents[-1]["alerts"] += 1
    history.incidents.write_text("".join(map(as_line, documents)))
    assert history.evaluate().incidents_miscounted == 1


def test_overflow_records_are_no_incidents(history: History) -> None:
    documents = history.write(IncidentSettings(gap_s=6 * 3600, longest_s=24 * 3600, lone_wait_s=3600, reviews_per_hour=1))
    found = history.evaluate()
    assert found.overflow_records == sum(document["status"] == "overflow" for document in documents) > 0
    assert found.most_revisions_in_an_hour == 1
    assert found.incidents == 4


@pytest.mark.parametrize(("minutes", "most"), [([], 0), ([0], 1), ([0, 59, 60, 61], 3), ([0, 60, 120], 1), ([5, 0, 5], 3)])
def test_the_fullest_hour(minutes: list[int], most: int) -> None:
    assert most_in_an_hour(minute * MINUTE for minute in minutes) == most


def test_what_is_no_incident_is_refused_by_line(history: History, tmp_path: Path) -> None:
    history.write()
    revision = '{"id": "x"}\n', "line 1: no incident of this version, revision is missing"
    for text, words in (revision, ("[]\n", "id is missing"), ("{\n", "not JSON")):
        history.incidents.write_text(text)
        with pytest.raises(EvaluationError, match=words):
            history.evaluate()
    with pytest.raises(EvaluationError, match="holds no incidents"):
        list(read_incidents(tmp_path / "nowhere"))
    history.incidents.write_text("")
    with pytest.raises(EvaluationError, match="there are no incidents to evaluate"):
        history.evaluate()


def test_labels_without_rings_give_the_figures_that_need_none(history: History) -> None:
    history.write()
    whole = history.evaluate()
    pd.DataFrame(history.known)[["event_id", "is_fraud"]].to_parquet(history.truth)
    found = history.evaluate()
    assert (found.alerts, found.incidents, found.incidents_miscounted, found.alerts_in_none) == (8, 4, 0, 0)
    assert found.incidents_with_fraud == whole.incidents_with_fraud == 3
    assert (found.purity, found.purity_with_lists, found.rings, found.compression_attacks) == (None, None, (), None)
    assert len(found.notes) == 1
    assert "has no column ring_id: purity, completeness and the time to an incident cannot be said" in found.notes[0]
    assert whole.notes == ()


@pytest.mark.parametrize("lacking", ["member", "event_time"])
def test_rings_without_members_or_times_give_purity_and_completeness(lacking: str, history: History) -> None:
    history.write()
    whole = history.evaluate()
    pd.DataFrame(history.known).drop(columns=lacking).to_parquet(history.truth)
    found = history.evaluate()
    assert (found.purity, found.rings[0].completeness) == (whole.purity, whole.rings[0].completeness)
    assert found.rings[0].from_third_member_s is None
    assert found.rings[0].by_third_flagged_member == (None if lacking == "member" else 2)
    assert f"has no column {lacking}: whether incidents are in time for the third member cannot be said" in found.notes[0]
    assert incident_tables(found)[2].rows[0][-2] == ("-" if lacking == "member" else "2 of 2")


def test_incidents_of_another_run_are_left_out_with_a_warning(history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of other events, and of the same events under another pseudonym key, whose labels differ."""
    documents = history.write()
    whole = history.evaluate()
    elsewhere = json.loads(re.sub(r'"e(\d+)"', r'"older-\1"', json.dumps(documents)))
    connected = [document for document in documents if document["rings"]]
    other_key = json.loads(re.sub(r'"ring": "[0-9a-f]{10}', '"ring": "7777777777', json.dumps(connected)))
    older = [document | {"id": f"old-{document['id']}"} for document in elsewhere]
    older += [document | {"id": f"key-{document['id']}"} for document in other_key]
    history.incidents.write_text("".join(map(as_line, [*older, *documents])))
    found = history.evaluate()
    assert found.incidents_left_out == len({document["id"] for document in older}) > 4
    assert (found.purity, found.incidents, found.incidents_miscounted, found.rings) == (whole.purity, 4, 0, whole.rings)
    words = ["evaluate", "--decisions", str(history.decisions), "--truth", str(history.truth), "--incidents", str(history.incidents)]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "warning: " in said.err
    assert "incidents of events that are not among the decisions are left out" in said.err
    history.incidents.write_text("".join(map(as_line, older)))
    assert main(words) == 1
    assert "incidents are of events that are not among the decisions: name the incidents of the same run" in capsys.readouterr().err


def test_incidents_of_two_runs_over_the_same_events_are_refused(history: History) -> None:
    documents = history.write()
    twice = [*documents, *(document | {"id": f"again-{document['id']}"} for document in documents)]
    history.incidents.write_text("".join(map(as_line, twice)))
    with pytest.raises(EvaluationError, match=r"8 of 8 alerts are in more than one incident.*empty the stream"):
        history.evaluate()
    again = [document | {"id": "again"} for document in documents if document["alerts"] == 1 and document["ring"].startswith("e")]
    history.incidents.write_text("".join(map(as_line, [*documents, *again])))
    found = history.evaluate()
    assert found.alerts_in_several == 1
    assert "1 alerts are in more than one incident" in found.notes[0]


def test_tables_show_every_figure(history: History) -> None:
    history.write()
    texts = [" ".join(" ".join(row) for row in table.rows) for table in incident_tables(history.evaluate())]
    assert "8 in 4 incidents" in texts[0]
    assert "85.7%" in texts[0]
    assert "template 100.0%" in texts[1]
    assert "90.0% 83.3% 100.0% 1.5 2 of 2 3 minutes before" in texts[2]


def test_the_command_reads_files_and_what_tail_prints(history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = history.write()
    out = tmp_path / "out.json"
    words = ["evaluate", "--decisions", str(history.decisions), "--truth", str(history.truth), "--json", str(out), "--incidents"]
    assert main([*words, str(history.incidents)]) == 0
    figures = json.loads(out.read_text())["incidents"]
    assert "Incidents by ring kind" in capsys.readouterr().out
    tailed = tmp_path / "tailed.jsonl"
    tailed.write_text("".join(as_line({"stream": "incidents", "entry": "1-1", "json": document}) for document in documents))
    assert main([*words, str(tailed)]) == 0
    assert json.loads(out.read_text())["incidents"] == figures == json.loads(json.dumps(history.evaluate().document()))


def test_the_command_reads_the_stream(history: History, tmp_path: Path, redis_url: str, redis_client: redis.Redis) -> None:
    for document in history.write():
        redis_client.xadd("shop:incidents", {"id": document["id"], "json": json.dumps(document)})
    out = tmp_path / "out.json"
    words = ["evaluate", "--set", "redis.prefix=shop:", "--decisions", str(history.decisions), "--truth", str(history.truth)]
    assert main([*words, "--json", str(out), "--incidents", redis_url]) == 0
    assert json.loads(out.read_text())["incidents"] == json.loads(json.dumps(history.evaluate().document()))
