"""Paths that users give: inputs that can be read, outputs that destroy no input, errors in one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from domain.errors import SettingError
from domain.file_order import files_in_order

Named = Mapping[str, Sequence[Path]]
"""Paths by the option that they were given with."""
_MENDS = {
    errno.EISDIR: "name a file in it, not the folder",
    errno.ENOTDIR: "a part of the path is a file: choose another folder",
    errno.EACCES: "allow this user to read or write it, or choose another path",
    errno.EROFS: "choose a folder that can be written",
    errno.ENOENT: "correct the path",
    errno.ENOSPC: "free some space there, or choose a path on another disk",
    errno.EDQUOT: "your share of the disk is used up: free some space, or choose a path on another disk",
    errno.EFBIG: "the file would be larger than is allowed here: choose a path on another disk, or raise the limit (ulimit -f)",
}


def event_files(given: Iterable[Path], option: str) -> list[Path]:
    """Return the files as given, those of a folder in natural order of their names.

    Raise `SettingError` for the first that is missing or not to be read, and for a folder without files.
    """
    return [file for path in given for file in _readable(path, option)]


def _readable(path: Path, option: str) -> list[Path]:
    if not path.exists():
        raise SettingError(f"{option}: {path} does not exist: name a file of events, one JSON object a line, or a folder of them")
    if not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK):
        raise SettingError(f"{option}: {path} cannot be read: allow this user to read it")
    try:
        files = list(files_in_order(path))
    except OSError as error:  # a folder inside
        why = f"{error.filename} cannot be listed ({error.strerror})"
        raise SettingError(f"{option}: {why}: allow this user to read it, or name the files without it") from None
    if not files:
        raise SettingError(f"{option}: {path} holds no file, but for hidden ones: name a file of events, or a folder of them")
    return [path] if files == [path] else [inside for file in files for inside in _readable(file, option)]


def check_outputs(inputs: Named, outputs: Named, replaced: Named | None = None) -> None:
    """Raise `SettingError` unless each output can be a file and is no input and no other output.

    A link to an input is the input. Of an input folder each file counts, also below. `replaced` are folders
    that are replaced whole, and so may hold no input.
    """
    taken: dict[Path, str] = {}
    for option, paths in outputs.items():
        for path in paths:
            _check_place(option, path)
            if path.is_dir():
                raise SettingError(f"{option}: {path} is a folder: name a file, such as {path / 'out'}")
            if found := _same(path, inputs):
                raise SettingError(f"{option}: {path} is an input of {found}, which would be lost: name another file")
            if other := taken.get(path.resolve()):
                raise SettingError(f"{option}: {path} is the output of {other} as well: name two files")
            taken[path.resolve()] = option
    for option, paths in (replaced or {}).items():
        for path in paths:
            _check_holds_none(option, path, inputs)


def check_folder(option: str, path: Path) -> None:
    """Raise `SettingError` unless the path is a folder or can become one."""
    if path.exists() and not path.is_dir():
        raise SettingError(f"{option}: {path} is a file: name a folder")
    _check_place(option, path)


def file_error(error: OSError) -> str:
    """Return what happened to which file, and the mend."""
    known = error.errno if error.errno is not None else errno.ENOSPC if "No space left" in str(error) else None
    mend = _MENDS.get(known or 0)
    if not mend:
        return " ".join(str(error).split())
    what = os.fspath(error.filename) if isinstance(error.filename, str | os.PathLike) else ""
    said = os.strerror(known or 0)
    return f"{what}: {said}: {mend}" if what else f"{said}: {mend}"


def _check_place(option: str, path: Path) -> None:
    nearest = next((parent for parent in path.absolute().parents if os.path.lexists(parent)), path)
    if not nearest.is_dir():
        raise SettingError(f"{option}: {path} cannot be made: {nearest} is a file, not a folder: choose another place")


def _same(path: Path, inputs: Named) -> str | None:
    """Return the option whose input the path is, if any."""
    if not path.exists():
        return None
    for option, given in inputs.items():
        files = (file for one in given for file in files_in_order(one))
        if any(file.exists() and file.samefile(path) for file in files):
            return option
    return None


def _check_holds_none(option: str, folder: Path, inputs: Named) -> None:
    for name, given in inputs.items():
        if inside := next((one for one in given if one.resolve().is_relative_to(folder.resolve())), None):
            raise SettingError(f"{option}: {folder} is replaced whole, and holds {inside} of {name}: name another folder")
