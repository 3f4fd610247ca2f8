"""`ringwatch feedback`, and the hand-over of the worker."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from domain.control.signature import ControlKeys
from domain.events.event import Rejected
from domain.summaries.examples.shelf import examples_in
from flink_job.cli import main
from flink_job.commands.serve_examples import hand_over_of
from flink_job.settings.settings import load
from ops.cases.feedback.give import BAD, Opinion, give_feedback, undo_feedback
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.llm.examples import KEY
from tests.support.case_samples import NOW
from tests.support.feedback_samples import CORRECTION, put_summed_up


def corrected_store(folder: Path) -> Store:
    store = Store(StoreSettings(url=f"sqlite:{folder / 'store.db'}")).open()
    incident = put_summed_up(store)
    with store.begin() as session:
        give_feedback(session, incident, Opinion(BAD, correction=CORRECTION), by="anna", now=NOW)
    return store


def test_what_people_said_is_listed_and_written_as_chats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--set", f"service.store.url=sqlite:{tmp_path / 'store.db'}")
    assert main(["feedback", "list", *own]) == 0
    assert capsys.readouterr().out == "nobody has rated a summary\n"
    corrected_store(tmp_path).close()
    assert main(["feedback", "list", *own]) == 0
    assert capsys.readouterr().out == "tiny 0a1b2c3d: 1 rated, 1 changed (100%), 1 not good\n1 correction fit to be examples\n"
    out = tmp_path / "chats.jsonl"
    assert main(["feedback", "export", "--out", str(out), *own]) == 0
    assert capsys.readouterr().out == f"{out}: 1 chat; a fine-tuning by OpenAI needs 10\n"
    assert [message["role"] for message in json.loads(out.read_text())["messages"]] == ["system", "user", "assistant"]


def test_an_export_goes_into_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "export", "--out", str(tmp_path), "--set", f"service.store.url=sqlite:{tmp_path / 'store.db'}"]) == 2
    assert "--out" in capsys.readouterr().err


def test_the_worker_hands_examples_over_signed_and_takes_them_back(
    tmp_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "k" * 32)
    store = corrected_store(tmp_path)
    its = (f"redis.url={redis_url}", f"redis.prefix={stream_prefix}", "service.sign_with=ops")
    steps = []
    for examples in (0, 2, 2, 0):
        hand_over = hand_over_of(load(None, [*its, f"llm.examples={examples}"]), store)
        steps.append(hand_over.step())
        hand_over.close()
        time.sleep(0.01)
        text = redis_client.get(f"{stream_prefix}{KEY}")
        if examples:
            assert len(examples_in(text, ControlKeys({"ops": b"k" * 32}))) == 1
            with pytest.raises(Rejected):
                examples_in(text, ControlKeys({"ops": b"q" * 32}))
    assert steps == [False, True, False, True] and text is None
    store.close()


def test_a_change_of_any_feedback_is_handed_over(tmp_path: Path, redis_url: str, stream_prefix: str, redis_client: Any) -> None:
    store = corrected_store(tmp_path)
    hand_over = hand_over_of(load(None, [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}", "llm.examples=1"]), store)
    steps = [hand_over.step(), hand_over.step()]
    with store.begin() as session:
        undo_feedback(session, "inc-" + "0" * 16, 1, by="anna", now=NOW)
    steps += [hand_over.step(), hand_over.step()]
    found = examples_in(redis_client.get(f"{stream_prefix}{KEY}"))
    hand_over.close()
    store.close()
    assert steps == [True, False, True, False] and found == []
