"""The log of the service: one JSON object a line, of whatever part writes it."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from asyncio import CancelledError
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

from domain.json_text import as_unicode_json

PAUSE_S = 10.0
"""A warning of the server is written once in this time: whoever sends nonsense fills no disk."""


def log_to(stream: TextIO = sys.stderr) -> None:
    """Make structlog write one JSON object per line to a stream."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def log_json() -> None:
    """Make this process log JSON on stderr: structlog, and every handler that Python's logging has by now."""
    log_to(sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines())
    logging.captureWarnings(True)
    for filter_ in (CutOff(), Seldom()):
        logging.getLogger("uvicorn.error").addFilter(filter_)


def where_of(error: BaseException) -> list[str]:
    """Return the innermost places of an error's way: files, lines and functions, without values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


class JsonLines(logging.Formatter):
    """Records of Python's logging as JSON. An exception is its kind and its lines: its words may identify."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line: called by a handler."""
        facts: dict[str, Any] = {"event": record.getMessage().strip(), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info and (error := record.exc_info[1]):
            facts |= {"error": type(error).__name__, "where": where_of(error)}
        if left_out := getattr(record, "left_out", 0):
            facts["left_out"] = left_out
        written = datetime.fromtimestamp(record.created, UTC)
        return as_unicode_json({**facts, "timestamp": f"{written:%Y-%m-%dT%H:%M:%S.%fZ}"})


class CutOff(logging.Filter):
    """A filter that calls requests so that the end of the service cuts off: they are no errors."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True, having put such a record into words: called by its logger."""
        if record.exc_info and isinstance(record.exc_info[1], CancelledError):
            record.msg, record.args, record.exc_info = "A request was cut off: the service ends.", (), None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class Seldom(logging.Filter):
    """A filter that passes each warning once in `PAUSE_S`, with how many were left out since the last."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a record: called by its logger."""
        if record.levelno > logging.WARNING:
            return True
        words, now = str(record.msg), time.monotonic()
        written, left_out = self._seen.get(words, (-PAUSE_S, 0))
        if now - written < PAUSE_S:
            self._seen[words] = (written, left_out + 1)
            return False
        self._seen[words], record.left_out = (now, 0), left_out
        return True
