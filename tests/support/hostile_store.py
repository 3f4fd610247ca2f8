"""A store full of texts that mean harm, written as the worker writes: by entries of the job's streams."""

from __future__ import annotations

from typing import Any

from domain.incidents.ring_book import unconnected
from domain.json_text import as_json
from domain.times import now_ms
from ops.case_feed.takers import Takers
from ops.cases.comments import comment
from ops.cases.control_changes import ControlDesk, Wanted
from ops.cases.feedback.give import Opinion, give_feedback
from ops.cases.saved_filters import save_filter
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.verdicts import give_verdict
from ops.redis.entry import Entry
from tests.support.case_samples import revision_document, some_alerts
from tests.support.control_samples import NAMES, PSEUDONYMS, listed, rule, switch
from tests.support.incident_samples import pseudonym

TEXTS = (
    "<script>harm()</script>",
    '"><img src=x onerror=harm()><svg onload=harm()>',
    "' autofocus onfocus=harm() x='",
    "javascript:harm()",
    "</title></textarea></style></svg><script>harm()</script>",
    "\u202egnp.exe\u202c \u2066\u2067 \u200f",
    "w" * 10_000,
    '=HYPERLINK("http://harm.example","pay")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u05e9\u05dc\u05d5\u05dd \u0639\u0644\u0649 \u0627\u0644\u0639\u0627\u0644\u0645 " * 30,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f3f4\U000e0067\U000e007f " * 50,
    "z" + "\u0336\u0353\u0489" * 400,
    "a\u200b\u200d\u2060\ufeff\u00adb",
    "\0\x1b[31m\ud800\uffff\x85\u2028",
    "{{7*7}} ${7*7} %s &amp; &#x202e;",
    "//harm.example/x",
)
DEVICE = f"device:{pseudonym(1_000_000)}"
FIELD, HEADLINE = 0, 100
"""Numbers of incidents: one whose every field means harm, then one for each text as its headline."""


def fill(store: Store) -> None:
    """Write all of it; raises if the store does not take an entry."""
    takers = Takers(CaseSettings())
    now = now_ms() - 60_000
    for stream, documents in _entries(now).items():
        with store.begin() as session:
            for number, document in enumerate(documents):
                takers.of(stream)(session, [Entry(stream, f"{now}-{number}", {"json": as_json(document)})])
    _people(store, now)


def _entries(now: int) -> dict[str, list[dict[str, Any]]]:
    alerts = [alert for number, text in enumerate(TEXTS) for alert in _alerts(number, text, now)]
    plain_ones = [some_alerts(1, f"{HEADLINE + number:016x}", 100 + number, event_time=now)[0] for number in range(len(TEXTS))]
    headlines = [
        revision_document(HEADLINE + number, [plain_ones[number]], headline=text, pattern=text, explanation=text, next_steps=[text])
        for number, text in enumerate(TEXTS)
    ]
    return {
        "alerts": [*alerts, *plain_ones],
        "incidents": [_ring(alerts), *headlines, _wave(now), _unconnected(alerts)],
        "control_applied": [_applied(record, now) for record in _records()],
        "decisions": [{**alert, "account": alert["entities"]["account"]} for alert in alerts],
    }


def _alerts(number: int, text: str, now: int) -> list[dict[str, Any]]:
    reasons = [{"code": text, "text": text, "weight": 1.0}]
    said: dict[str, Any] = {
        "event_id": f"{text}{number}", "event_type": text, "reasons": reasons, "currency": text, "model": text, "policy": text,
        "rules": [{"id": text, "version": 1, "text": text, "decision": text}], "lists": [{"list": text, "id": text, "text": text}],
        "entities": {"account": pseudonym(number), "device": pseudonym(1_000_000), text: pseudonym(7)}, "event_time": now + number,
    }  # fmt: skip
    return some_alerts(1, text, number, **said)


def _ring(alerts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a ring in whose document every text is in every field that can hold it."""
    facts = [{"id": f"F{number}", "name": text, "value": text, "unit": text, "text": text} for number, text in enumerate(TEXTS)]
    parts = [{"text": text, "fact": f"F{number}"} for number, text in enumerate(TEXTS)]
    steps = [{"id": text, "parts": [{"text": text, "fact": text}]} for text in TEXTS]
    return revision_document(
        FIELD, alerts, headline=TEXTS[0], kind="ring", pattern=TEXTS[4], action=TEXTS[1], severity="critical",
        parts={"headline": parts, "explanation": [parts] * 3, "next_steps": steps}, explanation=" ".join(TEXTS), next_steps=list(TEXTS),
        evidence={"facts": facts, "strongest": list(TEXTS)}, money_at_risk=dict.fromkeys(TEXTS, 1e12), language=TEXTS[2],
        writer={"name": "llm", "model": TEXTS[6]}, merged_into=TEXTS[3], told_at=now_ms(),
    )  # fmt: skip


def _wave(now: int) -> dict[str, Any]:
    events = [{"account": text, "event_id": text, "time": now} for text in TEXTS]
    return revision_document(
        1, kind="wave", ring=TEXTS[6], pattern=TEXTS[1], headline=TEXTS[1], events=events, related=list(TEXTS), participants={}, rings=[],
        alerts=900, event_ids=[],
    )  # fmt: skip


def _unconnected(alerts: list[dict[str, Any]]) -> dict[str, Any]:
    return revision_document(
        2, alerts[:3], kind="unconnected", ring=unconnected(alerts[0]["event_time"]), rings=[], headline=TEXTS[4], severity="high"
    )


def _records() -> list[dict[str, Any]]:
    """Return records as the job takes them: their texts are short, and can be printed."""
    found: list[dict[str, Any]] = []
    for number, text in enumerate(TEXTS):
        shown = text[:200] if text[:200].isprintable() else "x"
        said = {"by": shown, "reason": shown, "text": shown}
        found.append(rule(f"R{number}", **said, when={"all": [{"field": text, "is": text}]}))
        found += [listed(f"L{number}", **said), listed(f"M{number}", entity=None, file=shown, kind="device", **said)]
    last = (TEXTS[6][:150] + TEXTS[0])[:200]
    return [*found, switch(by=last, reason=last), {"control": "model", "version": 1, "path": TEXTS[0], "by": TEXTS[4], "reason": last}]


def _applied(record: dict[str, Any], now: int) -> dict[str, Any]:
    name = record.get("id") or record.get("name")
    return {"control": record["control"], "id": name, "version": record["version"], "record": record, "at": now, "state": "active"}


def _people(store: Store, now: int) -> None:
    """Let people write each text wherever they may."""
    desk, settings, case = ControlDesk(NAMES, PSEUDONYMS, "redis:control"), CaseSettings(), f"case-{FIELD:016x}"
    for number, text in enumerate(text.replace("\0", "").encode("utf-8", "replace").decode() for text in TEXTS):
        with store.begin() as session:
            comment(session, case, text[:2000], by="lead", now=now, settings=settings)
            if text[:200].isprintable():
                asked = rule(f"P{number}", text=text[:200])
                content = {name: asked[name] for name in ("when", "decision", "text")}
                desk.ask(session, Wanted("rule", f"P{number}", content, "lead", text[:200]), now)
                give_feedback(session, f"inc-{FIELD:016x}", Opinion("bad", text[:200]), by=f"analyst{number}", now=now)
                save_filter(session, "admin", text[:40], "q=" + text[:400], now)
    with store.begin() as session:
        give_verdict(session, f"case-{HEADLINE:016x}", "fraud", TEXTS[4], by="lead", now=now, settings=settings, labels_to="redis:labels")
