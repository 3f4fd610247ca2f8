"""The savepoint of November 2026 that is kept with the tests, unpacked."""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests import ROOT

KEY = "a key for the tests"
"""Of its pseudonyms, which are of version 1."""
OPTIONS = ("identity.pseudonyms=1",)


def unpacked(folder: Path) -> Path:
    with tarfile.open(ROOT / "tests" / "job" / "data" / "savepoint_2026_11.tar.xz") as archive:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder / "savepoint"
