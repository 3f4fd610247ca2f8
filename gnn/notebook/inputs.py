"""What every function takes: paths, times, the key of the pseudonyms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from domain.errors import SettingError
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import DEMO_KEY, PSEUDONYM_KEY, USUAL, IdentitySettings, Pseudonyms
from domain.events.parser import EventParser
from domain.file_order import files_in_order
from domain.graph import GraphSettings
from domain.paths import check_outputs
from domain.times import moment_ms, utc_ms

Paths = str | Path | Sequence[str | Path]
"""One file or several, in time order, or a folder, whose files are read in natural order of their names."""
Time = str | date | datetime
"""A day or a time, as a text (`2026-01-31`, `2026-01-31T12:00:00Z`) or as pandas and Python hold it; without
a zone UTC.
"""


def files_of(paths: Paths) -> list[Path]:
    """Return the paths as a list, with a folder's files in its place.

    Raises FileNotFoundError for one that is not there, and for a folder without files.
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    for file in files:
        if not file.exists():
            raise FileNotFoundError(f"{file} does not exist: give the path of a file of events, one JSON object a line")
        if not any(files_in_order(file)):
            raise FileNotFoundError(f"{file} holds no file: give the path of a file of events, or of a folder of them")
    return [inside for file in files for inside in files_in_order(file)]


def target_of(out: str | Path, **inputs: Sequence[Path]) -> Path:
    """Return the path to write. Raises SettingError if it is an input, or can be no file."""
    check_outputs(inputs, {"out": [Path(out)]})
    return Path(out)


def time_ms(time: Time | None) -> int | None:
    """Return a time as ms since 1970, None for None. Raises ValueError for a text that is none."""
    if time is None:
        return None
    if isinstance(time, str):
        try:
            return moment_ms(time)
        except ValueError:
            raise ValueError(f"{time!r} is no time: write 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return utc_ms(time if isinstance(time, datetime) else datetime(time.year, time.month, time.day))


def pseudonyms(key: str | None, identity: IdentitySettings = USUAL) -> Pseudonyms:
    """Return the pseudonyms under a key; None: that of the environment, as the command line uses it, or the
    demo's.
    """
    return Pseudonyms(key.encode() if key else _key_of_environment(), identity)


def parser_of(
    graph: GraphSettings, key: str | None, identity: IdentitySettings = USUAL, currency: CurrencySettings = USUAL_CURRENCY
) -> EventParser:
    """Return the parser that the job uses."""
    return EventParser(graph, pseudonyms(key, identity), currency=currency)


def quiet(phase: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def _key_of_environment() -> bytes:
    file = os.environ.get(f"{PSEUDONYM_KEY}_FILE")
    if not file:
        return os.environ.get(PSEUDONYM_KEY, "").encode() or DEMO_KEY
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n").encode()
    except OSError as error:
        raise SettingError(f"{PSEUDONYM_KEY}_FILE: {file} cannot be read ({error.strerror}): name a readable file") from None
