"""Which events are of one kind: they are counted together, to find many of them at the same time.

A crowd is a type of event, the age of the account and the class of its e-mail address. An event is in one
if its account is alone: it met no thing that is new and of several others, and had no event of this type for
two hours. So a ring is no crowd, and one account is none either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.events.disposable_mail import MAIL_CLASSES
from domain.graph import EVENT_TYPES
from domain.kernel.compiled import compiled
from domain.memory.record import COUNTERS, NEVER
from domain.times import DAY_MS

SMALL_PAYMENT = 5.0  # card testers charge a few units to learn whether a card works
CROWD_TYPES = (*EVENT_TYPES, "small_payment")
"""Types of crowds; a payment of at most `SMALL_PAYMENT` in the reference currency is of the last one."""
AGES_DAYS = (1, 30)
AGE_CLASSES = ("new", "young", "old", "unknown")
"""Ages of accounts: below each of `AGES_DAYS`, above them, not said."""
UNKNOWN_AGE = AGE_CLASSES[-1]
NO_CROWD = 0
OTHERS = 128
"""Added to an event's crowd where it names a thing that another account named before, see `note_others`."""

_SIGNUP, _PAYMENT, _SMALL_PAYMENT = EVENT_TYPES.index("signup"), EVENT_TYPES.index("payment"), len(EVENT_TYPES)
_NEW_MS, _YOUNG_MS = (days * DAY_MS for days in AGES_DAYS)
_MAILS, _AGES, _COLUMNS = len(MAIL_CLASSES), len(AGE_CLASSES), len(COUNTERS)
# what the hourly counter holds two hours after one event
_QUIET = 0.25


@compiled
def crowd_of(event: Any, decayed: NDArray[np.float32], stage: Any) -> int:
    """Return the crowd of an event by its account's record, before that learns the event.

    `event` is the beginning of the trail, `decayed` the counters as of the event.
    """
    if decayed[stage["half_lives"] * _COLUMNS + event["type"]] > _QUIET:
        return NO_CROWD
    is_small = event["type"] == _PAYMENT and event["amount"] <= SMALL_PAYMENT
    kind = np.int64(_SMALL_PAYMENT) if is_small else np.int64(event["type"])
    return int(1 + (kind * _AGES + age_class(event)) * _MAILS + np.int64(event["mail"]))


@compiled
def age_class(event: Any) -> int:
    """Return the place of the account's age in `AGE_CLASSES`; who signs up is new."""
    if event["type"] == _SIGNUP:
        return 0
    if event["created"] == NEVER:
        return 3
    age_ms = event["time"] - event["created"]
    return 0 if age_ms < _NEW_MS else (1 if age_ms < _YOUNG_MS else 2)


def parts_of(crowd: int) -> tuple[int, int, int]:
    """Return the places in `CROWD_TYPES`, `AGE_CLASSES` and `MAIL_CLASSES` of a crowd, without `OTHERS`."""
    rest, mail = divmod(crowd % OTHERS - 1, _MAILS)
    kind, age = divmod(rest, _AGES)
    return kind, age, mail
