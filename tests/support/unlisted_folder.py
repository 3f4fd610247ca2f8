"""A folder that nobody can list, not even root: the network of a process that has ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unlisted(link: Path) -> Iterator[Path]:
    """Make `link` lead to such a folder for as long as the process is not waited for."""
    process = subprocess.Popen(["true"])
    try:
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        link.symlink_to(f"/proc/{process.pid}/net")
        yield link
    finally:
        process.wait()
