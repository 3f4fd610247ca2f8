"""The operators of control records: what is accepted or refused, what is judged, and what a restart keeps."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.control.changes import Change
from domain.decisions.effects import Effects
from domain.decisions.policy import PolicySettings, Rule
from domain.events.identity import PSEUDONYM_KEY
from domain.events.notice import MARK
from domain.graph import GraphSettings
from domain.memory.trail import Trail, TrailCodec
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from tests.support.control_samples import BY, START, change, listed, rule, switch

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.admit_control import AdmitControl
    from udfs.approve import Approve
    from udfs.control_state import ControlState
    from udfs.engine.worker_match import load_everything
    from udfs.judge import Judge
    from udfs.parse import Parse, ParseUnderControl
    from udfs.to_stages import SendToFirstStage

    load_everything()  # as an operator does when it opens


GRAPH = GraphSettings()
CODEC = TrailCodec(GRAPH)
MODEL = read_card(PRETRAINED).model_id
APPLIED: Any = object()
LINE = '{"event_id": "e1", "event_type": "signup", "event_time": "2026-01-31T12:00:00Z", "account_id": "a"}'


class Runtime:
    """RuntimeContext, metrics, keyed and broadcast state at once."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.states: dict[str, dict[str, Any]] = {}

    def get_metrics_group(self) -> Runtime:
        return self

    def add_group(self, label: str, value: str) -> Any:
        outer = self

        class Labelled:
            def counter(self, name: str) -> Any:
                return outer.counter(f"{name} {value}")

        return Labelled()

    def counter(self, name: str) -> Any:
        runtime = self

        class Count:
            def inc(self, by: int = 1) -> None:
                runtime.counts[name] = runtime.counts.get(name, 0) + by

        return Count()

    def get_map_state(self, descriptor: Any) -> Any:
        return self.get_broadcast_state(descriptor)

    def get_broadcast_state(self, descriptor: Any) -> Any:
        state = self.states.setdefault(descriptor.name, {})

        class State:
            get = staticmethod(state.get)
            put = staticmethod(state.__setitem__)
            remove = staticmethod(lambda key: state.pop(key, None))
            items = staticmethod(state.items)
            keys = staticmethod(state.keys)

        return State()


@pytest.fixture(autouse=True)
def known_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")


POLICY = PolicySettings(rules=(Rule("event.amount", 1e9, "investigate", "LARGE", "large"),))


def judge(runtime: Runtime) -> Judge:
    """The judge of a job with a task per stage, as it starts with a state."""
    operator = Judge(GRAPH, Approve(GRAPH, POLICY, None), ControlState(GRAPH, POLICY, APPLIED))
    operator.open(runtime)  # type: ignore[arg-type]
    return operator


def tell(operator: Any, runtime: Runtime, *changes: Change) -> None:
    for one in changes:
        assert list(operator.process_broadcast_element((one.key, one.to_bytes()), runtime)) == []


def trail(event_id: str = "e1") -> bytes:
    from domain.events.parser import EventParser
    from tests.support.control_samples import PSEUDONYMS

    found = Trail(EventParser(GRAPH, PSEUDONYMS).parse(LINE.replace("e1", event_id).encode()))
    for _ in GRAPH.stages:
        found.add(b"", (0.0,) * 6)
    return CODEC.encode(found)


def judged(operator: Judge, runtime: Runtime, event_id: str = "e1") -> tuple[Effects | None, list[dict[str, Any]]]:
    """The effects on an event, and what is echoed."""
    row, *echoes = operator.process_element((0, trail(event_id), None, None, None), runtime)  # type: ignore[arg-type]
    assert all(tag is APPLIED for tag, _ in echoes)
    return Effects.of(row[3]), [json.loads(text) for _, text in echoes]


def test_each_change_is_echoed_with_its_first_event() -> None:
    runtime = Runtime()
    operator = judge(runtime)
    assert judged(operator, runtime) == (None, [])
    assert not operator._control.waits
    tell(operator, runtime, change(rule(), 1), change(switch(), 2))
    assert operator._control.waits
    effects, echoes = judged(operator, runtime, "e2")
    assert effects is not None
    assert [one.id for one in effects.fired] == ["R7"]
    assert [(echo["applied"], echo["id"], echo["first_event"]["event_id"]) for echo in echoes] == [(1, "R7", "e2"), (2, "auto_block", "e2")]
    assert judged(operator, runtime, "e3") == (effects, [])
    assert runtime.counts["control_changes"] == 2


def test_a_restart_has_what_was_in_force_and_echoes_what_may_be_missing() -> None:
    runtime = Runtime()
    operator = judge(runtime)
    tell(operator, runtime, change(rule("R1"), 1), change(rule("R2"), 2))
    judged(operator, runtime)
    gone = change({"control": "rule", "id": "R1", "version": 2, "state": "deleted", **BY}, 3)
    tell(operator, runtime, gone)
    restarted = judge(runtime)
    assert restarted._control.waits
    effects, echoes = judged(restarted, runtime, "e2")
    assert effects is not None
    assert ([one.id for one in effects.fired], effects.applied) == (["R2"], 3)
    assert [(echo["applied"], echo["state"]) for echo in echoes] == [(3, "deleted")]
    tell(restarted, runtime, change(switch(), 4))
    assert "rule:R1" not in runtime.states["control"], "what was deleted and echoed is forgotten"
    effects, echoes = judged(judge(runtime), runtime)
    assert effects is not None
    assert (effects.applied, effects.switches_off) == (4, ("auto_block",))


def test_a_change_that_comes_before_the_first_event_after_a_restart_keeps_the_rest() -> None:
    runtime = Runtime()
    tell(judge(runtime), runtime, change(rule("R1"), 1))
    restarted = judge(runtime)
    tell(restarted, runtime, change(rule("R2"), 2))
    effects, echoes = judged(restarted, runtime)
    assert effects is not None
    assert [one.id for one in effects.fired] == ["R1", "R2"]
    assert [echo["id"] for echo in echoes] == ["R1", "R2"]


def test_chunks_of_an_older_version_of_a_list_are_dropped() -> None:
    runtime = Runtime()
    operator = judge(runtime)
    document = listed(entity=None, file="f.txt", kind="device")
    for applied in (1, 2):
        one = Change("list:L1", applied, START, {**document, "version": applied}, "", 2, "d")
        keys = np.array([applied, 7], np.uint64).tobytes()
        assert list(operator.process_broadcast_element((f"list:L1#{applied}/0000", keys), runtime)) == []  # type: ignore[arg-type]
        tell(operator, runtime, one)
    assert sorted(runtime.states["control"]) == ["echoed", "list:L1", "list:L1#2/0000"]
    restarted = judge(runtime)
    judged(restarted, runtime)
    assert restarted._control.in_force._lists.entries == 2


def test_a_record_that_no_longer_holds_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    runtime = Runtime()
    runtime.states["control"] = {"rule:R1": change(rule("R1"), 1).to_bytes().replace(b"event_type", b"event_hype")}
    operator = judge(runtime)
    assert judged(operator, runtime)[0] is None
    assert "rule:R1 has no effect any more" in caplog.text


def test_the_state_of_a_version_that_knew_models_only_goes_on() -> None:
    runtime = Runtime()
    runtime.states["model"] = {"current": "old /models/old"}
    operator = judge(runtime)
    assert model_after(operator, runtime) == "old /models/old"
    tell(operator, runtime, change({"control": "model", "path": "new"}, 1, "new /models/new"))
    assert model_after(operator, runtime) == model_after(judge(runtime), runtime) == "new /models/new"
    assert runtime.counts["model_swaps"] == 1


def model_after(operator: Judge, runtime: Runtime) -> str:
    row, *_ = operator.process_element((0, trail(), None, None, None), runtime)  # type: ignore[arg-type]
    decoded = CODEC.decode(row[1])
    assert CODEC.with_model(row[1], "") == trail()
    return decoded.model


def test_the_parser_of_one_task_judges_too() -> None:
    class Stages:
        """A way to the stages that keeps nothing."""

        def open(self, runtime: Any) -> None:
            approve.open(runtime)

        def take(self, found: Trail) -> Any:
            return (), (approve.row(CODEC.encode(found), found.event) if found.event.event_id != "again" else None)

    runtime, approve = Runtime(), Approve(GRAPH, POLICY, None)
    operator = ParseUnderControl(Parse(GRAPH, None, Stages()), approve, ControlState(GRAPH, POLICY, APPLIED))  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    assert len(list(operator.process_element(LINE, runtime))) == 1  # type: ignore[arg-type]
    tell(operator, runtime, change(rule(), 1), change({"control": "model", "path": "new"}, 2, "new /models/new"))
    assert list(operator.process_element(LINE.replace("e1", "again"), runtime)) == []  # type: ignore[arg-type]
    row, *echoes = operator.process_element(LINE, runtime)  # type: ignore[arg-type]
    assert CODEC.model(row[1]) == b"new /models/new"
    assert [json.loads(text)["id"] for _, text in echoes] == ["R7", ""]
    assert len(list(operator.process_element(LINE, runtime))) == 1  # type: ignore[arg-type]


def test_without_control_records_no_event_names_a_model() -> None:
    operator, runtime = Parse(GRAPH, None, SendToFirstStage(GRAPH)), Runtime()  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    ((_, found),) = operator.process_element(LINE, None)  # type: ignore[arg-type]
    assert CODEC.decode(found).model == ""


class Admission:
    """`AdmitControl` in a folder."""

    def __init__(self, folder: Path, runtime: Runtime | None = None) -> None:
        self.runtime = runtime or Runtime()
        self.tag: Any = object()
        self.operator = AdmitControl(GRAPH, self.tag, str(folder), sys.executable)
        self.operator.open(self.runtime)  # type: ignore[arg-type]

    def take(self, line: Any) -> list[Any]:
        """What is accepted (key, change), or refused (document)."""
        text = json.dumps(line) if isinstance(line, dict) else line
        found: list[Any] = []
        for row in self.operator.process_element(text, None):  # type: ignore[arg-type]
            if isinstance(row, tuple) and row[0] is self.tag:
                found.append(json.loads(row[1]))
            else:
                key, value = row
                found.append((key, value if "#" in key else Change.of(value)))
        return found


def test_models_are_admitted_or_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(PRETRAINED, tmp_path / "new")
    found = Admission(tmp_path)
    assert found.take("  ") == []
    ((key, one),) = found.take('{"control": "model", "path": "new"}')
    assert (key, one.model, one.record["path"]) == ("model", f"{MODEL} {tmp_path / 'new'}", "new")
    for line, field in (('{"control": "model", "path": "none"}', "path"), ("\xff", "line")):
        (refusal,) = found.take(line)
        assert refusal["field"] == field
    counts = found.runtime.counts
    assert (counts["models_admitted"], counts["models_refused"], counts["control_records refused"]) == (1, 2, 2)
    assert found.take(None) == []
    notice = MARK + '{"partition":"control-0","position":1,"goes_on_at":3,"missing":2,"reason":"position 1 of control-0 is gone"}'
    (refusal,) = found.take(notice)
    assert refusal["reason"] == "source: position 1 of control-0 is gone"
    assert (counts["positions_gone"], counts["records_missing"], counts["models_refused"]) == (1, 2, 2)
    assert "there is no model at" in caplog.text


def test_versions_are_kept_over_a_restart(tmp_path: Path) -> None:
    runtime = Runtime()
    found = Admission(tmp_path, runtime)
    ((_, one),) = found.take(rule(version=3))
    assert one.applied == 1
    assert found.take(rule(version=3)) == found.take(rule(version=2)) == []
    again = Admission(tmp_path, runtime)
    assert again.take(rule(version=3)) == []
    (refusal,) = again.take(rule(version=3, text="another"))
    assert refusal["field"] == "version"
    ((_, two),) = again.take(rule(version=4))
    assert two.applied == 2
    counts = runtime.counts
    assert [counts.get(f"control_records {name}") for name in ("accepted", "same", "stale", "refused")] == [2, 2, 1, 1]
    assert "models_refused" not in counts


def test_a_list_file_is_hashed_and_sent_in_chunks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    values = [f"device-{number}" for number in range(70_000)]
    (tmp_path / "mules.txt").write_text("\ufeff" + "\r\n".join(values) + f"\n\ndevice:{values[0]}\n")
    found = Admission(tmp_path)
    *parts, (key, one) = found.take(listed(list="mules", entity=None, file="mules.txt", kind="device"))
    assert ([len(part) for _, part in parts], key, one.entries) == ([65_536 * 8, 4_464 * 8], "list:L1", 70_000)
    assert values[0] not in caplog.text
    assert values[0].encode() not in b"".join(part for _, part in parts)


@pytest.mark.parametrize(("content", "changes", "mend"), [
    (None, {}, "there is no such file"),
    (b"", {}, "it holds no entity"),
    (b"a1\n\xff\xfe\x00\n", {}, "line 2 is not UTF-8"),
    (b"d1\nn/a\n", {}, "line 2 is no known device"),
    (b"d1\n", {"pseudonyms": True}, "line 1 is no pseudonym"),
    (b"PK\x03\x04xxxx", {}, "unpack it"),
])  # fmt: skip
def test_a_list_file_that_does_not_hold(tmp_path: Path, content: bytes | None, changes: dict[str, Any], mend: str) -> None:
    if content is not None:
        (tmp_path / "f.txt").write_bytes(content)
    found = Admission(tmp_path)
    (refusal,) = found.take(listed(entity=None, file="f.txt", kind="device", **changes))
    assert (refusal["field"], mend in refusal["reason"]) == ("file", True), refusal
    assert found.take(listed())[0][1].applied == 1, "the version is still free"
