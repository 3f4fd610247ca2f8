"""`ringwatch rules try --lake`: the figures of a replay of the same events, without a replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flink_job.cli import main
from tests.support.gnn_history import documents, write

SETS = ("job.sources=[redis:events]", "job.enriched=redis:enriched", "job.enriched_features=true", "lake.tables=[features, labels]")
RULES = {
    "amounts": {"all": [{"field": "amount", "at_least": 100, "currency": "EUR"}, {"field": "event_type", "is": "order"}]},
    "features": {"any": [{"feature": "device.accounts_1h", "at_least": 2}, {"feature": "account.events", "above": 3}]},
    "times": {"not": {"time_of_day": {"from": "06:00", "to": "22:00", "zone": "Europe/Berlin"}}},
    "entities": {"all": [{"entity": "device", "is": "present"}, {"entity": "address", "is": "missing"}]},
    "numbers": {"attribute": "km", "at_least": 3},
}


@pytest.fixture
def bench(tmp_path: Path, redis_url: str, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that try a rule on the file of a history; a lake has its features."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    lines = [{**one, "currency": "EUR"} if "amount" in one else one for one in documents(400, frauds=30)]
    lines = [{**one, "attributes": {"km": place % 7}} if one["event_type"] != "label" else one for place, one in enumerate(lines)]
    history = write(tmp_path / "events.jsonl", lines)
    sets = [*SETS, f"redis.url={redis_url}", f"redis.prefix={stream_prefix}", "graph.numeric_attributes=[km]"]
    words = [word for one in sets for word in ("--set", one)]
    model = ["train", "--events", str(history), "--out", "model", "--model", "gbt", "--set", "train.trees=10", "--label-delay", "3d"]
    assert main([*model, *words]) == 0
    score = ["score", "--events", str(history), "--model", "model", "--out", "decisions.jsonl", "--enriched", "enriched.jsonl"]
    assert main([*score, *words]) == 0
    for stream, file in (("events", history), ("enriched", tmp_path / "enriched.jsonl")):
        with redis_client.pipeline(transaction=False) as pipe:
            for line in file.read_text().splitlines():
                pipe.xadd(f"{stream_prefix}{stream}", {"json": line})
            pipe.execute()
    assert main(["archive", "--lake", "lake", "--no-follow", *words]) == 0
    return words


def tried(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    main(["rules", "try", "rules.jsonl", "--json", *words])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.cluster
def test_it_finds_what_a_replay_finds(bench: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drafts = [{"id": name, "when": when, "decision": "investigate"} for name, when in RULES.items()]
    (tmp_path / "rules.jsonl").write_text("".join(f"{json.dumps(draft)}\n" for draft in drafts))
    expected = tried(["--events", "events.jsonl", "--decisions", "decisions.jsonl", *bench], capsys)
    found = tried(["--lake", "lake", "--days", "365", *bench], capsys)
    window = found.pop("window")
    assert (window["events"], found["known_frauds"]) == (400, 30)
    assert all(rule["fired"] for rule in expected["rules"])
    for rule in (*expected["rules"], *found["rules"]):
        rule.pop("says")
    assert found == expected
    assert tried(["--lake", "lake", "--days", "1", *bench], capsys)["events"] < 100
    capsys.readouterr()
    wish = "try a rule to investigate events where amount at least 100 EUR and event type is order"
    store = ["--set", f"service.store.url=sqlite:{tmp_path / 'store.db'}"]
    assert main(["store", "upgrade", *store]) == 0
    assert main(["ask", wish, "--set", "lake.url=lake", *store, *bench]) == 0
    said = capsys.readouterr().out
    assert f"it fires for {next(one['fired'] for one in expected['rules'] if one['rule'] == 'amounts'):,}" in said
    never = {"when": {"field": "amount", "above": 1_000_000, "currency": "EUR"}, "decision": "block"}
    (tmp_path / "rules.jsonl").write_text(json.dumps(never))
    (rule,) = tried(["--lake", "lake", *bench], capsys)["rules"]
    assert (rule["fired"], rule["days"], rule["says"]) == (0, [], "")


@pytest.mark.parametrize(
    ("when", "words", "said"),
    [
        ({"entity": "account", "in_list": "mules"}, [], "asks for the list mules"),
        (RULES["amounts"], ["--days", "0"], "--days must lie between 1 and"),
        (RULES["amounts"], ["--truth", "truth.parquet"], "with --lake labels and decisions are the lake's"),
        (RULES["amounts"], [], "has no features: name them in lake.tables"),
    ],
)
def test_what_cannot_be_tried_is_said(when: Any, words: list[str], said: str, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rule.json").write_text(json.dumps({"when": when, "decision": "block"}))
    assert main(["rules", "try", "rule.json", "--lake", "lake", *words]) != 0
    assert said in capsys.readouterr().err
