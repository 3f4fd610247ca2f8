"""The receiver of docs/actions.md, run as it is printed there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from domain.times import now_ms
from tests import ROOT
from tests.ops.actions.conftest import KEY, Rig
from tests.support.channel_stand_in import StandIn

MakeRig = Callable[..., Rig]


@pytest.fixture
def receiver() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The receiver and its address."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "actions.md").read_text("utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 21
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "RINGWATCH_ACTIONS_KEY": KEY, "PORT": f"{port}"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/", process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_it_takes_what_is_signed_once_and_nothing_else(rig: MakeRig, shop: StandIn, receiver: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = receiver
    live, copied = rig(target=url), rig()
    live.clock.now = now_ms()  # the receiver's
    live.block(1)
    live.block(2, score=0.6)
    live.run()
    assert live.states() == {"sent": 2}
    copied.block(3)
    copied.run()
    asked = shop.asked[0]
    assert [post(url, asked.body, asked.headers) for _ in range(2)] == [204, 204]
    assert post(url, asked.body.replace(b"order-3", b"order-4"), asked.headers) == 401
    old = {**asked.headers, "webhook-timestamp": f"{int(asked.headers['webhook-timestamp']) - 400}"}
    assert post(url, asked.body, old) == 401
    assert process.stdout is not None
    lines = sorted(process.stdout.readline().split() for _ in range(3))
    assert lines == [["block", "order-1"], ["block", "order-3"], ["hold", "order-2"]]


def post(url: str, body: bytes, headers: object) -> int:
    kept = {name: value for name, value in dict(headers).items() if name.startswith("webhook-")}  # type: ignore[call-overload]
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, kept)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
