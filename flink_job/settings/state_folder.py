"""Where a savepoint or checkpoint that a setting names lies."""

from __future__ import annotations

from pathlib import Path


def state_folder(named: str) -> Path:
    """Return the folder that a path or file: URL names, whether it exists or not."""
    return Path(named.removeprefix("file:").replace("///", "/", 1)).resolve()
