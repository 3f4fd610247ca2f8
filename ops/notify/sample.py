"""A sample incident, sent to a channel to see what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.decisions.alert import SEVERITIES
from domain.times import HOUR_MS
from ops.cases.told import REVISION
from ops.cases.words import ACTION_WORDS
from ops.notify.channel import Channel, ChannelError, Sending
from ops.notify.notice import CLOSED, OPEN, Happening, Notice

_SEVERITY, _ACTION = "low", "monitor"


@dataclass(frozen=True)
class Tried:
    """What came of a sample."""

    went_well: bool
    said: str


def try_channel(channel: Channel, origin: str, number: str, clock: Callable[[], int]) -> Tried:
    """Send a sample incident, and to a pager its end; `number` tells samples apart."""
    notice = sample(origin, number, clock())
    try:
        external = channel.send(notice, Sending(f"notice:sample{number}", is_again=False))
        if channel.traits.is_pager:
            channel.send(sample(origin, number, clock(), CLOSED), Sending(f"notice:sample{number}-end", False, external))
    except ChannelError as error:
        return Tried(False, f"not taken: {error}")
    called = f"; the channel calls it {external}" if external else ""
    ended = ", and resolved at once" if channel.traits.is_pager else ""
    return Tried(True, f"taken{ended}{called}")


def sample(origin: str, number: str, now: int, state: str = OPEN) -> Notice:
    """Return a notice of an incident that never was."""
    return Notice(
        incident=f"inc-sample-{number}",
        revision=1,
        headline="This is a test of ringwatch: 4 accounts share 1 device",
        severity=_SEVERITY,
        severity_rank=SEVERITIES.index(_SEVERITY),
        action=_ACTION,
        to_do=ACTION_WORDS[_ACTION],
        kind="ring",
        pattern="test",
        money=["0.00 EUR"],
        alerts=4,
        accounts=4,
        since=now - HOUR_MS,
        until=now,
        score=0.5,
        sentences=["No such incident was found; somebody tries this channel."],
        facts=["4 accounts on one device"],
        steps=["Nothing is to be done."],
        link=f"{origin}/",
        state=state,
        owner="",
        verdict="",
        happened=[Happening(REVISION, "", now)],
        at=now,
    )
