"""Which files and models may be named over the API: those in the folders that a setting names, and no other.

The job reads what a record names. Without this, who may change lists could have it read any file of its
machine, and learn from what it says which files there are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.control.records import LIST
from domain.events.event import Rejected

SETTING = "service.control_files"


@dataclass(frozen=True)
class ControlFiles:
    """The folders; none: no file and no model can be named."""

    folders: tuple[str, ...] = ()
    """Relative ones begin where the service was started."""

    def checked(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with the whole path of what it names, links resolved.

        Raises `Rejected` for what lies outside, in the same words whether it is there or not.
        """
        name = "file" if document["control"] == LIST else "path"
        path = document.get(name)
        return dict(document) if not isinstance(path, str) else {**document, name: self._inside(name, path)}

    def _inside(self, name: str, path: str) -> str:
        if not self.folders:
            raise Rejected(name, f"the API takes none: {SETTING} names no folder that it may lie in; ask who runs the service to set it")
        outside = Rejected(name, f"it lies in none of the folders of {SETTING}: name one that does, without ..")
        asked = Path(path)
        named = [Path(os.path.normpath(Path.cwd() / folder)) for folder in self.folders]
        real = [Path(os.path.realpath(folder)) for folder in self.folders]
        # the text first: the disk is not asked about what lies elsewhere, so that no answer depends on it
        if ".." in asked.parts or not _is_in(Path.cwd() / asked, (*named, *real)):
            raise outside
        try:
            found = Path(os.path.realpath(asked))
        except ValueError:  # a null character or half a surrogate pair
            raise outside from None
        if not _is_in(found, real):
            raise outside
        return str(found)


def _is_in(path: Path, folders: tuple[Path, ...] | list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
