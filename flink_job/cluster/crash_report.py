"""Where a Java process that crashes leaves its report, `hs_err_pid1234.log`: beside its logs."""

from __future__ import annotations

from pathlib import Path

_OPTION = "-XX:ErrorFile="


def with_crash_reports(options: str, logs: Path) -> str:
    """Return Java's options with one that names the folder of the logs for reports of crashes.

    Java's default is the folder that the user is in. Nothing changes where the options name a place already,
    or the folder's name has white space, at which they are taken apart.
    """
    place = str(logs.resolve() / "hs_err_pid%p.log")
    if _OPTION in options or len(place.split()) > 1:
        return options
    return f"{options} {_OPTION}{place}".strip()
