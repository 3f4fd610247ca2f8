"""`ringwatch digest`: by the command line, into each form of file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.times import moment_ms
from flink_job.cli import main
from flink_job.commands.serve_digest import send_due
from flink_job.settings.settings import load
from ops.cases.store import Store
from ops.cases.tables import ControlChange, Outgoing
from ops.digest.chosen import by_template
from tests.support.digest_samples import fill, fill_lake


@pytest.fixture
def called(sqlite_store: Store, memory_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    fill(sqlite_store)
    lake = fill_lake(tmp_path / "lake")
    return ["digest", "--set", f"service.store.url=sqlite:{memory_path / 'store.db'}", "--lake", lake]


def test_a_file_of_each_form(called: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("d.html", "d.md", "d.json"):
        assert main([*called, "--day", "2026-03-03", "--out", name]) == 0
    assert "d.html: the digest of 2026-03-03" in capsys.readouterr().out
    assert (tmp_path / "d.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "d.md").read_text().startswith("# ringwatch: Tuesday, 3 March 2026\n")
    found = json.loads((tmp_path / "d.json").read_text())
    assert found["day"] == "2026-03-03" and found["missed_events"] > 0
    assert main([*called, "--day", "2026-03-03"]) == 0
    assert capsys.readouterr().out == (tmp_path / "d.md").read_text()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--day", "2199-01-01"], "2199-01-01 has not begun"),
        (["--day", "soon"], "'soon' is no day: write one such as"),
        (["--out", "d.pdf"], "the name's end says the form, one of .html, .md, .json"),
    ],
)
def test_what_is_wrong_is_said(more: list[str], why: str, called: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*called, *more]) != 0
    assert why in capsys.readouterr().err


MAIL = 'notify.mail=[{name: mail, host: mail.example, sender: "a@example.com", to: ["b@example.com"]}]'


def test_it_is_put_into_the_outbox_once(called: list[str], sqlite_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for said in ("goes to mail, by the worker of ringwatch serve", "was sent before: nothing is sent twice"):
        assert main([*called, "--day", "2026-03-03", "--notify", "--set", MAIL]) == 0
        assert said in capsys.readouterr().out
    with sqlite_store.read() as session:
        [row] = session.scalars(select(Outgoing).where(Outgoing.kind == "notice")).all()
    assert row.key == "digest:mail:2026-03-03" and len(row.document["page"]["rings"]) == 3


def test_without_a_channel_nobody_is_told(called: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*called, "--day", "2026-03-03", "--notify"]) == 2
    assert "name others in notify.digest.channels" in capsys.readouterr().err


def test_the_worker_sends_what_is_due_once(called: list[str], sqlite_store: Store) -> None:
    settings = load(None, [called[2], MAIL, "notify.digest.at='07:30'"])
    for now in ("2026-03-04T07:29:00Z", "2026-03-04T07:30:00Z", "2026-03-04T09:00:00Z"):
        assert not send_due(settings, sqlite_store, moment_ms(now), by_template)
    with sqlite_store.read() as session:
        keys = session.scalars(select(Outgoing.key).where(Outgoing.kind == "notice").order_by(Outgoing.id)).all()
    assert keys == ["digest:mail:2026-03-02", "digest:mail:2026-03-03"]


def test_what_redis_knows_and_changes_of_every_kind_are_in_it(
    called: list[str], sqlite_store: Store, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    at = moment_ms("2026-03-03T10:00:00Z")
    drift = {"kind": "drift", "model": "m1", "day": "2026-03-03", "events": 900, "score": {"psi": 0.3, "verdict": "much"}, "drifted": 2}
    for stream, document in (("health", drift), ("rejected", {"field": "amount", "reason": "amount: is wrong", "raw": "x"})):
        redis_client.xadd(f"{stream_prefix}{stream}", {"json": json.dumps(document)}, id=f"{at}-*")
    kinds = ("rule", "list", "switch", "model", "shadow_model")
    with sqlite_store.begin() as session:
        for number, kind in enumerate((*kinds, "verdict")):
            named, said = f"{kind}-1", {"state": "active", "status": "applied", "record": {}, "by": "anna", "reason": "for a test"}
            session.add(ControlChange(kind=kind, record_id=named, version=1, at=at + 60_000 * number, **said))
    own = ("--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}", "--set", "notify.digest.time_zone=Europe/Berlin")
    for name in ("d.json", "d.html"):
        assert main([*called, *own, "--day", "2026-03-03", "--out", name]) == 0
    found, page = json.loads((tmp_path / "d.json").read_text()), (tmp_path / "d.html").read_text()
    assert [one["kind"] for one in found["changes"] if one["by"] == "anna"] == [kind.replace("_", " ") for kind in kinds]
    assert (found["rejected"], found["drift"][0]["verdict"], found["time_zone"]) == ({"amount": 1}, "much", "Europe/Berlin")
    assert all(word in page for word in ("shadow model shadow_model-1", "by anna, 11:04", "moved much", "lines that are no event"))
