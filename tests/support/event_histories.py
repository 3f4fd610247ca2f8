"""Random histories: few entities, many meetings, and everything that arrives late, twice, or not at all."""

from __future__ import annotations

import hashlib
import math

from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import AMOUNT_TYPES, EVENT_TYPES, LABEL_CODE, GraphSettings

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
START = 1_750_000_000_000
POOL = 4
GAPS_MS = (0, 1, 7 * SECOND, 5 * MINUTE, 2 * HOUR, DAY, 5 * DAY, 20 * DAY, 61 * DAY, 95 * DAY)
LAGS_MS = (MINUTE, 3 * HOUR, 2 * DAY, 10 * DAY)
AMOUNTS = (0.0, 1.0, 9.99, 12.0, 49.5, 1234.56, 1e6, math.nan)
MONEY = (*(("EUR", 1.0),) * 4, ("JPY", 0.0057), *(("KWD", math.nan),) * 2, ("XOF", math.nan), ("MRU", math.nan))
"""Currencies and what a unit is worth; of some nobody knows it."""

SMALL_GRAPHS = (
    GraphSettings(links=3, duplicates=3, hub_degree=2, hub_sample=2),
    GraphSettings(links=6, duplicates=32, hub_degree=3, hub_sample=3, distinct_days=2.0, late_days=1.0),
    GraphSettings(entities=("account", "merchant"), links=1, duplicates=0, half_lives_s=(60.0, 86_400.0)),
    GraphSettings(entities=("account",), half_lives_s=(3600.0,), ttl_days=30.0, link_days=1.5),
)


def key_of(kind: int, index: int) -> int:
    """A pseudonym; those of one kind differ in the bits that distinct counting marks, so that small sets
    count exactly.
    """
    return (kind * 1_000_003 + index * 7919 + 12345) << 40 | index + 1


def hash_of(event_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest(), "little") or 1


def make_event(
    event_id: str,
    type_code: int,
    time_ms: int,
    entities: tuple[int, ...],
    amount: float = math.nan,
    subject: str = "",
    is_fraud: bool | None = False,
    source: int = 0,
    money: tuple[str, float] = MONEY[0],
) -> Event:
    """An event as the parser would give it."""
    if type_code == LABEL_CODE or EVENT_TYPES[type_code] not in AMOUNT_TYPES:
        amount = math.nan
    return Event(
        event_id=event_id, type_code=type_code, time_ms=time_ms, entities=entities, id_hash=hash_of(event_id), amount=amount,
        currency="" if math.isnan(amount) else money[0], subject_hash=hash_of(subject) if subject else 0, is_fraud=is_fraud,
        source=source, rate=1.0 if math.isnan(amount) else money[1],
    )  # fmt: skip


_MOVES = st.tuples(
    st.sampled_from([0, 1, 2, 2, 2, 3, 4, 5, LABEL_CODE, LABEL_CODE]),
    st.sampled_from(GAPS_MS),
    st.one_of(st.just(0), st.just(0), st.sampled_from(LAGS_MS)),
    st.tuples(*[st.integers(0, POOL)] * 3),
    st.sampled_from(AMOUNTS),
    st.integers(0, 9),
    st.integers(0, 60),
    st.sampled_from([(True, 0), (False, 0), (None, 0), (True, 1), (False, 1), (None, 1), (None, 2)]),
    st.sampled_from(MONEY),
)


@st.composite
def histories(draw: st.DrawFn, graph: GraphSettings, max_size: int = 40) -> list[Event]:
    """Events in the order they arrive; the clock runs on by the gaps, some events lag it, some repeat
    an id.
    """
    now, events = START, []
    for index, (type_code, gap, lag, picks, amount, luck, other, said, money) in enumerate(draw(st.lists(_MOVES, max_size=max_size))):
        now += gap
        event_id = f"e{other % index}" if index and luck == 0 else f"e{index}"
        entities = [key_of(kind, pick) if pick < POOL else MISSING for kind, pick in enumerate(picks[: len(graph.entities)])]
        entities[0] = key_of(0, picks[0] % POOL)
        subject = f"e{other % index}" if index and luck < 8 else "never-seen"
        if type_code == LABEL_CODE and index and luck < 8:
            entities = list(events[other % index].entities)  # a label carries its subject's entities
        about = (subject, *said) if type_code == LABEL_CODE else ()
        events.append(make_event(event_id, type_code, now - lag, tuple(entities), amount, *about, money=money))
    return events
