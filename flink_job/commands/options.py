"""What several commands share: settings from the arguments, the event parser, files that must exist."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.events.parser import EventParser
from domain.paths import event_files
from flink_job.cli import DEFAULT_CONFIG
from flink_job.settings.disposable_domains import further_domains
from flink_job.settings.settings import Settings, load
from ops.redis.settings import RedisSettings
from ops.secrets import pseudonyms


def settings_of(args: argparse.Namespace, **named: Any) -> Settings:
    """Return the settings.

    `named` holds values of the command's own options (`job__bounded=True`), None where not given.
    """
    path = args.config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    own = [f"{name.replace('__', '.')}={_yaml(value)}" for name, value in named.items() if value is not None]
    return load(path, [*args.set, *own])


def redis_options(redis: RedisSettings) -> str:
    """Return the options by which a command finds the streams of these settings; empty for the usual ones."""
    usual = RedisSettings()
    url = f" --set redis.url={shlex.quote(redis.url)}" if redis.url else ""
    return url + (f" --set redis.prefix={shlex.quote(redis.prefix)}" if redis.prefix != usual.prefix else "")


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, str | Path):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def event_parser(settings: Settings) -> EventParser:
    """Return the parser that the job uses, under the same pseudonym key."""
    disposable = further_domains(settings.incidents.waves)
    return EventParser(settings.graph, pseudonyms(settings.identity), disposable=disposable, currency=settings.currency)


def existing(files: Sequence[Path], option: str) -> Sequence[Path]:
    """Return the files of events, a folder's in natural order; raise `SettingError` for one that cannot be
    read.
    """
    return event_files(files, option)
