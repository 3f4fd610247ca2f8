"""The savepoints of November 2026 that are kept with the tests, unpacked."""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests import ROOT

KEY = "a key for the tests"
"""Of its pseudonyms, which are of version 1."""
OPTIONS = ("identity.pseudonyms=1",)
FIRST, LAST = "savepoint_2026_11", "savepoint_2026_11_30"


def unpacked(folder: Path, name: str = FIRST) -> Path:
    with tarfile.open(ROOT / "tests" / "job" / "data" / f"{name}.tar.xz") as archive:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder / "savepoint"
