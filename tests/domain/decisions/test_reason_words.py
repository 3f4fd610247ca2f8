"""Reasons as an analyst reads them: units, singular and plural, what is usual, and never nonsense for any
feature there is.
"""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.reason_words import Usual, clock_words, conditions, link_words, percent, reads, tells, words
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.times import rough_duration
from domain.wording import number

GRAPH = GraphSettings(
    entities=("account", "device", "address", "merchant", "payment", "email", "ip"),
    numeric_attributes=("basket",),
    categorical_attributes=("channel",),
    links=12,
)
EXTRACTOR = FeatureExtractor(GRAPH)
FLAT = {feature.name: feature for feature in EXTRACTOR.flat_features}
LINK = {feature.name: feature for features in EXTRACTOR.link_features for feature in features}
HOUR = 3600.0


def worded(name: str, shown: float, usual: float = 0.0, mean: float = 0.0) -> str:
    """By values in the feature's unit."""
    feature = FLAT[name]
    return words(feature, feature.column(shown), Usual(feature.column(usual), mean))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (worded("device.accounts_1h", 7, 1), "7 accounts at the device within 1 hour, of its last 12 events; usual 1"),
        (worded("device.accounts", 6.8, 1), "7 distinct accounts of the device; usual 1"),
        (worded("device.accounts", 1), "1 distinct account of the device; usual 0"),
        (worded("address.new_account", 1, mean=0.12), "the address meets this account for the first time; seen in 12% of events"),
        (worded("account.addresses_1d", 1), "1 address at the account within 1 day, of its last 12 events; usual 0"),
        (worded("account.events_6h", 0.2, 3), "under 1 event of the account in about 6 hours; usual 3"),
        (worded("account.events_10m", 2.4), "2 events of the account in about 10 minutes; usual 0"),
        (worded("device.usual_fraud_7d", 4), "4 known frauds at usual amounts of the device in about 7 days; usual 0"),
        (worded("device.fraud_rate_7d", 0.4, 0.0), "share of fraud among the device's labels over 7 days: 40%; usual 0%"),
        (worded("device.age", 0.05, 60), "3 minutes since the device was first seen; usual 2.5 days"),
        (worded("device.idle", 90, 7200), "90 seconds since the device was last seen; usual 2 hours"),
        (worded("event.account_age", 0.5, 300), "age of the account: 12 hours; usual 300 days"),
        (worded("event.amount", 1234.5, 45), "amount: 1,234.50; usual 45.00"),
        (worded("account.habit_ratio", math.log(3.2), 0.0), "amount 3.2 times the account's habit; usual 1"),
        (worded("device.amount_ratio_7d", math.log(12)), "amount 12 times the device's mean over 7 days; usual 1"),
        (worded("account.habit_z", -4.1), "amount against the account's habit: 4.1 standard deviations below; usual 0"),
        (worded("device.known", 0, mean=0.95), "the device has not been seen before; seen in 5% of events"),
        (worded("device.given", 0, mean=0.9), "the event names no device; seen in 10% of events"),
        (worded("device.new_account", 0, mean=0.9), "the device has met this account before; seen in 10% of events"),
        (worded("event.is_signup", 1, mean=0.05), "the event's type is signup; seen in 5% of events"),
        (worded("event.has_amount", 0, mean=0.5), "an amount is not given; seen in 50% of events"),
        (worded("event.channel_3", 0, mean=0.5), "not so: channel falls into bucket 3; seen in 50% of events"),
        (worded("event.basket", math.log1p(9), -math.log1p(2)), "basket: 9; usual -2"),
        (worded("device.usual_last_recency", 0.7, 0.0), "the device's last known fraud at a usual amount: 3 days ago; usual never"),
        (worded("account.other_device_recency", 0.5, 0.0), "another device at the account: 1 hour ago; usual never"),
        (worded("ip.doubtful_1d", 3.0, 0.0), "3 fresh accounts that came to the ip in about 1 day; usual 0"),
        (worded("device.account_age_mean", math.log1p(2.0), 0.0), "mean age of the accounts at the device: 2 days; usual 0 seconds"),
        (worded("device.account_events_mean", math.log1p(5.0)), "mean activity of the accounts at the device: 5; usual 0"),
        (worded("device.account_fraud_rate_max", 0.8), "highest fraud rate among the accounts at the device: 80%; usual 0%"),
    ],
)  # fmt: skip
def test_a_reason_reads_well(sentence: str, expected: str) -> None:
    assert sentence == expected


def linked(name: str, *shown: float, usual: float = 0.0) -> str:
    feature = LINK[name]
    return link_words(feature, [feature.column(value) for value in shown], feature.column(usual), "device")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (linked("device_link.fraud", 1, 0, 1, usual=0.01), "2 of the device's last 3 events are known fraud; usual 1%"),
        (linked("device_link.fraud", 1, 0, 0, usual=0.01), "1 of the device's last 3 events is known fraud; usual 1%"),
        (linked("device_link.fraud", 1), "the device's last event is known fraud; usual 0%"),
        (linked("device_link.same_account", 0, usual=0.9), "the device's last event has not the event's account; usual 90%"),
        (linked("device_link.same_account", 1, 1, usual=0.9), "2 of the device's last 2 events have the event's account; usual 90%"),
        (
            linked("device_link.is_account_change", 1, 1),
            "2 of the device's last 2 events are of type account change; usual 0%",
        ),
        (linked("device_link.age", 60, 60, usual=7200), "time since the device's last 2 events: 60 seconds on average; usual 2 hours"),
        (linked("device_link.amount", 20), "amount of the device's last event: 20.00; usual 0.00"),
        (linked("device_link.amount_ratio", math.log(3)), "amount 3 times that of the device's last event; usual 1"),
        (
            linked("device_link.z", 0.8, 0.8),
            "the device's last 2 events' deviation from habit: 4 standard deviations above on average; usual 0",
        ),
        (
            linked("device_link.account_events_day", math.log1p(9), math.log1p(9)),
            "events in about a day of the accounts behind the device's last 2 events: 9 on average; usual 0",
        ),
        (linked("device_link.account_age", math.log1p(3)), "age of the accounts behind the device's last event: 3 days; usual 0 seconds"),
        (
            linked("device_link.account_fraud_rate", 0.5),
            "share of fraud among the labels of the accounts behind the device's last event: 50%; usual 0%",
        ),
    ],
)  # fmt: skip
def test_a_reason_of_the_last_events_reads_well(sentence: str, expected: str) -> None:
    assert sentence == expected


@pytest.mark.parametrize(("day", "hour", "words_"), [(0, 3.2, "Thursday 03:12"), (3, 23.99, "Sunday 23:59"), (20_000, 0.0, "Friday 00:00")])
def test_the_clock(day: int, hour: float, words_: str) -> None:
    days = day + hour / 24.0 + 1e-6
    turn, week = 2 * math.pi * days, 2 * math.pi * days / 7.0
    angles = {"hour_cos": math.cos(turn), "hour_sin": math.sin(turn), "weekday_cos": math.cos(week), "weekday_sin": math.sin(week)}
    assert clock_words(angles) == f"the event's time, {words_} UTC, raises the score"


NONSENSE = re.compile(r"\d[smhd]\b|nan|inf|_(?!\d)|\bln\b|e[+-]\d|\b1 (distinct |known |cleared )?(events|accounts|frauds|addresses)")


def test_every_feature_has_words() -> None:
    for feature in (*FLAT.values(), *LINK.values()):
        for value in (0.0, 0.3, math.log(2.0), 1.0, 2.0):
            linked = feature.name in LINK
            text = link_words(feature, [value, value], 0.3, "device") if linked else words(feature, value, Usual(0.3, 0.3))
            assert not NONSENSE.search(text), text
            assert len(text) < 200 and text == text.strip() and "  " not in text


@given(st.floats(0, 1e9))
def test_numbers_have_few_digits_and_no_exponent(value: float) -> None:
    text = number(value).replace(",", "")
    assert re.fullmatch(r"\d+(\.\d)?", text) and abs(float(text) - value) <= max(0.05, 0.5 * (value >= 9.95)) + 1e-6 * value
    assert re.fullmatch(r"[\d.,]+ (second|minute|hour|day)s?", rough_duration(value))


def test_shares_and_durations() -> None:
    assert [percent(share) for share in (0.0, 0.0004, 0.004, 0.05, 0.4, 1.0)] == ["0%", "under 0.1%", "0.4%", "5%", "40%", "100%"]
    assert [rough_duration(s) for s in (1.0, 60.0, 89.0, 90.0, HOUR, 1.4 * HOUR, 36 * HOUR)] == [
        "1 second", "1 minute", "89 seconds", "1.5 minutes", "1 hour", "84 minutes", "1.5 days",
    ]  # fmt: skip


def test_a_number_that_stands_for_nothing_has_a_condition() -> None:
    assert "device.known" in conditions(FLAT["device.age"]) and "device.given" in conditions(FLAT["device.accounts"])
    assert "event.has_amount" in conditions(FLAT["account.habit_ratio"]) and "event.basket_known" in conditions(FLAT["event.basket"])


def test_what_reads_like_the_usual_tells_nothing() -> None:
    counter, flag = FLAT["device.events_1d"], FLAT["device.new_account"]
    assert not tells(counter, counter.column(0.01), reads(counter, counter.column(0.0)))
    assert tells(counter, counter.column(3), reads(counter, counter.column(1.0)))
    assert tells(flag, 1.0, "1") and not tells(flag, 0.0, "1")
