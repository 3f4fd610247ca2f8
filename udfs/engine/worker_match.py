"""Do the workers have the code and the key of the client that built the job?

A TaskManager's embedded interpreter keeps the modules that it loaded first, whatever code a later job
brings. It reads the key of the pseudonyms from its own environment. Both could go wrong in silence: half old
and half new code, or a graph under other pseudonyms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.abc import Traversable
from importlib.metadata import version
from importlib.resources import files
from pkgutil import walk_packages
from unicodedata import unidata_version

from domain.events.identity import USUAL, as_text
from ops.secrets import PSEUDONYM_KEY, pseudonyms

_FROM_OPS = ("ops.llm", "ops.redis", "ops.secrets")
PACKAGES = ("domain", "gnn", "udfs", *_FROM_OPS)
EMBEDDED = ("domain", "udfs", *_FROM_OPS)


class MismatchError(RuntimeError):
    """A worker differs from the client that built the job; the message says what to do."""


def _sources(place: Traversable) -> Iterator[Traversable]:
    """Yield every Python file at or below a place, in one order."""
    if place.is_dir():
        for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
            yield from _sources(entry)
    elif place.name.endswith(".py"):
        yield place


def _digest() -> str:
    # canonical forms follow from the tables of Unicode, and waves from the list of disposable domains
    tables = f"{unidata_version} {version('idna')} {version('disposable-email-domains')}"
    digest = hashlib.blake2b(f"{tables}\0".encode(), digest_size=8)
    for name in PACKAGES:
        package, *inside = name.split(".")
        place: Traversable = files(package)
        for part in inside:
            place = place / part
        for source in _sources(place if place.is_dir() else files(package) / f"{inside[-1]}.py"):
            digest.update(f"{name}/{source.name}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()


LOADED_CODE = _digest()
"""The code when this process imported it: the files may change later."""


@dataclass(frozen=True)
class WorkerMatch:
    """What the client has and every worker must have: a digest of the code, and one pseudonym.

    The pseudonym is that of an empty text. It differs from key to key and says no more of the key than any
    other pseudonym.
    """

    code: str
    key: str

    def check(self) -> None:
        """Raise MismatchError if this process differs. Operators call this in `open`, in their worker."""
        load_everything()
        here = worker_match()
        if self.code != here.code:
            raise MismatchError(
                "this TaskManager has loaded other code than the job was built with, and keeps it: start the TaskManagers anew "
                "(make cluster-stop cluster) and submit again"
            )
        if self.key != here.key:
            raise MismatchError(
                f"{PSEUDONYM_KEY} of this TaskManager is not the one the job was built with: start the cluster with the same key in "
                "its environment"
            )


@cache
def load_everything() -> None:
    """Import now all modules that an embedded interpreter may ever need.

    Flink deletes the code of a job when the job ends, but the interpreter goes on looking for it there. It
    would not find a module that only the next job's subtasks in this TaskManager need.
    """
    for name in EMBEDDED:
        for module in walk_packages(getattr(import_module(name), "__path__", ()), f"{name}."):
            import_module(module.name)


@cache
def worker_match() -> WorkerMatch:
    """Return what this process has. The client calls this where it builds an operator."""
    return WorkerMatch(LOADED_CODE, as_text(pseudonyms(USUAL).of_text("built with", "")))
