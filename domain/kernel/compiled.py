"""Functions that run several times per event, compiled by numba.

Compiled code is kept in the user's cache folder (`RINGWATCH_CACHE` names another one; empty: none), under a
digest of the sources of `domain` and of the function's own package. A job whose code Flink unpacks
somewhere else at every start finds it there; a changed rule or constant never meets old code. Where the
folder cannot be written, each process compiles for itself.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

# numba looks for every builtin in the module that it names as its own. A host that has put another `print`
# in its place, as PyFlink's worker does with a bound method, has none there.
setattr(sys.modules[print.__module__], print.__name__, print)

from numba import njit  # noqa: E402
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator  # noqa: E402

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function that only compiled functions call: with its caller, and kept with it."""
    inner: Function = njit(function)
    return inner


def compiled_entry(function: Function) -> Function:
    """Compile a function that Python calls: at the first call, and kept.

    What runs inside Flink's TaskManager takes and returns numbers only, addresses among them. To release an
    array numba asks for the interpreter's lock by `PyGILState_Ensure`, and where the interpreter is
    embedded in a JVM its threads wait for that for ever. The scoring worker is a process of Python's own:
    what only it calls may take arrays.
    """
    entry = njit(function)
    # numba hands the function back where NUMBA_DISABLE_JIT is set
    if _FOLDER is not None and hasattr(entry, "_cache"):
        entry._cache = _Cache(function)
    result: Function = entry
    return result


@cache
def _digest(folder: Path) -> str:
    """Return the digest of the sources of a package, or of those beside a script; empty if there are none."""
    is_package = (folder / "__init__.py").exists()
    sources = sorted(folder.rglob("*.py") if is_package else folder.glob("*.py"))
    if not sources:
        return ""
    named = [source.relative_to(folder).as_posix().encode() + source.read_bytes() for source in sources]
    return hashlib.sha256(b"\0".join(named)).hexdigest()


def _home(file: Path) -> Path:
    """Return the folder of the outermost package of a source: its rooms call each other's functions."""
    folder = file.parent
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    return folder


def _folder() -> Path | None:
    """Return where this version's code is kept, made if need be; None if it is not kept."""
    chosen = os.environ.get("RINGWATCH_CACHE")
    if chosen == "" or not _DIGEST:
        return None
    try:
        parent = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ringwatch"
        folder = parent / _DIGEST[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies there is run
    except (OSError, RuntimeError):  # no home, or one that cannot be written
        return None
    is_ours = os.access(folder, os.W_OK) and folder.stat().st_uid == os.geteuid()
    return folder if is_ours else None


_DIGEST = _digest(_home(Path(__file__)))
_FOLDER = _folder()


def kept_code() -> Path | None:
    """Return the folder where this version's compiled code is kept; None if it is not kept."""
    return _FOLDER


class _Locator(UserProvidedCacheLocator):  # type: ignore[misc]
    def __init__(self, function: Callable, file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(_FOLDER)

    def get_source_stamp(self) -> str:
        return _digest(_home(Path(self._py_file))) + _DIGEST

    @classmethod
    def from_function(cls, function: Callable, file: str) -> _Locator:
        return cls(function, file)


class _Kept(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class _Cache(FunctionCache):  # type: ignore[misc]
    _impl_class = _Kept

    def load_overload(self, signature: Any, target: Any) -> Any:
        try:
            return super().load_overload(signature, target)
        except Exception:  # a damaged file may raise anything: compiled again
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        with suppress(OSError):  # a full disk: compiled again the next time
            super().save_overload(signature, data)
