"""What every kind of channel is: how it is told, and what can go wrong.

ChannelError
  Refused     this message is not taken, now or later: it is given up
  Later       this message is not taken now: it is tried again, others go on
  Away        the channel takes nothing now: all its messages wait, in their order
    NotThis   of a channel the same; of a shop that is asked for one order it says nothing of the others
    Busy      of a channel the same; of a shop it says little of the others, until several are met so
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ops.notify.notice import Digest, Notice, Page


class ChannelError(RuntimeError):
    """A message was not taken; the text says why, and shows no secret."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        """Note why, and how long the channel asks to wait, None if it does not say."""
        super().__init__(why)
        self.wait_s = wait_s


class Refused(ChannelError):  # noqa: N818 - an answer, not a fault
    """The message is not taken, and would not be later."""


class Later(ChannelError):  # noqa: N818
    """The message is not taken now."""


class Away(ChannelError):  # noqa: N818
    """The channel takes nothing now."""


class NotThis(Away):
    """What was asked for is not there, or is not allowed."""


class Busy(Away):
    """No answer comes in time, or one that says: not now."""


@dataclass(frozen=True)
class Traits:
    """What tells kinds of channels apart for those who decide what is sent."""

    edits: bool = False
    """Whether its message of an incident is changed in its place: a change is sent, and does not count."""
    is_machine: bool = False
    """Whether programs read it: no quiet hours, no brake unless one is named, every change is sent."""
    is_pager: bool = False
    """Whether it wakes people: what is late is not sent."""
    pace_s: float = 0.0
    """Least time between two requests."""


@dataclass(frozen=True)
class Sending:
    """How a notice is sent."""

    key: str
    """The same whenever the same notice is sent again: what a channel deduplicates by."""
    is_again: bool
    """Whether an earlier attempt may have arrived."""
    external_id: str | None = None
    """What the channel calls its message of this incident."""
    may_reply: bool = True
    """Whether the brake allows a message beside the change of the one that is there."""


class Channel(Protocol):
    """A way to people or systems."""

    traits: Traits

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Tell of an incident as it is; return what the channel calls its message. Raises ChannelError."""
        ...

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Tell of many incidents at once. Raises ChannelError."""
        ...

    def send_page(self, page: Page, how: Sending) -> None:
        """Hand on a page. Raises ChannelError."""
        ...
