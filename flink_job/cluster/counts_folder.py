"""The folder in which the operators of a local run keep their counts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from udfs.metrics.run_counts import FOLDER

_lent: list[Path] = []
"""The folder that this process lends at the moment."""


@contextmanager
def counts_folder() -> Iterator[Path]:
    """Lend a folder for counts, told to the Java process that is started meanwhile; within such a time the
    same one.
    """
    if _lent:
        yield _lent[0]
        return
    before = os.environ.get(FOLDER)
    with TemporaryDirectory(prefix="ringwatch-counts-") as folder:
        os.environ[FOLDER] = folder
        _lent.append(Path(folder))
        try:
            yield _lent[0]
        finally:
            _lent.clear()
            os.environ.pop(FOLDER, None)
            if before is not None:
                os.environ[FOLDER] = before
