"""What several commands share: settings from the arguments, the event parser, progress lines."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from domain.errors import SettingError
from domain.events.parser import EventParser
from flink_job.cli import DEFAULT_CONFIG
from flink_job.settings.settings import Settings, load
from ops.secrets import pseudonyms


def settings_of(args: argparse.Namespace, **named: Any) -> Settings:
    """Return the settings.

    `named` holds values of the command's own options (`job__bounded=True`), None where not given.
    """
    path = args.config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    own = [f"{name.replace('__', '.')}={_yaml(value)}" for name, value in named.items() if value is not None]
    return load(path, [*args.set, *own])


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, str | Path):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def event_parser(settings: Settings) -> EventParser:
    """Return the parser that the job uses, under the same pseudonym key."""
    return EventParser(settings.graph, pseudonyms())


class Progress:
    """Counts on one line of a terminal, and as a plain line now and then elsewhere."""

    def __init__(self, what: str, out: TextIO | None = None) -> None:
        self._what = what
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._pause_s = 0.2 if self._live else 10.0
        self._began = self._last = time.monotonic()

    def __call__(self, done: int, total: int | None = None, extra: Mapping[str, int] | None = None, what: str | None = None) -> None:
        now = time.monotonic()
        if now - self._last < self._pause_s:
            return
        self._last = now
        share = f" of {total:,} ({done / total:.0%})" if total else ""
        counts = "".join(f", {name} {count:,}" for name, count in (extra or {}).items())
        rate = done / max(now - self._began, 1e-9)
        text = f"{what or self._what}: {done:,}{share}{counts}, {rate:,.0f}/s"
        self._out.write(f"\r\033[K{text}" if self._live else f"{text}\n")
        self._out.flush()

    def end(self) -> None:
        if self._live:
            self._out.write("\r\033[K")
            self._out.flush()


class PhaseProgress:
    """One `Progress` after the other, for work that goes through phases."""

    def __init__(self) -> None:
        self._phase, self._bar = "", Progress("")

    def __enter__(self) -> PhaseProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.end()

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if phase != self._phase:
            self._bar.end()
            self._phase, self._bar = phase, Progress(phase)
        self._bar(done, total)


def existing(files: Sequence[Path], option: str) -> Sequence[Path]:
    """Return the files, or raise an error that names the missing one."""
    for path in files:
        if not path.exists():
            raise SettingError(f"{option}: {path} does not exist")
    return files
