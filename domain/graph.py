"""The shape of the graph: the kinds of entity that an event touches, and how much is remembered of each.

Every entity record, trail and feature matrix follows from one `GraphSettings`.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import SettingError
from domain.times import DAY_S, HOUR_S

EVENT_TYPES = ("signup", "login", "order", "payment", "refund_request", "account_change")
"""Types that are scored; the position in this tuple is the code kept in state."""
LABEL = "label"
FORGET = "forget"
"""Type of a line that has the job forget an account; inside it travels as a label about no event."""
LABEL_CODE = len(EVENT_TYPES)
AMOUNT_TYPES = frozenset({"order", "payment", "refund_request"})

ENTITY_FIELDS = {
    "account": "account_id",
    "device": "device_fingerprint",
    "address": "address",
    "merchant": "merchant_id",
    "payment": "payment_instrument",
    "email": "email",
    "ip": "ip",
}
"""Entity kind -> the event's field that holds its raw identifier."""


@dataclass(frozen=True)
class GraphSettings:
    """What the keyed state holds. A model is trained for one such graph and refuses another."""

    entities: tuple[str, ...] = ("account", "device", "address")
    """Kinds of entity in the order of their stages. Account is first: its stage recognises duplicates.
    Others: device, address, merchant, payment, email, ip.
    """
    ring_entities: tuple[str, ...] = ("ip",)
    """Further kinds that join rings. Their stages are last and keep about 120 bytes an entity, of which a
    model sees five numbers, but no links. `[]` leaves them out.
    """
    links: int = 16
    """Most recent links kept per entity, 1 to 64."""
    half_lives_s: tuple[float, ...] = (600.0, 6.0 * HOUR_S, 1.0 * DAY_S, 7.0 * DAY_S, 30.0 * DAY_S)
    """Half-lives of the decayed counters, in rising order: velocity at minutes, habit at weeks."""
    link_days: float = 60.0
    """A link older than this is dropped at the entity's next event."""
    ttl_days: float = 365.0
    """An entity not seen for this long is forgotten."""
    distinct_days: float = 30.0
    """Distinct counterparts are counted over one to two of these windows."""
    hub_degree: int = 100
    """An entity with more distinct accounts is a hub: it is scored, but joins no ring and keeps a sample of
    its links. Accounts that were less than a week old when they came do not count, unless they are ten times
    as many.
    """
    hub_sample: int = 8
    """One in this many events of a hub becomes a link."""
    late_days: float = 7.0
    """An entity does not learn from an event so long before its latest one. The event is scored all the same.
    Labels are never too late, and make no event late.
    """
    duplicates: int = 128
    """Event ids remembered per account to recognise repeats: half of them are the latest, the others those of
    the most money that was paid before. So a repeat of a paid order is not decided again after however many
    cheap events or orders that nobody pays, but after as many that were paid as dearly, each within a factor
    of four. A payment counts as that of the account's last order.
    """
    numeric_attributes: tuple[str, ...] = ()
    """Names in the events' `attributes` that the model reads as numbers."""
    categorical_attributes: tuple[str, ...] = ()
    """Names in the events' `attributes` that the model reads as categories."""

    def __post_init__(self) -> None:
        if not self.entities or self.entities[0] != "account":
            raise SettingError("graph.entities must begin with account: its stage recognises duplicates")
        if len(set(self.entities)) != len(self.entities):
            raise SettingError("graph.entities names a kind twice")
        for kind in self.entities:
            if kind not in ENTITY_FIELDS:
                raise SettingError(f"graph.entities: unknown kind {kind!r}; use some of {', '.join(ENTITY_FIELDS)}")
        for kind in self.ring_entities:
            if kind not in ENTITY_FIELDS or kind == "account":
                raise SettingError(f"graph.ring_entities: {kind!r} joins no rings; use some of {', '.join(list(ENTITY_FIELDS)[1:])}")
        for name, low, high in (("links", 1, 64), ("hub_sample", 1, 1000), ("duplicates", 0, 255), ("hub_degree", 2, 1000)):
            if not low <= getattr(self, name) <= high:
                raise SettingError(f"graph.{name} must lie between {low} and {high}")
        if not 1 <= len(self.half_lives_s) <= 8 or min(self.half_lives_s) <= 0:
            raise SettingError("graph.half_lives_s must be one to eight positive numbers of seconds")
        if list(self.half_lives_s) != sorted(self.half_lives_s):
            raise SettingError("graph.half_lives_s must be in rising order")
        for name in ("link_days", "ttl_days", "distinct_days", "late_days"):
            if getattr(self, name) <= 0:
                raise SettingError(f"graph.{name} must be a positive number of days")

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the kinds in the order of all stages."""
        return (*self.entities, *(kind for kind in dict.fromkeys(self.ring_entities) if kind not in self.entities))

    def others(self, position: int) -> tuple[int, ...]:
        """Return the positions of the other kinds: the counterparts of a kind's links."""
        return tuple(i for i in range(len(self.entities)) if i != position)
