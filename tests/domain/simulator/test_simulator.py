"""The simulator: exact counts, the contract, rings and labels as promised, and nothing that gives fraud
away.
"""

from __future__ import annotations

import io
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.events.identity import Pseudonyms, normalise_address
from domain.events.parser import EventParser
from domain.graph import EVENT_TYPES, GraphSettings
from domain.simulator import RING_KINDS, SEGMENTS, Simulation, SimulatorSettings, simulate, write_events
from domain.simulator.addresses import spell_address
from domain.simulator.identifiers import DISPOSABLE_DOMAINS
from domain.simulator.layout import ADDRESSED

Document = dict[str, Any]
DAY_MS = 86_400_000


def lines_of(simulation: Simulation) -> list[str]:
    file = io.StringIO()
    count = write_events(simulation, file)
    lines = file.getvalue().splitlines()
    assert count == len(lines)
    return lines


def columns_of(simulation: Simulation) -> list[Document]:
    truth = simulation.truth()
    return [dict(zip(truth, row, strict=True)) for row in zip(*truth.values(), strict=True)]


class Shop:
    """One simulation read back from its JSON lines."""

    def __init__(self, events: int, seed: int, fraud_share: float = 0.025) -> None:
        self.simulation = simulate(SimulatorSettings(events=events, seed=seed, fraud_share=fraud_share))
        self.lines = lines_of(self.simulation)
        documents = [json.loads(line) for line in self.lines]
        self.documents: list[Document] = documents
        self.events = [d for d in documents if d["event_type"] != "label"]
        self.labels = [d for d in documents if d["event_type"] == "label"]
        self.truth = columns_of(self.simulation)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop(events=20_000, seed=7)


@pytest.fixture(scope="module")
def big_shop() -> Shop:
    return Shop(events=60_000, seed=11)


@pytest.fixture(scope="module")
def attacked_shop() -> Shop:
    """So many rings that rare event types, too, are compared on more than a few of them."""
    return Shop(events=40_000, seed=13, fraud_share=0.15)


def test_same_seed_same_bytes_other_seed_other_bytes() -> None:
    first, again, other = (lines_of(simulate(SimulatorSettings(events=3000, seed=s))) for s in (5, 5, 6))
    assert first == again
    assert not set(first) & set(other)


@settings(max_examples=25, deadline=None)
@given(events=st.integers(1, 1500), seed=st.integers(0, 10_000), days=st.sampled_from([1.0, 2.5, 30.0, 200.0]))
def test_any_size_is_met_exactly(events: int, seed: int, days: float) -> None:
    simulation = simulate(SimulatorSettings(events=events, seed=seed, days=days))
    documents = list(simulation.documents())
    assert sum(d["event_type"] != "label" for d in documents) == events
    times = [d["event_time"] for d in documents]
    assert times == sorted(times)
    assert simulation.settings.start <= times[0] and times[-1] < simulation.settings.end
    assert len(simulation.truth()["event_id"]) == events


def test_truth_goes_with_the_events(shop: Shop) -> None:
    assert len(shop.events) == len(shop.truth) == 20_000
    for event, row in zip(shop.events, shop.truth, strict=True):
        for field in ("event_id", "event_time", "event_type", "account_id"):
            assert event[field] == row[field]
        assert (row["ring_id"] is None) == (row["ring_kind"] is None) == (row["member"] is None) == (not row["is_fraud"])
        assert (row["segment"] is None) == row["is_fraud"]
    assert len({d["event_id"] for d in shop.documents}) == len(shop.documents)


def test_every_line_meets_the_contract(shop: Shop) -> None:
    graph = GraphSettings(entities=("account", "device", "address", "merchant", "payment", "email", "ip"))
    parser = EventParser(graph, Pseudonyms(b"test"), now_ms=lambda: shop.simulation.settings.end)
    for line in shop.lines:
        parser.parse(line.encode())


def test_fields_of_each_type(shop: Shop) -> None:
    always = {"event_id", "event_type", "event_time", "account_id", "account_created_at", "attributes"}
    money, hidden = {"amount", "currency", "merchant_id"}, {"device_fingerprint", "ip"}
    wanted = {
        "signup": {"email"},
        "login": set(),
        "order": money | {"email", "payment_instrument", "address"},
        "payment": money | {"payment_instrument"},
        "refund_request": money | {"email", "address"},
        "account_change": {"email"},
    }
    for event in shop.events:
        fields = wanted[event["event_type"]] | ({"address"} if event["attributes"].get("change") == "address" else set())
        assert event.keys() - hidden == always | fields
        assert event["account_created_at"] <= event["event_time"]
        if event["event_type"] == "signup":
            assert event["account_created_at"] == event["event_time"]
    assert {d["event_type"] for d in shop.events} == set(wanted)


def test_accounts_opened_within_the_span_begin_with_their_signup(shop: Shop) -> None:
    first: dict[str, Document] = {}
    for event in shop.events:
        first.setdefault(event["account_id"], event)
    for event in first.values():
        opened_now = event["account_created_at"] >= shop.simulation.settings.start
        assert (event["event_type"] == "signup") == opened_now


def test_labels_tell_the_truth_about_an_earlier_event(shop: Shop) -> None:
    entities = ("account_id", "device_fingerprint", "ip", "email", "payment_instrument", "merchant_id", "address")
    truth = {row["event_id"]: row for row in shop.truth}
    events = {event["event_id"]: event for event in shop.events}
    assert len({label["subject_event_id"] for label in shop.labels}) == len(shop.labels)
    for label in shop.labels:
        subject, row = events[label["subject_event_id"]], truth[label["subject_event_id"]]
        assert label["is_fraud"] is row["is_fraud"]
        assert label["event_time"] == row["label_time"] > subject["event_time"]
        assert all(label.get(field) == subject.get(field) for field in entities)
        assert "amount" not in label
    known = [row for row in shop.truth if row["label_time"] and row["label_time"] < shop.simulation.settings.end]
    assert len(known) == len(shop.labels)
    assert {label["source"] for label in shop.labels} == {"chargeback", "analyst", "customer_report"}


def test_label_delays(big_shop: Shop) -> None:
    fraud = [row for row in big_shop.truth if row["is_fraud"]]
    paid = [row for row in fraud if row["event_type"] == "payment" and row["ring_kind"] in ("reshipper", "device_farm")]
    days = [(r["label_time"] - r["event_time"]) / DAY_MS for r in paid if r["label_time"]]
    assert 4 < np.median(days) < 6.5
    assert min(days) > 0
    assert max(days) <= 36
    unreported = np.mean([row["label_time"] is None for row in fraud])
    assert 0.02 < unreported < 0.2
    honest = [row["label_time"] is not None for row in big_shop.truth if not row["is_fraud"]]
    assert 0.01 < np.mean(honest) < 0.08


def test_all_kinds_of_rings_attack(shop: Shop) -> None:
    rings: dict[str, set[str]] = defaultdict(set)
    for row in shop.truth:
        if row["is_fraud"]:
            rings[row["ring_kind"]].add(row["ring_id"])
    assert set(rings) == {kind.name for kind in RING_KINDS}
    assert len(RING_KINDS) == 6 and all(kind.description for kind in RING_KINDS)
    assert sum(map(len, rings.values())) >= 8
    assert 0.02 <= np.mean([row["is_fraud"] for row in shop.truth]) <= 0.03


def test_rings_overlap_in_time_and_differ_in_size(big_shop: Shop) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    for row in big_shop.truth:
        if row["is_fraud"]:
            seen[row["ring_id"]].append(row["event_time"])
    spans = [(times[0], times[-1]) for times in seen.values()]
    assert max(sum(a <= other[0] <= b for other in spans) for a, b in spans) >= 3
    sizes = [len(times) for times in seen.values()]
    assert max(sizes) > 3 * min(sizes)


def test_members_are_numbered_as_they_appear(shop: Shop) -> None:
    members: dict[str, dict[str, int]] = defaultdict(dict)
    for row in shop.truth:
        if row["is_fraud"]:
            ring = members[row["ring_id"]]
            assert row["member"] == ring.setdefault(row["account_id"], len(ring) + 1)


def rank_auc(values: Iterable[float], fraud: Iterable[bool]) -> float:
    """Chance that a random fraud has the greater value, ties counting half (Mann-Whitney U)."""
    _, codes, counts = np.unique(np.asarray(list(values), float), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    bad: NDArray[np.bool_] = np.asarray(list(fraud), bool)
    positives, negatives = int(bad.sum()), int((~bad).sum())
    return float((ranks[bad].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def test_rank_auc_finds_a_planted_leak() -> None:
    assert rank_auc([1, 2, 3, 4], [False, False, True, True]) == 1.0
    assert rank_auc([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert rank_auc([1, 2, 2, 3], [True, False, True, False]) == pytest.approx(0.125)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def field_scalars(field: str) -> dict[str, Callable[[Document], float]]:
    """What one might read off a single field without knowing any other event."""
    return {
        f"{field} present": lambda e: float(field in e),
        f"{field} length": lambda e: len(text_of(e.get(field))),
        f"{field} type": lambda e: float(isinstance(e.get(field), str)),
        f"{field} digits": lambda e: sum(c.isdigit() for c in text_of(e.get(field))),
        f"{field} capitals": lambda e: sum(c.isupper() for c in text_of(e.get(field))),
        f"{field} head": lambda e: float(int.from_bytes(text_of(e.get(field))[:6].encode(), "big")),
        f"{field} tail": lambda e: float(int.from_bytes(text_of(e.get(field))[-4:].encode(), "big")),
    }


IDENTIFIERS = ("event_id", "account_id", "device_fingerprint", "ip", "email", "payment_instrument", "merchant_id", "address")
SCALARS: dict[str, Callable[[Document], float]] = {
    **{name: scalar for field in IDENTIFIERS for name, scalar in field_scalars(field).items()},
    "cents": lambda e: round(e.get("amount", 0) * 100) % 100,
    "amount type": lambda e: float(isinstance(e.get("amount"), float)),
    "millisecond": lambda e: e["event_time"] % 1000,
    "second": lambda e: e["event_time"] // 1000 % 60,
    "hour": lambda e: e["event_time"] // 3_600_000 % 24,
    "weekday": lambda e: e["event_time"] // DAY_MS % 7,
    "created millisecond": lambda e: e["account_created_at"] % 1000,
    "fields": lambda e: len(e),
    "euro": lambda e: float(e.get("currency") == "EUR"),
    "channel": lambda e: float(e["attributes"]["channel"] == "app"),
    "items": lambda e: e["attributes"].get("items", 0),
    "category": lambda e: len(e["attributes"].get("category", "")),
    "change": lambda e: len(e["attributes"].get("change", "")),
    "attributes": lambda e: len(e["attributes"]),
}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_no_single_field_gives_fraud_away(attacked_shop: Shop, event_type: str) -> None:
    pairs = zip(attacked_shop.events, attacked_shop.truth, strict=True)
    chosen = [(event, row["is_fraud"]) for event, row in pairs if event["event_type"] == event_type]
    assert sum(fraud for _, fraud in chosen) > 100
    every = 1 + len(chosen) // 5000  # so many honest events are enough to compare with
    chosen = [pair for at, pair in enumerate(chosen) if pair[1] or at % every == 0]
    for name, scalar in SCALARS.items():
        field = name.split()[0]
        # An identifier counts once: that a ring uses it often is evidence, not a leak.
        seen = {(text_of(e.get(field, id(e))), fraud): (scalar(e), fraud) for e, fraud in chosen}
        auc = rank_auc(*zip(*seen.values(), strict=True))
        assert abs(auc - 0.5) < 0.2, f"{name} of {event_type}: AUC {auc:.2f}"


def test_fraud_and_honest_amounts_overlap(big_shop: Shop) -> None:
    pairs = list(zip(big_shop.events, big_shop.truth, strict=True))
    for event_type in ("order", "payment", "refund_request"):
        found = [(e["amount"], row["is_fraud"]) for e, row in pairs if e["event_type"] == event_type]
        assert 0.2 < rank_auc(*zip(*found, strict=True)) < 0.8


def test_throw_away_mailboxes_are_used_by_both(big_shop: Shop) -> None:
    users: dict[bool, Counter[bool]] = {True: Counter(), False: Counter()}
    for event, row in zip(big_shop.events, big_shop.truth, strict=True):
        if "email" in event:
            domain = event["email"].split("@")[1]
            users[row["is_fraud"]][domain in DISPOSABLE_DOMAINS] += 1
    assert 20 < users[False][True] < 0.05 * users[False][False]
    assert users[True][True] < users[True][False]


def accounts_per(shop: Shop, field: str, honest: bool = True) -> Counter[str]:
    """How many accounts share each value of a field."""
    pairs = set()
    for event, row in zip(shop.events, shop.truth, strict=True):
        if field in event and row["is_fraud"] != honest:
            value = normalise_address(event[field]) if field == "address" else event[field]
            pairs.add((value, event["account_id"]))
    return Counter(value for value, _ in pairs)


def test_honest_customers_share_more_than_rings_do(big_shop: Shop) -> None:
    ips, devices, addresses, cards = (
        accounts_per(big_shop, field) for field in ("ip", "device_fingerprint", "address", "payment_instrument")
    )
    assert max(ips.values()) > 800  # a mobile carrier's exit
    assert sum(30 < n < 400 for n in ips.values()) >= 3  # offices
    assert max(addresses.values()) > 30  # a parcel locker
    assert max(devices.values()) >= 15  # a public terminal
    assert sum(2 <= n <= 5 for n in devices.values()) > 200  # families
    assert sum(n > 1 for n in cards.values()) > 50
    for field in ("device_fingerprint", "address"):
        assert max(accounts_per(big_shop, field, honest=False).values()) > 5
    assert {row["segment"] for row in big_shop.truth if not row["is_fraud"]} == set(SEGMENTS)


def test_segments_of_shipping_show_an_address(shop: Shop) -> None:
    shipping = {EVENT_TYPES[code] for code in ADDRESSED}
    assert {r["event_type"] for r in shop.truth if r["segment"] in ("locker", "gift")} <= shipping


def test_owners_go_on_using_their_taken_over_accounts(big_shop: Shop) -> None:
    attacked = {row["account_id"] for row in big_shop.truth if row["ring_kind"] == "account_takeover"}
    by_owner = [row for row in big_shop.truth if row["account_id"] in attacked and not row["is_fraud"]]
    assert len({row["account_id"] for row in by_owner}) > len(attacked) / 2
    others = {row["account_id"] for row in big_shop.truth if row["ring_kind"] == "card_testing"}
    assert not any(row["account_id"] in others for row in big_shop.truth if not row["is_fraud"])


def test_customers_sleep_at_night(shop: Shop) -> None:
    hours = Counter(row["event_time"] // 3_600_000 % 24 for row in shop.truth)
    assert sum(hours[h] for h in (18, 19, 20)) > 5 * sum(hours[h] for h in (2, 3, 4))


@given(place=st.integers(0, 2**64 - 1), hand=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_spellings_of_a_place_are_one_address(place: int, hand: int, other: int) -> None:
    assert normalise_address(spell_address(place, hand)) == normalise_address(spell_address(place, other))
    assert len({json.dumps(spell_address(place, h)) for h in range(256)}) > 10


def test_addresses_are_spelled_in_many_ways_by_both(shop: Shop) -> None:
    forms: dict[bool, set[type]] = {True: set(), False: set()}
    for event, row in zip(shop.events, shop.truth, strict=True):
        if "address" in event:
            forms[row["is_fraud"]].add(type(event["address"]))
    assert forms == {True: {str, dict}, False: {str, dict}}


def test_without_fraud_nobody_is_guilty() -> None:
    simulation = simulate(SimulatorSettings(events=500, seed=1, fraud_share=0))
    assert not any(simulation.truth()["is_fraud"])
    assert not any(d.get("is_fraud") for d in simulation.documents())


@pytest.mark.parametrize(
    ("field", "value"),
    [("events", 0), ("seed", -1), ("start", 1_700_000_000), ("days", float("nan")), ("fraud_share", 0.9)],
)
def test_settings_out_of_range_are_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        SimulatorSettings(**{"events": 100, field: value})  # type: ignore[arg-type]


def test_twenty_thousand_events_take_seconds() -> None:
    begun = time.process_time()
    lines_of(simulate(SimulatorSettings(events=20_000, seed=3)))
    assert time.process_time() - begun < 5  # about 0.5 s on two cores; 100,000 events must stay below 10 s
