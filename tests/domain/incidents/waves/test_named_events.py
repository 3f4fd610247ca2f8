"""What the incident of a wave leads to: some of its events, and waves of other classes at the same time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest

from domain.incidents.incident import Incident
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.classes import CLASSES
from domain.incidents.waves.counts import BUCKET_MS, Counts
from domain.incidents.waves.sample import LISTED, Sampled, Samples, WaveEvent, latest, named, wave_event
from domain.incidents.waves.watch import WaveWatch
from domain.json_text import as_json
from domain.summaries.prompt import prompt_of
from tests.domain.incidents.waves.shop import DAY, FIRST, count, usual_counts

AT = FIRST + 4 * DAY + 40
ONE = tuple[Counts, Sampled]


def events(kind: str, each: int, at: int = AT, buckets: int = 12) -> list[ONE]:
    """A wave of `each` events a bucket, one by one, each with its name."""
    position = CLASSES.index((kind, "new"))
    found = []
    for bucket in range(at, at + buckets):
        for number in range(each):
            (bucket, crowd, currency, _, units, first, _) = count(bucket, kind, "new", 1, 1)
            named = wave_event(first + number, f"{bucket:015x}{number % 10}", f"{kind} {bucket - at}-{number}")
            found.append(((bucket, crowd, currency, 1, units, first + number, first + number), (bucket, position, [named])))
    return found


def told(*waves: Iterable[ONE], seed: int = 0, cut: int = 0) -> list[Incident]:
    """The revisions of waves in a shop; with `cut` the watch is stored and restored before that bucket."""
    ones = [one for wave in waves for one in wave]
    random.Random(seed).shuffle(ones)
    watch, revisions = WaveWatch(IncidentSettings()), []
    usual = list(usual_counts(6, 1))
    watch.take([*usual, *(counts for counts, _ in ones if not cut or counts[0] <= cut)], [of for _, of in ones if not cut or of[0] <= cut])
    if cut:
        revisions += watch.advance(cut * BUCKET_MS)
        state, usual_state, pending = watch.to_bytes(), watch.usual_bytes(), watch.pending_bytes()
        watch = WaveWatch(IncidentSettings())
        watch.restore(state, usual_state)
        watch.restore_pending(pending)
        for counts, sampled in ones:
            if counts[0] > cut:
                watch.take([counts], [sampled])
    return [*revisions, *watch.advance(1 << 62)]


def test_a_wave_names_the_last_events_before_it_was_found_and_the_latest() -> None:
    revisions = told(events("refund_request", 6))
    opened, closed = revisions[0], revisions[-1]
    assert (opened.status, closed.status) == ("opened", "closed")
    assert 72 <= closed.alerts <= 74, "with a usual one, which has no name here"
    every = named(sampled[2][0] for _, sampled in events("refund_request", 6))
    before = [one for one in every if one["time"] < opened.told_at]
    assert 8 <= len(before) <= opened.alerts <= LISTED
    assert list(opened.events) == before
    assert list(closed.events) == [*before, *every[-LISTED:]]
    assert before[0] == {"account": f"{AT:015x}0", "event_id": "refund_request 0-0", "time": AT * BUCKET_MS + 1000}


def test_no_more_are_named_than_people_can_look_at() -> None:
    assert [len(revision.events) for revision in told(events("refund_request", 100))][-1] == 2 * LISTED


@pytest.mark.parametrize(("seed", "cut"), [(1, 0), (2, AT - 1), (3, AT), (4, AT + 3), (5, AT + 11), (6, AT + 15)])
def test_the_same_are_named_in_any_order_and_after_a_restart(seed: int, cut: int) -> None:
    waves = events("refund_request", 9), events("signup", 30)
    assert told(*waves, seed=seed, cut=cut) == told(*waves)


def test_waves_at_the_same_time_name_each_other_and_no_others() -> None:
    revisions = told(events("refund_request", 6), events("signup", 30), events("order", 30, at=AT + DAY))
    ids = {revision.ring: revision.id for revision in revisions}
    assert len(ids) == 3
    last = {revision.ring: revision.related for revision in revisions}
    assert last["wave-refund_request-new"] == (ids["wave-signup-new"],)
    assert last["wave-signup-new"] == (ids["wave-refund_request-new"],)
    assert last["wave-order-new"] == ()
    assert all(revision.id not in revision.related for revision in revisions)


def test_a_wave_that_is_over_is_named_by_one_that_began_before_its_end() -> None:
    revisions = told(events("refund_request", 6, buckets=4), events("signup", 30, at=AT + 3, buckets=40))
    ids = {revision.ring: revision.id for revision in revisions}
    assert [revision.ring for revision in revisions][-1] == "wave-signup-new"
    assert revisions[-1].related == (ids["wave-refund_request-new"],)


def test_no_id_and_no_pseudonym_reaches_a_language_model() -> None:
    document = told(events("refund_request", 6), events("signup", 30))[-1].to_document()
    assert document["events"] and document["related"]
    asked = as_json(prompt_of([document]) + prompt_of([document, document]))
    words = [*document["related"], *(event[field] for event in document["events"] for field in ("account", "event_id"))]
    assert [word for word in words if word in asked] == []


def test_only_documents_of_waves_have_the_fields() -> None:
    document: dict[str, Any] = told(events("refund_request", 6))[0].to_document()
    ring = {**document, "kind": "ring"}
    assert not {"events", "related"} & Incident.of(ring).to_document().keys()
    older = {name: value for name, value in document.items() if name not in ("events", "related")}
    assert Incident.of(older).to_document() == {**older, "events": [], "related": []}


def test_the_state_of_the_build_that_named_no_events_is_read() -> None:
    ones = events("refund_request", 6)
    watch = WaveWatch(IncidentSettings())
    watch.take([*usual_counts(6, 1), *(counts for counts, _ in ones[:36])])
    list(watch.advance((AT + 4) * BUCKET_MS))
    data, waiting = watch.to_bytes(), json.loads(watch.pending_bytes())["counts"]
    length = int.from_bytes(data[1:5], "little")
    state = json.loads(data[5 : 5 + length])
    assert state["waves"] and waiting
    state["waves"] = [wave[:-2] for wave in state["waves"]]
    older = {name: value for name, value in state.items() if name not in ("latest", "over", "currencies")} | {"pending": waiting}
    text = as_json(older).encode()
    again = WaveWatch(IncidentSettings())
    again.restore(b"\x02" + len(text).to_bytes(4, "little") + text + data[5 + length :], watch.usual_bytes())
    again.restore_pending(as_json(waiting).encode())
    again.take([counts for counts, _ in ones[36:]], [sampled for _, sampled in ones[36:]])
    closed = list(again.advance(1 << 62))[-1]
    assert (closed.status, closed.alerts >= 72) == ("closed", True)
    assert list(closed.events) == named(sampled[2][0] for _, sampled in ones[-LISTED:])


def many(bucket: int, of: int) -> list[WaveEvent]:
    return [wave_event(bucket * BUCKET_MS + number, f"{number:016x}", f"e-{number:036}") for number in range(of)]


def test_what_is_held_is_bounded() -> None:
    samples = Samples()
    for bucket in range(200):
        for position in range(len(CLASSES)):
            samples.take(bucket, position, many(bucket, 300))
    waiting = samples.waiting()
    assert [bucket for bucket, _ in waiting] == [0, 1, 2], "the next quarters to be looked at"
    assert len(as_json(waiting)) < 250_000
    samples.look_at(0)
    samples.look_at(1)
    assert samples.since(3, 0) == latest(many(1, 300))
    assert samples.since(3, BUCKET_MS + 295) == many(1, 300)[295:]
    assert len(samples.to_text()) < 60_000
