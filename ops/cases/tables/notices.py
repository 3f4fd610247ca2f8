"""What of an incident each channel of notifications shows, and how much each has sent."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Document, Moment, Number, Table


class NoticeThread(Table):
    """What a channel was told of an incident."""

    __tablename__ = "notice_threads"
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str | None]
    """What the channel calls its message, such as Slack's channel and time; None where it has no name."""
    shown: Mapped[Document]
    """The state that was told last; see `ops.notify.notice`."""
    is_gathered: Mapped[bool]
    """Whether the incident was told among others only."""
    at: Mapped[Moment]
    """When it was told last."""


class NoticeBudget(Table):
    """How many messages a channel has had in the minute that runs, and whether some wait."""

    __tablename__ = "notice_budgets"
    channel: Mapped[str] = mapped_column(primary_key=True)
    minute_at: Mapped[Moment]
    minute_sent: Mapped[int]
    hour_at: Mapped[Moment]
    hour_sent: Mapped[int]
    """Both are of the version before, which counts by fixed hours; the hour is that of `NoticeMessage`."""
    is_holding: Mapped[bool]
    """Whether some wait for the end of the minute or the hour, to be gathered."""
    next_at: Mapped[Moment | None]
    """Not to be sent to before, whichever worker it is: see `Traits.pace_s`. None: never sent to."""


class NoticeMessage(Table):
    """A message that counts towards the hour of its channel. One that is older than an hour goes."""

    __tablename__ = "notice_messages"
    id: Mapped[Number]
    channel: Mapped[str]
    at: Mapped[Moment]
    """When it was taken to be sent, and when it was sent once that is known."""

    __table_args__ = (Index(None, "channel", "at"),)
