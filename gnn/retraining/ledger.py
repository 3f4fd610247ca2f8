"""What was tried, offered, promoted and rolled back, in `retraining.json` of the folder of candidates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from domain.errors import SettingError
from domain.whole_files import whole_file

NAME = "retraining.json"
TRIED, OFFERED, PROMOTED, ROLLED_BACK = "tried", "offered", "promoted", "rolled back"
BEGUN, FAILED = "begun", "failed"
"""Of a trial on schedule: that the worker has started it, and that it has ended without a candidate."""


@dataclass(frozen=True)
class Entry:
    """One step. Paths are those of artifacts."""

    at_ms: int
    act: str
    """`tried`, `offered` (in shadow), `promoted`, `rolled back`; `begun` and `failed` have no model."""
    model: str
    """Id of the model that it is about,"""
    path: str
    """and its folder."""
    before: str
    """Folder of the model that was active before."""
    judgement: str = ""
    """What was found; of one that failed why."""
    version: int = 0
    """Of the control record that was written here; 0 where the service gave it one."""
    card: str = ""
    """SHA-256 of the card of a candidate that was tried; the card names that of its weights."""


@dataclass(frozen=True)
class Ledger:
    """The steps so far, oldest first."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Return the ledger of a folder, empty where there is none. Raises `SettingError`."""
        try:
            found = json.loads((folder / NAME).read_text(encoding="utf-8"))
            return cls(tuple(_entry(entry) for entry in found["entries"]))
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError):
            raise SettingError(f"{folder / NAME} is not what ringwatch retrain writes: restore it, or move it away") from None

    def with_entry(self, entry: Entry) -> Ledger:
        """Return the ledger with one more step."""
        return replace(self, entries=(*self.entries, entry))

    def write(self, folder: Path) -> None:
        """Write the file whole or not at all."""
        with whole_file(folder / NAME) as file:
            file.write(json.dumps({"entries": [asdict(entry) for entry in self.entries]}, indent=1) + "\n")

    @property
    def active(self) -> str:
        """Return the folder of the model that was put in force last, empty where none was."""
        changed = [entry for entry in self.entries if entry.act in (PROMOTED, ROLLED_BACK)]
        return changed[-1].path if changed else ""

    @property
    def candidate(self) -> Entry | None:
        """Return the newest candidate that was tried."""
        return next((entry for entry in reversed(self.entries) if entry.act == TRIED), None)

    @property
    def to_roll_back(self) -> Entry | None:
        """Return the newest promotion that has not been rolled back."""
        rolled = 0
        for entry in reversed(self.entries):
            if entry.act == ROLLED_BACK:
                rolled += 1
            elif entry.act == PROMOTED:
                if not rolled:
                    return entry
                rolled -= 1
        return None

    @property
    def next_version(self) -> int:
        """Return the version of the next control record that is written from here."""
        return 1 + max((entry.version for entry in self.entries), default=0)


def _entry(document: Mapping[str, object]) -> Entry:
    return Entry(**{item.name: document[item.name] for item in fields(Entry) if item.name in document})  # type: ignore[arg-type]
