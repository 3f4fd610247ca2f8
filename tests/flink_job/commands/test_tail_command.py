"""The lines with `jq` that help and docs show, as a user types them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from domain.events.event import Rejected
from domain.events.rejection import rejection
from flink_job.commands.tail_command import EXAMPLE
from ops.redis.embedded import EmbeddedRedis
from tests import ROOT

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
LINES = [line for line in (ROOT / "docs" / "analyst.md").read_text(encoding="utf-8").splitlines() if "| jq" in line]
BAD = '{"event_id": "bad-1", "oops": [1]}'
DOCUMENTS = {
    "incidents": {"headline": "One device, 14 accounts"},
    "alerts": {"score": 0.97},
    "rejected": rejection(BAD.encode(), Rejected("line", "no event"), 1),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with a document in each stream."""
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        for stream, document in DOCUMENTS.items():
            client.xadd(f"ringwatch:{stream}", {"id": "x", "type": stream, "json": json.dumps(document)})
        yield server.url


def printed(line: str, address: str, folder: Path) -> str:
    """What the line prints, ended with `--no-follow`."""
    program = folder / "ringwatch"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m flink_job.cli "$@"\n')
    program.chmod(0o755)
    ended = line if "--no-follow" in line else line.replace(" | jq", " --no-follow | jq")
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "RINGWATCH_REDIS_URL": address}
    done = subprocess.run(["sh", "-c", ended], cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def test_the_docs_show_each_stream() -> None:
    assert [line.split()[3] for line in LINES] == ["incidents", "alerts", "rejected"]


@pytest.mark.parametrize("line", [EXAMPLE, *LINES])
def test_the_line_works_as_printed(line: str, address: str, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(f'{{"event_id": "good"}}\n{BAD}\n', encoding="utf-8")
    wanted = {"incidents": '"One device, 14 accounts"\n', "alerts": "0.97\n", "rejected": f"2:{BAD}\n"}
    assert printed(line, address, tmp_path) == wanted[line.split()[3]]
