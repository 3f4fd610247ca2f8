"""The README: its commands parse, its settings, make targets, files and links exist."""

from __future__ import annotations

import re
import shlex

import pytest

from flink_job.cli import COMMANDS, _parser
from flink_job.settings.settings import load
from tests import ROOT

README = ROOT / "README.md"
MADE_LATER = {"run", "build", "dist"}  # working folders of a checkout, not in the repository
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
FILE_ENDINGS = (".py", ".yaml", ".toml", ".md", ".sh")


def blocks(text: str) -> str:
    """The fenced code blocks, continued lines joined."""
    return "\n".join(FENCE.findall(text)).replace("\\\n", " ")


def calls(text: str, program: str) -> list[list[str]]:
    """The words of each call of `program` in the code blocks, up to a pipe, a redirection or the next
    command.
    """
    found = []
    begin = re.compile(rf"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?{program}(?= |$)(.*)")
    for line in filter(None, map(begin.match, blocks(text).splitlines())):
        words = shlex.split(line[1], comments=True)
        end = next((at for at, word in enumerate(words) if re.match(r"[|>&;]|2>", word)), len(words))
        found.append(words[:end])
    return found


def paths(text: str) -> set[str]:
    """What stands in backticks and looks like a file or folder of the repository."""
    known = {path.name for path in ROOT.iterdir()} - MADE_LATER
    names = set(PATH.findall(FENCE.sub("", text)))
    return {name for name in names if ("/" in name and name.split("/")[0] in known) or name.endswith(FILE_ENDINGS)}


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_reader_finds_commands_and_paths() -> None:
    text = (
        "Read `gnn/nowhere.py`, `config.yaml`, `run/decisions` and `a b`.\n```sh\n"
        "$ ringwatch tail --json | jq .  # look\nKEY=v .venv/bin/ringwatch demo \\\n  --seed 5\nmake setup\n```\n"
    )
    assert calls(text, "ringwatch") == [["tail", "--json"], ["demo", "--seed", "5"]]
    assert calls(text, "make") == [["setup"]]
    assert paths(text) == {"gnn/nowhere.py", "config.yaml"}


def test_commands_parse(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, wrong = calls(readme, "ringwatch"), []
    for words in found:
        try:
            args = _parser(words).parse_args(words)
            load(None, args.set)
        except SystemExit as ended:
            if ended.code:
                wrong.append(f"ringwatch {shlex.join(words)}: {capsys.readouterr().err.strip().splitlines()[-1]}")
    assert wrong == []
    assert {words[0] for words in found} <= {*COMMANDS, "--help", "-h"}
    assert any(words[0] == "run" for words in found)


def test_make_targets_exist(readme: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for words in calls(readme, "make") for word in words if re.fullmatch(r"[\w-]+", word) and not word.startswith("-")}
    assert asked <= targets
    assert {"setup", "demo"} <= asked


def test_paths_and_links_exist(readme: str) -> None:
    links = {link for link in LINK.findall(readme) if "://" not in link}
    folders = ("domain", "gnn", "udfs", "flink_job", "ops", "tests", "deploy")
    files = {path.name for folder in folders for path in (ROOT / folder).rglob("*")}
    missing = {name for name in paths(readme) | links if not (ROOT / name).exists() and name not in files}
    assert missing == set()
