"""The mappings of public data sets make events, which the job takes, of tables with the sets' columns."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.table_import import import_tables, load_mapping
from tests import ROOT
from tests.gnn.table_import.public_tables import SETS

MAPPINGS = ROOT / "deploy" / "mappings"
FRAUDS = {"elliptic": 15, "aws_transaction": 15}
LABELS = {"elliptic": 45, "aws_transaction": 45}


def table_of(name: str, folder: Path) -> Path:
    names, rows = SETS[name](random.Random(name))
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
    return path


def events_of(mapping: Path, table: Path, folder: Path) -> list[dict[str, Any]]:
    import_tables(load_mapping(mapping), [table], folder / "events.jsonl")
    return [json.loads(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]


def test_each_mapping_has_a_table() -> None:
    assert {path.stem for path in MAPPINGS.glob("*.yaml")} == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_public_set_becomes_events_that_the_job_takes(name: str, tmp_path: Path) -> None:
    lines = events_of(MAPPINGS / f"{name}.yaml", table_of(name, tmp_path), tmp_path)
    events = [line for line in lines if line["event_type"] != "label"]
    labels = [line for line in lines if line["event_type"] == "label"]
    assert len(events) == 60
    assert len(labels) == LABELS.get(name, 60)
    assert sum(label["is_fraud"] for label in labels) == FRAUDS.get(name, 3)
    parser = EventParser(GraphSettings(), Pseudonyms(b"k" * 32))
    for line in lines:
        parser.parse(json.dumps(line).encode())
    delay = {label["subject_event_id"]: label["event_time"] for label in labels}
    assert all(delay.get(event["event_id"], event["event_time"] + 1) > event["event_time"] for event in events)


def test_what_is_special_in_a_set(tmp_path: Path) -> None:
    first = {name: events_of(MAPPINGS / f"{name}.yaml", table_of(name, tmp_path), tmp_path)[0] for name in SETS}
    assert first["ieee_cis"]["event_time"] == 1512086400000 + 86400000  # the second of December 2017
    assert first["paysim"]["event_time"] == 1512086400000 + 3600000
    assert first["tabformer"]["event_time"] == 1546302060000  # 2019-01-01 00:21
    assert first["tabformer"]["payment_instrument"] == "0|0"
    assert first["sparkov"]["address"]["line1"] == "561 Perry Cove"
    assert "prev_address_months_count" not in first["baf"]["attributes"]
    assert first["ieee_cis_joined"]["device_fingerprint"] == "mobile|SM-G892A Build/NRD90M|||"


def test_money_that_goes_back_in_tabformer_is_a_refund(tmp_path: Path) -> None:
    lines = events_of(MAPPINGS / "tabformer.yaml", table_of("tabformer", tmp_path), tmp_path)
    assert sum(line["event_type"] == "refund_request" for line in lines) == 6
    assert all(line["amount"] > 0 for line in lines if line["event_type"] != "label")
