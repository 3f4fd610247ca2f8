"""Notices and digests of what the store holds now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.decisions.document_fields import LATEST_MS
from domain.incidents.money import to_units, yardstick
from domain.summaries.summary_text import Sentence, SummaryText
from domain.times import HOUR_MS, rough_duration
from ops.cases.ingest.holders import parts
from ops.cases.notices import waits_since
from ops.cases.tables import CaseRow, IncidentRow, Outgoing
from ops.cases.words import ACTION_WORDS
from ops.notify import pages
from ops.notify.notice import OPEN, Digest, Happening, Line, Notice, Page
from ops.terminal.shown_values import amount_text, items, mapping, number_of, plain

_HEADLINE, _TEXT, _WORD = 300, 1_000, 60
_SENTENCES, _FACTS, _STEPS, _SUMS = 8, 12, 6, 3
_LARGEST = 1e15
_LINES = 10
"""Incidents of a digest that have a line of their own."""
_CITED = re.compile(r"\s*\[F\d{1,4}\]", re.ASCII)

Picture = Callable[[str], bytes | None]
"""Draws the ring of an incident, by its id."""


class Renderer:
    """What makes texts of incidents: the service's address, and what draws rings."""

    def __init__(self, origin: str, picture: Picture, expire_h: float) -> None:
        self._origin, self._picture, self._expire_ms = origin, picture, round(expire_h * HOUR_MS)

    def is_expired(self, row: Outgoing, now: int) -> bool:
        """Return whether a notice is older than `notify.expire_h`."""
        return now - waits_since(row) > self._expire_ms

    def notice(self, session: Session, row: Outgoing, now: int) -> Notice | None:
        """Return what is told of the incident of a row, None if the store has forgotten it."""
        incident = session.get(IncidentRow, row.incident)
        if incident is None:
            return None
        case = session.scalar(select(CaseRow).where(CaseRow.incident_id == incident.id))
        happened = [Happening(str(one["what"]), plain(one["by"], _WORD), int(one["at"])) for one in row.document["happened"]]
        late = rough_duration((now - waits_since(row)) / 1000) if self.is_expired(row, now) else ""
        return self.of_incident(incident, case, happened, now, late)

    def of_incident(self, incident: IncidentRow, case: CaseRow | None, happened: Sequence[Happening], now: int, late: str = "") -> Notice:
        """Return what is told of an incident and its case."""
        document = incident.document
        headline, sentences, steps = _texts(document, incident.headline)
        facts = [mapping(fact) for fact in items(mapping(document.get("evidence")).get("facts"), _FACTS)]
        return Notice(
            incident=incident.id,
            revision=incident.revision,
            headline=headline,
            severity=incident.severity,
            severity_rank=incident.severity_rank,
            action=plain(incident.action, _WORD),
            to_do=ACTION_WORDS.get(incident.action, plain(incident.action, _WORD)),
            kind=plain(incident.kind, _WORD),
            pattern="" if incident.pattern in (None, "unclear") else plain(incident.pattern, _WORD),
            money=_sums(document),
            alerts=incident.alerts,
            accounts=incident.accounts,
            since=incident.opened_at,
            until=_until(document.get("last_time"), incident.opened_at),
            score=incident.score_max,
            sentences=sentences,
            facts=[plain(fact.get("text"), _HEADLINE) for fact in facts if fact.get("text")],
            steps=steps,
            link=self._link(incident.id),
            state=case.status if case else OPEN,
            owner=plain(case.owner, _WORD) if case and case.owner else "",
            verdict=case.verdict or "" if case else "",
            happened=happened,
            at=now,
            late=late,
            picture=lambda: self._picture(incident.id),
        )

    def page(self, row: Outgoing, now: int) -> Page:
        """Return the page of a row, whose pictures are drawn when it is sent."""
        return pages.page_of(row, self._picture, now)

    def digest(self, session: Session, rows: Sequence[Outgoing], now: int) -> Digest:
        """Return what is told of many incidents at once."""
        ids = [row.incident or "" for row in rows]
        found = [one for part in parts(set(ids)) for one in session.execute(_short(part))]
        found.sort(key=lambda one: (-one.severity_rank, -one.money, one.id))
        counts = Counter(one.severity for one in found)
        lines = [Line(one.id, one.severity, _headline(one.headline), one.status or OPEN, self._link(one.id)) for one in found[:_LINES]]
        late = sum(self.is_expired(row, now) for row in rows)
        severities = {name: counts[name] for name in reversed(SEVERITIES) if counts[name]}
        return Digest(len(found), severities, lines, f"{self._origin}/", now, {one.id: one.severity_rank for one in found}, late)

    def _link(self, incident: str) -> str:
        return f"{self._origin}/incidents/{incident}"


def _short(ids: Sequence[str]) -> Any:
    columns = (IncidentRow.id, IncidentRow.severity, IncidentRow.severity_rank, IncidentRow.money, IncidentRow.headline, CaseRow.status)
    return select(*columns).outerjoin(CaseRow, CaseRow.incident_id == IncidentRow.id).where(IncidentRow.id.in_(ids))


def _texts(document: Mapping[str, Any], headline: str | None) -> tuple[str, list[str], list[str]]:
    """Return headline, explanation, next steps; of an older document, without parts, its texts."""
    try:
        text = SummaryText.of(document)
    except (KeyError, TypeError, AttributeError):
        explanation = document.get("explanation")
        steps = [_sentence(step) for step in items(document.get("next_steps"), _STEPS)]
        return _headline(headline), [_sentence(explanation)] if explanation else [], steps
    sentences = [_sentence(_joined(sentence)) for sentence in text.explanation[:_SENTENCES]]
    return _headline(_joined(text.headline)), sentences, [_sentence(_joined(step.parts)) for step in text.next_steps[:_STEPS]]


def _joined(sentence: Sentence) -> str:
    return "".join(str(part.text) for part in sentence)


def _sentence(text: object) -> str:
    return plain(_CITED.sub("", str(text)[: 2 * _TEXT]), _TEXT)


def _headline(text: str | None) -> str:
    return plain(_CITED.sub("", text[: 2 * _HEADLINE]), _HEADLINE) if text else "An incident without a headline yet"


def _sums(document: Mapping[str, Any]) -> list[str]:
    sums = [(str(currency), amount) for currency, amount in mapping(document.get("money_at_risk")).items()]
    sums.sort(key=lambda one: (-_weight(*one), one[0]))
    return [amount_text(amount, currency) for currency, amount in sums[:_SUMS]]


def _until(last: object, opened_at: int) -> int:
    """Return the last moment of an incident; its first where the document holds none that can be written."""
    return last if isinstance(last, int) and opened_at <= last < LATEST_MS else opened_at


def _weight(currency: str, amount: object) -> float:
    found = number_of(amount)
    return yardstick(to_units(found), currency) if found is not None and 0 <= found < _LARGEST else 0.0
