"""A simulated history in the order of arrival, with the truth that an attack and its scorer need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from domain.graph import ENTITY_FIELDS, LABEL
from domain.simulator.documents import EventDocument
from domain.simulator.simulate import Simulation


@dataclass(frozen=True, slots=True)
class Arrival:
    """A line and when it comes in, which need not be the time that it names."""

    at_ms: int
    document: EventDocument
    ring: str = ""
    """The ring of a fraud, empty for all else."""
    crafted: bool = False
    """Whether an attack added it."""
    by_shop: bool = True
    """Whether its source is one that only the shop writes to, if there is one: labels have such a source."""

    @property
    def is_label(self) -> bool:
        """Whether it is a label, which nobody scores."""
        return bool(self.document["event_type"] == LABEL)

    @property
    def account(self) -> str:
        """The account that it names."""
        return str(self.document["account_id"])

    @property
    def event_id(self) -> str:
        """The id that it names."""
        return str(self.document["event_id"])


@dataclass(frozen=True)
class History:
    """Arrivals by their time; those of one millisecond in the order in which they were added."""

    arrivals: tuple[Arrival, ...]
    victims: frozenset[str] = field(default_factory=frozenset)
    """Customers at whom an attack aims."""

    @cached_property
    def start_ms(self) -> int:
        """When the first line comes in."""
        return self.arrivals[0].at_ms

    @cached_property
    def end_ms(self) -> int:
        """When the last line comes in."""
        return self.arrivals[-1].at_ms

    @cached_property
    def rings(self) -> dict[str, tuple[Arrival, ...]]:
        """The frauds of each ring, in the order of its first."""
        found: dict[str, list[Arrival]] = {}
        for one in self.arrivals:
            if one.ring:
                found.setdefault(one.ring, []).append(one)
        return {ring: tuple(frauds) for ring, frauds in found.items()}

    @cached_property
    def accounts(self) -> frozenset[str]:
        """All accounts."""
        return frozenset(one.account for one in self.arrivals)

    @cached_property
    def customers(self) -> dict[str, tuple[Arrival, ...]]:
        """The events of each account that no ring uses, in the order of its first."""
        used = {one.account for one in self.arrivals if one.ring}
        found: dict[str, list[Arrival]] = {}
        for one in self.arrivals:
            if not one.crafted and not one.is_label and one.account not in used:
                found.setdefault(one.account, []).append(one)
        return {account: tuple(events) for account, events in found.items()}

    def with_crafted(self, crafted: Iterable[Arrival], victims: Iterable[str] = ()) -> History:
        """Return the history with what an attack adds; at one time what is crafted comes last."""
        arrivals = sorted([*self.arrivals, *crafted], key=lambda one: one.at_ms)
        return History(tuple(arrivals), self.victims | frozenset(victims))

    def with_frauds(self, changed: Callable[[EventDocument], EventDocument]) -> History:
        """Return the history with another document of each fraud; its label names what it names."""
        frauds = {one.event_id: changed(one.document) for one in self.arrivals if one.ring}

        def one_changed(one: Arrival) -> Arrival:
            if one.ring:
                return replace(one, document=frauds[one.event_id])
            fraud = frauds.get(one.document["subject_event_id"]) if one.is_label else None
            return one if fraud is None else replace(one, document=_naming(one.document, fraud))

        return History(tuple(map(one_changed, self.arrivals)), self.victims)


def _naming(label: EventDocument, event: EventDocument) -> EventDocument:
    """Return a label with the entities of its event."""
    kept = {name: value for name, value in label.items() if name not in ENTITY_FIELDS.values()}
    return kept | {name: event[name] for name in ENTITY_FIELDS.values() if name in event}


def history_of(simulation: Simulation) -> History:
    """Return a simulation's documents as they come in: each at its own time."""
    truth = simulation.truth()
    rings = {event_id: ring for event_id, ring in zip(truth["event_id"], truth["ring_id"], strict=True) if ring}
    documents = simulation.documents()
    return History(tuple(Arrival(one["event_time"], one, rings.get(one["event_id"], "")) for one in documents))


def values(frauds: Sequence[Arrival], name: str) -> list[EventDocument | str]:
    """Return the distinct values of a field of some frauds, those of most accounts first."""
    accounts: dict[str, set[str]] = {}
    shown: dict[str, EventDocument | str] = {}
    for one in frauds:
        if (value := one.document.get(name)) is not None:
            accounts.setdefault(str(value), set()).add(one.account)
            shown.setdefault(str(value), value)
    return [shown[text] for text in sorted(accounts, key=lambda text: (-len(accounts[text]), text))]
