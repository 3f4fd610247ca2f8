"""`ringwatch forget`: streams, job, store and lake, with one of them away, again, and only looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from sqlalchemy import select

from domain.control.signature import ControlKeys
from domain.events.identity import DEMO_KEY, Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.cli import main
from ops.cases.decided_events import take_decisions
from ops.cases.store import Store
from ops.cases.tables import DecidedEvent, Outgoing
from ops.lake.delta import LakeTable
from ops.lake.rows import Record, rows_of
from ops.lake.tables import tables
from tests.ops.lake.lake_samples import FIRST_MS, decision
from tests.support.incident_samples import alert_document, pseudonym

PSEUDONYMS = Pseudonyms(DEMO_KEY)
RAW = "c-17"
ACCOUNT, OTHER = as_text(PSEUDONYMS.of("account", RAW)), pseudonym(2)
DEVICE = pseudonym(1_000_000)
ITS = alert_document(1, entities={"account": ACCOUNT, "device": DEVICE})
ALSO = alert_document(2, entities={"account": ACCOUNT, "device": pseudonym(5), "ip": pseudonym(6)})
OTHERS = alert_document(3, entities={"account": OTHER, "device": DEVICE})
NO_REDIS = "redis.url=redis://127.0.0.1:1/0"


class Bench:
    """Streams, a store and a lake that name the account."""

    def __init__(self, url: str, prefix: str, client: Any, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        self.prefix, self.client, self.store, self._capsys = prefix, client, store, capsys
        self.sets = [f"redis.url={url}", f"redis.prefix={prefix}", f"service.store.url={store.settings.url}"]

    def add(self, stream: str, *documents: Any) -> None:
        for document in documents:
            text = document if isinstance(document, str) else json.dumps(document)
            self.client.xadd(f"{self.prefix}{stream}", {"json": text})

    def texts(self, stream: str) -> list[str]:
        return [fields["json"] for _, fields in self.client.xrange(f"{self.prefix}{stream}")]

    def forget(self, *more: str, sets: tuple[str, ...] = ()) -> tuple[int, str]:
        words = [word for one in (*self.sets, *sets) for word in ("--set", one)]
        code = main(["forget", f"account:{RAW}", *more, *words])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def fill_lake(self, name: str, *documents: dict[str, Any]) -> None:
        self.sets.append("lake.url=lake")
        table = tables(["event.amount"])[name]
        into = LakeTable("lake", table)
        into.places([])
        into.append([rows_of(table, [Record(json.dumps(one), FIRST_MS) for one in documents])], {"test": 1}, {})

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts("labels")]


@pytest.fixture
def bench(
    tmp_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, sqlite_store: Store, monkeypatch: Any, capsys: Any
) -> Bench:
    monkeypatch.chdir(tmp_path)
    for name in ("RINGWATCH_REDIS_URL", "RINGWATCH_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    made = Bench(redis_url, stream_prefix, redis_client, sqlite_store, capsys)
    made.add("decisions", ITS, OTHERS, decision(1))
    made.add("events", {"event_id": "e1", "account_id": f" {RAW} "}, {"event_id": "e2", "account_id": f"{RAW}0"})
    made.add("rejected", {"reason": "x", "raw": json.dumps({"account_id": RAW})[:-1]}, {"reason": "x", "raw": '{"account_id": "o"'})
    made.add("incidents", {"id": "inc-1", "participants": {"account": {"pseudonyms": [OTHER, ACCOUNT]}}}, {"id": "inc-2"})
    made.add("control_applied", {"record": {"entity": f"account:{ACCOUNT}"}})
    with made.store.begin() as session:
        take_decisions(session, [ITS, ALSO, OTHERS])
    return made


def test_it_is_forgotten_everywhere(bench: Bench) -> None:
    code, said = bench.forget()
    assert code == 0, said
    for stream, kept in {"decisions": 2, "events": 1, "rejected": 1, "incidents": 1, "control_applied": 1}.items():
        texts = bench.texts(stream)
        assert len(texts) == kept
        assert not any(ACCOUNT in text for text in texts if stream != "control_applied")
    with bench.store.read() as session:
        assert session.scalars(select(DecidedEvent.account)).all() == [OTHER]
    rows = {line.split("  ")[0]: line.split() for line in said.splitlines()}
    assert rows["stream events"][-2:] == ["1", "deleted"] and rows["store decided_events"][-2:] == ["2", "deleted"]


def test_the_job_is_told_of_all_that_the_account_was_seen_with(bench: Bench) -> None:
    bench.forget()
    told = bench.told()
    assert len(told) == 2
    assert {one["pseudonyms"].get("device") for one in told} == {DEVICE, pseudonym(5)}
    assert {one["pseudonyms"].get("ip") for one in told} == {pseudonym(6), None}
    events = [EventParser(GraphSettings(), PSEUDONYMS).parse(json.dumps(one).encode()) for one in told]
    assert all(event.forgets and as_text(event.entities[0]) == ACCOUNT for event in events)


def test_a_dry_run_says_the_same_and_does_nothing(bench: Bench) -> None:
    before = {stream: bench.texts(stream) for stream in ("decisions", "events", "labels")}
    code, said = bench.forget("--dry-run")
    assert (code, "it is a dry run" in said) == (0, True)
    assert "1  would be deleted" in said and "2  would be told in redis:labels" in said
    assert {stream: bench.texts(stream) for stream in before} == before
    with bench.store.read() as session:
        assert len(session.scalars(select(DecidedEvent.account)).all()) == 3


def test_again_it_finds_nothing_but_what_it_said_itself(bench: Bench) -> None:
    bench.forget()
    bench.client.xgroup_create(f"{bench.prefix}labels", "job", "0")  # the line that tells the job is not read yet
    code, said = bench.forget()
    assert code == 0, said
    assert "stream" not in said.replace("streams", "") and "names it nowhere" in said


def test_what_a_reader_has_not_read_stays_until_it_has(bench: Bench) -> None:
    key = f"{bench.prefix}incidents"
    bench.client.xgroup_create(key, "desk", "0")
    code, said = bench.forget()
    assert (code, len(bench.texts("incidents"))) == (1, 2)
    assert "left until all readers have read them" in said and "not everywhere yet: stream incidents" in said
    ((_, rows),) = bench.client.xreadgroup("desk", "me", {key: ">"})
    assert bench.forget()[0] == 1  # handed out, and not acknowledged
    bench.client.xack(key, "desk", *(entry_id for entry_id, _ in rows))
    assert bench.forget()[0] == 0
    assert len(bench.texts("incidents")) == 1


def test_what_a_checkpoint_needs_stays_unless_that_is_waived(bench: Bench) -> None:
    bench.client.hset(f"{bench.prefix}needed", f"{bench.prefix}events#0", "0-0")
    assert bench.forget()[0] == 1
    assert len(bench.texts("events")) == 2
    assert bench.forget("--unread")[0] == 0
    assert len(bench.texts("events")) == 1


def test_without_redis_the_worker_will_tell_the_job(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flink_job.commands.forget_job._PATIENCE_S", 1.0)
    code, said = bench.forget(sets=(NO_REDIS,))
    assert code == 1
    assert "the service's worker will tell it" in said and "streams" in said
    with bench.store.read() as session:
        waits = session.scalars(select(Outgoing).where(Outgoing.state == "pending")).all()
        assert [(one.kind, one.target, one.document["event_type"]) for one in waits] == [("label", "redis:labels", "forget")] * 2
        assert session.scalars(select(DecidedEvent.account)).all() == [OTHER]


def test_without_the_store_the_streams_are_done(bench: Bench) -> None:
    code, said = bench.forget(sets=("service.store.url=postgresql://nobody@127.0.0.1:1/none",))
    assert (code, "not everywhere yet: store" in said) == (1, True)
    assert len(bench.texts("decisions")) == 2 and len(bench.told()) == 1


def lake_rows(table: str) -> str:
    return json.dumps(DeltaTable(f"lake/{table}").to_pyarrow_table().to_pylist(), default=str)


def test_it_leaves_the_lake_too_and_the_job_hears_with_whom_it_was_seen_there(bench: Bench) -> None:
    there = pseudonym(77)
    bench.fill_lake("decisions", alert_document(8, entities={"account": ACCOUNT, "device": there}), OTHERS)
    bench.fill_lake(
        "incidents", {"id": "i1", "revision": 1, "told_at": FIRST_MS, "event_ids": ["e8", "e3"], "headline": f"{ACCOUNT} and {OTHER}"}
    )
    code, said = bench.forget("--dry-run")
    assert (code, "would be erased from lake" in said) == (0, True)
    code, said = bench.forget()
    assert code == 0, said
    assert there in {one["pseudonyms"].get("device") for one in bench.told()}
    assert ACCOUNT not in lake_rows("decisions") + lake_rows("incidents") and OTHER in lake_rows("decisions")
    assert '\\"erased\\"' in lake_rows("incidents") and '\\"e3\\"' in lake_rows("incidents")
    rows = {line.split("  ")[0]: line.split()[-2:] for line in said.splitlines()}
    assert (rows["lake decisions"], rows["lake incidents"]) == (["1", "deleted"], ["2", "masked"])
    assert "archive --maintain" in said


def test_a_damaged_table_of_the_lake_is_named_and_holds_up_nothing(bench: Bench) -> None:
    bench.fill_lake("decisions", ITS, OTHERS)
    bench.fill_lake("alerts", ITS)
    for log in Path("lake/alerts/_delta_log").glob("*.json"):
        log.write_text("{")
    code, said = bench.forget()
    assert (code, "table alerts: it is damaged" in said, "not everywhere yet: lake" in said) == (1, True, True), said
    assert ACCOUNT not in lake_rows("decisions") and OTHER in lake_rows("decisions")
    assert not any(ACCOUNT in text for text in bench.texts("decisions"))


def test_a_lake_that_is_not_there_is_not_said_to_be_done(bench: Bench) -> None:
    code, said = bench.forget(sets=("lake.url=no/lake",))
    assert (code, "no table is in no/lake: correct lake.url" in said, "old files" in said) == (1, True, False)
    bench.fill_lake("decisions", OTHERS)
    code, said = bench.forget()
    assert (code, "names it nowhere" in said) == (0, True)


def test_where_no_place_names_it_the_id_or_the_key_may_be_wrong(bench: Bench) -> None:
    hint = "no place names it: it was forgotten before, or the id"
    assert hint not in bench.forget("--dry-run")[1]
    bench.forget()
    assert hint in bench.forget("--dry-run", sets=("redis.prefix=other:",))[1]


def test_files_of_the_job_are_said_to_keep_it(bench: Bench) -> None:
    code, said = bench.forget("--dry-run")
    assert (code, "files" in said) == (0, False)
    Path("decided").mkdir()
    code, said = bench.forget("--dry-run", sets=("job.decisions=file:decided",))
    assert (code, "decided  " in said, "not searched" in said) == (0, True, True)


def test_an_id_that_looks_like_a_pseudonym_is_hashed_where_it_is_said_to_be_one(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    looks = "00c0ffee00c0ffee"
    name = as_text(PSEUDONYMS.of("account", looks))
    bench.add("decisions", alert_document(9, entities={"account": name, "device": DEVICE}))
    words = ["forget", f"account:{looks}", *(word for one in bench.sets for word in ("--set", one))]
    assert main(words) == 0
    assert any(name in text for text in bench.texts("decisions"))
    assert "taken for a pseudonym: say --id" in capsys.readouterr().out
    assert main([*words, "--id"]) == 0
    assert "taken for" not in capsys.readouterr().out
    assert not any(name in text for text in bench.texts("decisions"))


def test_it_is_signed_where_labels_are(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "k" * 32)
    assert bench.forget(sets=("job.control_keys=[ops]",))[0] == 0
    for line in bench.told():
        ControlKeys({"ops": b"k" * 32}).check(line)


def test_kafka_is_said_to_keep_it(bench: Bench) -> None:
    code, said = bench.forget("--dry-run", sets=("job.decisions=kafka://k:9092/decided",))
    assert (code, "topic decided" in said and "retention.ms" in said) == (0, True)


def test_an_account_is_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", "device:x"]) == 2
    assert capsys.readouterr().err.startswith("ringwatch forget: the account: write account:ID")


def test_after_the_key_was_changed_both_names_are_forgotten(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "the new key")
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY_BEFORE", DEMO_KEY.decode())
    name = as_text(Pseudonyms(b"the new key").of("account", RAW))
    bench.add("decisions", alert_document(9, entities={"account": name, "device": DEVICE}))
    code, said = bench.forget()
    assert (code, "under two keys" in said) == (0, True), said
    assert {one["pseudonyms"]["account"] for one in bench.told()} == {name, ACCOUNT}
    assert not any(name in text or ACCOUNT in text for text in bench.texts("decisions"))
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY_BEFORE", "the new key")
    code, said = bench.forget()
    assert (code, "put the key from before into it" in said) == (2, True)
