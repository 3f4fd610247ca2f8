"""What an entity learns of labels: in its counters, in the runs of known frauds, and on the event's link.

The account's stage knows which events it had, and who said what of them. It notes in the trail what counts
now (`trail.Told`), and the later stages follow. All that is learnt is a sum over the labels that count, so
that neither repeats nor the order of labels make a difference, as long as the book of labels has room.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, f64, i64, put_f32, u64_at
from domain.memory.event_ids import has_seen, is_labelled, note_labelled
from domain.memory.habit import unusualness
from domain.memory.label_book import (
    HELD,
    UNDATED,
    add_entry,
    book_at,
    counting,
    drop_entry,
    drop_expired,
    event_has_come,
    find_entry,
    keep_bounded,
    latest_said,
    note_label,
    stages_named,
    time_of,
    was_said,
)  # fmt: skip
from domain.memory.learning import Floats, advance
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, UNKNOWN, link_head, link_tail, other_in
from domain.memory.record import COUNTERS, FRAUD_UNUSUAL, FRAUD_USUAL, LEGITIMATE, NEVER, RUN_GAP_MS
from domain.memory.trail import ENTITIES_AT, WITHDRAWN

_COLUMNS = len(COUNTERS)
NOTHING_NEW, NEWS, IS_HELD, IS_REPEAT = 0, 1, 2, 3
"""What a label is to an account."""


@compiled
def note_account_label(
    head: Any, decayed: Floats, record: Bytes, at: int, ids: Bytes, links: Bytes, stage: Any, trail: Bytes, event: Any
) -> int:
    """Take a label's line in at its account: into the book at `at`, into the counters if its event is known,
    and into the trail for the later stages.

    Return `NOTHING_NEW`, `NEWS`, `IS_HELD` for one whose event has not come, or `IS_REPEAT` for a line that
    came before: then nothing is written.
    """
    book, count, account, subject = book_at(record, at), i64(head["n_labels"]), u64_at(trail, ENTITIES_AT), event["subject_hash"]
    known, link_at = find_entry(book, count, subject, account), link_of(links, stage, subject, account)
    when, z, adopted = i64(HELD), 0.0, False
    if known >= 0:
        when, z = i64(book[known]["when"]), f64(book[known]["z"])
    elif link_at >= 0:
        when, z = i64(link_head(links, link_at)["time"]), f64(link_tail(links, link_at, stage)["z"])
        adopted = link_tail(links, link_at, stage)["label"] != UNKNOWN
        if adopted:
            count = adopt_label(book, count, subject, account, link_tail(links, link_at, stage), when)
    elif has_seen(ids, subject):
        if head["labels_gone"] and is_labelled(ids, subject):
            return NOTHING_NEW  # what was said of it has left the book
        when = i64(UNDATED)
    label = UNKNOWN if event["is_fraud"] == WITHDRAWN else i64(event["is_fraud"] != 0)
    kinds = kinds_named(trail, stage, links, link_at)
    if was_said(book, count, event, label, kinds):
        return IS_REPEAT
    before = counting(book, count, subject)
    event["told_before"], event["told_before_said"] = UNKNOWN, NEVER
    if before >= 0:
        # when an adopted label was said is not known
        event["told_before"], event["told_before_said"] = book[before]["label"], event["time"] if adopted else book[before]["said"]
    count = note_label(book, count, event, account, label, kinds, when, z)
    if when == HELD:
        count = drop_expired(head, book, count, max(head["clock"], event["time"]))
        keep_bounded(head, book, count)
        return IS_HELD
    tell(book, count, event, subject, when)
    note_labelled(record[stage["fixed_bytes"] : at], subject)
    put_f32(trail, stage["z_at"], z)
    learn(head, decayed, stage, book, count, event, event["told_before"], event["told_before_said"], when, z)
    keep_bounded(head, book, count)
    return NEWS if event["told"] != event["told_before"] else NOTHING_NEW


@compiled
def note_account_event(
    head: Any, decayed: Floats, record: Bytes, at: int, stage: Any, event: Any, when: int, z: float, now_ms: int
) -> None:
    """Learn what is held of an event that has come; `when` is `UNDATED` for one that came too late."""
    book, subject = book_at(record, at), event["id_hash"]
    count = drop_expired(head, book, i64(head["n_labels"]), now_ms)
    if not event_has_come(book, count, subject, when, z):
        return
    tell(book, count, event, subject, when)
    note_labelled(record[stage["fixed_bytes"] : at], subject)
    learn(head, decayed, stage, book, count, event, UNKNOWN, NEVER, when, z)
    keep_bounded(head, book, count)


@compiled
def adopt_label(book: Any, count: int, subject: np.uint64, account: np.uint64, tail: Any, when: int) -> int:
    """Take into the book a label that only the link knows, of a record that was written before there was one;
    return how many entries there are.
    """
    count = add_entry(book, count, subject, account, when, f64(tail["z"]))
    book[count - 1]["label"], book[count - 1]["source"], book[count - 1]["said"] = tail["label"], tail["source"], when
    return count


@compiled
def tell(book: Any, count: int, event: Any, subject: np.uint64, when: int) -> None:
    """Write into the trail what counts of an account's event, for its other entities."""
    best = counting(book, count, subject)
    event["told"], event["told_said"], event["told_source"] = UNKNOWN, NEVER, 0
    if best >= 0:
        event["told"], event["told_said"], event["told_source"] = book[best]["label"], book[best]["said"], book[best]["source"]
    event["told_stages"], event["told_latest"] = stages_named(book, count, subject), latest_said(book, count, subject)
    event["told_when"] = when


@compiled
def is_told(event: Any, stage: Any) -> bool:
    """Return whether a trail has news of labels for a later stage."""
    return event["told_latest"] != NEVER and (i64(event["told_stages"]) >> stage["position"]) & 1 != 0


@compiled
def learn_told(
    head: Any,
    decayed: Floats,
    record: Bytes,
    at: int,
    links: Bytes,
    stage: Any,
    event: Any,
    subject: np.uint64,
    account: np.uint64,
    when: int,
    z: float,
) -> None:
    """Learn at a later stage what the account's stage told of an event, whose link may be among `links`.

    `when` is the event's time, and `z` its deviation, where nothing here knows better.

    What an entity does not know of the event any more, the account knows: what counted before.
    """
    book, count = book_at(record, at), i64(head["n_labels"])
    known, link_at = find_entry(book, count, subject, account), link_of(links, stage, subject, account)
    before, before_said = i64(UNKNOWN), i64(NEVER)
    if known >= 0:
        before, before_said, when, z = i64(book[known]["label"]), book[known]["said"], book[known]["when"], f64(book[known]["z"])
    elif link_at >= 0:
        before, when, z = (
            i64(link_tail(links, link_at, stage)["label"]),
            link_head(links, link_at)["time"],
            f64(link_tail(links, link_at, stage)["z"]),
        )
        before_said = event["told_before_said"] if event["told_before_said"] != NEVER else event["told_latest"]
    elif head["labels_gone"]:
        before, before_said = i64(event["told_before"]), event["told_before_said"]
    if known < 0 and event["told"] != UNKNOWN:
        known, count = count, add_entry(book, count, subject, account, when, z)
    if known >= 0 and event["told"] == UNKNOWN:
        count = drop_entry(book, count, known)
    elif known >= 0:
        book[known]["label"], book[known]["said"], book[known]["source"] = event["told"], event["told_said"], event["told_source"]
    learn(head, decayed, stage, book, count, event, before, before_said, when, z)
    keep_bounded(head, book, count)


@compiled
def learn(
    head: Any, decayed: Floats, stage: Any, book: Any, count: int, event: Any, before: int, before_said: int, when: int, z: float
) -> None:
    """Put what counts of an event of the time `when` into head and counters, in the place of what counted
    `before`.
    """
    advance(head, decayed, stage, event["told_latest"])
    label, said, unusual = i64(event["told"]), event["told_said"], unusualness(z)
    if before != label or before_said != said:
        if before != UNKNOWN:
            add_label(head, decayed, stage, before == FRAUD_LABEL, before_said, unusual, -1)
        if label != UNKNOWN:
            add_label(head, decayed, stage, label == FRAUD_LABEL, said, unusual, 1)
    if not head["labels_gone"]:
        count_anew(head, book, count)
    elif before != label:
        count_on(head, before, label, event["told_said"] if when == UNDATED else when, unusual)


@compiled
def add_label(head: Any, decayed: Floats, stage: Any, is_fraud: bool, said: int, unusual: float, sign: int) -> None:
    """Add a label to the counters, or take it back (`sign` -1)."""
    late_s = max(0.0, (head["clock"] - said) / 1000.0)
    if is_fraud:
        head["frauds"] = max(i64(head["frauds"]) + sign, 0)
    else:
        head["legitimates"] = max(i64(head["legitimates"]) + sign, 0)
    for half_life in range(stage["half_lives"]):
        at, weight = _COLUMNS * half_life, sign * np.exp2(-late_s * stage["inverse_half_lives"][half_life])
        if is_fraud:
            decayed[at + FRAUD_USUAL] = max(0.0, decayed[at + FRAUD_USUAL] + (1.0 - unusual) * weight)
            decayed[at + FRAUD_UNUSUAL] = max(0.0, decayed[at + FRAUD_UNUSUAL] + unusual * weight)
        else:
            decayed[at + LEGITIMATE] = max(0.0, decayed[at + LEGITIMATE] + weight)


@compiled
def count_anew(head: Any, book: Any, count: int) -> None:
    """Write the runs of known frauds, and what was cleared, from the whole book."""
    head["usual_first"], head["usual_last"], head["usual_n"] = run_of(book, count, False)
    head["unusual_first"], head["unusual_last"], head["unusual_n"] = run_of(book, count, True)
    last_fraud_said, last_legit, since = i64(NEVER), i64(NEVER), 0
    for at in range(count):
        if counts_as(book, count, at, FRAUD_LABEL) and unusualness(f64(book[at]["z"])) < 0.5:
            last_fraud_said = max(last_fraud_said, book[at]["said"])
    for at in range(count):
        if counts_as(book, count, at, LEGIT_LABEL):
            last_legit = max(last_legit, time_of(book[at]))
            since += book[at]["said"] > last_fraud_said
    head["last_legit"], head["legit_since"] = last_legit, since


@compiled
def counts_as(book: Any, count: int, at: int, label: int) -> bool:
    """Return whether an entry counts, and says so."""
    one = book[at]
    if one["label"] != label or one["when"] == HELD:
        return False
    # in the book of a later stage each event has one entry
    return counting(book, count, one["subject"]) == at if has_more(book, count, at) else True


@compiled
def has_more(book: Any, count: int, at: int) -> bool:
    """Return whether there are entries of other sources about the event of an entry."""
    for other in range(count):
        if other != at and book[other]["subject"] == book[at]["subject"] and book[other]["account"] == book[at]["account"]:
            return True
    return False


@compiled
def run_of(book: Any, count: int, is_unusual: bool) -> tuple[int, int, int]:
    """Return (first, last, number) of the latest run of known frauds of one kind, by their amounts: each is
    at most `RUN_GAP_MS` before the next.
    """
    last = i64(NEVER)
    for at in range(count):
        if is_fraud_of(book, count, at, is_unusual):
            last = max(last, time_of(book[at]))
    first, before = last, i64(NEVER)
    while first != before:
        before = first
        for at in range(count):
            if is_fraud_of(book, count, at, is_unusual) and first - RUN_GAP_MS <= time_of(book[at]) < first:
                first = time_of(book[at])
    frauds = 0
    for at in range(count):
        frauds += is_fraud_of(book, count, at, is_unusual) and time_of(book[at]) >= first
    return first, last, frauds


@compiled
def is_fraud_of(book: Any, count: int, at: int, is_unusual: bool) -> bool:
    """Return whether an entry is a known fraud of one kind, at a usual or an unusual amount."""
    return counts_as(book, count, at, FRAUD_LABEL) and (unusualness(f64(book[at]["z"])) >= 0.5) == is_unusual


@compiled
def count_on(head: Any, before: int, label: int, when: int, unusual: float) -> None:
    """Write the runs and what was cleared from what they were, where the book had no room for all labels.

    What a fraud ended is not known any more: the run before it, and the cleared events until then.
    """
    if before == FRAUD_LABEL:
        shorten_run(head, when, unusual)
    elif before == LEGIT_LABEL:
        head["legit_since"] = max(i64(head["legit_since"]) - 1, 0)
        if head["legitimates"] == 0:
            head["last_legit"] = NEVER
    if label == FRAUD_LABEL:
        extend_run(head, when, unusual)
    elif label == LEGIT_LABEL:
        head["legit_since"] = min(i64(head["legit_since"]) + 1, 0xFFFF)
        head["last_legit"] = max(head["last_legit"], when)


@compiled
def mark_link(links: Bytes, stage: Any, event: Any, subject: np.uint64, account: np.uint64) -> None:
    """Write what counts of an event on its link, if there is one."""
    at = link_of(links, stage, subject, account)
    if at >= 0:
        tail = link_tail(links, at, stage)
        tail["label"], tail["source"] = event["told"], event["told_source"]


@compiled
def link_of(links: Bytes, stage: Any, event_hash: np.uint64, account: np.uint64) -> int:
    """Return where the link of that event of that account begins; -1 if it is gone.

    Two accounts may have events with one id. An account's own links are all its own.
    """
    for at in range(0, len(links), stage["link_bytes"]):
        if link_head(links, at)["event"] == event_hash and (stage["position"] == 0 or other_in(links, at, 0) == account):
            return at
    return -1


@compiled
def kinds_named(trail: Bytes, stage: Any, links: Bytes, link_at: int) -> int:
    """Return a bit for each kind of entity that a label's line names, as its event did if that has a link."""
    kinds = 1
    for position in range(1, stage["entities"]):
        key = u64_at(trail, ENTITIES_AT + 8 * position)
        if key != 0 and (link_at < 0 or other_in(links, link_at, position - 1) == key):
            kinds |= 1 << position
    return kinds


@compiled
def extend_run(head: Any, fraud_ms: int, unusual: float) -> None:
    """Put a fraud into the present run of its kind, or begin a new one: of usual or of unusual amounts."""
    if unusual < 0.5:
        if head["usual_last"] == NEVER or fraud_ms - head["usual_last"] > RUN_GAP_MS:
            head["usual_first"], head["usual_n"] = fraud_ms, 0
        head["usual_first"], head["usual_last"] = min(head["usual_first"], fraud_ms), max(head["usual_last"], fraud_ms)
        head["usual_n"] += 1
        head["legit_since"] = 0
    else:
        if head["unusual_last"] == NEVER or fraud_ms - head["unusual_last"] > RUN_GAP_MS:
            head["unusual_first"], head["unusual_n"] = fraud_ms, 0
        head["unusual_first"], head["unusual_last"] = min(head["unusual_first"], fraud_ms), max(head["unusual_last"], fraud_ms)
        head["unusual_n"] += 1


@compiled
def shorten_run(head: Any, fraud_ms: int, unusual: float) -> None:
    """Take a fraud out of the present run of its kind, if it lies in it. A run without any is none."""
    if unusual < 0.5:
        if head["usual_first"] <= fraud_ms <= head["usual_last"]:
            head["usual_n"] = max(head["usual_n"], 1) - 1
            if head["usual_n"] == 0:
                head["usual_first"] = head["usual_last"] = NEVER
    elif head["unusual_first"] <= fraud_ms <= head["unusual_last"]:
        head["unusual_n"] = max(head["unusual_n"], 1) - 1
        if head["unusual_n"] == 0:
            head["unusual_first"] = head["unusual_last"] = NEVER
