"""`ringwatch ask`: the menu, an answer with its tables, JSON, and what is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.events.identity import Pseudonyms, as_text
from flink_job.cli import main
from flink_job.commands.opened_store import opened_store
from flink_job.settings.settings import load
from ops.cases.ingest.alerts import take_alerts
from ops.cases.tables import AuditEntry, AuditSubject
from tests.support.incident_samples import START, alert_document


def test_raw_identifiers_are_hashed_before_anything_reads_them(
    memory_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ["--set", f"service.store.url=sqlite:{memory_path / 'store.db'}"]
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "a key for the tests")
    its = as_text(Pseudonyms(b"a key for the tests").of("account", "c-17"))
    with opened_store(load(None, url[1:])) as store, store.begin() as session:
        take_alerts(session, [alert_document(1, START, entities={"account": its, "device": "0" * 16})])
    assert main(["ask", "What do we know of account c-17?", "--json", *url]) == 0
    said = capsys.readouterr().out
    assert f"account:{its}" in json.loads(said)["question"] and "c-17" not in said
    with opened_store(load(None, url[1:])) as store, store.read() as session:
        assert {one.actor for one in session.scalars(select(AuditEntry))} == {"local"}
        assert [one.entity for one in session.scalars(select(AuditSubject)) if one.entity] == [f"account:{its}"]
    assert main(["ask", "Who is zz-998877?", *url]) == 1
    assert "[id] is in the place of an identifier that is not known here" in " ".join(capsys.readouterr().out.split())
    monkeypatch.delenv("RINGWATCH_PSEUDONYM_KEY")
    assert main(["ask", "What do we know of account c-17?", *url]) == 2
    assert "RINGWATCH_PSEUDONYM_KEY" in capsys.readouterr().err


def test_where_there_is_no_store_none_is_made_and_nothing_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "alerts", "--set", f"service.store.url=sqlite:{tmp_path}/none.db"]) == 2
    assert "there is no store at" in capsys.readouterr().err and not (tmp_path / "none.db").exists()


def test_questions_on_the_command_line(memory_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = ["--set", f"service.store.url=sqlite:{memory_path / 'store.db'}"]
    with opened_store(load(None, url[1:])) as store, store.begin() as session:
        take_alerts(session, [alert_document(number, START, event_type="order\x1b[31m") for number in range(3)])
    assert main(["ask"]) == 0
    assert capsys.readouterr().out.count("\n") == 20
    assert main(["ask", "alert-types", "--window", "2026-01", *url]) == 0
    said = capsys.readouterr().out
    assert "Flagged events, from 2026-01-01 to 2026-01-31: 3. [T1]" in said and "\x1b" not in said
    assert "T2.1  order[31m" in said.replace("\n", " ")
    assert main(["ask", "What types of alerts on 2026-01-05?", "--json", *url]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["known"] and document["results"][0]["rows"] == [{"ref": "T1.1", "alerts": "3"}]
    assert main(["ask", "Who is it?", *url]) == 1
    assert capsys.readouterr().out.startswith("I do not know.")
    assert main(["ask", "Who is it?", "--model", *url]) == 2
    assert "no endpoint is configured: set llm.base_url" in capsys.readouterr().err
    assert main(["ask", "alerts", "--window", "soon", *url]) == 1
    assert "window: 'soon' is no time" in capsys.readouterr().err
