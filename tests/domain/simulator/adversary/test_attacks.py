"""What each attack crafts: within its budget, and as said. What it achieves is in docs/attacks.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, Arrival, Budget, Cost, Form, History, history_of
from domain.simulator.adversary.documents import SHARED
from domain.times import DAY_MS, HOUR_MS

SMALL = 1_500
FORMS = [(name, form) for name in ATTACKS for form in ATTACKS[name].forms]


@cache
def shop() -> History:
    return history_of(simulate(SimulatorSettings(events=2_000, seed=5, fraud_share=0.05)))


def small(name: str, form: str) -> Form:
    """The form with a budget that suits a small shop."""
    whole = ATTACKS[name].forms[form]
    budget = whole.budget
    return replace(whole, budget=Budget(*(min(SMALL, most) for most in (budget.events, budget.accounts, budget.labels))))


@cache
def attacked(name: str, form: str) -> History:
    return small(name, form).on(shop(), 3)


def crafted(name: str, form: str) -> list[Arrival]:
    return [one for one in attacked(name, form).arrivals if one.crafted]


def frauds(history: History) -> list[Arrival]:
    return [one for one in history.arrivals if one.ring and not one.crafted]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_an_attack_keeps_its_budget_and_the_order_of_arrival(name: str, form: str) -> None:
    after = attacked(name, form)
    cost = Cost.of(shop(), after)
    assert cost.is_within(small(name, form).budget)
    assert cost.events + cost.labels == len(after.arrivals) - len(shop().arrivals)
    assert cost.events + cost.labels > 0 or frauds(after) != frauds(shop())
    times = [one.at_ms for one in after.arrivals]
    assert times == sorted(times)
    assert [one.event_id for one in frauds(after)] == [one.event_id for one in frauds(shop())]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_the_shop_goes_on_as_before(name: str, form: str) -> None:
    def of_others(history: History) -> list[Arrival]:
        about = {one.event_id for one in frauds(history)}
        return [one for one in history.arrivals if not one.crafted and not one.ring and one.document.get("subject_event_id") not in about]

    assert of_others(attacked(name, form)) == of_others(shop())


def test_equal_seeds_give_equal_attacks() -> None:
    form = small("dilute", "weak")
    assert form.on(shop(), 3) == form.on(shop(), 3) != form.on(shop(), 4)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_says_who_its_author_is_and_what_it_costs(name: str) -> None:
    assert 20 < len(ATTACKS[name].author) < 160


def test_more_than_the_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="is more than"):
        replace(ATTACKS["one_instant"].forms["weak"], budget=Budget(events=5)).on(shop(), 3)


def test_clocks() -> None:
    assert {one.document["event_time"] - one.at_ms for one in crafted("clock_ahead", "strong")} == {round(23.9 * HOUR_MS)}
    old = crafted("back_dated", "strong")
    assert {one.at_ms - one.document["event_time"] for one in old} == {300 * DAY_MS}
    used = {str(one.document.get(name)) for one in frauds(shop()) for name in SHARED}
    assert all({str(one.document[name]) for name in SHARED if name in one.document} <= used for one in old)


def test_clearances_name_a_fraud_by_the_shops_own_source() -> None:
    known = {one.event_id: one.ring for one in frauds(shop())}
    per_ring = Counter(known[one.document["subject_event_id"]] for one in crafted("clear", "weak"))
    assert set(per_ring.values()) == {1} and set(per_ring) == set(shop().rings)
    accounts = [one.account for one in crafted("clear", "strong")]
    assert len(accounts) >= len({one.account for one in frauds(shop())}), "an account may be of several rings"
    assert not any(one.document["is_fraud"] or not one.by_shop for one in crafted("clear", "strong"))


@pytest.mark.parametrize(("name", "is_fraud"), [("clear_nobody", False), ("blame_customers", True)])
def test_labels_from_anybody_are_of_events_that_never_happened(name: str, is_fraud: bool) -> None:
    ids = {one.event_id for one in shop().arrivals}
    labels = crafted(name, "strong")
    assert all(one.document["is_fraud"] is is_fraud and not one.by_shop for one in labels)
    assert ids.isdisjoint(one.document["subject_event_id"] for one in labels)


def test_three_labels_for_each_victim_and_one_order_to_each_ones_address() -> None:
    blamed = attacked("blame_customers", "strong")
    assert Counter(one.account for one in crafted("blame_customers", "strong")) == dict.fromkeys(blamed.victims, 3)
    at_home = attacked("charge_back_to", "weak")
    homes = [str(one.document["address"]) for victim in at_home.victims for one in shop().customers[victim] if "address" in one.document]
    assert {str(one.document["address"]) for one in crafted("charge_back_to", "weak") if not one.is_label} <= set(homes)
    assert Counter(one.document["event_type"] for one in crafted("charge_back_to", "weak")) == {"order": 40, "payment": 40, "label": 40}


def test_dilution_meets_all_that_rings_share_before_they_begin() -> None:
    strangers = crafted("dilute", "weak")
    assert len({one.account for one in strangers}) == len(strangers)
    first = next(iter(shop().rings.values()))
    devices = {one.document.get("device_fingerprint") for one in first} - {None}
    met = Counter(one.document.get("device_fingerprint") for one in strangers if one.at_ms < first[0].at_ms)
    assert devices <= met.keys() and {met[device] for device in devices} == {25}


def test_hidden_and_fresh_devices() -> None:
    assert not any({"device_fingerprint", "ip"} & one.document.keys() for one in frauds(attacked("without_device", "strong")))
    half = sum("ip" not in one.document for one in frauds(attacked("without_device", "weak")))
    assert 0.3 < half / len(frauds(shop())) < 0.7
    shown = [one.document.get("device_fingerprint") for one in frauds(attacked("fresh_device", "strong"))]
    assert len(set(shown) - {None}) == len(shown) - shown.count(None)
    fresh = {one.event_id: one.document.get("device_fingerprint") for one in frauds(attacked("fresh_device", "strong"))}
    labels = [one.document for one in attacked("fresh_device", "strong").arrivals if one.document.get("subject_event_id") in fresh]
    assert labels and all(one.get("device_fingerprint") == fresh[one["subject_event_id"]] for one in labels)


def test_spellings_differ_and_keep_what_a_courier_reads() -> None:
    before = {one.event_id: one.document.get("address") for one in frauds(shop())}
    pairs = [(before[one.event_id], one.document["address"]) for one in frauds(attacked("spell_anew", "weak")) if "address" in one.document]
    for old, new in pairs:
        text = old if isinstance(old, str) else ", ".join(old.values())
        assert new != text and "".join(letter for letter in new if letter not in "\u200b\u2060\u00ad") == text


def test_ids_come_twice() -> None:
    decoys = {one.event_id: one.account for one in crafted("same_id", "strong")}
    whose = {one.event_id: one.account for one in frauds(shop())}
    assert decoys.keys() == whose.keys() and all(decoys[event_id] != account for event_id, account in whose.items())


@pytest.mark.parametrize(("form", "event_type"), [("weak", "login"), ("strong", "order")])
def test_after_many_events_an_old_order_comes_again(form: str, event_type: str) -> None:
    lines, known = crafted("repeat_after_cheap", form), {one.event_id: one.document for one in shop().arrivals}
    orders = [one for one in lines if one.event_id in known]
    assert orders and all(one.document == known[one.event_id] and one.document["event_type"] == "order" for one in orders)
    assert len(lines) == 129 * len(orders)
    assert {one.document["event_type"] for one in lines if one.event_id not in known} == {event_type}


def test_floods_growth_instants_and_junk() -> None:
    devices = Counter(one.document["device_fingerprint"] for one in crafted("flood", "weak"))
    assert set(devices.values()) == {6} and len(devices) == SMALL // 6
    dear = [one for one in crafted("hide_growth", "weak") if one.document["amount"] > 1000]
    assert len(dear) == 105 and len({one.document["device_fingerprint"] for one in crafted("hide_growth", "weak")}) == 1
    assert len({one.account for one in crafted("hide_growth", "weak")}) <= 60
    assert {len({one.at_ms for one in crafted("one_instant", "weak")}), len(crafted("one_instant", "weak")) % 4} == {1, 0}
    assert not any(isinstance(one.document["event_time"], int) for one in crafted("junk", "weak"))


def test_a_habit_in_yen_then_an_order_in_euros() -> None:
    lines = [one.document for one in crafted("other_currency", "weak")]
    assert [(one["amount"], one["currency"]) for one in lines] == [(8_000.0, "JPY")] * 6 + [(8_000.0, "EUR")]
