"""Which waves are found in a shop, when, and which are not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from domain.incidents.incident import Incident
from domain.incidents.settings import IncidentSettings
from domain.incidents.wave_settings import WaveSettings
from domain.incidents.waves.counts import BUCKET_MS, Counts, counts_in, counts_text
from domain.incidents.waves.sample import wave_event
from domain.incidents.waves.watch import KEPT, WaveWatch
from tests.domain.incidents.waves.shop import DAY, FIRST, count, found, usual_counts

AT = FIRST + 15 * DAY + 40  # ten in the morning of the third Tuesday


def wave(at: int = AT, buckets: int = 12, events: int = 3, kind: str = "refund_request", age: str = "new") -> list[Counts]:
    """A wave of `events` a bucket, three of four with disposable mailboxes, 20 EUR each."""
    return [count(bucket, kind, age, 2 if bucket % 4 else 1, events, 200_000) for bucket in range(at, at + buckets)]


def facts(incident: Incident) -> dict[str, object]:
    return {fact.name: fact.value for fact in incident.evidence.facts}


def test_a_wave_is_found_within_the_hour_and_closed_when_it_is_over() -> None:
    revisions = found([*usual_counts(21, 1), *wave()])
    assert [revision.status for revision in revisions] == ["opened", "grown", "closed"]
    assert {revision.ring for revision in revisions} == {"wave-refund_request-new"}
    assert len({revision.id for revision in revisions}) == 1
    opened, closed = revisions[0], revisions[-1]
    assert AT * BUCKET_MS < opened.told_at <= (AT + 4) * BUCKET_MS
    assert closed.told_at == (AT + 12 + 12) * BUCKET_MS
    assert facts(closed) == facts(closed) | {
        "wave_refund_request": 38,
        "age_new": 38,
        "disposable_mail": 27,
        "usual": 0,
        "asked_EUR": 720.0,
    }
    assert (closed.alerts, closed.severity, closed.action, closed.kind) == (38, "medium", "verify", "wave")


@pytest.mark.parametrize("seed", range(6))
def test_a_usual_month_has_no_wave(seed: int) -> None:
    assert found(list(usual_counts(28, seed))) == []


@pytest.mark.parametrize("factor", [2.0, 4.0, 10.0])
def test_a_sale_is_no_wave(factor: float) -> None:
    assert found(list(usual_counts(21, 2, [(AT, 2 * DAY, factor)]))) == []


def test_a_wave_is_found_in_a_sale() -> None:
    revisions = found([*usual_counts(21, 2, [(AT, 2 * DAY, 3.0)]), *wave(AT + 20, events=4)])
    assert {revision.ring for revision in revisions} == {"wave-refund_request-new"}


def test_a_flood_in_one_class_hides_no_wave_in_another() -> None:
    flood = [count(bucket, "login", "new", 0, 2000) for bucket in range(AT - 8, AT + 20)]
    rings = {revision.ring for revision in found([*usual_counts(21, 3), *flood, *wave()])}
    assert rings == {"wave-login-new", "wave-refund_request-new"}


def test_one_class_has_one_wave_at_a_time() -> None:
    revisions = found([*usual_counts(21, 3), *wave(), *wave(AT + 4, events=9)])
    assert len({revision.id for revision in revisions}) == 1
    assert revisions[-1].alerts == 36 + 108


def test_a_wave_teaches_nothing() -> None:
    """The same wave at the same hour of the next week is found as early."""
    revisions = found([*usual_counts(28, 4), *wave(), *wave(AT + 7 * DAY)])
    first, second = (revision for revision in revisions if revision.status == "opened")
    assert second.told_at - first.told_at == 7 * DAY * BUCKET_MS
    assert facts(second)["usual"] == facts(first)["usual"]


def test_a_slow_wave_is_found_by_the_half_day() -> None:
    slow = [count(bucket, "refund_request", "new", 1, 1) for bucket in range(AT, AT + 48, 3)]
    revisions = found([*usual_counts(21, 5), *slow])
    assert revisions and revisions[0].told_at <= (AT + 48) * BUCKET_MS


def test_what_goes_on_for_days_is_closed_every_day_and_becomes_usual() -> None:
    lasting = [count(bucket, "refund_request", "new", 1, 3) for bucket in range(AT, AT + 40 * DAY)]
    opened = [revision for revision in found([*usual_counts(60, 6), *lasting]) if revision.status == "opened"]
    assert 2 <= len(opened) < 40, "a day each, but not for ever"
    assert opened[-1].told_at < (AT + 30 * DAY) * BUCKET_MS


def test_a_missing_field_is_no_wave() -> None:
    """For half a day no event says when its account was opened: all are of unknown age."""
    counts = list(usual_counts(21, 7))
    blind = range(AT, AT + 48)
    unknown = {crowd: crowd + 3 * (3 - (crowd - 1) // 3 % 4) for _, crowd, *_ in counts}
    assert found([(b, unknown[c] if b in blind and (c - 1) // 12 != 0 else c, *rest) for b, c, *rest in counts]) == []


def test_while_little_is_learnt_only_a_huge_wave_is_one() -> None:
    early = FIRST + 2 * DAY
    usual = list(usual_counts(6, 8))
    assert found([*usual, *wave(early, events=3)]) == []
    assert found([*usual, *wave(early, events=30)])[0].told_at <= (early + 4) * BUCKET_MS
    assert found([*usual, *wave(FIRST + 8, buckets=4, events=300)]) == [], "nothing is known of the first hours"


def test_the_order_and_the_cuts_of_the_counts_change_nothing() -> None:
    counts = [*usual_counts(18, 9), *wave()]
    shuffled = random.Random(1).sample(counts, len(counts))
    assert found(shuffled) == found(counts)
    watch, revisions = WaveWatch(IncidentSettings()), []
    for bucket in range(FIRST, FIRST + 19 * DAY):
        watch.take(one for one in counts if one[0] == bucket)
        revisions += watch.advance((bucket + 1) * BUCKET_MS)
    assert [*revisions, *watch.advance(1 << 62)] == found(counts)


def test_a_restored_watch_goes_on_as_the_other_would() -> None:
    counts = [*usual_counts(18, 10), *wave()]
    for cut in (FIRST + DAY, AT + 2, AT + 6, AT + 20):
        first = WaveWatch(IncidentSettings())
        first.take(one for one in counts if one[0] <= cut)
        before = list(first.advance(cut * BUCKET_MS))
        second = WaveWatch(IncidentSettings())
        second.restore(first.to_bytes(), first.usual_bytes())
        second.take(one for one in counts if one[0] > cut)
        assert [*before, *second.advance(1 << 62)] == found(counts)


def test_another_version_is_refused() -> None:
    data = WaveWatch(IncidentSettings()).to_bytes()
    with pytest.raises(ValueError, match="version 9"):
        WaveWatch(IncidentSettings()).restore(b"\x09" + data[1:], None)


def test_late_counts_are_counted_as_such_and_left_out() -> None:
    watch = WaveWatch(IncidentSettings())
    watch.take([count(FIRST, "login", "old", 1, 5)])
    list(watch.advance((FIRST + 1) * BUCKET_MS))
    watch.take([count(FIRST, "login", "old", 1, 3)])
    assert (watch.late, watch.next_deadline) == (3, None)


def test_the_state_is_bounded() -> None:
    watch = WaveWatch(IncidentSettings())
    watch.take([*usual_counts(8, 11), *wave(FIRST + 6 * DAY)])
    list(watch.advance((FIRST + 8 * DAY) * BUCKET_MS))
    assert len(watch.to_bytes()) < 160_000
    assert len(watch._details) <= KEPT


def test_silence_holds_a_wave_back() -> None:
    counts = [*usual_counts(21, 1), *wave()]
    until = (AT + 6) * BUCKET_MS
    revisions = found(counts, silent_until_ms=until)
    assert (revisions[0].status, revisions[0].told_at) == ("opened", until)
    assert revisions[-1].alerts == found(counts)[-1].alerts
    assert found(counts, silent_until_ms=(AT + 60) * BUCKET_MS) == []


def test_much_money_or_many_events_make_a_wave_grave() -> None:
    rich = [count(bucket, "refund_request", "new", 1, 3, 5_000_000) for bucket in range(AT, AT + 8)]
    assert {(r.severity, r.action) for r in found([*usual_counts(18, 1), *rich])[1:]} == {("high", "escalate")}
    many = found([*usual_counts(18, 1), *wave(events=40)])
    assert (many[-1].severity, many[-1].action) == ("high", "escalate")


def test_the_settings_are_heeded() -> None:
    few = IncidentSettings(waves=WaveSettings(least_events=40))
    assert found([*usual_counts(18, 1), *wave()], few) == []
    brief = replace(IncidentSettings(), waves=WaveSettings(quiet_s=1800))
    assert found([*usual_counts(18, 1), *wave()], brief)[-1].told_at == (AT + 14) * BUCKET_MS


def test_counts_and_events_travel_as_text() -> None:
    counts, sampled = wave(), [(AT, 18, [wave_event(AT * BUCKET_MS + 5, "ab", 'an "id"\n of ü')])]
    assert counts_in(counts_text(counts, sampled)) == (counts, sampled)
    assert counts_in(counts_text(counts)) == (counts, [])


def test_a_document_is_read_again() -> None:
    for revision in found([*usual_counts(18, 1), *wave()]):
        assert Incident.of(revision.to_document()) == revision
