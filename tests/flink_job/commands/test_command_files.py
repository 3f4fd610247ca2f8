"""No command writes over what it reads: each path has a role, and each output is checked."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.cli import COMMANDS, main
from flink_job.commands.command_files import CommandFiles

ELSEWHERE = {"config"}
"""Path options that every command has: read by all, and checked as inputs."""
NEEDED = {
    "import": ["import", "MAPPING", "TABLE"],
    "features": ["features"],
    "backtest": ["backtest", "--fold", "2026-01-05"],
    "train": ["train"],
    "score": ["score"],
    "evaluate": ["evaluate"],
    "shadow-report": ["shadow-report"],
    "sign": ["sign", "FILE", "--key", "ops"],
}


def parsed(command: str) -> tuple[argparse.ArgumentParser, CommandFiles]:
    module = importlib.import_module(f"flink_job.commands.{command.replace('-', '_')}_command")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser, getattr(module, "FILES", CommandFiles())


def pairs() -> list[tuple[str, str, str]]:
    found = []
    for command in COMMANDS:
        files = parsed(command)[1]
        found += [(command, one, other) for one in files.inputs for other in (*files.outputs, *files.replaced)]
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_path_has_a_role(command: str) -> None:
    parser, files = parsed(command)
    paths = {action.dest for action in parser._actions if action.type is Path}
    named = {*files.inputs, *files.outputs, *files.folders, *files.replaced}
    assert paths - ELSEWHERE <= named
    assert named <= {action.dest for action in parser._actions}


def test_there_are_pairs() -> None:
    assert len(pairs()) > 15
    assert {command for command, _, _ in pairs()} == set(NEEDED)


@pytest.mark.parametrize(("command", "read", "written"), pairs())
@pytest.mark.parametrize("link", [False, True])
def test_no_output_is_an_input(
    command: str, read: str, written: str, link: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").write_bytes(b"dear\n")
    (tmp_path / "link").symlink_to("kept")
    replaced = written in parsed(command)[1].replaced
    target = "." if replaced else "link" if link else "kept"
    words = [*NEEDED[command]]
    if command == "import":
        words[1 if read == "mapping" else 2] = "kept"
    elif command == "sign":
        words[1] = "kept"
    else:
        words += [f"--{read}", "kept"]
    given = {read, written}
    words += [f"--{written}", target]
    for name in ("events", "out", "decisions"):
        if f"--{name}" in {option for action in parsed(command)[0]._actions for option in action.option_strings} and name not in given:
            words += [f"--{name}", f"other-{name}"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"ringwatch {command}: --{written}: ") and said.count("\n") == 1
    assert "name another" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "link"]
    assert (tmp_path / "kept").read_bytes() == b"dear\n"


def test_the_settings_file_is_an_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("{}\n")
    assert main(["features", "--events", "e", "--out", "config.yaml"]) == 2
    assert "is an input of --config" in capsys.readouterr().err


def test_each_table_of_a_backtest_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "e.gbt.jsonl"
    history.write_text("{}\n")
    words = ["backtest", "--events", str(history), "--fold", "2026-01-05", "--model", "gbt", "gnn", "--out", str(tmp_path / "e.jsonl")]
    assert main(words) == 2
    assert "is an input of --events" in capsys.readouterr().err and history.read_text() == "{}\n"


@pytest.mark.parametrize("command", ["score", "features", "train"])
def test_a_folder_without_events_is_refused(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--events", str(tmp_path), "--out", str(tmp_path / "out.parquet")]) == 2
    assert "holds no file, but for hidden ones: name a file of events" in capsys.readouterr().err


def test_simulate_does_not_take_a_file_for_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["simulate", "--out", str(tmp_path / "file")]) == 2
    assert "is a file: name a folder" in capsys.readouterr().err


def test_an_address_is_no_file() -> None:
    files = CommandFiles(inputs=("incidents",), outputs=("json",))
    files.check(argparse.Namespace(incidents="redis:", json=Path("new.json"), config=None))
    with pytest.raises(SettingError):
        files.check(argparse.Namespace(incidents=None, json=Path("/"), config=None))
