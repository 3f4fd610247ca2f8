"""A folder that nobody can list, not even root: the network of a process that has ended."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unlisted(link: Path) -> Iterator[Path]:
    """Make `link` lead to such a folder for as long as the process is not waited for."""
    process = subprocess.Popen(["true"])
    folder = Path(f"/proc/{process.pid}/net")
    try:
        while os.path.exists(folder / "dev"):
            time.sleep(0.01)
        link.symlink_to(folder)
        yield link
    finally:
        process.wait()
