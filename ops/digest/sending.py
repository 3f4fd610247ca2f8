"""A digest as a page for channels: HTML for mail, a few lines for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops.digest.day import Day, day_before, day_of
from ops.digest.figures import Digest
from ops.digest.forms import Picture, drawn
from ops.digest.page import page
from ops.digest.sections import tiles
from ops.digest.words import long_day
from ops.notify.day_times import minute_of_day, next_ms
from ops.notify.notice import Page
from ops.notify.settings import NotifySettings

KIND = "digest"


def mail_page(digest: Digest, text: Sequence[str], origin: str, picture: Picture) -> tuple[Page, Mapping[str, str]]:
    """Return the page, and the incident of each of its pictures by content id."""
    rings = {f"ring-{number}": incident for number, incident in enumerate(drawn(digest, picture))}
    html = page(digest, text, origin, {incident: f"cid:{name}" for name, incident in rings.items()})
    figures = "\n".join(f"{row.name}: {row.value}{f' ({row.note})' if row.note else ''}" for row in tiles(digest))
    made = Page(
        kind=KIND,
        subject=digest.day,
        title=f"ringwatch: {long_day(digest.day)}",
        text=f"{' '.join(text)}\n\n{figures}",
        html=html,
        link=f"{origin}/digest?day={digest.day}",
        at=digest.made_at,
    )
    return made, rings


def day_due(settings: NotifySettings, now: int) -> Day | None:
    """Return the last day whose digest the worker is to have sent by now, None if it sends none.

    It is sent at the time of day that comes first after the day has ended.
    """
    if settings.digest.at is None:
        return None
    minute, yesterday = minute_of_day("notify.digest.at", settings.digest.at), day_of("yesterday", now, settings.digest_zone)
    due = next_ms(yesterday.before - 1, minute, settings.zone)
    return yesterday if due <= now else day_before(yesterday)
