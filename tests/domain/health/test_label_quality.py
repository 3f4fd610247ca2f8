"""Labels and flags of an event in any order, against a plain reading of the whole list."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from domain.health.intervals import share_interval
from domain.health.label_quality import (
    CHANGED,
    FALSE_ALARM,
    KEPT_DAYS,
    MISSED,
    MOST_LAST,
    OUTCOMES,
    TRUE_ALARM,
    WITHDRAWN,
    Change,
    DayLabels,
    Judged,
    flagged_text,
    label_text,
)
from domain.times import DAY_MS

News = tuple[str, bool | None, int, int]  # flagged or label, what the label says, its source, day


def verdict_of(news: list[News]) -> tuple[str | None, int]:
    """What one event comes to: its outcome and the day of the label that counts, by reading all its news."""
    flagged, label, source, day = any(kind == "flagged" for kind, *_ in news), None, 0, 0
    for kind, is_fraud, of, when in news:
        if kind == "flagged":
            continue
        if is_fraud is None:
            if label is not None and source in (0, of):
                label = None
        else:
            label, source, day = is_fraud, of, day if label is is_fraud else when
    if label is None or (not label and not flagged):
        return None, 0
    return (TRUE_ALARM if flagged else MISSED) if label else FALSE_ALARM, day


@pytest.mark.parametrize("seed", range(200))
def test_counts_are_those_of_a_plain_reading_whatever_the_order(seed: int) -> None:
    draw = random.Random(seed)
    events, found, expected = range(draw.randint(1, 5)), Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    known: dict[int, list[News]] = {event: [] for event in events}
    stored: dict[int, bytes | None] = dict.fromkeys(events)
    for day in range(draw.randint(1, 30)):
        event, kind = draw.choice(events), draw.choice(["flagged", "label", "label", "label"])
        is_fraud, source = draw.choice([True, True, False, None]), draw.choice([0, 0, 7, 9])
        repeats = 2 if draw.random() < 0.2 else 1
        for _ in range(repeats):
            known[event].append((kind, is_fraud, source, day))
            text = flagged_text(event, day * DAY_MS) if kind == "flagged" else label_text(event, is_fraud, source, day, day * DAY_MS + 5)
            judged = Judged.of(stored[event])
            for change in judged.on_news(json.loads(text)):
                found[change.day, change.outcome] += change.by
            stored[event] = judged.to_bytes()
    for news in known.values():
        outcome, day = verdict_of(news)
        if outcome:
            expected[day, outcome] += 1
    kept = {key: count for key, count in found.items() if count and key[1] not in (WITHDRAWN, CHANGED)}
    assert kept == dict(expected)
    assert all(count >= 0 for count in found.values())


@pytest.mark.parametrize("seed", range(200))
def test_news_of_an_event_may_overtake_each_other(seed: int) -> None:
    """Every order of the news comes to the same counts, those of what was changed and withdrawn too."""
    draw = random.Random(seed)
    texts = [flagged_text(1, draw.randint(0, 9) * DAY_MS)] * draw.randint(0, 2)
    for order in range(draw.randint(1, MOST_LAST)):
        texts.append(label_text(1, draw.choice([True, True, False, None]), draw.choice([0, 7, 7, 9]), order, order // 2 * DAY_MS))
    expected = counts_of(texts)
    for _ in range(20):
        draw.shuffle(texts)
        assert counts_of(texts) == expected


def test_of_many_labels_the_last_counts_however_they_overtake_within_some() -> None:
    texts = [label_text(1, order % 2 == 0, 0, order, order * DAY_MS) for order in range(5 * MOST_LAST)]
    shuffled = [text for at in range(0, len(texts), MOST_LAST) for text in reversed(texts[at : at + MOST_LAST])]
    assert counts_of(shuffled) == counts_of(texts) == {(day, CHANGED): 1 for day in range(1, len(texts))}
    assert len(known_after(shuffled).to_bytes()) <= 140


def test_a_withdrawal_that_overtakes_its_label_withdraws_it() -> None:
    judged = Judged()
    assert judged.on_flagged(10) == [] and judged.on_label(None, 3, 10, order=2) == []
    assert judged.until_day == 10 + KEPT_DAYS + 1, "it is kept until the label comes"
    assert judged.on_label(True, 3, 10, order=1) == [Change(10, WITHDRAWN, 1)]
    assert judged.is_fraud is None
    assert judged.on_label(True, 3, 11, order=3) == [Change(11, TRUE_ALARM, 1)]


def known_after(texts: Sequence[str]) -> Judged:
    """What is known after news of one event, stored in between."""
    judged = Judged()
    for text in texts:
        judged.on_news(json.loads(text))
        judged = Judged.of(judged.to_bytes())
    return judged


def counts_of(texts: Sequence[str]) -> dict[tuple[int, str], int]:
    """What the changes of news of one event add up to."""
    judged, found = Judged(), Counter[tuple[int, str]]()
    for text in texts:
        for change in judged.on_news(json.loads(text)):
            found[change.day, change.outcome] += change.by
        judged = Judged.of(judged.to_bytes())
    return {key: count for key, count in found.items() if count}


def test_an_alert_after_its_label_is_no_missed_fraud_any_more() -> None:
    judged = Judged()
    assert judged.on_label(True, 3, 10) == [Change(10, MISSED, 1)]
    assert judged.on_flagged(11) == [Change(10, MISSED, -1), Change(10, TRUE_ALARM, 1)]
    assert judged.on_flagged(11) == [], "replayed"
    assert judged.on_label(True, 3, 12) == [], "said already"


def test_a_corrected_label_counts_on_its_own_day() -> None:
    judged = Judged()
    assert judged.on_flagged(9) == [] and judged.on_label(False, 0, 10) == [Change(10, FALSE_ALARM, 1)]
    assert judged.on_label(True, 0, 13) == [Change(10, FALSE_ALARM, -1), Change(13, CHANGED, 1), Change(13, TRUE_ALARM, 1)]
    assert judged.on_label(None, 4, 14) == [Change(13, TRUE_ALARM, -1), Change(14, WITHDRAWN, 1)]
    assert judged.on_label(None, 4, 14) == [], "there is nothing left to withdraw"


def test_only_the_source_that_labelled_withdraws() -> None:
    judged = Judged()
    judged.on_label(True, 3, 10)
    assert judged.on_label(None, 4, 11) == []
    assert judged.on_label(None, 3, 11) == [Change(10, MISSED, -1), Change(11, WITHDRAWN, 1)]


def test_an_innocent_event_that_was_not_flagged_says_nothing() -> None:
    judged = Judged()
    assert judged.on_label(False, 0, 10) == []
    assert judged.on_flagged(10) == [Change(10, FALSE_ALARM, 1)], "but it is known when the alert comes late"


def test_state_is_a_few_bytes_lasts_and_knows_its_version() -> None:
    judged = Judged()
    judged.on_flagged(20_000)
    judged.on_label(True, 255, 20_003)
    stored = judged.to_bytes()
    assert len(stored) == 34 and Judged.of(stored) == judged and judged.until_day == 20_003 + KEPT_DAYS + 1
    assert Judged.of(b"\x09" + stored[1:]) == Judged() == Judged.of(None)


def test_a_day_has_shares_with_their_intervals_and_none_of_nothing() -> None:
    day = DayLabels()
    assert day.document()["precision"] is None and day.document()["recall"] is None
    day.add([(TRUE_ALARM, 1)] * 8 + [(FALSE_ALARM, 1), (FALSE_ALARM, 1), (MISSED, 1), (MISSED, 1), (MISSED, -1)])
    found, precision, recall = day.document(), share_interval(8, 10), share_interval(8, 9)
    assert {name: found[name] for name in OUTCOMES} == {TRUE_ALARM: 8, FALSE_ALARM: 2, MISSED: 1, WITHDRAWN: 0, CHANGED: 0}
    assert found["precision"] == {"value": 0.8, "low": round(precision.low, 6), "high": round(precision.high, 6), "of": 10}
    assert found["recall"] == {"value": round(8 / 9, 6), "low": round(recall.low, 6), "high": round(recall.high, 6), "of": 9}
    assert DayLabels.of(day.to_bytes()) == day and DayLabels.of(b"[9, []]") == DayLabels()
