"""`ringwatch store`, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from domain.json_text import as_json
from flink_job.cli import main
from ops.cases.audit.chain import Act, audit
from ops.cases.migrations.versions_of_store import newest
from ops.cases.questions import keep_question
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import AuditEntry, Question


@pytest.fixture(autouse=True)
def no_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_STORE_URL", raising=False)


def store_command(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> tuple[int, str, str]:
    code = main(["store", *arguments, "--set", f"service.store.url={url}"])
    out, err = capsys.readouterr()
    return code, out, err


def place_of(url: str) -> str:
    return Store(StoreSettings(url=url)).place


def act(url: str, count: int = 3) -> None:
    store = Store(StoreSettings(url=url))
    with store.begin() as session:
        for number in range(count):
            audit(session, Act(number, "anna", "case.claim", "case:1"))
    store.close()


def test_upgrade_says_what_it_did(empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    for end in (", new", ", as before"):
        code, out, _ = store_command(capsys, empty_database, "upgrade")
        assert (code, out) == (0, f"{place_of(empty_database)}: version {newest()}{end}\n")


def test_verify_prints_the_head_and_finds_what_was_changed(store_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    act(store_url)
    code, out, _ = store_command(capsys, store_url, "verify")
    assert code == 0
    assert "the audit is whole, 3 acts" in out
    head = out.splitlines()[-1].removeprefix("head: ")
    assert store_command(capsys, store_url, "verify", "--head", head)[0] == 0
    assert store_command(capsys, store_url, "verify", "--head", f"2:{'a' * 64}")[:1] == (1,)
    store = Store(StoreSettings(url=store_url))
    with store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_delete" if store.is_sqlite else "DROP TRIGGER audit_frozen ON audit"))
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
    store.close()
    code, out, _ = store_command(capsys, store_url, "verify")
    assert (code, "entry 2 was removed" in out) == (1, True)
    assert store_command(capsys, store_url, "verify", "--head", "2")[::2] == (
        2,
        "ringwatch store: --head: write it as NUMBER:HASH, as ringwatch store verify prints it\n",
    )


def test_backup_and_restore(store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    act(store_url)
    code, out, _ = store_command(capsys, store_url, "backup", "b")
    assert (code, out.startswith(f"b: {(tmp_path / 'b').stat().st_size:,} bytes")) == (0, True)
    code, out, err = store_command(capsys, store_url, "restore", "b")
    assert (code, out, "empty" in err) == (1, "", True)
    if store_url.startswith("sqlite"):
        code, out, _ = store_command(capsys, "sqlite:again.db", "restore", "b")
        assert (code, out.startswith(f"sqlite:again.db: version {newest()}, from b; the audit ends at 3:")) == (0, True)


def test_an_empty_store_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = store_command(capsys, "sqlite:new/none.db", "verify")
    assert (code, "is empty: ringwatch store upgrade" in err) == (1, True)
    assert not Path("new").exists()
    assert store_command(capsys, "sqlite:new/none.db", "upgrade")[0] == 0


def test_the_address_of_the_environment_comes_first(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGWATCH_STORE_URL", f"sqlite:{sqlite_store.url.database}")
    assert store_command(capsys, "sqlite:none.db", "verify")[0] == 0
    assert not Path("none.db").exists()


def test_questions_that_name_an_account_are_forgotten(store_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    its = "9c41aa00bb11cc22"
    store = Store(StoreSettings(url=store_url))
    with store.begin() as session:
        for number in range(450):
            keep_question(session, f"anna{number % 3}", number, f"What of {number}?", {"rows": [f"account:{its}"] if number % 2 else []})
        keep_question(session, "ben", 1, f"What of account:{its.upper()}?", {})
    code, out, _ = store_command(capsys, store_url, "forget", f"account:{its}")
    assert (code, out) == (0, "226 questions deleted\n")
    assert store_command(capsys, store_url, "forget", "account:c-17")[:2] == (0, "0 questions deleted\n")
    assert store_command(capsys, store_url, "forget", "c-17")[0] == 2
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Question)) == 225
        erased = session.scalars(select(AuditEntry).where(AuditEntry.action == "question.erase")).first()
        assert erased is not None and erased.details == as_json({"questions": 226}) and its not in erased.subject
    store.close()
