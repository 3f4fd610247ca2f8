"""The command line: help, exit codes, errors in one line, commands without Flink on small data."""

from __future__ import annotations

import importlib
import json
import logging
import re
import shlex
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from domain.errors import SettingError
from flink_job import cli
from flink_job.cli import COMMANDS, main
from flink_job.cluster.interrupt import TerminatedError
from flink_job.commands.cluster_command import ACTIONS
from flink_job.commands.options import settings_of
from flink_job.commands.times import option_ms, option_s
from flink_job.settings.settings import PRETRAINED
from gnn.evaluation import EvaluationError
from tests import ROOT

HEAVY = {"torch", "pyflink", "pandas", "pyarrow", "numpy", "openai", "redis", "rich", "yaml", "pydantic", "disposable_email_domains"}
HELP = f"""
import sys, time
from flink_job.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
print(sorted({HEAVY!r} & set(sys.modules)), time.process_time(), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(autouse=True)
def bare_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No config.yaml, no secrets; the pseudonym key is set so that nobody is warned."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "a key for the tests")


def module_of(command: str) -> Any:
    return importlib.import_module(f"flink_job.commands.{command.replace('-', '_')}_command")


# --- help
# -----------------------------------------------------------------------------------------------------------


def test_help_of_run_names_each_kind_of_source(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "file:PATH, redis:NAME or kafka://BROKER/TOPIC" in said
    assert "(Kafka, Redis: the end at the start)" in said


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_is_there_at_once(command: str | None) -> None:
    words = [command, "--help"] if command else ["--help"]
    ended = subprocess.run([sys.executable, "-c", HELP, *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("usage: ringwatch")
    imported, seconds = ended.stderr.rsplit(maxsplit=1)
    assert imported == "[]"
    assert float(seconds) < 1.0
    if command:
        assert f"example:\n  {module_of(command).EXAMPLE}" in ended.stdout
        assert "--config" in ended.stdout
    else:
        assert all(name in ended.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_a_module_whose_example_parses(command: str) -> None:
    module = module_of(command)
    program, *words = shlex.split(module.EXAMPLE.partition("|")[0])
    assert (program, words[0]) == ("ringwatch", command)
    args = cli._parser(words).parse_args(words)
    assert args.run is module.run
    assert args.command == command


def test_each_module_is_a_command() -> None:
    modules = {path.stem.removesuffix("_command").replace("_", "-") for path in (ROOT / "flink_job" / "commands").glob("*_command.py")}
    assert modules == set(COMMANDS)


def test_version_names_what_a_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"ringwatch \S.*, Flink 2\.3\.\d+, Python 3\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_of_the_cluster_has_its_own_help(
    action: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main(["cluster", action, "--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.startswith(f"usage: ringwatch cluster {action} ")
    assert f"example:\n  {ACTIONS[action].example}" in shown
    assert ("--bounded" in shown) == (action == "submit")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_takes_the_same_words(action: str) -> None:
    given = ["cluster", action, "--config", "mine.yaml", "--parallelism", "2", "--set", "job.restarts=1", "--debug"]
    args = cli._parser(given).parse_args(given)
    assert (args.action, args.config, args.parallelism, args.set, args.debug) == (action, Path("mine.yaml"), 2, ["job.restarts=1"], True)


@pytest.mark.parametrize(
    ("given", "usage"), [(["run", "--bogus"], "run"), (["cluster", "stop", "--bogus"], "cluster stop"), (["tail", "more"], "tail")]
)
def test_unknown_words_are_refused_with_the_usage_of_their_command(
    given: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"usage: ringwatch {usage} [-h]")
    assert said.endswith(f"ringwatch {usage}: error: unrecognized arguments: {given[-1]}\n")


def test_common_options_may_come_before_the_action() -> None:
    given = ["cluster", "--config", "mine.yaml", "status"]
    args = cli._parser(given).parse_args(given)
    assert (args.config, args.set, args.debug) == (Path("mine.yaml"), [], False)


def test_bare_make_explains_every_target() -> None:
    ended = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    assert set(re.findall(r"^  ([a-z-]+) ", ended.stdout, re.MULTILINE)) == set(targets[1].split())


def test_program_runs_as_a_module() -> None:
    ended = subprocess.run([sys.executable, "-m", "flink_job.cli", "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "invalid choice: 'nonsense'" in ended.stderr


# --- errors and exit codes
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [[], ["nonsense"], ["check", "--nonsense"], ["score", "--events", "a"], ["simulate", "--events", "x", "--out", "o"]]
)
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: ringwatch" in capsys.readouterr().err


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    return written.err.strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--set", "grahp.links=3"], "ringwatch check: unknown setting grahp: did you mean graph?"),
        (["check", "--config", "none.yaml"], "ringwatch check: none.yaml does not exist: name the settings file with --config"),
        (["simulate", "--events", "0", "--out", "o"], "ringwatch simulate: --events is 0; give 1 or more"),
        (["demo", "--forever", "--events", "0"], "ringwatch demo: --events is 0; give 1 or more"),
        (["score", "--events", "none.jsonl", "--out", "o"], "ringwatch score: --events: none.jsonl does not exist"),
        (["run", "--parallelism", "0"], "ringwatch run: job.parallelism must be at least 1"),
        (["train", "--events", "e", "--out", "o", "--from", "May"], "ringwatch train: --from May: write a date as 2026-01-31"),
        (["train", "--events", "e", "--out", "o", "--label-delay", "week"], "ringwatch train: --label-delay week: write a length of time"),
    ],
)
def test_wrong_settings_are_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert one_line(capsys).startswith(said)


EVALUATE = ["evaluate", "--decisions", "none", "--truth", "none.parquet"]


def test_failure_is_1_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(EVALUATE) == 1
    assert one_line(capsys) == "ringwatch evaluate: none holds no decisions: name a .jsonl file or a folder of them"


def test_debug_shows_the_stack_trace() -> None:
    with pytest.raises(EvaluationError):
        main([*EVALUATE, "--debug"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("two\n  lines"), 1, "ringwatch check: RuntimeError: two lines (--debug shows where)"),
        (KeyError(), 1, "ringwatch check: KeyError: KeyError (--debug shows where)"),
        (
            OSError(28, "No space left on device", "out.jsonl"),
            1,
            "ringwatch check: out.jsonl: No space left on device: free some space there, or choose a path on another disk",
        ),
        (SettingError("graph.links is\nwrong"), 2, "ringwatch check: graph.links is wrong"),
        (EvaluationError("as it is"), 1, "ringwatch check: as it is"),
        (KeyboardInterrupt(), 130, "ringwatch check: interrupted"),
        (KeyboardInterrupt("stopped; go on with --resume"), 130, "ringwatch check: stopped; go on with --resume"),
        (TerminatedError(), 143, "ringwatch check: terminated"),
    ],
)
def test_errors_of_all_kinds(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(args: Namespace) -> int:
        raise error

    monkeypatch.setattr(module_of("check"), "run", fails)
    assert main(["check"]) == code
    assert one_line(capsys) == said


def test_reader_that_has_gone_is_no_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(args: Namespace) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(module_of("check"), "run", gone)
    assert main(["check"]) == 1
    assert capsys.readouterr().err == ""


# --- settings of a command
# ------------------------------------------------------------------------------------------


def args_of(*words: str) -> Namespace:
    return cli._parser(words).parse_args(words)


def test_config_of_the_folder_and_a_named_one(tmp_path: Path) -> None:
    assert settings_of(args_of("check")).graph.links == 16
    (tmp_path / "config.yaml").write_text("graph: {links: 3}\n")
    (tmp_path / "other.yaml").write_text("graph: {links: 4}\n")
    assert settings_of(args_of("check")).graph.links == 3
    assert settings_of(args_of("check", "--config", "other.yaml")).graph.links == 4
    assert settings_of(args_of("check", "--set", "graph.links=5")).graph.links == 5


def test_own_options_before_settings_and_none_when_not_given() -> None:
    args = args_of("run", "--source", "file:a", "--set", "job.parallelism=2", "--parallelism", "3")
    settings = settings_of(args, job__sources=args.source, job__parallelism=args.parallelism, job__bounded=args.bounded)
    assert (settings.job.sources, settings.job.parallelism, settings.job.bounded) == (("file:a",), 3, False)


@pytest.mark.parametrize("text", ["file:it's here", "file:a, b", "file: [x]", "{a: b}", "true", "1e3", "", "#", 'a\\b"c'])
def test_own_options_are_taken_as_they_are(text: str) -> None:
    assert settings_of(args_of("run"), job__decisions=text, job__sources=[text, text]).job.sources == (text, text)
    assert settings_of(args_of("run"), job__decisions=text).job.decisions == text


def test_dates_and_spans() -> None:
    assert option_ms("1970-01-02", "--from") == 86_400_000
    assert option_ms("1970-01-01T02:00:00+01:00", "--from") == 3_600_000
    assert option_ms("1970-01-01T00:00:01Z", "--from") == 1000
    assert [option_s(text, "x") for text in ("2s", "1.5m", "1h", "7d", "1w")] == [2.0, 90.0, 3600.0, 604_800.0, 604_800.0]
    assert option_ms(None, "x") is None
    assert option_s(None, "x") is None
    for text in ("", "7", "d", "-1d", "7days"):
        with pytest.raises(SettingError, match="--delay"):
            option_s(text, "--delay")


# --- commands
# -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("simulated")
    assert main(["simulate", "--events", "400", "--seed", "3", "--out", str(folder)]) == 0
    yield folder


def test_simulate_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--events", "50", "--days", "2", "--out", str(tmp_path / "s")]) == 0
    labels = (tmp_path / "s" / "events.jsonl").read_text().count('"label"')
    assert capsys.readouterr().out.startswith(f"50 events and {labels} labels in {tmp_path / 's' / 'events.jsonl'}, truth in ")


def test_score_and_evaluate(simulated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, figures = tmp_path / "decisions.jsonl", tmp_path / "quality.json"
    words = ["score", "--model", str(PRETRAINED), "--events", str(simulated / "events.jsonl"), "--out", str(out)]
    told = tmp_path / "incidents.jsonl"
    assert main([*words, "--incidents", str(told), "--set", "policy.name=strict", "--set", "policy.investigate_at=0.0"]) == 0
    assert f"400 decisions in {out}\n" in capsys.readouterr().err
    decided = [json.loads(line) for line in out.read_text().splitlines()]
    assert {(document["policy"], document["decision"] == "approve") for document in decided} == {("strict", False)}

    truth = simulated / "truth.parquet"
    words = ["evaluate", "--decisions", str(out), "--truth", str(truth), "--json", str(figures), "--incidents", str(told)]
    assert main(words) == 0
    table, found = capsys.readouterr().out, json.loads(figures.read_text())
    assert (found["events"], found["flagged"]["flagged"]) == (400, 400)
    assert found["frauds"] == sum(pq.read_table(truth)["is_fraud"].to_pylist())
    assert found["flagged"]["recall"] == 1.0
    held = found["incidents"]
    assert (held["alerts"], held["alerts_in_none"], held["incidents_miscounted"], held["summaries"]["valid"]) == (400, 0, 0, 1.0)
    assert "400: precision" in table
    assert "average precision" in table


def test_score_refuses_a_model_of_another_graph(simulated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--events", str(simulated / "events.jsonl"), "--out", "out", "--set", "graph.links=3"]) == 1
    assert "graph.links" in one_line(capsys)


def test_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.yaml").write_text(
        "event_type: order\nevent_id: id\nevent_time: {column: t, unit: ms}\naccount: who\namount: paid\n"
        "label: {column: fraud, delay: 1d}\n"
    )
    (tmp_path / "t.csv").write_text("id,t,who,paid,fraud\nb,1700000001000,u2,5,1\na,1700000000000,u1,3.5,0\n")
    assert main(["import", "m.yaml", "t.csv", "--out", "events.jsonl"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    events = [line for line in lines if line["event_type"] == "order"]
    assert [(event["event_id"], event["account_id"], event["amount"]) for event in events] == [("a", "u1", 3.5), ("b", "u2", 5.0)]
    assert [line["event_time"] for line in lines] == sorted(line["event_time"] for line in lines)
    assert {(line["subject_event_id"], line["is_fraud"]) for line in lines if line["event_type"] == "label"} == {("a", False), ("b", True)}
    assert "2 events" in capsys.readouterr().err

    (tmp_path / "t.csv").write_text("id,t,who,paid,fraud\nc,never,u3,1,0\n")
    assert main(["import", "m.yaml", "t.csv", "--out", "events.jsonl"]) == 1
    assert one_line(capsys).startswith("ringwatch import: t.csv: row 1, column 't': 'never' is no time of the expected form")
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == len(lines)


def test_import_names_a_wrong_key_of_the_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.yaml").write_text("acount: x\n")
    assert main(["import", "m.yaml", "t.csv", "--out", "events.jsonl"]) in (1, 2)
    assert "acount is not a known key; did you mean account?" in one_line(capsys)


def test_tail_shows_what_is_there(redis_url: str, redis_client: Any, stream_prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = {"event_id": "e1", "score": 0.9}
    fields = {"id": "e1", "type": "order", "severity": "high", "time": "1700000000000", "json": json.dumps(document)}
    redis_client.xadd(f"{stream_prefix}alerts", fields)
    redis = ["--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}"]
    assert main(["tail", "--streams", "alerts", "--from-start", "--no-follow", "--json", *redis]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["stream"], shown["id"], shown["json"]) == ("alerts", "e1", document)


def test_logging_is_quiet_unless_asked() -> None:
    seen: dict[str, int] = {}

    def configure(**given: Any) -> None:
        seen["level"] = given["level"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging, "basicConfig", configure)
        patch.setattr(module_of("check"), "run", lambda args: 0)
        assert main(["check"]) == 0
        assert seen["level"] == logging.WARNING
        assert main(["check", "--debug"]) == 0
        assert seen["level"] == logging.DEBUG
