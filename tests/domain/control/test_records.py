"""Control records: what is accepted, and how everything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.records import MAX_PATH, control_record, record_of
from domain.control.refused import refused
from domain.control.signature import ControlKeys
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.identity import as_text
from tests.support.control_samples import BY, NAMES, PSEUDONYMS, listed, record, rule, switch

RAW = "4f2a-secret-device"


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def refusal(document: Any) -> Rejected:
    line = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(Rejected) as found:
        control_record(line, NAMES, None, PSEUDONYMS)
    return found.value


def test_a_model_as_before() -> None:
    found = control_record(b' {"path": "models/new", "control": "model"}\r', NAMES, None, PSEUDONYMS)
    assert (found.key, found.path, found.version, found.state, found.is_in_force) == ("model", "models/new", None, "active", True)


def test_each_kind() -> None:
    assert (found := record(rule())).rule is not None
    assert (found.key, found.version, found.state) == ("rule:R7", 1, "active")
    found = record(listed(state="shadow", expires_at="2026-12-31T00:00:00Z"))
    assert found.listed is not None
    assert (found.key, found.entity, found.listed.kind) == ("list:L1", 0x9C41AA00BB11CC22, "device")
    assert (found.listed.expires_ms, found.listed.state) == (1798675200000, "shadow")
    assert (found := record(switch())).key == "switch:auto_block"
    assert found.is_in_force
    shadow = record({"control": "shadow_model", "path": "models/b", "version": 2})
    assert (shadow.key, shadow.is_in_force) == ("shadow_model", True)
    assert not record({"control": "shadow_model", "version": 3, "state": "deleted"}).is_in_force


@pytest.mark.parametrize("document", [
    {"control": "rule", "id": "R7", "version": 2, "state": "deleted", **BY},
    {"control": "list", "id": "L1", "version": 2, "state": "deleted", **BY},
    {"control": "list", "id": "L1", "version": 2, "state": "paused", **BY},
    rule(state="paused"),
])  # fmt: skip
def test_what_does_nothing_needs_no_content(document: dict[str, Any]) -> None:
    found = record(document)
    assert not found.is_in_force


def test_a_raw_identifier_is_hashed_at_once_and_kept_nowhere() -> None:
    found = record(listed(entity=None, raw=f"device:{RAW}"))
    assert found.entity == PSEUDONYMS.of("device", RAW)
    assert found.document["entity"] == f"device:{as_text(found.entity)}"
    assert RAW not in repr(found)
    same = record(listed(entity=f"device:{as_text(found.entity)}"))
    assert same.digest == found.digest


@pytest.mark.parametrize("document", [
    listed(entity=None, raw=f"device:{RAW}", version=0),
    listed(entity=f"device:{RAW}"),
    listed(entity=None, raw=f"gadget:{RAW}"),
    listed(entity=None, Raw=f"device:{RAW}"),
    {"control": "lists", "raw": f"device:{RAW}"},
    rule(raw=f"device:{RAW}"),
    json.dumps(listed(raw=f"device:{RAW}")).encode()[:-1],
    listed(reason=f"because of {RAW}", version="3"),
    listed(by=RAW, version="3"),
    listed(list=f"device:{RAW}"),
    listed(id=f"device:{RAW}"),
    listed(state=RAW),
    listed(entity=None, file=RAW, kind="device", pseudonyms=RAW),
    listed(entity=None, file=f"{RAW}.txt", kind=RAW),
    listed(expires_at=RAW),
    rule(when={"all": [{"entity": f"device:{RAW}", "in_list": "m"}]}),
    rule(when={"all": [{"entity": "device", "in_list": f"device:{RAW}"}]}),
    rule(text=RAW, version=0),
    rule(decision=RAW),
    switch(RAW),
    switch(on=RAW),
    switch(reason=RAW, version=0),
    {"control": "model", "path": "m", "reason": RAW, "version": 0},
    {"control": RAW, "path": RAW},
    json.dumps(listed(entity=f"device:{RAW}")).encode()[:-1] + b', "control": "rule"}',
])  # fmt: skip
def test_a_refused_record_shows_no_identifier(document: Any) -> None:
    line = document if isinstance(document, bytes) else json.dumps(document).encode()
    shown = refused(line, refusal(document), 1)
    assert RAW not in json.dumps(shown)
    assert shown["field"]
    assert shown["bytes"] == len(line)


@pytest.mark.parametrize(("document", "shown"), [
    (rule(decision="reject"), {"control": "rule", "id": "R7", "version": 1}),
    (rule(version=0), {"control": "rule", "id": "R7", "decision": "investigate"}),
    (listed(entity="x", expires_at=1798675200000), {"control": "list", "id": "L1", "list": "block", "expires_at": 1798675200000}),
    (switch(by=""), {"control": "switch", "name": "auto_block", "version": 1, "on": False}),
    ({"control": "model", "path": "models/b", "version": 0}, {"control": "model", "path": "models/b"}),
])  # fmt: skip
def test_what_holds_in_a_refused_record_is_shown(document: dict[str, Any], shown: dict[str, Any]) -> None:
    raw = json.loads(refused(json.dumps(document).encode(), refusal(document), 1)["raw"])
    assert {name: raw.get(name) for name in shown} == shown
    assert not raw.keys() & {"when", "text", "by", "reason", "entity", "raw", "file"}


@pytest.mark.parametrize("raw", [
    "ip:203.0.113.7", "ip:2001:db8::1", "ip:9c41aa00bb11cc22", "ip:/9j4AAQSkZJRgABAQAAAQABAAD+w==",
    "device:/9j4AAQSkZJRgABAQAAAQABAAD/2w==",
    "device:~x", "account:/users/17", "account:a.b", "account:7", "address:1 Main St, Springfield",
])  # fmt: skip
def test_identifiers_and_their_hashes_are_taken(raw: str) -> None:
    kind, _, value = raw.partition(":")
    assert record(listed(entity=None, raw=raw)).entity == PSEUDONYMS.of(kind, value)


@pytest.mark.parametrize("name", ["block", "allow", "mules", "back", "blocked", "block-eu", "flow", "b"])
def test_names_of_lists_that_are_no_slip(name: str) -> None:
    assert (found := record(listed(list=name)).listed) is not None and found.list == name


def test_a_list_in_force_stays_whatever_its_name() -> None:
    """What an older version has taken is in its state."""
    assert record_of(listed(list="blocks"), NAMES, PSEUDONYMS).is_in_force
    assert not record(listed(list="blocks", version=2, state="deleted")).is_in_force


DEEP = {"all": [{"all": [{"all": [{"all": [{"all": [{"field": "event_type", "is": "signup"}]}]}]}]}]}
PATH = "the folder of a model artifact is wanted"
ENTITY = "exactly one of entity"
REFUSED: list[tuple[Any, str, str]] = [
    (b"{", "line", "not JSON"),
    (b" [{}]", "line", "an array; write each control record as an object"),
    (b"\xff{}", "line", "not UTF-8"),
    (b'{"control": "model", "control": "model"}', "line", "twice"),
    (b'{"control": "model", "path": "' + b"x" * MAX_LINE_BYTES + b'"}', "line", "a list of many entries names a file"),
    (b'{"a":' * 17 + b"1" + b"}" * 17, "line", "conditions nest at most four deep"),
    ({}, "control", "one of model, shadow_model, rule, list, switch, rate is wanted"),
    ({"control": 7}, "control", "unknown control record"),
    ({"control": "rules"}, "control", "did you mean rule?"),
    ({"control": "stop"}, "control", "unknown control record"),
    ({"control": "model"}, "path", PATH),
    ({"control": "model", "path": ""}, "path", PATH),
    ({"control": "model", "path": "a\nb"}, "path", PATH),
    ({"control": "model", "path": "x" * (MAX_PATH + 1)}, "path", PATH),
    ({"control": "model", "path": 7}, "path", PATH),
    ({"control": "model", "path": "m", "pth": 1}, "pth", "did you mean path?"),
    ({"control": "model", "path": "m", "state": "deleted"}, "state", "leave state out; to replace a model send another one"),
    ({"control": "model", "path": "m", "version": True}, "version", "a whole number from 1"),
    ({"control": "model", "path": "m", "by": ""}, "by", "is wanted"),
    ({"control": "shadow_model", "path": "m"}, "version", "a whole number from 1"),
    ({"control": "shadow_model", "version": 1}, "path", PATH),
    ({"control": "shadow_model", "version": 1, "path": "m", "state": "paused"}, "state", "active, deleted"),
    (rule(version=0), "version", "from 1 to 9007199254740991 is wanted, higher than all before; 0 is not"),
    (rule(version=1.5), "version", "not a fraction; write it without a point"),
    (rule(version="8"), "version", "not a string; write it without quotes"),
    (rule(version=2**53), "version", "from 1 to 9007199254740991"),
    (rule(record_id="R 7"), "id", "letters"),
    (rule(record_id="R" * 101), "id", "1 to 64"),
    (rule(state="on"), "state", "active"),
    (rule(when={"all": [{"feature": "device.acounts_1h", "at_least": 8}]}), "when.all[0].feature", "did you mean"),
    (rule(when={"all": []}), "when.all", ""),
    (rule(when=DEEP), "when.all[0].all[0].all[0].all[0]", "deep"),
    (rule(when={"all": [{"field": "amount", "at_least": 500}]}), "when.all[0].currency", ""),
    (rule(decision="reject"), "decision", "investigate, block, approve_unless_blocked"),
    (without(rule(), "by"), "by", "is wanted"),
    (without(rule(), "reason"), "reason", "is wanted"),
    (rule(expires_at="soon"), "expires_at", "2026-12-31T00:00:00Z"),
    (rule(expires_at=1_798_675_200), "expires_at", "milliseconds"),
    (listed(list="Mules!"), "list", "small letters"),
    (listed(entity=None), "entity", ENTITY),
    (listed(raw="device:4f2a"), "entity", ENTITY),
    (listed(entity="9c41aa00bb11cc22"), "entity", "kind:value is wanted"),
    (listed(entity="device:9C41AA00BB11CC22"), "entity", "an identifier goes into raw"),
    (listed(entity="device:0000000000000000"), "entity", "nobody"),
    (listed(entity="divice:9c41aa00bb11cc22"), "entity", "did you mean device?"),
    (listed(entity=None, raw="merchant:m1"), "raw", "one of account, device, address, ip is wanted"),
    (listed(entity=None, raw="device:n/a"), "raw", "this is no known device"),
    (listed(entity=None, raw="account:" + "x" * 600), "raw", "this is no known account"),
    (listed(entity=None, raw="ip:garbage"), "raw", "this is no known ip: no event could match; look at docs/events.md"),
    (listed(entity=None, raw="device:/etc/passwd"), "raw", "this is a path; a file of entities is named by file, with kind"),
    (listed(entity=None, raw="account:lists/mules.txt"), "raw", "this is a path"),
    (listed(list="blok"), "list", "did you mean block? A list of any other name decides nothing; choose one less like it"),
    (listed(list="alow"), "list", "did you mean allow?"),
    (listed(list="black"), "list", "did you mean block?"),
    (listed(list="blcok", state="shadow"), "list", "did you mean block?"),
    (listed(list="blocks", entity=None, file="f.txt", kind="device"), "list", "did you mean block?"),
    (listed(kind="device"), "kind", "only a list with a file"),
    (listed(entity=None, file="f.txt"), "kind", "one of account, device, address, ip"),
    (listed(entity=None, file="f\n.txt", kind="device"), "file", "the path of a file"),
    (listed(entity=None, file="f.txt", kind="device", pseudonyms=1), "pseudonyms", "true or false"),
    (without(listed(), "reason"), "reason", "is wanted"),
    (switch("autoblock"), "name", "did you mean auto_block?"),
    (switch("lights"), "name", "auto_block, rules, lists, shadow"),
    (switch(on=0), "on", "true or false"),
    (without(switch(), "version"), "version", "a whole number from 1"),
    (switch(by="x" * 201), "by", "at most 200"),
    (switch(reason="a\x07b"), "reason", "cannot be printed"),
]


@pytest.mark.parametrize(("document", "field", "mend"), REFUSED)
def test_every_refusal_names_the_field_and_the_mend(document: Any, field: str, mend: str) -> None:
    why = refusal(document)
    assert (why.field, mend in why.reason) == (field, True), str(why)


def test_signed_records_are_checked_and_kept_without_the_signature() -> None:
    keys = ControlKeys({"ops": b"sixteen bytes or more"})
    line = json.dumps(keys.signed(switch(), "ops")).encode()
    assert control_record(line, NAMES, keys, PSEUDONYMS).document == switch()
    for bad in (json.dumps(switch()).encode(), line.replace(b"analyst-7", b"analyst-8")):
        with pytest.raises(Rejected, match="signature"):
            control_record(bad, NAMES, keys, PSEUDONYMS)
    assert control_record(line, NAMES, None, PSEUDONYMS).document == switch()


def test_a_signed_model_needs_a_version() -> None:
    """Versions only rise: without one, whoever copies the record could send it again."""
    keys, model = ControlKeys({"ops": b"sixteen bytes or more"}), {"control": "model", "path": "a"}
    with pytest.raises(Rejected, match="version: a signed record needs one"):
        control_record(json.dumps(keys.signed(model, "ops")).encode(), NAMES, keys, PSEUDONYMS)
    assert control_record(json.dumps(keys.signed({**model, "version": 2}, "ops")).encode(), NAMES, keys, PSEUDONYMS).version == 2


@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader_of_control_records(line: bytes) -> None:
    with pytest.raises(Rejected):
        control_record(line, NAMES, None, PSEUDONYMS)
    assert refused(line, Rejected("line", "no"), 1)["bytes"] == len(line)
