"""Working folders that a run empties: only those that ringwatch made, and in them only what it wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.errors import SettingError
from flink_job.cluster.run_lock import try_lock


@contextmanager
def own_folder(folder: Path, marker: str, names: Sequence[str], named_by: str) -> Iterator[None]:
    """Make a folder, or take away what an earlier run left in it: the entries `names`, nothing else.

    A file `marker` says that the folder is ours, and its lock that it is in use as long as the context lasts.
    Raise `SettingError`, and leave all as it is, if the folder holds anything without that file, or is in
    use; `named_by` is the option or setting that names the folder.
    """
    mark = folder / marker
    if not mark.exists() and folder.is_dir() and any(folder.iterdir()):
        raise SettingError(
            f"{named_by}: {folder} is not empty, and no earlier run of this command made it (it holds no {marker}): "
            "name a new folder, or remove this one yourself"
        )
    folder.mkdir(parents=True, exist_ok=True)
    handle = try_lock(mark)
    if handle is None:
        raise SettingError(f"{named_by}: another run is using {folder}: wait for its end, or name another folder")
    try:
        mark.write_text("ringwatch made this folder, and takes away what it wrote here when it starts again.\n", encoding="ascii")
        for name in names:
            _remove(folder / name)
        yield
    finally:
        os.close(handle)


def is_own_folder(folder: Path, marker: str) -> bool:
    """Return whether an earlier run made the folder."""
    return (folder / marker).exists()


def _remove(path: Path) -> None:
    """Remove a file, a folder, or a link without what it leads to."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
