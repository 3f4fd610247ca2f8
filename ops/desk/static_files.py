"""The style sheet, scripts and pictures of the desk, under an address that changes with them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """One file, and the same compressed."""

    content: bytes
    packed: bytes
    kind: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the files by name, read once."""
    contents = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in _KINDS}
    return {name: StaticFile(content, gzip.compress(content, 9, mtime=0), _KINDS[Path(name).suffix]) for name, content in contents.items()}


@cache
def version() -> str:
    """Return a hash of all the files: scripts import each other: one address is of one set."""
    digest = hashlib.sha256()
    for name, file in static_files().items():
        digest.update(f"{name} {len(file.content)} ".encode() + file.content)
    return digest.hexdigest()[:16]


def address_of(name: str) -> str:
    """Return the path of a file; raise KeyError for one that there is not."""
    return f"/static/{version()}/{name}" if static_files()[name] else ""
