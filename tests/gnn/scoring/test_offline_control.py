"""Control records offline: in force from their first event or their time on, refused with their line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.control.applied import applied_document
from domain.control.changes import Change
from domain.control.listed import read_list
from domain.errors import SettingError
from domain.events.event import Event
from domain.memory.trail import Trail, TrailCodec
from gnn.card.card import ArtifactError
from gnn.scoring.offline_control import OfflineControl
from tests.support.control_samples import BY, GRAPH, PSEUDONYMS, START, listed, record, rule, switch

CODEC = TrailCodec(GRAPH)
LINES = list[dict[str, Any]]


def event(number: int) -> Event:
    return Event(f"e{number}", 0, START + 1000 * number, (7, number + 1, 0), 1, places=(0,))


def named(folder: Path) -> str:
    if folder.name == "none":
        raise ArtifactError("there is no model at none")
    return f"m-{folder.name} {folder}"


def control(tmp_path: Path, lines: LINES) -> OfflineControl:
    (tmp_path / "control.jsonl").write_text("".join(f"{json.dumps(line)}\n\n" for line in lines))
    return OfflineControl(tmp_path / "control.jsonl", GRAPH, PSEUDONYMS, (), named)


def entry(document: dict[str, Any], applied: int, first: int, **more: Any) -> dict[str, Any]:
    found = record(document)
    change = Change(found.key, applied, START, found.document, **more)
    return json.loads(json.dumps(applied_document(change, event(first))))  # type: ignore[no-any-return]


def judged(found: OfflineControl, count: int) -> list[Any]:
    trails = []
    for number in range(count):
        trail = Trail(event(number))
        for _ in GRAPH.stages:
            trail.add(b"", ())
        trails.append((event(number), CODEC.encode(trail)))
    return [found.judged(*both) for both in trails]


def test_entries_take_effect_at_their_first_event_with_the_jobs_numbers(tmp_path: Path) -> None:
    device = {"entity": f"device:{5:016x}"}
    lines = [entry(rule(version=2, state="paused"), 12, 4), entry(rule(), 7, 2), entry(listed(**device), 9, 2), entry(switch(), 13, 99)]
    lines[1] = {"stream": "control_applied", "json": lines[1]}  # as ringwatch tail --json writes it
    found = control(tmp_path, lines)
    effects = [one for _, one in judged(found, 6)]
    assert [one.applied for one in effects] == [0, 0, 9, 9, 12, 12]
    assert [len(one.fired) for one in effects] == [0, 0, 1, 1, 0, 0]
    assert [len(one.lists) for one in effects] == [0, 0, 0, 0, 1, 0]
    assert (found.applied, found.unused, found.missing) == (3, 1, ["e99"])


def test_an_event_of_another_account_is_not_the_first(tmp_path: Path) -> None:
    line = entry(rule(), 1, 0)
    line["first_event"]["account"] = f"{8:016x}"
    found = control(tmp_path, [line])
    assert judged(found, 1)[0][1].applied == 0


def test_plain_records_hold_from_the_first_event_or_from_their_time(tmp_path: Path) -> None:
    found = control(tmp_path, [{**rule("R2"), "from": START + 2500}, rule("R1")])
    fired = [[one.id for one in effects.fired] for _, effects in judged(found, 5)]
    assert fired == [["R1"], ["R1"], ["R1"], ["R1", "R2"], ["R1", "R2"]]
    assert (found.applied, found.unused) == (2, 0)


def test_the_clock_does_not_go_back(tmp_path: Path) -> None:
    found = control(tmp_path, [{**rule(), "from": START + 2500}])
    late = judged(control(tmp_path, [{**rule(), "from": START + 2500}]), 1)
    assert late[0][1].applied == 0
    assert [one.applied for _, one in judged(found, 4)][-1] == 1
    assert judged(found, 1)[0][1].applied == 1


def test_versions_count_as_in_the_job(tmp_path: Path) -> None:
    found = control(tmp_path, [rule(version=5), rule(version=3, text="old"), rule(version=5)])
    assert [one.version for one in judged(found, 1)[0][1].fired] == [5]
    assert found.applied == 1


def test_a_model_is_named_in_the_trail(tmp_path: Path) -> None:
    found = control(tmp_path, [entry({"control": "model", "path": "new"}, 3, 1, model="m-new /machine/new")])
    trails = [trail for trail, _ in judged(found, 3)]
    assert [CODEC.model(trail) for trail in trails] == [b"", b"m-new new", b"m-new new"]


def test_a_list_file_must_be_the_one_that_the_job_has_read(tmp_path: Path) -> None:
    path = tmp_path / "mules.txt"
    path.write_text("d1\nd2\n")
    document = listed(entity=None, file=str(path), kind="device")
    content = read_list(path, document, PSEUDONYMS)
    line = entry(document, 1, 0, entries=2, digest=content.digest)
    assert judged(control(tmp_path, [line]), 1)[0][1].applied == 1
    path.write_text("d1\nd3\n")
    with pytest.raises(SettingError, match=r"control.jsonl, line 1: file: it holds 2 other entries than the 2 that the job has read"):
        control(tmp_path, [line])


@pytest.mark.parametrize(("line", "mend"), [
    ({**rule(), "state": "on"}, "line 3: state:"),
    ({**rule(), "from": "soon"}, "line 3: from: a time such as"),
    ({"first_event": {}, "record": rule(), "applied": 1}, "line 3: no control record and no entry of control_applied"),
    ({"record": rule()}, "line 3: control: unknown control record"),
    ([rule()], "line 3: line: an array"),
    ({"control": "model", "path": "none"}, "line 3: there is no model at none"),
    (entry({"control": "model", "path": "new"}, 1, 0, model="other /x"), "line 3: path: it holds the model m-new, not other"),
    (listed(entity=None, file="nowhere.txt", kind="device"), "line 3: file: there is no such file"),
])  # fmt: skip
def test_a_record_that_does_not_hold_ends_with_its_line(tmp_path: Path, line: Any, mend: str) -> None:
    with pytest.raises(SettingError) as found:
        control(tmp_path, [rule(), line])
    assert mend in str(found.value)


def test_a_version_with_other_content_ends_with_its_line(tmp_path: Path) -> None:
    found = control(tmp_path, [rule(), rule(text="another")])
    with pytest.raises(SettingError, match=r"line 3: version: version 1 of R7 is known with other content"):
        judged(found, 1)


def test_what_is_deleted_needs_no_content(tmp_path: Path) -> None:
    gone = {"control": "rule", "id": "R7", "version": 2, "state": "deleted", **BY}
    found = control(tmp_path, [entry(rule(), 1, 0), entry(gone, 2, 1)])
    assert [len(effects.fired) for _, effects in judged(found, 2)] == [1, 0]
