"""kill -9 while archivers archive, again and again: in the end each decision is in the lake once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.ops.lake.lake_samples import archived, expected, fill, way

EACH = 6_000


def killed_in_work(url: str, prefix: str, lake: Path, chance: random.Random, archivers: int) -> None:
    """Start archivers, let them commit once or a few times, and kill them somewhere in the next one."""
    command = [sys.executable, "-m", "tests.ops.lake.killed_archiver", url, prefix, str(lake)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(archivers)]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "True\n"
    for one in started:
        with pytest.raises(subprocess.TimeoutExpired):
            one.wait(chance.random() * 0.15)
        one.send_signal(signal.SIGKILL)
    for one in started:
        one.wait()
        assert one.stdout is not None
        one.stdout.close()


def survive(kills: int, archivers: int, redis_url: str, client: Any, prefix: str, lake: Path) -> None:
    chance = random.Random(3)
    for number in range(kills):
        fill(client, prefix, range(number * EACH, (number + 1) * EACH))
        killed_in_work(redis_url, prefix, lake, chance, archivers)
    last = way(redis_url, prefix, lake)
    last.step()
    assert archived(lake) == expected(range(kills * EACH))


@pytest.mark.parametrize("archivers", [1, pytest.param(2, marks=pytest.mark.cluster)])
def test_two_kills_lose_and_double_nothing(archivers: int, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    survive(2, archivers, redis_url, redis_client, stream_prefix, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("archivers", [1, 2])
def test_twenty_kills_lose_and_double_nothing(
    archivers: int, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    survive(20, archivers, redis_url, redis_client, stream_prefix, tmp_path)
