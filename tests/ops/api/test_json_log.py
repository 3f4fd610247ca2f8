"""Whatever part writes it, a line of the log is JSON; nonsense from outside does not flood it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from ops.api import json_log
from ops.api.json_log import JsonLines, Seldom


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> Iterator[logging.Logger]:
    logger = logging.Logger("uvicorn.error")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.addFilter(Seldom())
    yield logger
    logger.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_of_json(logger: logging.Logger, stream: io.StringIO) -> None:
    logger.warning('Redis at %s\nis "away".', "ä")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": 'Redis at ä\nis "away".', "level": "warning", "logger": "uvicorn.error"}


def test_an_exception_is_its_kind_and_its_lines(logger: logging.Logger, stream: io.StringIO) -> None:
    try:
        raise ValueError("of anna@example.com")
    except ValueError:
        logger.exception("Exception in ASGI application\n")
    (line,) = lines(stream)
    assert line["error"] == "ValueError" and "test_json_log.py" in line["where"][-1]
    assert "anna" not in stream.getvalue()


def test_the_same_warning_is_written_seldom(logger: logging.Logger, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("ops.api.json_log.time.monotonic", lambda: now[0])
    for _ in range(500):
        logger.warning("Invalid HTTP request received.")
    logger.warning("another")
    now[0] += json_log.PAUSE_S
    logger.warning("Invalid HTTP request received.")
    for _ in range(2):
        logger.error("each error counts")
    found = [(line["event"], line.get("left_out", 0)) for line in lines(stream)]
    assert found == [
        ("Invalid HTTP request received.", 0),
        ("another", 0),
        ("Invalid HTTP request received.", 499),
        *[("each error counts", 0)] * 2,
    ]
