"""Columns stay as they are: a lake that is there has them so. A new one is added to this list, at the end."""

from __future__ import annotations

import pytest

from ops.lake.rows import schema_of
from ops.lake.table_names import TABLES
from ops.lake.tables import tables

DECISION = (
    "event_id:string event_time:time event_type:string decision:string score:double reasons:string ring:string account:string "
    "entities:map amount:double currency:string model:string policy:string decided_at:time rules:string lists:string control:int64 "
    "shadow:string switches:string"
)
FROZEN = {
    "decisions": f"{DECISION} explored:double",
    "alerts": f"{DECISION} joins:string severity:string explored:double",
    "incidents": "id:string revision:int64 status:string kind:string ring:string severity:string action:string pattern:string "
    "first_time:time last_time:time told_at:time alerts:int64 money_at_risk:string merged_into:string rings:string "
    "participants:string event_ids:string evidence:string headline:string",
    "summaries": "id:string revision:int64 told_at:time headline:string explanation:string pattern:string next_steps:string "
    "language:string parts:string writer:string model:string fallback_reason:string calls:int64 input_tokens:int64 "
    "output_tokens:int64 cost:double",
    "labels": "event_id:string event_time:time subject_event_id:string is_fraud:bool source:string account:string pseudonyms:map "
    "account_created_at:time",
    "verdicts": "event_id:string event_time:time subject_event_id:string is_fraud:bool account:string incident:string by:string "
    "reason:string",
    "control": "control:string id:string version:int64 state:string applied:int64 at:time first_event:string record:string "
    "file:string model:string",
    "events": "event_id:string event_time:time event_type:string account:string pseudonyms:map amount:double currency:string "
    "account_created_at:time attributes:string derived:string decision:string score:double explored:double",
    "features": "event_id:string event_time:time event_type:string account:string pseudonyms:map amount:double currency:string "
    "attributes:string derived:string decision:string device__accounts_1h:float",
}
KINDS = {"timestamp[us, tz=UTC]": "time", "map<string, string>": "map", "date32[day]": "day"}


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_of_a_table_stay(name: str) -> None:
    fields = schema_of(tables(["device.accounts_1h"])[name])
    found = [f"{field.name}:{KINDS.get(str(field.type), str(field.type))}" for field in fields]
    assert found == ["day:day", *FROZEN[name].split(), "added_at:time", "added_n:int64", "extra:string"]
    assert all(field.nullable for field in fields)
