"""Files that appear under their names only when they are complete."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a write that name no file."""


@contextmanager
def unfinished(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Lend a hidden name for each path; rename all at the end, or delete them if the block fails.

    The hidden files lie beside the paths, so that renaming is atomic, and whoever watches the folder for
    files passes them over. Missing folders are made. A full disk is an error that names the
    paths.
    """
    hidden = tuple(path.with_name(f".{path.name}.unfinished") for path in paths)
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield hidden
        for made, path in zip(hidden, paths, strict=True):
            made.replace(path)
    except OSError as error:
        if error.errno in _FULL and error.filename is None:
            raise OSError(error.errno, error.strerror, " or ".join(map(str, paths))) from None
        raise
    finally:
        for made in hidden:
            with suppress(FileNotFoundError):
                made.unlink()


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a text file (UTF-8) that appears under its name when the block ends well."""
    with unfinished(path) as (made,), made.open("w", encoding="utf-8", newline="\n") as file:
        yield file
