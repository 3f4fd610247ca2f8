"""The form that puts an entity on a list: which lists there are, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from domain.decisions.effects import ALLOW_LIST, BLOCK_LIST
from domain.times import DAY_MS


class Expiry(Enum):
    """How long a record of a list holds."""

    DAY = ("1", "for a day")
    WEEK = ("7", "for a week")
    MONTH = ("30", "for 30 days")
    QUARTER = ("90", "for 90 days")
    YEAR = ("365", "for a year")
    EVER = ("ever", "until somebody takes it off")

    @property
    def text(self) -> str:
        """The value in the form."""
        return self.value[0]

    @property
    def words(self) -> str:
        """What the form shows."""
        return self.value[1]

    def until(self, now: int) -> int | None:
        """Return when it ends, in ms since 1970, None for never."""
        return None if self is Expiry.EVER else now + int(self.text) * DAY_MS


@dataclass(frozen=True)
class ListChoice:
    """A list that an entity can be put on."""

    name: str
    does: str


def choices_of(names: Sequence[str]) -> list[ListChoice]:
    """Return the two lists that decide, and those of other names that there are."""
    others = [ListChoice(name, f"{name}: rules ask for it") for name in names if name not in (BLOCK_LIST, ALLOW_LIST)]
    return [
        ListChoice(BLOCK_LIST, "block: its events are blocked"),
        ListChoice(ALLOW_LIST, "allow: its events pass; a second person must agree"),
        *others,
    ]


def expiry_of(text: str) -> Expiry:
    """Return what a form says. Raises KeyError for what it does not offer."""
    return {one.text: one for one in Expiry}[text]
