"""Whatever a field of an incident holds: it is refused by its name, or every channel can be told of it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.json_text import as_json
from ops.case_feed.takers import INCIDENTS, WRONG, Takers
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.tables import IncidentRow, Outgoing
from ops.notify.channels.mail import digest_html, html
from ops.notify.channels.slack_blocks import blocks, digest_blocks, fallback
from ops.notify.channels.webhook import digest_data, incident_data
from ops.notify.notice import Digest, Notice
from ops.notify.render import Renderer
from ops.notify.words import digest_text, plain_text
from ops.redis.entry import Entry
from tests.support.case_samples import NOW, revision_document
from tests.support.hostile_values import spoilt

RENDERER = Renderer("https://fraud.example.com", lambda _: None, 6.0)
INCIDENT = revision_document(1, explanation="Two accounts.", next_steps=["Look."], money_at_risk={"EUR": 100.0, "JPY": 5})


def all_forms(notice: Notice, digest: Digest) -> str:
    """Return an incident as each channel writes it."""
    forms: list[Any] = [incident_data(notice), digest_data(digest), blocks(notice), digest_blocks(digest)]
    texts = [plain_text(notice), digest_text(digest), html(notice, has_picture=True), digest_html(digest), fallback(notice)]
    return as_json([*forms, *texts])


def told(session: Session) -> str | None:
    row = session.scalar(select(IncidentRow))
    if row is None:
        return None
    document = {"first_at": NOW, "happened": [{"what": "revision", "by": "", "at": NOW}]}
    waits = Outgoing(incident=row.id, document=document, key="notice:1")
    notice = RENDERER.notice(session, waits, NOW)
    assert notice is not None
    return all_forms(notice, RENDERER.digest(session, [waits], NOW))


def test_no_field_of_an_incident_breaks_what_channels_are_told(sqlite_store: Store) -> None:
    take = Takers(CaseSettings()).of(INCIDENTS)
    took, refused = Counter[str](), Counter[str]()
    with sqlite_store.begin() as session:
        for path, document in spoilt(INCIDENT, 2):
            tried = session.begin_nested()
            try:
                take(session, [Entry(INCIDENTS, f"{NOW}-0", {"json": as_json(document)})])
            except WRONG:
                refused[path] += 1
            else:
                if text := told(session):
                    took[path] += 1
                    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
                    assert len(text) < 60_000 and "<script>" not in text.split("<!doctype")[-1]
            tried.rollback()  # the next document finds none
    assert min(refused["id"], refused["first_time"]) > 20 and min(took["headline"], took["last_time"]) > 10
