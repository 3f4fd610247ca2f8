"""What an embedded server's end says to its user: its fate, and the mend that fits the fault."""

from __future__ import annotations

import re
import signal
from pathlib import Path

_AT_PORT = re.compile(r"Failed listening on port|Could not create server TCP listening socket")
_NOT_ALLOWED = re.compile(r"listening socket.*Permission denied")
_AT_DISK = re.compile(r"No space left on device|Disk quota exceeded|AOF write error")
_AT_FOLDER = re.compile(r"Permission denied|Read-only file system|Operation not permitted|append-only dir")
_IN_FILE = re.compile(r"Bad file format|Unexpected end of file|Unrecoverable error reading|AOF.*(?:corrupt|truncated)", re.IGNORECASE)


def last_words(log: str) -> str:
    """Return the last line of a server's log, without process, date and time."""
    lines = log.strip().splitlines() or ["it said nothing"]
    return re.split(r" [#*.-] ", lines[-1], maxsplit=1)[-1].rstrip(".")


def start_mend(log: str, port: int, folder: Path | None) -> str:
    """Return what to do about a server that has not started, from what it has said."""
    if _NOT_ALLOWED.search(log):
        return f"this user may not listen on port {port}: choose a --port from 1024 on"
    if _AT_PORT.search(log):
        return f"end the program that listens on port {port}, or choose another --port"
    if folder is not None and (mend := _folder_mend(log, folder)):
        return mend
    return "see what it says, or use a Redis server of yours (setting redis.url)"


def _folder_mend(log: str, folder: Path) -> str:
    if _AT_DISK.search(log):
        return f"free some space on the disk of {folder}, or name another --folder"
    if _AT_FOLDER.search(log):
        return f"allow this user to write into {folder}, or name another --folder"
    if _IN_FILE.search(log):
        return f"the file in {folder} is damaged: restore it from a backup, or name another --folder"
    return ""


def fate(code: int, log: str) -> str:
    """Return how a server ended, from its exit code (below 0: minus the signal)."""
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with code {code} ({last_words(log)})"


def kept(folder: Path | None, log: str) -> str:
    """Return where the data of a server that has ended is, and what to do before it is started again."""
    if folder is None:
        return "its data was in memory and is gone; --folder keeps it the next time"
    first = "free some space on that disk, then " if _AT_DISK.search(log) else ""
    return f"its data is in {folder}: {first}start it again with that --folder"
