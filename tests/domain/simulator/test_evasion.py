"""Rings that evade, and labels that err: without them a simulation is as before, and they do as they say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.evasion import WAYS, age, dilute, evade, hide, prepare
from domain.simulator.labels import NEVER_LABELLED
from domain.simulator.layout import HIDES, LOGIN, ORDER, SHIPS, SIGNUP, STRANGER, Numbers, Rows, blank
from domain.times import DAY_MS

SHOP = SimulatorSettings(events=8_000, seed=4, fraud_share=0.05)


def a_ring() -> Rows:
    """Four accounts with one device and one line."""
    rows = blank(12)
    rows["ring"], rows["time"], rows["account"] = 7, 40 * DAY_MS + np.arange(12), np.arange(12) % 4
    rows["device"], rows["ip"], rows["address"] = 100, 200, 300 + np.arange(12) % 4
    return rows


def numbers() -> Numbers:
    taken = Numbers()
    taken.take(1000)
    return taken


def prepared(ring: Rows, diluted: float, aged: float) -> Rows:
    return prepare(ring, diluted, np.random.default_rng(2), aged, np.random.default_rng(3), numbers())


def test_nobody_evades_unless_asked() -> None:
    rows = a_ring()
    assert evade(rows, 0.0, np.random.default_rng(1), numbers()) is rows
    assert not simulate(SHOP).rows["shows"].any()


@pytest.mark.parametrize("seed", range(4))
def test_a_ring_leaves_no_more_than_it_hides(seed: int) -> None:
    rows = hide(a_ring(), np.random.default_rng(seed), numbers())
    hidden = rows["shows"] & HIDES != 0
    assert hidden.mean() >= 0.2
    rows["shows"] = 0
    assert (rows == a_ring()).all(), "all else is as it was"


@pytest.mark.parametrize("way", WAYS[1:3], ids=lambda way: way.__name__)
def test_devices_are_new(way: Any) -> None:
    rows = way(a_ring(), np.random.default_rng(3), numbers())
    assert len(np.unique(rows["device"])) == (4 if way is WAYS[1] else 12)
    assert (rows["account"] == a_ring()["account"]).all()


def test_strangers_come_to_what_is_shared_and_name_it() -> None:
    rows = dilute(a_ring(), np.random.default_rng(2), numbers())
    strangers = rows[12:]
    assert (rows[:12] == a_ring()).all()
    assert set(strangers["event_type"]) == {LOGIN} and (strangers["shows"] == SHIPS | STRANGER).all()
    assert set(strangers["device"]) == {100} and set(strangers["ip"]) == {200}
    assert len(np.unique(strangers["account"])) == len(strangers) >= 5
    assert (strangers["created"] <= strangers["time"]).all()
    assert strangers["time"].min() >= 39 * DAY_MS


def test_documents_of_evasive_rings_hide_and_name_things_and_the_customers_stay() -> None:
    plain, evasive = simulate(SHOP), simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, evasive=1.0))
    extra = int((evasive.rows["shows"] & SHIPS != 0).sum())
    assert len(evasive.rows) == 8_000 + extra > len(plain.rows)
    assert (evasive.rows["ring"] < 0).sum() == (plain.rows["ring"] < 0).sum()
    truth = dict(zip(evasive.truth()["event_id"], evasive.truth()["is_fraud"], strict=True))
    without: dict[bool, list[bool]] = defaultdict(list)
    for document in evasive.documents():
        if document["event_type"] != "label":
            without[truth[document["event_id"]]].append("device_fingerprint" not in document)
    assert np.mean(without[True]) > 0.05 > 0.03 > np.mean(without[False])


def test_of_the_rings_that_do_not_evade_a_share_is_diluted() -> None:
    assert prepared(a_ring(), 1.0, 1.0)[12:]["shows"].all()
    rows = {share: simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, diluted=share)).rows for share in (0.5, 1.0)}
    diluted = {share: len(np.unique(of["ring"][of["shows"] & SHIPS != 0])) for share, of in rows.items()}
    assert 0 < diluted[0.5] < diluted[1.0] == len(np.unique(rows[1.0]["ring"])) - 1, "all but the honest"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_aged_was_there_before_by_an_account_of_the_ring(seed: int) -> None:
    ring = a_ring()
    ring["event_type"][4:], ring["created"] = ORDER, 40 * DAY_MS + np.arange(12) % 4
    rows = age(ring, np.random.default_rng(seed))
    early = rows[12:]
    assert set(early["event_type"]) == {LOGIN} and set(early["ring"]) == {7} and set(early["shows"]) == {SHIPS}
    assert all(set(early[field]) == set(ring[field]) for field in ("device", "ip", "address"))
    assert set(early["account"]) == {0}
    assert early["time"].min() >= 32 * DAY_MS and early["time"].max() <= 40 * DAY_MS
    for account in range(4):
        its = rows[rows["account"] == account]
        assert its["time"].min() == its["created"].min() == its["created"].max() == its["time"][its["event_type"] == SIGNUP]


def test_of_the_rings_that_do_neither_a_share_ages_and_the_same_are_diluted() -> None:
    rows = a_ring()
    assert prepared(rows, 0.0, 0.0) is rows
    assert (prepared(rows, 0.0, 1.0)[12:]["shows"] == SHIPS).all()
    shops = {share: simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, aged=share)) for share in (0.0, 0.5, 1.0)}
    early = {share: of.rows["shows"] & SHIPS != 0 for share, of in shops.items()}
    assert 0 == early[0.0].sum() < early[0.5].sum() < early[1.0].sum()
    aged = shops[1.0]
    both = simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, diluted=0.3, aged=1.0)).rows
    one = simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, diluted=0.3)).rows
    strangers = [of[of["shows"] & STRANGER != 0] for of in (both, one)]
    assert len(strangers[0]) == len(strangers[1]) and (strangers[0]["time"] == strangers[1]["time"]).all()
    found = early[1.0] & (aged.label_times != NEVER_LABELLED)
    assert found.any() and (aged.label_times - aged.rows["time"])[found].max() > 8 * DAY_MS, "found with the frauds, not before"


def test_labels_err_as_often_as_asked() -> None:
    noisy = simulate(SimulatorSettings(events=8_000, seed=4, fraud_share=0.05, label_noise=0.2))
    fraud = noisy.rows["ring"] >= 0
    assert (~noisy.label_says[fraud]).mean() == pytest.approx(0.2, abs=0.06)
    assert noisy.label_says[~fraud].mean() == pytest.approx(0.004, abs=0.003)
    assert (simulate(SHOP).label_says == (simulate(SHOP).rows["ring"] >= 0)).all()
    wrong = {document["is_fraud"] for document in noisy.documents() if document["event_type"] == "label"}
    assert wrong == {True, False}


@pytest.mark.parametrize("name", ["evasive", "diluted", "aged", "bust_outs", "label_noise"])
def test_shares_are_shares(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name.replace('_', '-')} is 1.5; give a share from 0 to 1"):
        SimulatorSettings(events=10, **{name: 1.5})
