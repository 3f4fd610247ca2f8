"""`ringwatch verdict`: labels of all alerts, once, and again when the verdict changes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from domain.control.signature import ControlKeys
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.cli import main
from tests.support.incident_samples import HOUR, START
from tests.support.published_incidents import Shop, one
from tests.support.redis_fixtures import Add

WORDS = {"fraud|legitimate|inconclusive": "fraud", "NAME": "anna", "TEXT": "called"}


class Desk:
    """An incident of three alerts, and what is said of it."""

    def __init__(self, shop: Shop, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.client, self.prefix, self._capsys = client, shop.prefix, capsys
        self.options = ["--set", f"redis.url={shop.url}", "--set", f"redis.prefix={shop.prefix}"]
        self.incident = shop.incident("aa", one(1), one(2), one(3))
        self.shop = shop

    def say(self, word: str, *more: str, incident: str = "") -> tuple[int, str]:
        words = ["verdict", incident or self.incident, word, "--by", "anna", "--reason", "called the courier"]
        code = main([*words, *more, *self.options])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def labels(self, name: str = "labels") -> list[dict[str, Any]]:
        return [json.loads(fields["json"]) for _, fields in self.client.xrange(f"{self.prefix}{name}")]


@pytest.fixture
def desk(add: Add, redis_url: str, stream_prefix: str, redis_client: Any, capsys: Any, tmp_path: Path, monkeypatch: Any) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    return Desk(Shop(add, redis_url, stream_prefix), redis_client, capsys)


def test_each_alert_becomes_a_label_that_the_parser_takes(desk: Desk) -> None:
    code, said = desk.say("fraud")
    assert (code, "3 alerts labelled fraud, in redis:labels" in said) == (0, True), said
    parser = EventParser(GraphSettings(), Pseudonyms(b"x"), now_ms=lambda: START + 4000 * HOUR)
    for number, label in zip((1, 2, 3), desk.labels(), strict=True):
        entities = one(number)["entities"]
        assert label["pseudonyms"] == entities
        assert (label["subject_event_id"], label["source"]) == (f"e{number}", "verdict")
        assert label["attributes"] == {"incident": desk.incident, "by": "anna", "reason": "called the courier"}
        event = parser.parse(json.dumps(label).encode())
        assert event.is_label
        assert event.is_fraud
        assert event.entities[:2] == (int(entities["account"], 16), int(entities["device"], 16))
    assert len({label["event_id"] for label in desk.labels()}) == 3


def test_what_is_said_again_is_not_written_again_and_what_changes_is(desk: Desk) -> None:
    for _ in range(2):
        desk.say("fraud")
    code, said = desk.say("fraud")
    assert (code, "nothing to write" in said, "fraud was said before: 3 alerts" in said) == (0, True, True)
    for word in ("legitimate", "fraud", "inconclusive", "inconclusive"):
        desk.say(word)
    labels = desk.labels()
    assert [label["is_fraud"] for label in labels] == [True] * 3 + [False] * 3 + [True] * 3 + [None] * 3
    assert len({label["event_id"] for label in labels}) == 12, "a verdict that comes back has an id of its own"


def test_nothing_is_withdrawn_that_was_not_said(desk: Desk) -> None:
    assert "nothing to write" in desk.say("inconclusive")[1]
    assert desk.labels() == []


def test_what_went_to_a_wrong_stream_can_be_said_in_the_right_one(desk: Desk) -> None:
    desk.say("fraud", "--to", "redis:lables")
    assert "nothing to write" in desk.say("inconclusive")[1], "nothing was said here"
    assert "3 alerts labelled fraud, in redis:labels" in desk.say("fraud")[1]
    assert desk.labels() == desk.labels("lables"), "a job that reads both drops the repeated ids"
    assert "fraud was said before: 3 alerts" in desk.say("fraud", "--to", "redis:lables?partitions=1")[1]
    desk.say("legitimate", "--to", "redis:lables")
    desk.say("inconclusive")
    desk.say("legitimate")
    ids = {label["event_id"] for name in ("labels", "lables") for label in desk.labels(name)}
    assert len(ids) == 12, "another word has an id of its own, wherever it was said"


@pytest.mark.parametrize(
    ("sources", "note"),
    [
        ("[redis:events]", "job.sources names redis:events only: unless your job reads redis:labels it learns nothing of this; add"),
        ("[]", "these settings name no job.sources: unless your job reads redis:labels"),
        ("['redis:labels?partitions=2']", "job.sources names redis:labels?partitions=2 only"),
        ("[redis:events, 'redis:labels?format=json']", ""),
    ],
)
def test_a_verdict_that_no_source_reads_says_so(desk: Desk, sources: str, note: str) -> None:
    for _ in range(2):
        code, said = desk.say("fraud", "--set", f"job.sources={sources}")
        assert (code, note in said, "learns nothing" in said) == (0, True, bool(note)), said
    assert len(desk.labels()) == 3


def test_a_verdict_on_one_alert_and_then_on_all(desk: Desk) -> None:
    desk.say("legitimate", "--event", "e2")
    code, said = desk.say("fraud", "--event", "e1")
    assert (code, "1 alert labelled fraud" in said) == (0, True)
    said = desk.say("fraud")[1]
    assert "2 alerts labelled fraud" in said and "fraud was said before: 1 alert" in said
    assert [(label["subject_event_id"], label["is_fraud"]) for label in desk.labels()] == [
        ("e2", False), ("e1", True), ("e2", True), ("e3", True),
    ]  # fmt: skip


def test_a_crash_before_it_is_remembered_writes_the_same_ids(desk: Desk) -> None:
    desk.say("fraud")
    desk.client.delete(f"{desk.prefix}verdict:{desk.incident}")
    desk.say("fraud")
    labels = desk.labels()
    assert [label["event_id"] for label in labels[:3]] == [label["event_id"] for label in labels[3:]], "the job drops repeated ids"


def test_trimmed_alerts_are_said_and_need_a_yes(desk: Desk) -> None:
    desk.client.xtrim(f"{desk.prefix}alerts", maxlen=1, approximate=False)
    code, said = desk.say("fraud")
    assert (code, desk.labels()) == (1, [])
    assert f"2 of 3 alerts of {desk.incident} were trimmed away" in said and "--partial" in said
    code, said = desk.say("fraud", "--partial")
    assert (code, len(desk.labels())) == (0, 1)
    assert "2 of 3 alerts" in said
    assert desk.say("fraud", "--event", "e3")[0] == 0, "a single alert that is there needs no yes"


def test_an_absorbed_incident_names_the_one_that_goes_on(desk: Desk) -> None:
    absorbed = desk.shop.incident("bb", one(11, ring="bb"), one(12, ring="bb"), into="cc")
    later = desk.shop.incident("cc", one(13, ring="cc"))
    code, said = desk.say("fraud", incident=absorbed)
    assert (code, len(desk.labels())) == (0, 2)
    assert f"later alerts of its ring are in {later}, which needs a verdict of its own" in said


def test_labels_are_signed_and_go_where_the_job_takes_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the operators")
    own = ["--set", "job.sources=[file:events, file:labels]", "--set", "job.labels=[file:labels]"]
    code, said = desk.say("fraud", *own)
    assert (code, "the job takes labels from file:labels only (job.labels)" in said) == (2, True)
    code, said = desk.say("fraud", "--set", "job.control_keys=[ops]")
    assert (code, "the job takes signed labels only (job.control_keys): name ops" in said) == (2, True)
    assert desk.say("fraud", "--set", "job.control_keys=[ops]", "--sign", "ops")[0] == 0
    for label in desk.labels():
        ControlKeys({"ops": b"a key of the operators"}).check(label)


def test_of_a_history_that_is_read_the_labels_have_its_time(desk: Desk) -> None:
    """The samples are of the past: labels of today would make all that follows too late to be learnt."""
    desk.say("fraud")
    assert all(START < label["event_time"] <= START + 3001 * HOUR for label in desk.labels())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--event", "e33"), "has no alert of event e33: did you mean e3?"),
        (("--by", " "), "--by: 1 to 200 printable characters"),
        (("--reason", "\x1b[2J"), "--reason: 1 to 512 printable characters"),
        (("--to", "redis:incidents"), "--to: the job writes the stream incidents itself"),
        (("--to", "redis:decisions"), "--to: the job writes the stream decisions itself"),
        (("--to", "redis:control", "--set", "job.control=redis:control"), "--to: redis:control takes control records"),
        (("--to", "file:x"), "write redis:NAME or kafka://BROKER/TOPIC"),
    ],
)
def test_what_cannot_be_said_is_named(desk: Desk, words: tuple[str, ...], said: str) -> None:
    code, text = desk.say("fraud", *words)
    assert (code in (1, 2), said in text) == (True, True), text
    assert desk.labels() == []


def test_the_command_on_the_card_works_as_shown(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "--streams", "incidents", "--from-start", "--no-follow", "--cards", "all", *desk.options]) == 0
    card = " ".join(line.strip(" │").removesuffix("\\") for line in capsys.readouterr().out.partition("╰")[0].splitlines())
    _, *words = shlex.split(card[card.index("ringwatch verdict") :])
    assert words[-4:] == list(desk.options)
    assert main([WORDS.get(word, word) for word in words]) == 0
    assert len(desk.labels()) == 3


def test_an_unknown_incident_is_named_with_the_nearest(desk: Desk) -> None:
    code, said = desk.say("fraud", incident=desk.incident[:-1])
    assert (code, f"did you mean {desk.incident}?" in said) == (1, True)
