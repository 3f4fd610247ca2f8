"""Pages in the outbox, whole but for their pictures: each once for a channel and subject, however often it is
put there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.tables import Outgoing
from ops.cases.upsert import insert_new
from ops.notify.channel_settings import EventBridgeSettings, PagerDutySettings, WebhookSettings
from ops.notify.notice import Page
from ops.notify.settings import NotifySettings

_PAGE = "page"
_TEXTS = ("kind", "subject", "title", "text", "html", "link")


def put_page(session: Session, page: Page, rings: Mapping[str, str], channels: Collection[str]) -> Sequence[str]:
    """Let a page be sent to channels; return those to which it was not sent before.

    `rings` has the incident of each picture, by its content id.
    """
    now, its = page.at, {name: getattr(page, name) for name in _TEXTS}
    document = {"first_at": now, "happened": [], _PAGE: {**its, "rings": dict(rings)}}
    waits = {"kind": outbox.NOTICE, "due_at": now, "waits_from": now, "state": outbox.PENDING, "attempts": 0}
    keys = {_key(page.kind, name, page.subject): name for name in channels}
    rows = [{"key": key, "target": name, "document": document, **waits} for key, name in keys.items()]
    return sorted(keys[key] for key in insert_new(session, Outgoing, rows, "key"))


def readers(settings: NotifySettings) -> Sequence[str]:
    """Return the channels that get digests: those that are named, else every one that people read."""
    machines = (WebhookSettings, EventBridgeSettings, PagerDutySettings)
    return settings.digest.channels or [name for name, its in settings.channels.items() if not isinstance(its, machines)]


def unsent(session: Session, kind: str, subject: str, channels: Collection[str]) -> bool:
    """Return whether a page was not put for some of these channels yet."""
    keys = [_key(kind, name, subject) for name in channels]
    return len(session.scalars(select(Outgoing.key).where(Outgoing.key.in_(keys))).all()) < len(keys)


def _key(kind: str, channel: str, subject: str) -> str:
    return f"{kind}:{channel}:{subject}"


def is_page(row: Outgoing) -> bool:
    """Return whether a row is a page, and of no incident."""
    return _PAGE in row.document


def page_of(row: Outgoing, picture: Callable[[str], bytes | None], now: int) -> Page:
    """Return the page of a row."""
    its = row.document[_PAGE]
    return Page(
        **{name: its[name] for name in _TEXTS}, at=now, pictures={name: partial(picture, one) for name, one in its["rings"].items()}
    )
