"""Attacks on the graph: what rings share is made to look like what everybody shares, or like nothing."""

from __future__ import annotations

from itertools import zip_longest
from random import Random
from typing import Any

from domain.simulator.adversary.crafted_attack import Budget
from domain.simulator.adversary.documents import SHARED, crafted, new_device, new_id
from domain.simulator.adversary.history import Arrival, History, values
from domain.simulator.adversary.spellings import spelt_anew
from domain.simulator.documents import EventDocument
from domain.times import DAY_MS

UNKEPT = ("device_fingerprint", "ip")


def dilute(history: History, budget: Budget, dice: Random, each: int) -> History:
    """Let fresh accounts log in from each device, address and line of each ring, on the day before it begins.

    The rings themselves, with accounts bought by the hundred: a login and an account each, no money.
    """
    made: list[Arrival] = []
    for frauds in history.rings.values():
        columns = [[(name, value) for value in values(frauds, name)] for name in SHARED]
        for together in zip_longest(*columns):
            fields = dict(pair for pair in together if pair)
            made += _strangers(frauds[0].at_ms, fields, each, dice)
    return history.with_crafted(made[: budget.events])


def _strangers(before_ms: int, fields: dict[str, Any], count: int, dice: Random) -> list[Arrival]:
    return [crafted(dice, before_ms - dice.randrange(1, DAY_MS), "login", new_id(dice), **fields) for _ in range(count)]


def without_device(history: History, budget: Budget, dice: Random, share: float) -> History:
    """Leave device and line out of a share of the rings' events.

    The rings themselves: a browser that hides both, no event more, no money.
    """

    def changed(document: EventDocument) -> EventDocument:
        hides = dice.random() < share
        return {name: value for name, value in document.items() if not (hides and name in UNKEPT)}

    return history.with_frauds(changed)


def fresh_device_per_account(history: History, budget: Budget, dice: Random) -> History:
    """Use one device per account in the rings.

    The rings themselves: an emulator's new fingerprint for each account, no event more, no money.
    """
    own: dict[str, str] = {}

    def changed(document: EventDocument) -> EventDocument:
        return _with_device(document, own.setdefault(document["account_id"], new_device(dice)))

    return history.with_frauds(changed)


def fresh_device_per_event(history: History, budget: Budget, dice: Random) -> History:
    """Use a new device for each event of the rings.

    The rings themselves: an emulator's new fingerprint for each call, no event more, no money.
    """
    return history.with_frauds(lambda document: _with_device(document, new_device(dice)))


def _with_device(document: EventDocument, device: str) -> EventDocument:
    return {**document, "device_fingerprint": device} if "device_fingerprint" in document else document


def spell_anew(history: History, budget: Budget, dice: Random, tricks: int) -> History:
    """Spell the rings' addresses otherwise each time: with what cannot be seen, or what a parcel still finds.

    The rings themselves, at the keyboard: no event more, no money.
    """

    def changed(document: EventDocument) -> EventDocument:
        address = document.get("address")
        return document if address is None else {**document, "address": spelt_anew(address, dice, tricks)}

    return history.with_frauds(changed)
