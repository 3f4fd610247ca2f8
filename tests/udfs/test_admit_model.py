"""The operators of a model swap: records are admitted or rejected, events name the model."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from domain.events.notice import MARK
from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.admit_model import AdmitModel
    from udfs.engine.worker_match import load_everything
    from udfs.parse import Parse, ParseForModel
    from udfs.to_stages import SendToFirstStage

    load_everything()  # as an operator does when it opens


GRAPH = GraphSettings()


CODEC = TrailCodec(GRAPH)


MODEL = read_card(PRETRAINED).model_id


class Runtime:
    """RuntimeContext, metrics and broadcast state at once."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.state: dict[str, str] = {}

    def get_metrics_group(self) -> Runtime:
        return self

    def add_group(self, label: str, value: str) -> Runtime:
        return Runtime()

    def counter(self, name: str) -> Any:
        runtime = self

        class Count:
            def inc(self, by: int = 1) -> None:
                runtime.counts[name] = runtime.counts.get(name, 0) + by

        return Count()

    def get_broadcast_state(self, descriptor: Any) -> Any:
        state = self.state

        class State:
            get = staticmethod(state.get)
            put = staticmethod(state.__setitem__)

        return State()


LINE = '{"event_id": "e1", "event_type": "login", "event_time": "2026-01-31T12:00:00Z", "account_id": "a"}'


def model_of(operator: Any, runtime: Any) -> str:
    ((_, trail),) = operator.process_element(LINE, runtime)
    return CODEC.decode(trail).model


def test_events_name_the_model_from_the_control_record_on_and_after_a_restart() -> None:
    runtime = Runtime()
    operator = ParseForModel(Parse(GRAPH, None, SendToFirstStage(GRAPH)))
    operator.open(runtime)  # type: ignore[arg-type]
    assert model_of(operator, runtime) == ""
    assert list(operator.process_broadcast_element("new /models/new", runtime)) == []  # type: ignore[arg-type]
    assert model_of(operator, runtime) == "new /models/new"
    assert runtime.counts["model_swaps"] == 1
    restarted = ParseForModel(Parse(GRAPH, None, SendToFirstStage(GRAPH)))
    restarted.open(runtime)  # type: ignore[arg-type]
    assert model_of(restarted, runtime) == "new /models/new"
    assert list(restarted.process_broadcast_element("newer /models/newer", runtime)) == []  # type: ignore[arg-type]
    assert model_of(restarted, runtime) == "newer /models/newer"


def test_without_control_records_no_event_names_a_model() -> None:
    operator = Parse(GRAPH, None, SendToFirstStage(GRAPH))
    operator.open(Runtime())  # type: ignore[arg-type]
    assert model_of(operator, None) == ""


def test_control_records_are_admitted_or_rejected(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(PRETRAINED, tmp_path / "new")
    runtime, tag = Runtime(), object()
    operator = AdmitModel(GRAPH, tag, str(tmp_path), sys.executable)  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    assert list(operator.process_element("  ", None)) == []  # type: ignore[arg-type]
    assert list(operator.process_element('{"control": "model", "path": "new"}', None)) == [f"{MODEL} {tmp_path / 'new'}"]  # type: ignore[arg-type]
    for line, field in (('{"control": "model", "path": "none"}', "path"), ("\xff", "line")):
        ((side, text),) = operator.process_element(line, None)  # type: ignore[arg-type]
        assert side is tag
        assert json.loads(text)["field"] == field
    assert runtime.counts == {"models_admitted": 1, "models_refused": 2}
    assert list(operator.process_element(None, None)) == []  # type: ignore[arg-type]
    notice = MARK + '{"partition":"control-0","position":1,"goes_on_at":3,"missing":2,"reason":"position 1 of control-0 is gone"}'
    ((side, text),) = operator.process_element(notice, None)  # type: ignore[arg-type]
    assert side is tag
    assert json.loads(text)["reason"] == "source: position 1 of control-0 is gone"
    assert (runtime.counts["positions_gone"], runtime.counts["records_missing"], runtime.counts["models_refused"]) == (1, 2, 2)
    assert "there is no model at" in caplog.text
