"""README and docs: their commands parse, their settings, make targets, files, links and anchors exist, their
lines are short.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from flink_job.cli import COMMANDS, _parser
from flink_job.settings.settings import Settings, load
from tests import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MADE_LATER = {"run", "build", "dist"}  # working folders of a checkout, not in the repository
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")
FILE_ENDINGS = (".py", ".yaml", ".toml", ".md", ".sh")
README_LINES = 120
WIDTH = 109


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


def inline_calls(text: str) -> list[list[str]]:
    """The words of each `ringwatch ...` in the prose that is more than a command's name; `...` ends it."""
    found = re.findall(r"`(ringwatch [^`\n]+)`", FENCE.sub("", text))
    return [words for words in (shlex.split(call)[1:] for call in found) if len(words) > 1 and not {"...", "ACTION"} & set(words)]


def paths(text: str) -> set[str]:
    """What is in backticks and looks like a file or folder of the repository."""
    known = {path.name for path in ROOT.iterdir()} - MADE_LATER
    names = set(PATH.findall(FENCE.sub("", text)))
    return {name for name in names if ("/" in name and name.split("/")[0] in known) or name.endswith(FILE_ENDINGS)}


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def known_settings(name: str) -> bool:
    """Whether `--set NAME=...` names a setting; a value of the wrong type is refused in other words."""
    try:
        load(None, [f"{name}=null"])
    except Exception as error:
        return "unknown setting" not in str(error) and "is not a section" not in str(error)
    return True


def named_settings(text: str) -> set[str]:
    """The settings that the text names: after `--set`, and in backticks below any section that there is."""
    sections = "|".join(field.name for field in fields(Settings) if is_dataclass(field.default_factory))
    return set(re.findall(r"--set '?([\w.]+)=", text)) | set(re.findall(rf"`((?:{sections})\.[a-z_.]+)[`=]", text))


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_reader_finds_commands_and_paths() -> None:
    text = (
        "Read `gnn/nowhere.py`, `config.yaml`, `run/decisions`, `a b` and `ringwatch tail --json`.\n```sh\n"
        "$ ringwatch tail --json | jq .  # look\nKEY=v .venv/bin/ringwatch demo \\\n  --seed 5\nmake setup\n```\n## A `b.c` d\n"
    )
    assert calls(text, "ringwatch") == [["tail", "--json"], ["demo", "--seed", "5"]]
    assert calls(text, "make") == [["setup"]]
    assert inline_calls(text) == [["tail", "--json"]]
    assert paths(text) == {"gnn/nowhere.py", "config.yaml"}
    assert anchors(text) == {"a-bc-d"}
    every = [f"{name}.nothing" for name in ("graph", "policy", "incidents", "llm", "redis", "job", "cluster", "kafka", "train")]
    assert named_settings(" ".join(f"`{name}`" for name in every) + " `train.epochs=5`, --set a.b=1, `udfs.score`") == {
        *(*every, "train.epochs", "a.b"),
    }
    assert not any(map(known_settings, every))
    assert known_settings("job.bounded")
    assert not known_settings("job.bound")


def test_commands_parse(page: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, wrong = calls(text, "ringwatch") + inline_calls(text), []
    for words in found:
        try:
            args = _parser(words).parse_args(words)
            sources = getattr(args, "source", None)
            load(None, [*([f"job.sources={sources}"] if isinstance(sources, list) else []), *args.set])
        except SystemExit as ended:
            if ended.code:
                wrong.append(f"ringwatch {shlex.join(words)}: {capsys.readouterr().err.strip().splitlines()[-1]}")
    assert wrong == []
    assert {words[0] for words in found} <= {*COMMANDS, "--help", "-h", "--version"}


def test_readme_shows_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert calls(readme, "make")[:2] == [["setup"], ["demo"]]


def test_make_targets_exist(text: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    inline = [shlex.split(call) for call in re.findall(r"`make ([^`\n]+)`", FENCE.sub("", text))]
    asked = {word for words in calls(text, "make") + inline for word in words if re.fullmatch(r"[a-z][\w-]+", word)}
    assert asked <= targets


def test_settings_exist(text: str) -> None:
    found = [name for name in named_settings(text) if not name.startswith(("job.flink.", "section.")) and not known_settings(name)]
    assert found == []


def test_paths_links_and_anchors_exist(page: Path, text: str) -> None:
    folders = ("domain", "gnn", "udfs", "flink_job", "ops", "tests", "deploy")
    files = {path.name for folder in folders for path in (ROOT / folder).rglob("*")}
    missing = {name for name in paths(text) if not (ROOT / name).exists() and name not in files}
    for link in LINK.findall(FENCE.sub("", text)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            missing.add(link)
    assert missing == set()


def test_lines_are_short(text: str) -> None:
    """Tables and code apart: a row cannot be broken."""
    prose = [line for line in FENCE.sub("", text).splitlines() if not line.startswith("|")]
    assert [line for line in prose if len(line) > WIDTH] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES
